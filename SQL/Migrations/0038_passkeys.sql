-- Passkeys (Web Authentication): a second factor that proves its person to the device and cannot be given to another server.

create table access.passkeys (
  passkey_id      bigint generated always as identity primary key,
  user_id         bigint not null references access.users,
  credential      bytea not null check (length(credential) between 1 and 1023),
  server          text not null check (length(server) between 1 and 253),
  public_key      bytea not null check (length(public_key) between 32 and 1024),
  algorithm       integer not null check (algorithm in (-7, -8, -257)),
  may_be_backed_up boolean not null,
  name            text not null check (length(name) between 1 and 60),
  sign_count      bigint not null check (sign_count between 0 and 4294967295),
  made_at         timestamptz not null default clock_timestamp(),
  used_at         timestamptz,
  ended_at        timestamptz,
  unique (server, credential)
);
comment on table access.passkeys is 'Passkeys of people; one that ended stays on record and is never taken again';
comment on column access.passkeys.passkey_id is 'Number of the passkey';
comment on column access.passkeys.user_id is 'Whose it is';
comment on column access.passkeys.credential is 'Its name in the authenticator';
comment on column access.passkeys.server is 'Host it was made for; browsers offer it there alone';
comment on column access.passkeys.public_key is 'Public key as the authenticator wrote it (COSE)';
comment on column access.passkeys.algorithm is '-7 ES256, -8 EdDSA, -257 RS256';
comment on column access.passkeys.may_be_backed_up is 'Whether it can be kept on several devices';
comment on column access.passkeys.name is 'What its person calls it';
comment on column access.passkeys.sign_count is 'Counter of the last signature, 0 from authenticators that do not count';
comment on column access.passkeys.made_at is 'Instant of adding';
comment on column access.passkeys.used_at is 'Last use, null before the first';
comment on column access.passkeys.ended_at is 'Instant of removal or reset, null while in force';
create index passkeys_by_user on access.passkeys (user_id) where ended_at is null;

create table access.passkey_challenges (
  challenge_digest bytea primary key check (length(challenge_digest) = 32),
  user_id          bigint not null references access.users,
  session_digest   bytea not null check (length(session_digest) = 32),
  purpose          text not null check (purpose in ('add', 'sign-in', 'confirm')),
  server           text not null,
  expires_at       timestamptz not null
);
comment on table access.passkey_challenges is 'Challenges not answered yet; answering one, rightly or not, removes it';
comment on column access.passkey_challenges.challenge_digest is 'SHA-256 of the 32 random bytes given to the browser';
comment on column access.passkey_challenges.user_id is 'Who is asked';
comment on column access.passkey_challenges.session_digest is 'token_hash of the session it was given in';
comment on column access.passkey_challenges.purpose is 'add: a new passkey; sign-in: the second factor; confirm: within a session';
comment on column access.passkey_challenges.server is 'Host it was given at';
comment on column access.passkey_challenges.expires_at is 'Five minutes after it was given';

alter table access.sessions add column passkey_at timestamptz;
comment on column access.sessions.passkey_at is 'Last time a passkey was given in this session, null when none was';

create function access.refuse_other_passkey() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' then
    if (old.passkey_id, old.user_id, old.credential, old.server, old.public_key, old.algorithm, old.may_be_backed_up, old.made_at)
       = (new.passkey_id, new.user_id, new.credential, new.server, new.public_key, new.algorithm, new.may_be_backed_up, new.made_at)
       and old.ended_at is null and new.sign_count >= old.sign_count then
      return new;
    end if;
  end if;
  raise exception using errcode = 'EQ403', message = 'a passkey is used, renamed and ended, and nothing else';
end $$;
comment on function access.refuse_other_passkey() is
  'Trigger: no passkey changes its key or person, counts backwards, is removed or comes back';
revoke execute on function access.refuse_other_passkey() from public;
create trigger passkeys_one_key before update or delete on access.passkeys
  for each row execute function access.refuse_other_passkey();
create trigger passkeys_stay before truncate on access.passkeys
  for each statement execute function access.refuse_change();
select access.seal_table('passkeys', 'sign_count,used_at');

create function access.offer_passkey_challenge(p_digest bytea, p_user bigint, p_session bytea, p_purpose text, p_server text)
  returns void language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  delete from access.passkey_challenges c where c.expires_at <= clock_timestamp();
  -- One question at a time: an older one of the same session is not answered any more.
  delete from access.passkey_challenges c where c.session_digest = p_session;
  insert into access.passkey_challenges (challenge_digest, user_id, session_digest, purpose, server, expires_at)
  select p_digest, s.user_id, p_session, p_purpose, p_server, clock_timestamp() + interval '5 minutes'
    from access.sessions s
   where s.token_hash = p_session and s.user_id = p_user and s.ended_at is null
     and (s.stage = 'complete') = (p_purpose <> 'sign-in');
  if not found then
    raise exception using errcode = 'EQ404', message = 'no such session';
  end if;
end $$;
comment on function access.offer_passkey_challenge(bytea, bigint, bytea, text, text) is
  'Keeps a challenge for one session, person, purpose and server; definer, since no login writes the table';

create function access.take_passkey_challenge(p_digest bytea, p_user bigint, p_session bytea, p_purpose text, p_server text)
  returns boolean language sql volatile security definer set search_path = pg_catalog as $$
  with taken as (delete from access.passkey_challenges c where c.challenge_digest = p_digest returning c.*)
  select exists (select from taken t
                  where t.user_id = p_user and t.session_digest = p_session and t.purpose = p_purpose
                    and t.server = p_server and t.expires_at > clock_timestamp())
$$;
comment on function access.take_passkey_challenge(bytea, bigint, bytea, text, text) is
  'Whether a challenge was given for this and not answered before; afterwards it was; definer, as above';

create function access.add_passkey(p_user bigint, p_session bytea, p_credential bytea, p_server text, p_key bytea, p_algorithm integer,
    p_may_be_backed_up boolean, p_count bigint, p_name text)
  returns bigint language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_username text;
  v_id bigint;
begin
  select u.username into v_username from access.users u where u.user_id = p_user and u.is_enabled for update;
  if v_username is null then
    raise exception using errcode = 'EQ404', message = 'no such account';
  end if;
  if (select count(*) from access.passkeys k where k.user_id = p_user and k.ended_at is null) >= 10 then
    raise exception using errcode = 'EQ409', message = 'a person has at most ten passkeys';
  end if;
  insert into access.passkeys (user_id, credential, server, public_key, algorithm, may_be_backed_up, name, sign_count)
  values (p_user, p_credential, p_server, p_key, p_algorithm, p_may_be_backed_up, p_name, p_count)
  returning passkey_id into v_id;
  update access.sessions s set ended_at = clock_timestamp()
   where s.user_id = p_user and s.ended_at is null and s.token_hash <> p_session;
  insert into access.events (user_id, subject, kind, detail) values (p_user, v_username, 'passkey added', 'passkey ' || v_id);
  return v_id;
end $$;
comment on function access.add_passkey(bigint, bytea, bytea, text, bytea, integer, boolean, bigint, text) is
  'Adds a passkey, ends the person''s other sessions and records it; definer, as above';

create function access.use_passkey(p_passkey bigint, p_user bigint, p_server text, p_count bigint) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_passkey access.passkeys;
begin
  select * into v_passkey from access.passkeys k
   where k.passkey_id = p_passkey and k.user_id = p_user and k.server = p_server and k.ended_at is null
     for update;
  if v_passkey.passkey_id is null then
    return false;
  end if;
  -- An authenticator that counts counts upwards; one that repeats itself may be a copy (Web Authentication 7.2, step 22).
  if (v_passkey.sign_count > 0 or p_count > 0) and p_count <= v_passkey.sign_count then
    insert into access.events (user_id, subject, kind, detail)
    select p_user, u.username, 'passkey counted backwards', 'passkey ' || p_passkey
      from access.users u where u.user_id = p_user;
    return false;
  end if;
  update access.passkeys k set sign_count = p_count, used_at = clock_timestamp() where k.passkey_id = p_passkey;
  return true;
end $$;
comment on function access.use_passkey(bigint, bigint, text, bigint) is
  'Whether a passkey is in force and counts upwards; then its counter moves; definer, as above';

create function access.rename_passkey(p_user bigint, p_passkey bigint, p_name text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  update access.passkeys k set name = p_name
   where k.passkey_id = p_passkey and k.user_id = p_user and k.ended_at is null and k.name <> p_name;
  if not found then
    return false;
  end if;
  insert into access.events (user_id, subject, kind, detail)
  select p_user, u.username, 'passkey renamed', 'passkey ' || p_passkey from access.users u where u.user_id = p_user;
  return true;
end $$;
comment on function access.rename_passkey(bigint, bigint, text) is 'Names a passkey of a person; definer, as above';

create function access.end_passkeys(p_user bigint, p_passkey bigint, p_session bytea) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_ended integer;
begin
  update access.passkeys k set ended_at = clock_timestamp()
   where k.user_id = p_user and k.ended_at is null and (p_passkey is null or k.passkey_id = p_passkey);
  get diagnostics v_ended = row_count;
  if v_ended > 0 then
    update access.sessions s set ended_at = clock_timestamp()
     where s.user_id = p_user and s.ended_at is null and s.token_hash <> p_session;
    insert into access.events (user_id, subject, kind, detail)
    select p_user, u.username, 'passkey removed', coalesce('passkey ' || p_passkey, v_ended || ' passkeys, with the reset')
      from access.users u where u.user_id = p_user;
  end if;
  return v_ended;
end $$;
comment on function access.end_passkeys(bigint, bigint, bytea) is
  'Ends one passkey of a person, or all where none is named, and the person''s other sessions; definer, as above';

revoke execute on function access.offer_passkey_challenge(bytea, bigint, bytea, text, text),
  access.take_passkey_challenge(bytea, bigint, bytea, text, text),
  access.add_passkey(bigint, bytea, bytea, text, bytea, integer, boolean, bigint, text),
  access.use_passkey(bigint, bigint, text, bigint), access.rename_passkey(bigint, bigint, text),
  access.end_passkeys(bigint, bigint, bytea) from public;
grant select on access.passkeys to eq_access;
grant update (passkey_at) on access.sessions to eq_access;
grant execute on function access.offer_passkey_challenge(bytea, bigint, bytea, text, text),
  access.take_passkey_challenge(bytea, bigint, bytea, text, text),
  access.add_passkey(bigint, bytea, bytea, text, bytea, integer, boolean, bigint, text),
  access.use_passkey(bigint, bigint, text, bigint), access.rename_passkey(bigint, bigint, text),
  access.end_passkeys(bigint, bigint, bytea) to eq_access;

-- Signing in through a provider (OpenID Connect): it stands in for the password, and for nothing else.

create table access.provider_identities (
  identity_id    bigint generated always as identity primary key,
  user_id        bigint not null references access.users,
  issuer         text not null check (length(issuer) between 1 and 1024),
  subject_digest bytea not null check (length(subject_digest) = 32),
  linked_at      timestamptz not null default clock_timestamp(),
  used_at        timestamptz,
  ended_at       timestamptz
);
comment on table access.provider_identities is 'Accounts at a provider that people linked with their own here; one that ended stays on record';
comment on column access.provider_identities.identity_id is 'Number of the link';
comment on column access.provider_identities.user_id is 'Whose it is';
comment on column access.provider_identities.issuer is 'The provider, by its address';
comment on column access.provider_identities.subject_digest is 'SHA-256 of issuer and name of the person there; the name itself is not kept';
comment on column access.provider_identities.linked_at is 'Instant of linking';
comment on column access.provider_identities.used_at is 'Last sign-in through it, null before the first';
comment on column access.provider_identities.ended_at is 'Instant of removal or reset, null while in force';
-- Nobody there is two people here, and nobody here is two people there.
create unique index provider_identities_one_account on access.provider_identities (issuer, subject_digest) where ended_at is null;
create unique index provider_identities_one_link on access.provider_identities (user_id) where ended_at is null;

create table access.provider_flows (
  state_digest   bytea primary key check (length(state_digest) = 32),
  browser_digest bytea not null check (length(browser_digest) = 32),
  purpose        text not null check (purpose in ('sign-in', 'link')),
  session_digest bytea check (length(session_digest) = 32),
  server         text not null check (length(server) between 1 and 259),
  expires_at     timestamptz not null,
  check ((purpose = 'link') = (session_digest is not null))
);
comment on table access.provider_flows is 'Sign-ins at the provider that did not come back yet; coming back, rightly or not, removes one';
comment on column access.provider_flows.state_digest is 'SHA-256 of the state sent along';
comment on column access.provider_flows.browser_digest is 'SHA-256 of the secret kept by the browser that began; state, nonce and verifier are made of it';
comment on column access.provider_flows.purpose is 'sign-in: in the place of the password; link: within a session';
comment on column access.provider_flows.session_digest is 'token_hash of the session that links, null for signing in';
comment on column access.provider_flows.server is 'Name and port this server was asked by';
comment on column access.provider_flows.expires_at is 'Five minutes after it began';
create index provider_flows_by_end on access.provider_flows (expires_at);

alter table access.sessions add column provider_identity bigint references access.provider_identities;
comment on column access.sessions.provider_identity is 'Link through which it was opened, null when the password was given';

create function access.refuse_other_provider_identity() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' then
    if (old.identity_id, old.user_id, old.issuer, old.subject_digest, old.linked_at)
       = (new.identity_id, new.user_id, new.issuer, new.subject_digest, new.linked_at)
       and old.ended_at is null then
      return new;
    end if;
  end if;
  raise exception using errcode = 'EQ403', message = 'a link to a provider is used and ended, and nothing else';
end $$;
comment on function access.refuse_other_provider_identity() is 'Trigger: no link to a provider changes its person, is removed or comes back';
create trigger provider_identities_one_person before update or delete on access.provider_identities
  for each row execute function access.refuse_other_provider_identity();
create trigger provider_identities_stay before truncate on access.provider_identities
  for each statement execute function access.refuse_change();
select access.seal_table('provider_identities', 'used_at');

-- Whoever writes it: a session opened through a provider begins without proof of the password, so that nothing that
-- asks for one, signatures first, takes the provider's word for it.
create function access.begin_unproved() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if new.provider_identity is not null then
    new.fresh_at := null;
    new.both_at := null;
    new.is_proof_unspent := false;
  end if;
  return new;
end $$;
comment on function access.begin_unproved() is 'Trigger: a session opened through a provider holds no proof of the password until it is given';
create trigger sessions_begin_unproved before insert on access.sessions
  for each row execute function access.begin_unproved();

create function access.begin_provider_flow(p_state bytea, p_browser bytea, p_session bytea, p_server text)
  returns void language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  delete from access.provider_flows f where f.expires_at <= clock_timestamp();
  -- Strangers begin too: what they leave is bounded, and the oldest goes first.
  delete from access.provider_flows f
   where f.state_digest in (select o.state_digest from access.provider_flows o order by o.expires_at desc offset 9999);
  if p_session is not null then
    delete from access.provider_flows f where f.session_digest = p_session;
    if not exists (select from access.sessions s
                    where s.token_hash = p_session and s.ended_at is null and s.stage = 'complete'
                      and s.fresh_at > clock_timestamp() - interval '5 minutes') then
      raise exception using errcode = 'EQ404', message = 'no such session';
    end if;
  end if;
  insert into access.provider_flows (state_digest, browser_digest, purpose, session_digest, server, expires_at)
  values (p_state, p_browser, case when p_session is null then 'sign-in' else 'link' end, p_session, p_server,
    clock_timestamp() + interval '5 minutes');
end $$;
comment on function access.begin_provider_flow(bytea, bytea, bytea, text) is
  'Keeps that a browser left for the provider, to sign in or to link within a session just proved; definer, since no login writes the table';

create function access.take_provider_flow(p_state bytea, p_browser bytea, p_session bytea, p_server text)
  returns boolean language sql volatile security definer set search_path = pg_catalog as $$
  with taken as (delete from access.provider_flows f where f.state_digest = p_state returning f.*)
  select exists (select from taken t
                  where t.browser_digest = p_browser and t.session_digest is not distinct from p_session
                    and t.server = p_server and t.expires_at > clock_timestamp())
$$;
comment on function access.take_provider_flow(bytea, bytea, bytea, text) is
  'Whether this browser left for this and did not come back before; afterwards it did; definer, as above';

create function access.link_provider_identity(p_session bytea, p_issuer text, p_subject bytea) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_user access.users;
begin
  select u.* into v_user from access.users u join access.sessions s using (user_id)
   where s.token_hash = p_session and s.ended_at is null and s.stage = 'complete' and u.is_enabled
     for update of u;
  if v_user.user_id is null then
    return false;
  end if;
  insert into access.provider_identities (user_id, issuer, subject_digest) values (v_user.user_id, p_issuer, p_subject)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  update access.sessions s set ended_at = clock_timestamp()
   where s.user_id = v_user.user_id and s.ended_at is null and s.token_hash <> p_session;
  insert into access.events (user_id, subject, kind, detail) values (v_user.user_id, v_user.username, 'provider linked', p_issuer);
  return true;
end $$;
comment on function access.link_provider_identity(bytea, text, bytea) is
  'Links an account at a provider with the person of a session, ends the other sessions and records it; false where either is linked already; definer, as above';

create function access.open_provider_session(p_issuer text, p_subject bytea, p_token bytea, p_form_token bytea) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_identity access.provider_identities;
begin
  update access.provider_identities i set used_at = clock_timestamp()
   where i.issuer = p_issuer and i.subject_digest = p_subject and i.ended_at is null
     and exists (select from access.users u where u.user_id = i.user_id and u.is_enabled)
  returning i.* into v_identity;
  if v_identity.identity_id is null then
    return false;
  end if;
  insert into access.sessions (token_hash, user_id, stage, form_token, expires_at, provider_identity)
  values (p_token, v_identity.user_id, 'password', p_form_token, clock_timestamp() + interval '12 hours', v_identity.identity_id);
  return true;
end $$;
comment on function access.open_provider_session(text, bytea, bytea, bytea) is
  'Opens a session that waits for the second factor, for the person linked with an account at a provider; definer, as above';

create function access.end_provider_identities(p_user bigint, p_session bytea) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  update access.provider_identities i set ended_at = clock_timestamp() where i.user_id = p_user and i.ended_at is null;
  if not found then
    return false;
  end if;
  delete from access.provider_flows f
   where f.session_digest in (select s.token_hash from access.sessions s where s.user_id = p_user);
  update access.sessions s set ended_at = clock_timestamp()
   where s.user_id = p_user and s.ended_at is null and s.token_hash <> p_session;
  insert into access.events (user_id, subject, kind, detail)
  select p_user, u.username, 'provider unlinked', case when p_session = ''::bytea then 'with the reset' else '' end
    from access.users u where u.user_id = p_user;
  return true;
end $$;
comment on function access.end_provider_identities(bigint, bytea) is
  'Ends the link of a person to a provider, and the person''s other sessions; false where there is none; definer, as above';

revoke execute on function access.refuse_other_provider_identity(), access.begin_unproved(),
  access.begin_provider_flow(bytea, bytea, bytea, text), access.take_provider_flow(bytea, bytea, bytea, text),
  access.link_provider_identity(bytea, text, bytea), access.open_provider_session(text, bytea, bytea, bytea),
  access.end_provider_identities(bigint, bytea) from public;
grant select on access.provider_identities to eq_access;
grant execute on function access.begin_provider_flow(bytea, bytea, bytea, text), access.take_provider_flow(bytea, bytea, bytea, text),
  access.link_provider_identity(bytea, text, bytea), access.open_provider_session(text, bytea, bytea, bytea),
  access.end_provider_identities(bigint, bytea) to eq_access;

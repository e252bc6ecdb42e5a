-- Sign-in is slowed down by account and by address; a signature takes proof of its own; accounts are one person's for ever.

create table access.sign_in_addresses (
  address     text primary key check (length(address) between 2 and 64),
  failures    integer not null check (failures >= 0),
  retry_after timestamptz,
  failed_at   timestamptz not null
);
comment on table access.sign_in_addresses is 'Addresses from which sign-ins failed within the last hour';
comment on column access.sign_in_addresses.address is 'Address of version 4, or the first 64 bits of one of version 6';
comment on column access.sign_in_addresses.failures is 'Failed sign-ins less those made good by signing in';
comment on column access.sign_in_addresses.retry_after is 'Instant before which every sign-in from there is refused, null when free';
comment on column access.sign_in_addresses.failed_at is 'Instant of the last failure; the row is forgotten an hour later';

create function access.sign_in_delay(p_failures integer) returns interval
  language sql immutable set search_path = pg_catalog as $$
  -- After five failures 30 seconds, doubling to a quarter of an hour.
  select case when p_failures >= 5 then least(900, 30 * 2 ^ least(p_failures - 5, 6)) * interval '1 second' end
$$;
comment on function access.sign_in_delay(integer) is 'How long the next sign-in waits after so many failures, null when it does not';

create function access.judge_sign_in(p_user bigint, p_name text, p_address text, p_is_right boolean) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := clock_timestamp();
  v_user access.users;
  v_address access.sign_in_addresses;
begin
  -- Judged under the locks, so that many guesses at one moment are judged one after the other.
  select * into v_user from access.users u where u.user_id = p_user for update;
  select * into v_address from access.sign_in_addresses a
   where a.address = p_address and a.failed_at > v_now - interval '1 hour' for update;
  if p_is_right and v_user.user_id is not null and v_user.is_enabled and v_user.failures < 100
     and coalesce(v_user.retry_after <= v_now, true) and coalesce(v_address.retry_after <= v_now, true) then
    return true;
  end if;
  if v_user.user_id is not null then
    update access.users u
       set failures = v_user.failures + 1, retry_after = v_now + access.sign_in_delay(v_user.failures + 1)
     where u.user_id = p_user;
  end if;
  if p_address <> '' then
    delete from access.sign_in_addresses a where a.failed_at <= v_now - interval '1 hour';
    insert into access.sign_in_addresses as a (address, failures, failed_at) values (p_address, 1, v_now)
    on conflict (address) do update
      set failures = a.failures + 1, failed_at = v_now, retry_after = v_now + access.sign_in_delay(a.failures + 1);
  end if;
  insert into access.events (user_id, subject, kind, detail) values (v_user.user_id, p_name, 'sign-in failed', p_address);
  if v_user.failures + 1 in (5, 100) then
    insert into access.events (user_id, subject, kind, detail)
    values (v_user.user_id, p_name, 'sign-in delayed', (v_user.failures + 1) || ' failures in a row');
  end if;
  return false;
end $$;
comment on function access.judge_sign_in(bigint, text, text, boolean) is
  'Whether a sign-in goes on; a refused one is counted by account and by address and is on record; definer, since no login forgets addresses';

create function access.settle_sign_in(p_address text, p_failures integer) returns void
  language sql volatile security definer set search_path = pg_catalog as $$
  -- Only what this account failed is taken off: signing in by one account does not free the guessing of others.
  update access.sign_in_addresses a
     set failures = greatest(a.failures - p_failures, 0),
         retry_after = case when a.failures - p_failures >= 5 then a.retry_after end
   where a.address = p_address and p_failures > 0
$$;
comment on function access.settle_sign_in(text, integer) is 'Takes the failures of an account that signed in off its address; definer, as above';
revoke execute on function access.sign_in_delay(integer), access.judge_sign_in(bigint, text, text, boolean),
  access.settle_sign_in(text, integer) from public;

grant execute on function access.judge_sign_in(bigint, text, text, boolean),
  access.settle_sign_in(text, integer) to eq_access;

-- The first signature of a session takes password and one-time code, each later one the password, given for it
-- (21 CFR 11.200(a)(1)). Signing in gives both.
alter table access.sessions
  add column both_at timestamptz,
  add column is_proof_unspent boolean not null default false,
  add column signed_at timestamptz,
  add column signed_in_transaction xid8;
comment on column access.sessions.both_at is 'Last time password and one-time code were given';
comment on column access.sessions.is_proof_unspent is 'Whether something was given since the last signature';
comment on column access.sessions.signed_at is 'Last signature, null before the first';
comment on column access.sessions.signed_in_transaction is 'Transaction of the last signature: several records signed in one act take one proof';
grant update (both_at, is_proof_unspent) on access.sessions to eq_access;

create or replace function access.refuse_unready_signer() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_mark text := coalesce(current_setting('eq.session', true), '');
  v_since timestamptz := clock_timestamp() - interval '5 minutes';
  v_session access.sessions;
begin
  if not exists (select from access.accountability a where a.user_id = access.actor()) then
    raise exception using errcode = 'EQ445', message = 'accountability was not acknowledged';
  end if;
  if not exists (select from access.identity_checks i where i.user_id = access.actor()) then
    raise exception using errcode = 'EQ446', message = 'identity was not verified';
  end if;
  if v_mark = '' then
    -- Invented people sign without a session; people never do.
    if exists (select from open.trials t where t.trial_id = access.trial() and t.mode = 'live') then
      raise exception using errcode = 'EQ447', message = 'a signature is given in a session';
    end if;
    return new;
  end if;
  select * into v_session from access.sessions s
   where s.user_id = access.actor() and s.ended_at is null and s.stage = 'complete'
     and substr(encode(sha256(s.form_token), 'hex'), 1, 16) = v_mark
     for update;
  if v_session.signed_in_transaction = pg_current_xact_id() then
    return new;
  end if;
  if not coalesce(v_session.is_proof_unspent and v_session.fresh_at >= v_since, false) then
    raise exception using errcode = 'EQ447', message = 'nothing was given for this signature';
  end if;
  if v_session.signed_at is null and not coalesce(v_session.both_at >= v_since, false) then
    raise exception using errcode = 'EQ448', message = 'the first signature of a session takes both components';
  end if;
  update access.sessions s
     set is_proof_unspent = false, signed_at = clock_timestamp(), signed_in_transaction = pg_current_xact_id()
   where s.token_hash = v_session.token_hash;
  return new;
end $$;
comment on function access.refuse_unready_signer() is
  'Trigger: nobody signs whose identity was not verified, who did not acknowledge accountability, or who gave no proof for this signature';

-- A user name and its number are one person's for ever, also after leaving (21 CFR 11.100(a)).
create function access.refuse_other_person() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' then
    if (new.user_id, new.username) = (old.user_id, old.username) then
      return new;
    end if;
  end if;
  raise exception using errcode = 'EQ403', message = 'an account is one person''s for ever';
end $$;
comment on function access.refuse_other_person() is 'Trigger: no account is removed, renamed or numbered anew';
revoke execute on function access.refuse_other_person() from public;
create trigger users_one_person before update or delete on access.users
  for each row execute function access.refuse_other_person();
create trigger users_stay before truncate on access.users
  for each statement execute function access.refuse_change();

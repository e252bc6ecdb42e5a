-- How a person comes to an account and keeps it: invitations and resets, recovery codes, the
-- evidence behind each role, roles that wait for a second person, and who held what when.

create table access.invitations (
  invitation_id bigint generated always as identity primary key,
  token_hash    bytea not null unique check (length(token_hash) = 32),
  user_id       bigint not null references access.users,
  kind          text not null check (kind in ('invitation', 'reset')),
  made_by       bigint,
  made_at       timestamptz not null default clock_timestamp(),
  expires_at    timestamptz not null,
  factor_box    bytea not null,
  failures      integer not null default 0 check (failures between 0 and 5),
  code_hash     bytea check (length(code_hash) = 32),
  confirmed_by  bigint,
  confirmed_at  timestamptz,
  ended_at      timestamptz,
  -- One administrator alone never comes into somebody else's account: a reset takes two.
  check (kind = 'invitation' or confirmed_by is null or confirmed_by <> made_by),
  check ((confirmed_by is null) = (code_hash is null) and (confirmed_by is null) = (confirmed_at is null))
);
comment on table access.invitations is 'Addresses at which a person chooses a password and takes a device; each works once';
comment on column access.invitations.invitation_id is 'Number of the invitation';
comment on column access.invitations.token_hash is 'SHA-256 of the 32 random bytes in the address';
comment on column access.invitations.user_id is 'Whose account';
comment on column access.invitations.kind is 'invitation: a new account; reset: password and device are replaced';
comment on column access.invitations.made_by is 'Who made it, null for the console';
comment on column access.invitations.made_at is 'Instant of making';
comment on column access.invitations.expires_at is 'Instant after which it no longer works';
comment on column access.invitations.factor_box is 'Secret of the one-time codes that comes with it, boxed under the installation key';
comment on column access.invitations.failures is 'Wrong answers; at five it ends';
comment on column access.invitations.code_hash is 'SHA-256 of the spoken code of the second administrator, null before';
comment on column access.invitations.confirmed_by is 'Second administrator of a reset';
comment on column access.invitations.confirmed_at is 'Instant of the confirmation';
comment on column access.invitations.ended_at is 'Instant of use, or of being replaced';
create unique index invitations_one_open on access.invitations (user_id) where ended_at is null;

select sealed.guard_box('access.invitations', 'factor_box');

create table access.recovery_codes (
  user_id   bigint not null references access.users,
  code_hash bytea not null check (length(code_hash) = 32),
  made_at   timestamptz not null default clock_timestamp(),
  used_at   timestamptz,
  ended_at  timestamptz,
  primary key (user_id, code_hash)
);
comment on table access.recovery_codes is 'Codes that stand in once for the device of the second factor';
comment on column access.recovery_codes.user_id is 'Whose code';
comment on column access.recovery_codes.code_hash is 'SHA-256 of user number and code; a code has 80 random bits';
comment on column access.recovery_codes.made_at is 'Instant of making';
comment on column access.recovery_codes.used_at is 'Instant of use; a code works once';
comment on column access.recovery_codes.ended_at is 'Instant of being replaced by new codes';

-- Evidence behind a role. A role whose training ended is suspended until evidence is renewed.
alter table access.grants
  add column trained_on date,
  add column trained_until date check (trained_until > trained_on),
  add column delegated_on date;
comment on column access.grants.trained_on is 'Day of the training for this role, null when given on the console';
comment on column access.grants.trained_until is 'Last day of the training, null when it does not end';
comment on column access.grants.delegated_on is 'Day of the delegation by the investigator or sponsor';

create table access.grant_periods (
  period_id     bigint generated always as identity primary key,
  trial_id      integer not null,
  user_id       bigint not null references access.users,
  role          text not null,
  site_key      text not null,
  began_at      timestamptz not null,
  granted_by    bigint,
  trained_on    date,
  trained_until date,
  delegated_on  date,
  ended_at      timestamptz
);
comment on table access.grant_periods is 'Who held which role when: a new period for each grant and each new evidence';
comment on column access.grant_periods.period_id is 'Number of the period';
comment on column access.grant_periods.trial_id is 'Trial';
comment on column access.grant_periods.user_id is 'Holder';
comment on column access.grant_periods.role is 'Role of the trial''s definition';
comment on column access.grant_periods.site_key is 'Site, or * for the whole trial';
comment on column access.grant_periods.began_at is 'Instant of the grant or of its new evidence';
comment on column access.grant_periods.granted_by is 'User who granted, null for the console';
comment on column access.grant_periods.trained_on is 'Day of the training';
comment on column access.grant_periods.trained_until is 'Last day of the training';
comment on column access.grant_periods.delegated_on is 'Day of the delegation';
comment on column access.grant_periods.ended_at is 'Instant of the end, null while in force';
create index grant_periods_by_trial on access.grant_periods (trial_id, began_at);

insert into access.grant_periods (trial_id, user_id, role, site_key, began_at, granted_by, ended_at)
select trial_id, user_id, role, site_key, granted_at, granted_by, ended_at from access.grants;

create function access.keep_grant_period() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is null then
    update access.grant_periods p set ended_at = coalesce(new.ended_at, clock_timestamp())
     where p.trial_id = old.trial_id and p.user_id = old.user_id and p.role = old.role
       and p.site_key = old.site_key and p.ended_at is null;
  end if;
  if new.ended_at is null then
    insert into access.grant_periods (trial_id, user_id, role, site_key, began_at, granted_by, trained_on, trained_until, delegated_on)
    values (new.trial_id, new.user_id, new.role, new.site_key, clock_timestamp(), new.granted_by, new.trained_on, new.trained_until,
            new.delegated_on);
  end if;
  return null;
end $$;
comment on function access.keep_grant_period() is 'Trigger: every grant, new evidence and end of a role is a period, whoever writes it';
revoke execute on function access.keep_grant_period() from public;
create trigger grants_kept after insert or update on access.grants
  for each row execute function access.keep_grant_period();

create function access.refuse_other_period() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is null and new.ended_at is not null
     and (old.period_id, old.trial_id, old.user_id, old.role, old.site_key, old.began_at)
       = (new.period_id, new.trial_id, new.user_id, new.role, new.site_key, new.began_at) then
    return new;
  end if;
  raise exception using errcode = 'EQ403', message = 'a period of a role only ends';
end $$;
comment on function access.refuse_other_period() is 'Trigger: a period may end, nothing else about it changes';
revoke execute on function access.refuse_other_period() from public;
create trigger grant_periods_only_end before update or delete on access.grant_periods
  for each row execute function access.refuse_other_period();

-- A role that knows arms across sites waits for a second administrator.
create table access.grant_proposals (
  proposal_id   bigint generated always as identity primary key,
  trial_id      integer not null,
  user_id       bigint not null references access.users,
  role          text not null,
  site_key      text not null default '*',
  trained_on    date not null,
  trained_until date,
  delegated_on  date not null,
  proposed_by   bigint not null,
  proposed_at   timestamptz not null default clock_timestamp(),
  decided_by    bigint check (decided_by <> proposed_by),
  decided_at    timestamptz,
  is_approved   boolean,
  check ((decided_by is null) = (decided_at is null) and (decided_by is null) = (is_approved is null))
);
comment on table access.grant_proposals is 'Roles with sight of arms across sites that wait for a second administrator';
comment on column access.grant_proposals.proposal_id is 'Number of the proposal';
comment on column access.grant_proposals.trial_id is 'Trial';
comment on column access.grant_proposals.user_id is 'Who is to hold the role';
comment on column access.grant_proposals.role is 'Role of the trial''s definition';
comment on column access.grant_proposals.site_key is 'Site, or * for the whole trial';
comment on column access.grant_proposals.trained_on is 'Day of the training for this role';
comment on column access.grant_proposals.trained_until is 'Last day of the training, null when it does not end';
comment on column access.grant_proposals.delegated_on is 'Day of the delegation';
comment on column access.grant_proposals.proposed_by is 'First administrator';
comment on column access.grant_proposals.proposed_at is 'Instant of the proposal';
comment on column access.grant_proposals.decided_by is 'Second administrator, never the first';
comment on column access.grant_proposals.decided_at is 'Instant of the decision';
comment on column access.grant_proposals.is_approved is 'Whether the role was given';
create unique index grant_proposals_one_open on access.grant_proposals (trial_id, user_id, role, site_key)
  where decided_at is null;

grant select, insert on access.invitations, access.recovery_codes, access.grant_proposals to eq_access;
grant select on access.grant_periods to eq_access;
grant update (code_hash, confirmed_by, confirmed_at, failures, ended_at) on access.invitations to eq_access;
grant update (used_at, ended_at) on access.recovery_codes to eq_access;
grant update (decided_by, decided_at, is_approved) on access.grant_proposals to eq_access;
grant update (trained_on, trained_until, delegated_on) on access.grants to eq_access;
grant update (password_hash, password_salt, password_cost, factor_box) on access.users to eq_access;

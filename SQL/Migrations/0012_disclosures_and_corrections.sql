-- One participant's arm disclosed before the end, offline envelopes, and randomizations made in error.
create table allocation.unblinding_events (
  trial_id      integer not null,
  i             bigint not null,
  participant   text not null,
  site_key      text not null,
  kind          text not null check (kind in ('EMERGENCY', 'CASE')),
  channel       text not null check (channel in ('page', 'api', 'envelope')),
  is_planned    boolean not null,
  is_late       boolean not null generated always as (channel = 'envelope') stored,
  ground        text not null,
  reason        text not null check (length(reason) between 3 and 2000),
  event_number  text not null,
  opened_by     text not null check (length(opened_by) between 1 and 200),
  opened_at     timestamptz not null,
  recorded_by   bigint not null,
  recorded_role text not null,
  recorded_at   timestamptz not null,
  primary key (trial_id, i),
  foreign key (trial_id, i) references allocation.ledger_entries,
  constraint unblinding_events_case_names_its_event check ((kind = 'CASE') = (event_number <> '')),
  constraint unblinding_events_opened_before_recorded check (opened_at <= recorded_at)
);
comment on table allocation.unblinding_events is 'Disclosures of one participant''s arm before final unblinding; immutable';
comment on column allocation.unblinding_events.trial_id is 'Trial';
comment on column allocation.unblinding_events.i is 'Ledger entry that says it happened';
comment on column allocation.unblinding_events.participant is 'Participant whose arm was shown, and no other''s';
comment on column allocation.unblinding_events.site_key is 'Site';
comment on column allocation.unblinding_events.kind is 'EMERGENCY for care, CASE for the report of one serious event';
comment on column allocation.unblinding_events.channel is 'Where it was shown: page, api, or an offline envelope';
comment on column allocation.unblinding_events.is_planned is 'Whether the protocol foresees it as a step of reporting';
comment on column allocation.unblinding_events.is_late is 'Whether it was entered after it happened';
comment on column allocation.unblinding_events.ground is 'Ground from the fixed list, as in the ledger';
comment on column allocation.unblinding_events.reason is 'Reason in words, kept in this class only';
comment on column allocation.unblinding_events.event_number is 'Number of the serious event of a CASE, empty otherwise';
comment on column allocation.unblinding_events.opened_by is 'Printed name of who read the arm';
comment on column allocation.unblinding_events.opened_at is 'Instant at which it was read';
comment on column allocation.unblinding_events.recorded_by is 'User who recorded it';
comment on column allocation.unblinding_events.recorded_role is 'Role acted in';
comment on column allocation.unblinding_events.recorded_at is 'Instant of the record';
create trigger unblinding_events_append_only before update or delete or truncate on allocation.unblinding_events
  for each statement execute function access.refuse_change();
alter table allocation.unblinding_events enable row level security;
alter table allocation.unblinding_events force row level security;
create policy unblinding_events_scope on allocation.unblinding_events
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- That it happened, for the roles that are told; to every other reader of class open it does not exist.
create table open.unblinding_notices (
  trial_id    integer not null references open.trials,
  notice      uuid not null default gen_random_uuid(),
  participant text not null,
  site_key    text not null,
  opened_at   timestamptz not null,
  told_roles  text[] not null,
  primary key (trial_id, notice)
);
comment on table open.unblinding_notices is 'Notices that an emergency unblinding happened, without arm or reason; only the roles told see them';
comment on column open.unblinding_notices.trial_id is 'Trial';
comment on column open.unblinding_notices.notice is 'Random name: a number would tell of notices at other sites';
comment on column open.unblinding_notices.participant is 'Participant';
comment on column open.unblinding_notices.site_key is 'Site';
comment on column open.unblinding_notices.opened_at is 'Instant of the unblinding';
comment on column open.unblinding_notices.told_roles is 'Roles that are told';
create trigger unblinding_notices_append_only before update or delete or truncate on open.unblinding_notices
  for each statement execute function access.refuse_change();
alter table open.unblinding_notices enable row level security;
alter table open.unblinding_notices force row level security;
create policy unblinding_notices_told on open.unblinding_notices for select
  using (trial_id = (select access.trial()) and access.sees_site(site_key)
    and access.acting_role() = any (told_roles));
create policy unblinding_notices_written on open.unblinding_notices for insert
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table open.unblinding_notice_readings (
  trial_id integer not null,
  notice   uuid not null,
  reader   bigint not null,
  role     text not null,
  at       timestamptz not null,
  primary key (trial_id, notice, reader),
  foreign key (trial_id, notice) references open.unblinding_notices
);
comment on table open.unblinding_notice_readings is 'Who said that they have read a notice, and when; each reader sees the own ones';
comment on column open.unblinding_notice_readings.trial_id is 'Trial';
comment on column open.unblinding_notice_readings.notice is 'Notice';
comment on column open.unblinding_notice_readings.reader is 'User';
comment on column open.unblinding_notice_readings.role is 'Role acted in';
comment on column open.unblinding_notice_readings.at is 'Instant';
create trigger unblinding_notice_readings_append_only before update or delete or truncate on open.unblinding_notice_readings
  for each statement execute function access.refuse_change();
alter table open.unblinding_notice_readings enable row level security;
alter table open.unblinding_notice_readings force row level security;
create policy unblinding_notice_readings_own on open.unblinding_notice_readings
  using (trial_id = (select access.trial()) and reader = (select access.actor()))
  with check (trial_id = (select access.trial()) and reader = (select access.actor()));

create table allocation.randomization_corrections (
  trial_id      integer not null,
  i             bigint not null,
  participant   text not null,
  site_key      text not null,
  kind          text not null check (kind in ('void', 'correct')),
  ground        text not null,
  reason        text not null check (length(reason) between 3 and 2000),
  recorded_by   bigint not null,
  recorded_role text not null,
  recorded_at   timestamptz not null,
  primary key (trial_id, i),
  foreign key (trial_id, i) references allocation.ledger_entries
);
create unique index randomization_corrections_void_once on allocation.randomization_corrections (trial_id, participant)
  where kind = 'void';
comment on table allocation.randomization_corrections is 'Randomizations made in error and wrong strata; the allocation itself never changes';
comment on column allocation.randomization_corrections.trial_id is 'Trial';
comment on column allocation.randomization_corrections.i is 'Ledger entry, which holds the true levels of a correction';
comment on column allocation.randomization_corrections.participant is 'Participant';
comment on column allocation.randomization_corrections.site_key is 'Site';
comment on column allocation.randomization_corrections.kind is 'void: randomized in error; correct: true stratum beside the one used';
comment on column allocation.randomization_corrections.ground is 'Ground from the fixed list, as in the ledger';
comment on column allocation.randomization_corrections.reason is 'Reason in words, kept in this class only';
comment on column allocation.randomization_corrections.recorded_by is 'User';
comment on column allocation.randomization_corrections.recorded_role is 'Role acted in';
comment on column allocation.randomization_corrections.recorded_at is 'Instant';
create trigger randomization_corrections_append_only before update or delete or truncate on allocation.randomization_corrections
  for each statement execute function access.refuse_change();
alter table allocation.randomization_corrections enable row level security;
alter table allocation.randomization_corrections force row level security;
create policy randomization_corrections_scope on allocation.randomization_corrections
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- That codes were handed out; the codes themselves are in no table.
create table allocation.envelope_code_issues (
  trial_id    integer not null references allocation.ledgers,
  issue       integer not null check (issue >= 1),
  site_key    text not null,
  first_key   text not null,
  last_key    text not null,
  issued_by   bigint not null,
  issued_at   timestamptz not null,
  primary key (trial_id, issue)
);
comment on table allocation.envelope_code_issues is 'Sheets of envelope codes handed out, by range of participant keys; no code is stored';
comment on column allocation.envelope_code_issues.trial_id is 'Trial';
comment on column allocation.envelope_code_issues.issue is 'Number from 1';
comment on column allocation.envelope_code_issues.site_key is 'Site';
comment on column allocation.envelope_code_issues.first_key is 'First participant key of the sheet';
comment on column allocation.envelope_code_issues.last_key is 'Last participant key of the sheet';
comment on column allocation.envelope_code_issues.issued_by is 'User';
comment on column allocation.envelope_code_issues.issued_at is 'Instant';
create trigger envelope_code_issues_append_only before update or delete or truncate on allocation.envelope_code_issues
  for each statement execute function access.refuse_change();
alter table allocation.envelope_code_issues enable row level security;
alter table allocation.envelope_code_issues force row level security;
create policy envelope_code_issues_scope on allocation.envelope_code_issues
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- The site of an allocation in scope; refused in the words for what does not exist.
create function allocation.site_of(p_participant text) returns text
  language plpgsql stable set search_path = pg_catalog as $$
declare
  v_site text;
begin
  select a.site_key into v_site from allocation.allocations a
   where a.trial_id = access.trial() and a.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such allocation in scope';
  end if;
  return v_site;
end $$;
comment on function allocation.site_of(text) is 'Site of the allocation of a participant in scope';

create function allocation.record_unblinding(p_i bigint, p_entry bytea, p_head bytea, p_signature bytea,
  p_participant text, p_kind text, p_channel text, p_planned boolean, p_ground text, p_reason text,
  p_event_number text, p_opened_by text, p_opened_at timestamptz, p_told_roles text[]) returns timestamptz
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text := allocation.site_of(p_participant);
  v_now timestamptz := open.act_time();
  v_opened timestamptz := coalesce(p_opened_at, v_now);
begin
  perform allocation.append(p_i, p_entry, p_head, p_signature);
  insert into allocation.unblinding_events (trial_id, i, participant, site_key, kind, channel, is_planned, ground,
    reason, event_number, opened_by, opened_at, recorded_by, recorded_role, recorded_at)
  values (access.trial(), p_i, p_participant, v_site, p_kind, p_channel, p_planned, p_ground,
    p_reason, p_event_number, p_opened_by, v_opened, access.actor(), access.acting_role(), v_now);
  if cardinality(p_told_roles) > 0 then
    insert into open.unblinding_notices (trial_id, participant, site_key, opened_at, told_roles)
    values (access.trial(), p_participant, v_site, v_opened, p_told_roles);
  end if;
  -- In the chain of class allocation alone: a row in that of class open would show to blinded readers.
  perform allocation.note(v_site, p_participant, 'unblinded ' || lower(p_kind), p_reason, 'ground', null, p_ground);
  return v_opened;
end $$;
comment on function allocation.record_unblinding(bigint, bytea, bytea, bytea, text, text, text, boolean, text, text, text, text, timestamptz, text[])
  is 'One disclosure: ledger entry, head, event, notice and audit row together';

create function allocation.record_correction(p_i bigint, p_entry bytea, p_head bytea, p_signature bytea,
  p_participant text, p_kind text, p_ground text, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text := allocation.site_of(p_participant);
begin
  perform allocation.append(p_i, p_entry, p_head, p_signature);
  insert into allocation.randomization_corrections (trial_id, i, participant, site_key, kind, ground, reason,
    recorded_by, recorded_role, recorded_at)
  values (access.trial(), p_i, p_participant, v_site, p_kind, p_ground, p_reason,
    access.actor(), access.acting_role(), open.act_time());
  perform allocation.note(v_site, p_participant,
    case p_kind when 'void' then 'randomized in error' else 'stratum corrected' end, p_reason, 'ground', null, p_ground);
end $$;
comment on function allocation.record_correction(bigint, bytea, bytea, bytea, text, text, text, text)
  is 'One void or correction: ledger entry, head, record and audit row together';

create function allocation.issue_envelope_codes(p_site text, p_first text, p_last text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_issue integer;
begin
  -- The ledger's row orders this as everything else of the trial.
  perform 1 from allocation.ledgers l where l.trial_id = access.trial() for update;
  if not found then
    raise exception using errcode = 'EQ404', message = 'no ledger';
  end if;
  select coalesce(max(c.issue), 0) + 1 into v_issue from allocation.envelope_code_issues c
   where c.trial_id = access.trial();
  insert into allocation.envelope_code_issues (trial_id, issue, site_key, first_key, last_key, issued_by, issued_at)
  values (access.trial(), v_issue, p_site, p_first, p_last, access.actor(), open.act_time());
  perform allocation.note(p_site, 'envelopes', 'envelope codes issued', '', 'keys', null, p_first || ' to ' || p_last);
end $$;
comment on function allocation.issue_envelope_codes(text, text, text) is 'Records that a sheet of envelope codes was handed out';

create function open.read_unblinding_notice(p_notice uuid) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_notice open.unblinding_notices;
begin
  select * into v_notice from open.unblinding_notices n
   where n.trial_id = access.trial() and n.notice = p_notice;
  if v_notice.notice is null then
    raise exception using errcode = 'EQ404', message = 'no such notice for this reader';
  end if;
  insert into open.unblinding_notice_readings (trial_id, notice, reader, role, at)
  values (access.trial(), p_notice, access.actor(), access.acting_role(), open.act_time())
  on conflict do nothing;
  if found then
    perform allocation.note(v_notice.site_key, v_notice.participant, 'unblinding notice read');
  end if;
end $$;
comment on function open.read_unblinding_notice(uuid)
  is 'The reader has read a notice; with the owner''s rights, since the audit row stands in a class the reader has not';

-- Closed with the ledger, and with the study. That a notice was read may still be said afterwards.
do $$
declare
  v_table text;
begin
  foreach v_table in array array['allocation.unblinding_events', 'allocation.randomization_corrections',
    'open.unblinding_notices'] loop
    execute format('create trigger a_locked before insert or update on %s
      for each row execute function open.refuse_when_locked()', v_table);
  end loop;
  create trigger a_locked before insert or update on allocation.envelope_code_issues
    for each row execute function open.refuse_when_hard_locked();
end $$;

grant insert on allocation.unblinding_events, allocation.randomization_corrections, allocation.envelope_code_issues,
  allocation.audit, open.unblinding_notices to eq_allocator;
grant select on allocation.unblinding_events, allocation.randomization_corrections, allocation.envelope_code_issues
  to eq_allocator, eq_custodian, eq_committee;
grant execute on function allocation.site_of(text),
  allocation.record_unblinding(bigint, bytea, bytea, bytea, text, text, text, boolean, text, text, text, text, timestamptz, text[]),
  allocation.record_correction(bigint, bytea, bytea, bytea, text, text, text, text),
  allocation.issue_envelope_codes(text, text, text),
  allocation.note(text, text, text, text, text, text, text) to eq_allocator;
grant select on open.unblinding_notices, open.unblinding_notice_readings to eq_open, eq_outcome, eq_treating;
grant execute on function open.read_unblinding_notice(uuid) to eq_open, eq_outcome, eq_treating;

-- Who may touch what. A login holds the classes of the roles that run on it and nothing else:
--   eq_access       accounts and sessions
--   eq_open         coordinator, monitor, sponsor ...: class open
--   eq_rater        rater: functions by token only
--   eq_participant  participant: functions by link only
--   eq_outcome      data manager, statistician: open and outcome
--   eq_treating     site treatment roles: open, treatment, allocation of their site
--   eq_allocator    draws only
--   eq_custodian    draft, activation and keys of the randomization
--   eq_committee    unblinded statistician and the system's acts of cut, lock and unblinding
--   eq_reports      monitoring committee: released reports only
alter table open.interim_looks enable row level security;
alter table open.interim_looks force row level security;
create policy interim_looks_released on open.interim_looks for select
  using (trial_id = (select access.trial()) and (released_at is not null or current_user = 'eq_committee'));
create policy interim_looks_written on open.interim_looks for insert
  with check (trial_id = (select access.trial()));
create policy interim_looks_changed on open.interim_looks for update
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
alter table allocation.closed_reports enable row level security;
alter table allocation.closed_reports force row level security;
create policy closed_reports_released on allocation.closed_reports for select
  using (trial_id = (select access.trial()) and (current_user = 'eq_committee'
    or exists (select from open.interim_looks l where l.trial_id = closed_reports.trial_id
      and l.snapshot = closed_reports.snapshot and l.released_at is not null)));
create policy closed_reports_written on allocation.closed_reports for insert
  with check (trial_id = (select access.trial()));

grant usage on schema access to eq_access, eq_open, eq_rater, eq_participant, eq_outcome, eq_treating,
  eq_allocator, eq_custodian, eq_committee, eq_reports;
grant execute on function access.trial(), access.actor(), access.acting_role(), access.sees_site(text)
  to eq_access, eq_open, eq_rater, eq_participant, eq_outcome, eq_treating, eq_allocator, eq_custodian,
     eq_committee, eq_reports;
grant select (user_id, username, full_name) on access.users to eq_open, eq_outcome, eq_treating, eq_committee;
grant select, insert on access.replies to eq_allocator;
grant update (replays) on access.replies to eq_allocator;

-- Accounts.
grant select, insert on access.users, access.grants, access.sessions, access.events to eq_access;
grant update (password_hash, password_salt, password_cost, factor_box, factor_step, failures, retry_after,
  is_enabled, last_sign_in) on access.users to eq_access;
grant update (ended_at) on access.grants to eq_access;
grant update (stage, trial_id, role, site_key, seen_at, fresh_at, ended_at) on access.sessions to eq_access;

-- Everybody who acts in a trial reads its frame.
grant usage on schema open to eq_access, eq_open, eq_rater, eq_participant, eq_outcome, eq_treating,
  eq_allocator, eq_custodian, eq_committee, eq_reports;
grant select on open.trials, open.sites to eq_access, eq_open, eq_rater, eq_participant,
  eq_outcome, eq_treating, eq_allocator, eq_custodian, eq_committee, eq_reports;
grant execute on function open.act_time() to eq_access, eq_open, eq_rater, eq_participant, eq_outcome,
  eq_treating, eq_allocator, eq_custodian, eq_committee, eq_reports;
grant insert on open.trials, open.sites to eq_custodian;
grant select, insert on sealed.definitions to eq_custodian;

-- Class open.
grant select on open.participants, open.entries, open.entry_versions, open.signatures, open.data_queries,
  open.audit, open.collection_status, open.cuts, open.interim_looks, open.lock_signatures
  to eq_open, eq_outcome, eq_treating, eq_committee;
grant select on open.audit_heads to eq_open, eq_treating, eq_outcome, eq_committee;
grant insert on open.audit to eq_open, eq_outcome, eq_treating, eq_allocator, eq_custodian, eq_committee;
grant execute on function open.note(text, text, text, text, text, text, text)
  to eq_open, eq_outcome, eq_treating, eq_allocator, eq_custodian, eq_committee;
grant insert on open.participants to eq_open;
grant update (state, withdrawal_level, likeness_resolved_by) on open.participants to eq_open, eq_treating;
grant update (consented) on open.sites to eq_open;
grant update (state, activated_at) on open.sites to eq_open;
grant update (state) on open.trials to eq_open, eq_outcome, eq_committee, eq_custodian;
grant insert on open.entries, open.entry_versions, open.signatures to eq_open, eq_treating;
grant update (version, status, answers, definition, author, entered_at, submitted_at) on open.entries to eq_open, eq_treating;
grant update (voided_at) on open.signatures to eq_open, eq_treating;
grant insert on open.data_queries to eq_open, eq_outcome, eq_treating;
grant update (state, answer, closed_at) on open.data_queries to eq_open, eq_outcome, eq_treating;
grant execute on function
  open.save_entry(text, text, text, integer, integer, jsonb, boolean, text, text),
  open.sign_entry(text, text, text, integer, integer, text, text, bytea),
  open.move_participant(text, text[], text, text), open.resolve_likeness(text, text)
  to eq_open, eq_treating;
grant execute on function open.open_data_query(text, text, text, integer, text, text, boolean),
  open.close_data_query(integer, text) to eq_open, eq_outcome, eq_treating;
grant execute on function open.consent(text, bytea, bytea, timestamptz), open.withdraw(text, text),
  open.move_site(text, text[], text, text) to eq_open;
grant execute on function open.move_trial(text[], text, text) to eq_open, eq_outcome, eq_committee, eq_custodian;
grant insert on open.lock_signatures to eq_open, eq_outcome, eq_custodian;
grant select on open.lock_signatures to eq_custodian;
grant execute on function open.sign_act(text, integer, text, text, text) to eq_open, eq_outcome, eq_custodian;
grant usage on schema identity to eq_open;
grant insert on identity.people to eq_open;
grant usage on schema outcome to eq_open;
grant execute on function outcome.book_rating(text, text, text[], timestamptz, text, text),
  outcome.issue_questionnaire(text, text, text, bytea, timestamptz),
  outcome.own_entry(text, text, text),
  outcome.save_own_entry(text, text, text, integer, jsonb, boolean, text, text) to eq_open;

-- Raters and participants hold functions, not tables.
grant usage on schema outcome, treatment to eq_rater;
grant select (trial_id, token, forms, rater, language, starts_at, state) on outcome.rating_tasks to eq_rater;
grant execute on function outcome.rating_entry(text, text),
  outcome.save_rating(text, text, integer, jsonb, boolean, text, text),
  treatment.save_blinding_record(text, jsonb, text) to eq_rater;
grant usage on schema outcome to eq_participant;
grant execute on function outcome.questionnaire_of(bytea), outcome.save_questionnaire(bytea, jsonb, text) to eq_participant;

-- Class outcome.
grant usage on schema outcome to eq_outcome, eq_committee, eq_allocator;
grant select on outcome.entries, outcome.entry_versions, outcome.signatures, outcome.data_queries, outcome.audit,
  outcome.audit_heads to eq_outcome, eq_committee;
grant insert on outcome.audit to eq_outcome;
grant insert on outcome.data_queries to eq_outcome;
grant update (state, answer, closed_at) on outcome.data_queries to eq_outcome;
grant execute on function outcome.note(text, text, text, text, text, text, text),
  outcome.open_data_query(text, text, text, integer, text, text, boolean),
  outcome.close_data_query(integer, text) to eq_outcome;
grant select on open.snapshots, outcome.snapshots to eq_outcome, eq_committee;

-- Class treatment and allocation at the site.
grant usage on schema treatment, allocation to eq_treating;
grant select on treatment.entries, treatment.entry_versions, treatment.signatures, treatment.data_queries,
  treatment.audit to eq_treating, eq_committee;
grant select on treatment.audit_heads, allocation.audit_heads to eq_treating;
grant insert on treatment.entries, treatment.entry_versions, treatment.signatures, treatment.audit to eq_treating;
grant update (version, status, answers, definition, author, entered_at, submitted_at) on treatment.entries to eq_treating;
grant update (voided_at) on treatment.signatures to eq_treating;
grant execute on function treatment.note(text, text, text, text, text, text, text),
  treatment.save_entry(text, text, text, integer, integer, jsonb, boolean, text, text),
  treatment.sign_entry(text, text, text, integer, integer, text, text, bytea) to eq_treating;
grant select on allocation.allocations, allocation.acknowledgements, allocation.audit to eq_treating, eq_committee;
grant insert on allocation.acknowledgements, allocation.audit to eq_treating;
grant execute on function allocation.acknowledge(text), allocation.note(text, text, text, text, text, text, text) to eq_treating;

-- Drawing.
grant usage on schema allocation, sealed to eq_allocator, eq_custodian;
grant select on open.participants, open.entries, open.signatures, open.data_queries, outcome.entries to eq_allocator;
grant select on sealed.secrets, sealed.schemes, allocation.ledgers, allocation.ledger_entries, allocation.allocations,
  allocation.heads to eq_allocator;
grant insert on allocation.ledger_entries, allocation.allocations, allocation.heads to eq_allocator;
grant update (size, last_leaf, allocations) on allocation.ledgers to eq_allocator;
grant update (state, randomized_at, randomization_number) on open.participants to eq_allocator;
grant update (randomized) on open.sites to eq_allocator;
grant execute on function open.has_likeness(text), allocation.readiness_facts(text), allocation.append(bigint, bytea, bytea, bytea),
  allocation.record(bigint, bytea, bytea, bytea, text, text, text, bytea, integer, bigint, bytea, integer, timestamptz)
  to eq_allocator;

-- Setting the randomization up.
grant select, insert on sealed.secrets, sealed.schemes, allocation.ledgers, allocation.ledger_entries, allocation.heads to eq_custodian;
grant update (approved_by, approved_at) on sealed.schemes to eq_custodian;
grant update (size, last_leaf) on allocation.ledgers to eq_custodian;
grant insert on allocation.audit to eq_custodian;
grant execute on function allocation.append(bigint, bytea, bytea, bytea),
  allocation.note(text, text, text, text, text, text, text) to eq_custodian;

-- Cuts, lock and unblinding.
grant usage on schema outcome, treatment, allocation, sealed to eq_committee;
grant select on allocation.ledgers, allocation.ledger_entries, allocation.heads, allocation.unblinding,
  sealed.secrets, sealed.schemes, outcome.rating_tasks to eq_committee;
grant select on treatment.snapshots, allocation.closed_reports to eq_committee;
grant insert on open.cuts, open.interim_looks, open.snapshots, outcome.snapshots, treatment.snapshots,
  allocation.closed_reports, allocation.unblinding, allocation.audit to eq_committee;
grant update (checked_by, released_at) on open.interim_looks to eq_committee;
grant execute on function open.release_interim(integer), allocation.note(text, text, text, text, text, text, text) to eq_committee;

-- The committee's readers.
grant usage on schema allocation to eq_reports;
grant select on allocation.closed_reports, open.interim_looks, open.cuts to eq_reports;
grant insert on allocation.audit to eq_reports;
grant execute on function allocation.note(text, text, text, text, text, text, text) to eq_reports;

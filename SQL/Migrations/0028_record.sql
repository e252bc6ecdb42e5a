-- The record as a whole: what an audit row tells, which tables are sealed, checkpoints over the chains, and who may sign.

-- Second form of an audit row: also program, session, time zone and cause; the values enter the chain by salted
-- digests, so that a value can go (personal data entered by mistake) while the chain stays whole.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment', 'allocation'] loop
    execute replace($sql$
alter table {class}.audit
  add column format integer not null default 1 check (format in (1, 2)),
  add column software text not null default '',
  add column session text not null default '',
  add column zone text not null default '',
  add column cause text not null default '',
  add column salt bytea check (length(salt) = 48),
  add column old_digest bytea check (length(old_digest) = 32),
  add column new_digest bytea check (length(new_digest) = 32),
  add column reason_digest bytea check (length(reason_digest) = 32);
comment on column {class}.audit.format is '1: the hash covers the values; 2: it covers their salted digests and the columns after it';
comment on column {class}.audit.software is 'Program and version';
comment on column {class}.audit.session is 'Mark of the session, empty for the system';
comment on column {class}.audit.zone is 'IANA time zone of the site';
comment on column {class}.audit.cause is 'person, import or rule';
comment on column {class}.audit.salt is 'Salts of old value, new value and reason, 16 bytes each; zeros where the value was removed';
comment on column {class}.audit.old_digest is 'SHA-256 of salt and earlier value';
comment on column {class}.audit.new_digest is 'SHA-256 of salt and new value';
comment on column {class}.audit.reason_digest is 'SHA-256 of salt and reason';
create index audit_by_actor on {class}.audit (trial_id, actor, at);
create index audit_by_time on {class}.audit (trial_id, at);
create or replace function {class}.chain_audit() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_head {class}.audit_heads;
begin
  select * into v_head from {class}.audit_heads h where h.trial_id = new.trial_id for update;
  if not found then
    insert into {class}.audit_heads (trial_id) values (new.trial_id) on conflict do nothing;
    select * into strict v_head from {class}.audit_heads h where h.trial_id = new.trial_id for update;
  end if;
  new.seq := v_head.size + 1;
  -- Who, when, where and by what are taken from the request, never from who inserts.
  new.format := 2;
  new.at := open.act_time();
  new.actor := access.actor();
  new.role := access.acting_role();
  new.software := coalesce(current_setting('eq.software', true), '');
  new.session := coalesce(current_setting('eq.session', true), '');
  new.cause := coalesce(nullif(current_setting('eq.cause', true), ''), case when new.actor is null then 'rule' else 'person' end);
  new.zone := coalesce((select s.zone from open.sites s
    where s.trial_id = new.trial_id and s.site_key = new.site_key), 'UTC');
  new.salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  new.old_digest := sha256(substr(new.salt, 1, 16) || convert_to(new.old, 'UTF8'));
  new.new_digest := sha256(substr(new.salt, 17, 16) || convert_to(new.new, 'UTF8'));
  new.reason_digest := sha256(substr(new.salt, 33, 16) || convert_to(new.reason, 'UTF8'));
  new.hash := sha256(v_head.head || convert_to(jsonb_build_array(2, new.trial_id, new.seq,
    extract(epoch from new.at)::numeric(20,6)::text, new.actor, new.role, new.site_key, new.object,
    new.action, new.field, encode(new.old_digest, 'hex'), encode(new.new_digest, 'hex'),
    encode(new.reason_digest, 'hex'), new.software, new.session, new.zone, new.cause)::text, 'UTF8'));
  update {class}.audit_heads h set size = new.seq, head = new.hash where h.trial_id = new.trial_id;
  return new;
end $$;
-- Written with each audited act: planned once a session.
create or replace function {class}.note(p_site text, p_object text, p_action text, p_reason text default '',
  p_field text default '', p_old text default null, p_new text default null) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  insert into {class}.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
  values (access.trial(), 0, open.act_time(), access.actor(), access.acting_role(), p_site, p_object,
    p_action, p_field, p_old, p_new, p_reason, '\x');
end $$;
$sql$, '{class}', v_class);
  end loop;
end $do$;

-- Who may sign: somebody whose identity was checked, and who acknowledged once that signatures bind.
create table access.identity_checks (
  user_id    bigint primary key references access.users,
  method     text not null check (length(method) between 3 and 300),
  checked_by bigint,
  checked_at timestamptz not null default clock_timestamp(),
  constraint identity_checks_by_another check (checked_by is distinct from user_id)
);
comment on table access.identity_checks is 'How, by whom and when a person''s identity was verified before the first signature; append-only';
comment on column access.identity_checks.user_id is 'Person';
comment on column access.identity_checks.method is 'How: the document seen, the way it was shown';
comment on column access.identity_checks.checked_by is 'User who checked, null for the console';
comment on column access.identity_checks.checked_at is 'Instant';
create trigger identity_checks_append_only before update or delete or truncate on access.identity_checks
  for each statement execute function access.refuse_change();

create table access.accountability (
  user_id         bigint not null references access.users,
  text_version    text not null check (length(text_version) between 1 and 20),
  text_digest     bytea not null check (length(text_digest) = 32),
  acknowledged_at timestamptz not null default clock_timestamp(),
  primary key (user_id, text_version)
);
comment on table access.accountability is 'That a person acknowledged that an electronic signature binds like one by hand; append-only';
comment on column access.accountability.user_id is 'Person';
comment on column access.accountability.text_version is 'Version of the text';
comment on column access.accountability.text_digest is 'SHA-256 of the text shown';
comment on column access.accountability.acknowledged_at is 'Instant';
create trigger accountability_append_only before update or delete or truncate on access.accountability
  for each statement execute function access.refuse_change();

create function access.refuse_unready_signer() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if not exists (select from access.accountability a where a.user_id = access.actor()) then
    raise exception using errcode = 'EQ445', message = 'accountability was not acknowledged';
  end if;
  if not exists (select from access.identity_checks i where i.user_id = access.actor()) then
    raise exception using errcode = 'EQ446', message = 'identity was not verified';
  end if;
  return new;
end $$;
comment on function access.refuse_unready_signer() is 'Trigger: nobody signs whose identity was not verified or who did not acknowledge accountability';
create trigger lock_signatures_by_signers before insert on open.lock_signatures
  for each row execute function access.refuse_unready_signer();

create function access.record_identity_check(p_user bigint, p_method text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  insert into access.identity_checks (user_id, method, checked_by) values (p_user, p_method, access.actor())
  on conflict do nothing;
  if not found then
    raise exception using errcode = 'EQ409', message = 'verified before';
  end if;
  insert into access.events (user_id, subject, kind, detail)
  select access.actor(), u.username, 'identity verified', p_method from access.users u where u.user_id = p_user;
end $$;
comment on function access.record_identity_check(bigint, text) is 'Records an identity verification once; definer, since no login writes the table';

create function access.acknowledge_accountability(p_version text, p_digest bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  insert into access.accountability (user_id, text_version, text_digest)
  values (access.actor(), p_version, p_digest) on conflict do nothing;
  if found then
    insert into access.events (user_id, subject, kind, detail)
    select access.actor(), u.username, 'accountability acknowledged', 'text ' || p_version
      from access.users u where u.user_id = access.actor();
  end if;
end $$;
comment on function access.acknowledge_accountability(text, bytea) is 'The caller acknowledges accountability for signatures; definer, as above';

grant select on access.identity_checks, access.accountability to eq_access;
grant execute on function access.record_identity_check(bigint, text), access.acknowledge_accountability(text, bytea)
  to eq_access;

-- A signature is bound to its instant as well: the digest of the caller covers content, name, role and meaning.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
alter table {class}.signatures add column binding bytea check (length(binding) = 32);
comment on column {class}.signatures.binding is 'SHA-256 of digest and instant; null for signatures made before bindings';
create function {class}.bind_signature() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  new.binding := sha256(convert_to('signature/v3' || chr(10) || encode(new.digest, 'hex') || chr(10)
    || extract(epoch from new.at)::numeric(20,6)::text, 'UTF8'));
  return new;
end $$;
comment on function {class}.bind_signature() is 'Trigger: binds a signature to its instant';
create trigger signatures_bound before insert on {class}.signatures
  for each row execute function {class}.bind_signature();
create trigger signatures_by_signers before insert on {class}.signatures
  for each row execute function access.refuse_unready_signer();
$sql$, '{class}', v_class);
  end loop;
end $do$;

-- Personal data entered by mistake: one person asks, another confirms, and the value goes from every version and
-- from the audit trail, whose chain goes on over its digests. What stays says who, when, why and which field.
create function access.refuse_change_but_removal() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if tg_op = 'UPDATE' and current_setting('eq.removal', true) = 'on' and current_user = 'equipoise_owner' then
    return null;
  end if;
  raise exception using errcode = 'EQ403', message = format('%I.%I is append-only', tg_table_schema, tg_table_name);
end $$;
comment on function access.refuse_change_but_removal() is 'Trigger: nothing is changed but a value by the act of its removal';
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
create table {class}.tombstones (
  trial_id     integer not null,
  tombstone_no integer not null,
  participant  text not null,
  site_key     text not null,
  form         text not null,
  visit        text not null,
  repeat       integer not null,
  field        text not null,
  reason       text not null check (length(reason) between 3 and 2000),
  asked_by     bigint not null,
  asked_at     timestamptz not null,
  confirmed_by bigint,
  confirmed_at timestamptz,
  primary key (trial_id, tombstone_no),
  constraint tombstones_two_people check (confirmed_by is distinct from asked_by),
  foreign key (trial_id, participant, form, visit, repeat) references {class}.entries
);
comment on table {class}.tombstones is 'Values removed because personal data stood in them, and requests to remove them';
comment on column {class}.tombstones.trial_id is 'Trial';
comment on column {class}.tombstones.tombstone_no is 'Number in this class';
comment on column {class}.tombstones.participant is 'Participant key';
comment on column {class}.tombstones.site_key is 'Site';
comment on column {class}.tombstones.form is 'Form';
comment on column {class}.tombstones.visit is 'Visit code';
comment on column {class}.tombstones.repeat is 'Number among repeats';
comment on column {class}.tombstones.field is 'Field';
comment on column {class}.tombstones.reason is 'Why, without the value';
comment on column {class}.tombstones.asked_by is 'User who asked';
comment on column {class}.tombstones.asked_at is 'Instant';
comment on column {class}.tombstones.confirmed_by is 'Second person, null while it waits';
comment on column {class}.tombstones.confirmed_at is 'Instant of removal, null while it waits';
alter table {class}.tombstones enable row level security;
alter table {class}.tombstones force row level security;
create policy tombstones_scope on {class}.tombstones
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table {class}.removed_values (
  trial_id     integer not null,
  audit_row    bigint not null,
  tombstone_no integer not null,
  primary key (trial_id, audit_row),
  foreign key (trial_id, tombstone_no) references {class}.tombstones
);
comment on table {class}.removed_values is 'Audit rows whose values were removed; append-only';
comment on column {class}.removed_values.trial_id is 'Trial';
comment on column {class}.removed_values.audit_row is 'Position in the audit trail';
comment on column {class}.removed_values.tombstone_no is 'Removal';
create trigger removed_values_append_only before update or delete or truncate on {class}.removed_values
  for each statement execute function access.refuse_change();

-- The owner reaches what the removal needs, and only while it removes.
create policy audit_removal on {class}.audit for update
  using (current_user = 'equipoise_owner' and current_setting('eq.removal', true) = 'on'
    and trial_id = (select access.trial()));
create policy drafts_removal on {class}.drafts
  using (current_user = 'equipoise_owner' and current_setting('eq.removal', true) = 'on'
    and trial_id = (select access.trial()));
drop trigger audit_append_only on {class}.audit;
create trigger audit_append_only before update or delete or truncate on {class}.audit
  for each statement execute function access.refuse_change_but_removal();
drop trigger entry_versions_append_only on {class}.entry_versions;
create trigger entry_versions_append_only before update or delete or truncate on {class}.entry_versions
  for each statement execute function access.refuse_change_but_removal();

create function {class}.ask_removal(p_participant text, p_form text, p_visit text, p_repeat integer, p_field text,
  p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_entry {class}.entries;
  v_no integer;
begin
  select * into v_entry from {class}.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat for no key update;
  if v_entry.version is null then
    raise exception using errcode = 'EQ404', message = 'no such entry in scope';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a removal has a reason';
  end if;
  if not exists (select from {class}.entry_versions v
     where v.trial_id = v_entry.trial_id and v.participant = p_participant and v.form = p_form and v.visit = p_visit
       and v.repeat = p_repeat and v.answers ? p_field)
    or exists (select from {class}.tombstones t
     where t.trial_id = v_entry.trial_id and t.participant = p_participant and t.form = p_form and t.visit = p_visit
       and t.repeat = p_repeat and t.field = p_field and t.confirmed_at is null) then
    raise exception using errcode = 'EQ409', message = 'nothing to remove, or asked before';
  end if;
  insert into {class}.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field, reason,
    asked_by, asked_at)
  values (v_entry.trial_id, (select coalesce(max(t.tombstone_no), 0) + 1 from {class}.tombstones t
      where t.trial_id = v_entry.trial_id), p_participant, v_entry.site_key, p_form, p_visit, p_repeat, p_field,
    p_reason, access.actor(), open.act_time())
  returning tombstone_no into v_no;
  perform {class}.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'removal of personal data asked', p_reason, p_field);
  return v_no;
end $$;
comment on function {class}.ask_removal(text, text, text, integer, text, text)
  is 'Asks that a value be removed; definer, since who asks writes no entry';

create function {class}.confirm_removal(p_no integer) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_stone {class}.tombstones;
  v_object text;
  v_gone jsonb := to_jsonb('[personal data removed]'::text);
begin
  select * into v_stone from {class}.tombstones t
   where t.trial_id = access.trial() and t.tombstone_no = p_no for update;
  if v_stone.tombstone_no is null then
    raise exception using errcode = 'EQ404', message = 'no such removal in scope';
  end if;
  if v_stone.confirmed_at is not null or v_stone.asked_by = access.actor() then
    raise exception using errcode = 'EQ409', message = 'confirmed before, or by who asked';
  end if;
  v_object := v_stone.participant || '/' || v_stone.form || '@' || v_stone.visit || '#' || v_stone.repeat;
  update {class}.tombstones t set confirmed_by = access.actor(), confirmed_at = v_now
   where t.trial_id = v_stone.trial_id and t.tombstone_no = p_no;
  perform set_config('eq.removal', 'on', true);
  update {class}.signatures s set voided_at = v_now
   where s.trial_id = v_stone.trial_id and s.participant = v_stone.participant and s.form = v_stone.form
     and s.visit = v_stone.visit and s.repeat = v_stone.repeat and s.voided_at is null;
  if found then
    perform {class}.note(v_stone.site_key, v_object, 'signature voided', v_stone.reason);
  end if;
  update {class}.entries e set answers = jsonb_set(e.answers, array[v_stone.field], v_gone)
   where e.trial_id = v_stone.trial_id and e.participant = v_stone.participant and e.form = v_stone.form
     and e.visit = v_stone.visit and e.repeat = v_stone.repeat and e.answers ? v_stone.field;
  update {class}.entries e set status = {class}.status_of(e)
   where e.trial_id = v_stone.trial_id and e.participant = v_stone.participant and e.form = v_stone.form
     and e.visit = v_stone.visit and e.repeat = v_stone.repeat and e.status = 'signed';
  update {class}.entry_versions v set answers = jsonb_set(v.answers, array[v_stone.field], v_gone)
   where v.trial_id = v_stone.trial_id and v.participant = v_stone.participant and v.form = v_stone.form
     and v.visit = v_stone.visit and v.repeat = v_stone.repeat and v.answers ? v_stone.field;
  insert into {class}.removed_values (trial_id, audit_row, tombstone_no)
  select a.trial_id, a.seq, p_no from {class}.audit a
   where a.trial_id = v_stone.trial_id and a.object = v_object and a.field = v_stone.field
     and a.action in ('drafted', 'submitted')
  on conflict do nothing;
  update {class}.audit a
     set old = case when a.old is not null then v_gone::text end, new = case when a.new is not null then v_gone::text end,
         salt = overlay(a.salt placing decode(repeat('00', 32), 'hex') from 1 for 32)
   where a.trial_id = v_stone.trial_id and a.object = v_object and a.field = v_stone.field
     and a.action in ('drafted', 'submitted');
  delete from {class}.drafts d
   where d.trial_id = v_stone.trial_id and d.participant = v_stone.participant and d.form = v_stone.form
     and d.visit = v_stone.visit and d.repeat = v_stone.repeat;
  perform set_config('eq.removal', '', true);
  perform {class}.note(v_stone.site_key, v_object, 'personal data removed', v_stone.reason, v_stone.field);
end $$;
comment on function {class}.confirm_removal(integer)
  is 'Removes a value from every version and the audit trail; definer, since nobody may change those otherwise';
$sql$, '{class}', v_class);
  end loop;
end $do$;
grant select on open.tombstones to eq_open, eq_outcome, eq_treating, eq_committee;
grant select on outcome.tombstones to eq_outcome, eq_committee;
grant select on treatment.tombstones to eq_treating, eq_committee;
grant execute on function open.ask_removal(text, text, text, integer, text, text), open.confirm_removal(integer)
  to eq_open, eq_outcome, eq_treating;
grant execute on function outcome.ask_removal(text, text, text, integer, text, text), outcome.confirm_removal(integer)
  to eq_outcome;
grant execute on function treatment.ask_removal(text, text, text, integer, text, text), treatment.confirm_removal(integer)
  to eq_treating;

-- Review of the audit trail: what was looked at, by whom, and what was found. Read by the role that reviewed.
create table open.audit_reviews (
  trial_id    integer not null,
  review_no   integer not null,
  role        text not null,
  reviewer    bigint not null,
  name        text not null,
  period_from timestamptz not null,
  period_to   timestamptz not null,
  scope       text not null check (length(scope) between 3 and 2000),
  findings    text not null check (length(findings) between 3 and 10000),
  meaning     text not null,
  digest      bytea not null check (length(digest) = 32),
  at          timestamptz not null,
  primary key (trial_id, role, review_no)
);
comment on table open.audit_reviews is 'Signed reviews of the audit trail; append-only, read by the reviewing role alone';
comment on column open.audit_reviews.trial_id is 'Trial';
comment on column open.audit_reviews.review_no is 'Number among the reviews of the role';
comment on column open.audit_reviews.role is 'Role that reviewed';
comment on column open.audit_reviews.reviewer is 'User';
comment on column open.audit_reviews.name is 'Printed name at signing';
comment on column open.audit_reviews.period_from is 'Start of the period reviewed';
comment on column open.audit_reviews.period_to is 'End of the period reviewed';
comment on column open.audit_reviews.scope is 'Questions asked and what they listed';
comment on column open.audit_reviews.findings is 'What was found';
comment on column open.audit_reviews.meaning is 'Meaning of the signature';
comment on column open.audit_reviews.digest is 'SHA-256 of period, scope, findings, name, role, meaning and instant';
comment on column open.audit_reviews.at is 'Instant of signing';
alter table open.audit_reviews enable row level security;
alter table open.audit_reviews force row level security;
create policy audit_reviews_own_role on open.audit_reviews
  using (trial_id = (select access.trial()) and role = (select access.acting_role()))
  with check (trial_id = (select access.trial()) and role = (select access.acting_role()));
create trigger audit_reviews_append_only before update or delete or truncate on open.audit_reviews
  for each statement execute function access.refuse_change();
create trigger audit_reviews_by_signers before insert on open.audit_reviews
  for each row execute function access.refuse_unready_signer();
grant select on open.audit_reviews to eq_open, eq_outcome, eq_treating, eq_committee;

create function open.record_audit_review(p_name text, p_from timestamptz, p_to timestamptz, p_scope text,
  p_findings text, p_meaning text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_at timestamptz := open.act_time();
  v_no integer;
begin
  -- Numbered by role: nobody sees whether another role reviewed.
  insert into open.audit_reviews (trial_id, review_no, role, reviewer, name, period_from, period_to, scope, findings,
    meaning, digest, at)
  values (access.trial(), (select count(*) from open.audit_reviews)::integer + 1, access.acting_role(), access.actor(),
    p_name, p_from, p_to, p_scope, p_findings, p_meaning,
    sha256(convert_to(jsonb_build_array('review/v1', access.trial(), access.acting_role(), access.actor(), p_name,
      extract(epoch from p_from)::text, extract(epoch from p_to)::text, p_scope, p_findings, p_meaning,
      extract(epoch from v_at)::numeric(20,6)::text)::text, 'UTF8')), v_at)
  returning review_no into v_no;
  return v_no;
end $$;
comment on function open.record_audit_review(text, timestamptz, timestamptz, text, text, text)
  is 'Records a signed review; definer, since no login writes the table';
grant execute on function open.record_audit_review(text, timestamptz, timestamptz, text, text, text)
  to eq_open, eq_outcome, eq_treating, eq_committee;

-- Every table that is part of the record. Left out are the chains themselves, what the ledger's check recomputes
-- (ledgers, their entries, allocations and heads), and what is no record: sessions, requests and their replies, drafts.
do $do$
declare
  v_table record;
begin
  for v_table in
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('access', 'open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity')
       and c.relname not in ('audit', 'audit_heads', 'seals', 'seal_heads', 'checkpoints', 'drafts')
       and n.nspname || '.' || c.relname not in ('access.sessions', 'access.requests', 'access.replies',
         'allocation.ledgers', 'allocation.ledger_entries', 'allocation.allocations', 'allocation.heads')
     order by n.nspname, c.relname
  loop
    execute format('select %I.seal_table(%L, %L)', v_table.nspname, v_table.relname,
      case v_table.nspname || '.' || v_table.relname
        when 'access.users' then 'factor_step,failures,retry_after,last_sign_in'
        when 'open.sites' then 'randomized'
        else '' end);
  end loop;
end $do$;

-- Hashes of a chain and its checkpoints, for the program that signs heads: no content, no other login.
create function access.record_logs() returns table (class text, log text, trial_id integer, size bigint, signed bigint)
  language plpgsql stable security definer set search_path = pg_catalog as $$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity', 'access'] loop
    return query execute format($sql$
      select %1$L::text, 'seals'::text, h.trial_id, h.size,
             coalesce((select max(c.size) from %1$I.checkpoints c where c.trial_id = h.trial_id and c.log = 'seals'), 0)
        from %1$I.seal_heads h where h.size > 0 $sql$, v_class);
    if v_class in ('open', 'outcome', 'treatment', 'allocation') then
      return query execute format($sql$
        select %1$L::text, 'audit'::text, h.trial_id, h.size,
               coalesce((select max(c.size) from %1$I.checkpoints c where c.trial_id = h.trial_id and c.log = 'audit'), 0)
          from %1$I.audit_heads h where h.size > 0 $sql$, v_class);
    end if;
  end loop;
end $$;
comment on function access.record_logs() is 'Every chain with its size and the size last signed; definer, since no login reads all classes';

create function access.record_hashes(p_class text, p_log text, p_trial integer, p_after bigint)
  returns table (hash bytea) language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  if p_log = 'audit' then
    return query execute format('select a.hash from %I.audit a where a.trial_id = $1 and a.seq > $2 order by a.seq', p_class)
      using p_trial, p_after;
  else
    return query execute format('select s.hash from %I.seals s where s.trial_id = $1 and s.n > $2 order by s.n', p_class)
      using p_trial, p_after;
  end if;
end $$;
comment on function access.record_hashes(text, text, integer, bigint) is 'Hashes of a chain after a position; definer, as above';

create function access.keep_checkpoint(p_class text, p_log text, p_trial integer, p_size bigint, p_head bytea,
  p_signature bytea, p_public_key bytea) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  execute format('insert into %I.checkpoints (trial_id, log, size, head, signature, public_key)
    values ($1, $2, $3, $4, $5, $6) on conflict do nothing', p_class)
    using p_trial, p_log, p_size, p_head, p_signature, p_public_key;
end $$;
comment on function access.keep_checkpoint(text, text, integer, bigint, bytea, bytea, bytea) is 'Keeps a signed head of a chain; definer, as above';
grant execute on function access.record_logs(), access.record_hashes(text, text, integer, bigint),
  access.keep_checkpoint(text, text, integer, bigint, bytea, bytea, bytea) to eq_custodian;

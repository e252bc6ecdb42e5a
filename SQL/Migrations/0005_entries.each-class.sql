-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
create table :class.entries (
  trial_id     integer not null,
  participant  text not null,
  site_key     text not null,
  form         text not null,
  visit        text not null,
  repeat       integer not null default 1 check (repeat >= 1),
  version      integer not null check (version >= 1),
  status       text not null check (status in ('in_progress', 'submitted', 'verified', 'signed', 'frozen', 'locked')),
  answers      jsonb not null check (jsonb_typeof(answers) = 'object'),
  definition   text not null,
  author       bigint not null,
  entered_at   timestamptz not null,
  submitted_at timestamptz,
  primary key (trial_id, participant, form, visit, repeat),
  foreign key (trial_id, participant) references open.participants
);
comment on table :class.entries is 'Form entries of this class as they stand; earlier versions in entry_versions';
comment on column :class.entries.trial_id is 'Trial';
comment on column :class.entries.participant is 'Participant key';
comment on column :class.entries.site_key is 'Site at entry';
comment on column :class.entries.form is 'Form of the definition';
comment on column :class.entries.visit is 'Visit code';
comment on column :class.entries.repeat is 'Number among repeats, from 1';
comment on column :class.entries.version is 'Consecutive from 1; expected by the next save';
comment on column :class.entries.status is 'Lifecycle of the entry';
comment on column :class.entries.answers is 'Field to answer: a value as text, or a missing code with its reason; decimals are text';
comment on column :class.entries.definition is 'Definition version it was entered under';
comment on column :class.entries.author is 'User who saved this version';
comment on column :class.entries.entered_at is 'Instant of this version';
comment on column :class.entries.submitted_at is 'Instant of first submission, null for a draft';
create trigger entries_locked before insert or update on :class.entries
  for each row execute function open.refuse_when_locked();
alter table :class.entries enable row level security;
alter table :class.entries force row level security;
create policy entries_scope on :class.entries
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table :class.entry_versions (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null,
  version     integer not null,
  status      text not null,
  answers     jsonb not null,
  author      bigint not null,
  at          timestamptz not null,
  reason      text not null,
  primary key (trial_id, participant, form, visit, repeat, version)
);
comment on table :class.entry_versions is 'Every version of every entry of this class; append-only';
comment on column :class.entry_versions.trial_id is 'Trial';
comment on column :class.entry_versions.participant is 'Participant key';
comment on column :class.entry_versions.site_key is 'Site at entry';
comment on column :class.entry_versions.form is 'Form';
comment on column :class.entry_versions.visit is 'Visit code';
comment on column :class.entry_versions.repeat is 'Number among repeats';
comment on column :class.entry_versions.version is 'Version';
comment on column :class.entry_versions.status is 'Status at that version';
comment on column :class.entry_versions.answers is 'Answers at that version';
comment on column :class.entry_versions.author is 'User';
comment on column :class.entry_versions.at is 'Instant';
comment on column :class.entry_versions.reason is 'Reason for change, empty for first entry and drafts';
create trigger entry_versions_append_only before update or delete or truncate on :class.entry_versions
  for each statement execute function access.refuse_change();
alter table :class.entry_versions enable row level security;
alter table :class.entry_versions force row level security;
create policy entry_versions_scope on :class.entry_versions
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table :class.signatures (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null,
  version     integer not null,
  signer      bigint not null,
  signer_name text not null,
  signer_role text not null,
  meaning     text not null,
  digest      bytea not null check (length(digest) = 32),
  at          timestamptz not null,
  voided_at   timestamptz,
  primary key (trial_id, participant, form, visit, repeat, version, signer)
);
comment on table :class.signatures is 'Electronic signatures bound to one version of one entry';
comment on column :class.signatures.trial_id is 'Trial';
comment on column :class.signatures.participant is 'Participant key';
comment on column :class.signatures.site_key is 'Site';
comment on column :class.signatures.form is 'Form';
comment on column :class.signatures.visit is 'Visit code';
comment on column :class.signatures.repeat is 'Number among repeats';
comment on column :class.signatures.version is 'Version signed';
comment on column :class.signatures.signer is 'User';
comment on column :class.signatures.signer_name is 'Printed name at signing';
comment on column :class.signatures.signer_role is 'Role at signing';
comment on column :class.signatures.meaning is 'Meaning of the signature';
comment on column :class.signatures.digest is 'SHA-256 of the signed content';
comment on column :class.signatures.at is 'Instant';
comment on column :class.signatures.voided_at is 'Instant of the change that voided it, null while it stands';
alter table :class.signatures enable row level security;
alter table :class.signatures force row level security;
create policy signatures_scope on :class.signatures
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));
create trigger signatures_locked before insert or update on :class.signatures
  for each row execute function open.refuse_when_locked();

create table :class.data_queries (
  trial_id    integer not null,
  query_no    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null default 1,
  field       text not null,
  is_blocking boolean not null,
  state       text not null check (state in ('open', 'answered', 'closed')),
  text        text not null check (length(text) between 3 and 2000),
  answer      text,
  opened_by   bigint,
  opened_at   timestamptz not null,
  closed_at   timestamptz,
  primary key (trial_id, query_no)
);
comment on table :class.data_queries is 'Data queries on entries of this class';
comment on column :class.data_queries.trial_id is 'Trial';
comment on column :class.data_queries.query_no is 'Number in this class, without gaps';
comment on column :class.data_queries.participant is 'Participant key';
comment on column :class.data_queries.site_key is 'Site';
comment on column :class.data_queries.form is 'Form';
comment on column :class.data_queries.visit is 'Visit code';
comment on column :class.data_queries.repeat is 'Number among repeats';
comment on column :class.data_queries.field is 'Field';
comment on column :class.data_queries.is_blocking is 'Whether randomization waits for it';
comment on column :class.data_queries.state is 'open, answered, closed';
comment on column :class.data_queries.text is 'Question';
comment on column :class.data_queries.answer is 'Answer, null before';
comment on column :class.data_queries.opened_by is 'User, null for a rule';
comment on column :class.data_queries.opened_at is 'Instant';
comment on column :class.data_queries.closed_at is 'Instant of closing, null before';
create index data_queries_by_participant on :class.data_queries (trial_id, participant) where state = 'open';
alter table :class.data_queries enable row level security;
alter table :class.data_queries force row level security;
create policy data_queries_scope on :class.data_queries
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));
create trigger data_queries_locked before insert or update on :class.data_queries
  for each row execute function open.refuse_when_locked();
-- A site sees its own queries only, so the number comes from the class as a whole.
create function :class.number_query() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  insert into :class.audit_heads (trial_id) values (new.trial_id) on conflict do nothing;
  update :class.audit_heads h set queries = h.queries + 1 where h.trial_id = new.trial_id
  returning h.queries into new.query_no;
  return new;
end $$;
comment on function :class.number_query() is 'Trigger: numbers a data query without gap over all sites';
create trigger data_queries_numbered before insert on :class.data_queries
  for each row execute function :class.number_query();

create table :class.snapshots (
  trial_id integer not null,
  snapshot integer not null,
  content  text not null,
  digest   bytea not null check (length(digest) = 32),
  primary key (trial_id, snapshot)
);
comment on table :class.snapshots is 'The data of this class at a cut or lock, as canonical JSON lines; immutable';
comment on column :class.snapshots.trial_id is 'Trial';
comment on column :class.snapshots.snapshot is 'Number of the snapshot in open.cuts';
comment on column :class.snapshots.content is 'One JSON object per line, sorted by key';
comment on column :class.snapshots.digest is 'SHA-256 of the content';
create trigger snapshots_append_only before update or delete or truncate on :class.snapshots
  for each statement execute function access.refuse_change();

-- Saves an entry: checks the expected version and the reason, keeps the version, voids signatures,
-- writes one audit row per changed field. Raises EQ404, EQ412, EQ422 or EQ423.
create function :class.save_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_expected integer, p_answers jsonb, p_submit boolean, p_reason text, p_definition text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_trial integer := access.trial();
  v_now timestamptz := open.act_time();
  v_old :class.entries;
  v_site text;
  v_level text;
  v_state text;
  v_version integer;
  v_status text := case when p_submit then 'submitted' else 'in_progress' end;
begin
  select p.site_key, p.withdrawal_level, p.state into v_site, v_level, v_state
    from open.participants p where p.trial_id = v_trial and p.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_level = 'W4' or v_state = 'died' then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  select * into v_old from :class.entries e
   where e.trial_id = v_trial and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat
     for update;
  if coalesce(v_old.version, 0) <> p_expected then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  if v_old.status in ('frozen', 'locked') then
    raise exception using errcode = 'EQ423', message = 'the entry is closed';
  end if;
  if v_old.submitted_at is not null and (not p_submit or length(p_reason) < 3) then
    raise exception using errcode = 'EQ422', message = 'a submitted entry changes with a reason';
  end if;
  v_version := p_expected + 1;
  if p_expected = 0 then
    insert into :class.entries (trial_id, participant, site_key, form, visit, repeat, version, status,
      answers, definition, author, entered_at, submitted_at)
    values (v_trial, p_participant, v_site, p_form, p_visit, p_repeat, 1, v_status, p_answers,
      p_definition, access.actor(), v_now, case when p_submit then v_now end)
    on conflict do nothing;
    if not found then
      raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
    end if;
  else
    update :class.entries e
       set version = v_version, status = v_status, answers = p_answers, definition = p_definition,
           author = access.actor(), entered_at = v_now,
           submitted_at = coalesce(e.submitted_at, case when p_submit then v_now end)
     where e.trial_id = v_trial and e.participant = p_participant and e.form = p_form
       and e.visit = p_visit and e.repeat = p_repeat;
    update :class.signatures s set voided_at = v_now
     where s.trial_id = v_trial and s.participant = p_participant and s.form = p_form
       and s.visit = p_visit and s.repeat = p_repeat and s.voided_at is null;
    if found then
      perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
        'signature voided', p_reason);
    end if;
  end if;
  insert into :class.entry_versions (trial_id, participant, site_key, form, visit, repeat, version,
    status, answers, author, at, reason)
  values (v_trial, p_participant, v_site, p_form, p_visit, p_repeat, v_version, v_status, p_answers,
    access.actor(), v_now, p_reason);
  insert into :class.audit (trial_id, seq, at, actor, role, site_key, object, action, field, old, new, reason, hash)
  select v_trial, 0, v_now, access.actor(), access.acting_role(), v_site,
         p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
         case when p_submit then 'submitted' else 'drafted' end, changed.key, changed.old, changed.new, p_reason, '\x'
    from (select coalesce(o.key, n.key) as key, o.value::text as old, n.value::text as new
            from jsonb_each(coalesce(v_old.answers, '{}')) o
            full join jsonb_each(p_answers) n on n.key = o.key
           where o.value is distinct from n.value
           order by 1) changed;
  if p_submit and v_old.submitted_at is null then
    perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'complete');
  end if;
  return v_version;
end $$;
comment on function :class.save_entry(text, text, text, integer, integer, jsonb, boolean, text, text)
  is 'Saves one version of an entry with its history and audit rows';

create function :class.sign_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_name text, p_meaning text, p_digest bytea) returns timestamptz
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_entry :class.entries;
begin
  select * into v_entry from :class.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat
     for update;
  if v_entry.version is null then
    raise exception using errcode = 'EQ404', message = 'no such entry in scope';
  end if;
  if v_entry.version <> p_version or v_entry.submitted_at is null then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  insert into :class.signatures (trial_id, participant, site_key, form, visit, repeat, version, signer,
    signer_name, signer_role, meaning, digest, at)
  values (access.trial(), p_participant, v_entry.site_key, p_form, p_visit, p_repeat, p_version,
    access.actor(), p_name, access.acting_role(), p_meaning, p_digest, v_now);
  update :class.entries e set status = 'signed'
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat;
  perform :class.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'signed', p_meaning);
  return v_now;
end $$;
comment on function :class.sign_entry(text, text, text, integer, integer, text, text, bytea)
  is 'Signs the present version of a submitted entry';

create function :class.open_data_query(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_field text, p_text text, p_blocking boolean) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_number integer;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  insert into :class.data_queries (trial_id, query_no, participant, site_key, form, visit, repeat, field,
    is_blocking, state, text, opened_by, opened_at)
  values (access.trial(), 0, p_participant, v_site, p_form, p_visit, p_repeat, p_field,
    p_blocking, 'open', p_text, access.actor(), open.act_time())
  returning query_no into v_number;
  perform :class.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'data query opened', p_text, p_field);
  return v_number;
end $$;
comment on function :class.open_data_query(text, text, text, integer, text, text, boolean)
  is 'Opens a data query on a field';

create function :class.close_data_query(p_number integer, p_answer text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_query :class.data_queries;
begin
  select * into v_query from :class.data_queries q
   where q.trial_id = access.trial() and q.query_no = p_number and q.state <> 'closed' for update;
  if v_query.query_no is null then
    raise exception using errcode = 'EQ404', message = 'no such open query in scope';
  end if;
  update :class.data_queries q set state = 'closed', answer = p_answer, closed_at = open.act_time()
   where q.trial_id = access.trial() and q.query_no = p_number;
  perform :class.note(v_query.site_key, v_query.participant || '/' || v_query.form || '@' || v_query.visit
    || '#' || v_query.repeat, 'data query closed', p_answer, v_query.field);
end $$;
comment on function :class.close_data_query(integer, text) is 'Answers and closes a data query';

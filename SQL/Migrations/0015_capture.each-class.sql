-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- Drafts that are no data, source verification, freezing, voided repeats, and data queries as a dialogue.
create table :class.drafts (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null check (repeat >= 0),
  author      bigint not null,
  version     integer not null check (version >= 0),
  typed       jsonb not null check (jsonb_typeof(typed) = 'object' and length(typed::text) <= 262144),
  kept_at     timestamptz not null,
  primary key (trial_id, participant, form, visit, repeat, author)
);
comment on table :class.drafts is 'What somebody typed and did not save: read by its author alone, no data, in no snapshot and no audit trail';
comment on column :class.drafts.trial_id is 'Trial';
comment on column :class.drafts.participant is 'Participant key';
comment on column :class.drafts.site_key is 'Site';
comment on column :class.drafts.form is 'Form';
comment on column :class.drafts.visit is 'Visit code';
comment on column :class.drafts.repeat is 'Number among repeats, 0 for one that has no number yet';
comment on column :class.drafts.author is 'User who typed, and the only one who reads it';
comment on column :class.drafts.version is 'Version of the entry it was typed over, 0 for none';
comment on column :class.drafts.typed is 'Name of a box to the texts in it, as typed';
comment on column :class.drafts.kept_at is 'Instant of keeping';
create trigger drafts_locked before insert or update on :class.drafts
  for each row execute function open.refuse_when_locked();
alter table :class.drafts enable row level security;
alter table :class.drafts force row level security;
create policy drafts_own on :class.drafts
  using (trial_id = (select access.trial()) and access.sees_site(site_key) and author = (select access.actor()))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key) and author = (select access.actor()));

create function :class.keep_draft(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_typed jsonb) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_participant open.participants;
begin
  select * into v_participant from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant;
  if v_participant.participant is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_participant.withdrawal_level = 'W4' or v_participant.state = 'died' then
    raise exception using errcode = 'EQ424', message = 'no further data of this participant';
  end if;
  -- A draft that arrives after its author's own save of the same boxes is late.
  if exists (select from :class.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat = p_repeat and e.author = access.actor() and e.version > p_version) then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  insert into :class.drafts as d (trial_id, participant, site_key, form, visit, repeat, author, version, typed, kept_at)
  values (access.trial(), p_participant, v_participant.site_key, p_form, p_visit, p_repeat, access.actor(),
    p_version, p_typed, v_now)
  on conflict (trial_id, participant, form, visit, repeat, author) do update
    set version = excluded.version, typed = excluded.typed, kept_at = excluded.kept_at;
  return v_now;
end $$;
comment on function :class.keep_draft(text, text, text, integer, integer, jsonb)
  is 'Keeps what the caller typed; definer, since no login holds the table';

create function :class.drafts_of(p_participant text)
  returns table (form text, visit text, repeat bigint, version bigint, typed text, kept_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select d.form, d.visit, d.repeat::bigint, d.version::bigint, d.typed::text, d.kept_at
    from :class.drafts d
   where d.trial_id = access.trial() and d.participant = p_participant and d.author = access.actor()
   order by d.form, d.visit, d.repeat;
end;
comment on function :class.drafts_of(text) is 'The caller''s own drafts of a participant; definer, as above';

create function :class.discard_draft(p_participant text, p_form text, p_visit text, p_repeat integer) returns void
  language sql volatile security definer set search_path = pg_catalog
begin atomic
  delete from :class.drafts d
   where d.trial_id = access.trial() and d.participant = p_participant and d.form = p_form
     and d.visit = p_visit and d.repeat = p_repeat and d.author = access.actor();
end;
comment on function :class.discard_draft(text, text, text, integer) is 'Removes the caller''s own draft; definer, as above';

-- What was saved is data; what was typed on the way to it ends with it.
create function :class.end_drafts() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  delete from :class.drafts d
   where d.trial_id = new.trial_id and d.participant = new.participant and d.form = new.form
     and d.visit = new.visit and d.author = new.author
     and (d.repeat = new.repeat or tg_op = 'INSERT' and d.repeat = 0);
  return null;
end $$;
comment on function :class.end_drafts() is 'Trigger: a save removes the draft of who saved';
create trigger entries_end_drafts after insert or update of version on :class.entries
  for each row execute function :class.end_drafts();

create table :class.verifications (
  trial_id      integer not null,
  participant   text not null,
  site_key      text not null,
  form          text not null,
  visit         text not null,
  repeat        integer not null,
  version       integer not null,
  field         text not null,
  verifier      bigint not null,
  verifier_name text not null,
  role          text not null,
  at            timestamptz not null,
  voided_at     timestamptz,
  primary key (trial_id, participant, form, visit, repeat, field, version),
  foreign key (trial_id, participant, form, visit, repeat) references :class.entries
);
comment on table :class.verifications is 'Comparisons of entries with their source, of a form as a whole or of single fields';
comment on column :class.verifications.trial_id is 'Trial';
comment on column :class.verifications.participant is 'Participant key';
comment on column :class.verifications.site_key is 'Site';
comment on column :class.verifications.form is 'Form';
comment on column :class.verifications.visit is 'Visit code';
comment on column :class.verifications.repeat is 'Number among repeats';
comment on column :class.verifications.version is 'Version that was compared';
comment on column :class.verifications.field is 'Field, empty for the form as a whole';
comment on column :class.verifications.verifier is 'User';
comment on column :class.verifications.verifier_name is 'Printed name at the time';
comment on column :class.verifications.role is 'Role acted in';
comment on column :class.verifications.at is 'Instant';
comment on column :class.verifications.voided_at is 'Instant of the change that undid it, null while it stands';
create trigger verifications_locked before insert or update on :class.verifications
  for each row execute function open.refuse_when_locked();
alter table :class.verifications enable row level security;
alter table :class.verifications force row level security;
create policy verifications_scope on :class.verifications
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

alter table :class.entries drop constraint entries_status_check;
alter table :class.entries add constraint entries_status_check
  check (status in ('in_progress', 'submitted', 'verified', 'signed', 'frozen', 'locked', 'voided'));

-- Where an entry stands once it is not frozen: signed goes before verified.
create function :class.status_of(p_entry :class.entries) returns text
  language sql stable set search_path = pg_catalog
begin atomic
  select case
    when p_entry.submitted_at is null then 'in_progress'
    when exists (select from :class.signatures s
       where s.trial_id = p_entry.trial_id and s.participant = p_entry.participant and s.form = p_entry.form
         and s.visit = p_entry.visit and s.repeat = p_entry.repeat and s.version = p_entry.version
         and s.voided_at is null) then 'signed'
    when exists (select from :class.verifications v
       where v.trial_id = p_entry.trial_id and v.participant = p_entry.participant and v.form = p_entry.form
         and v.visit = p_entry.visit and v.repeat = p_entry.repeat and v.field = ''
         and v.voided_at is null) then 'verified'
    else 'submitted' end;
end;
comment on function :class.status_of(:class.entries) is 'The state of an entry by its signatures and verifications';

-- The entry that may be worked on now, or the refusal.
create function :class.entry_in_hand(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer) returns :class.entries
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_entry :class.entries;
begin
  select * into v_entry from :class.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat
     for no key update;
  if v_entry.version is null then
    raise exception using errcode = 'EQ404', message = 'no such entry in scope';
  end if;
  if v_entry.version <> p_version then
    raise exception using errcode = 'EQ412', message = 'the entry was saved meanwhile';
  end if;
  if v_entry.status = 'voided' then
    raise exception using errcode = 'EQ423', message = 'the entry is closed';
  end if;
  if v_entry.submitted_at is null then
    raise exception using errcode = 'EQ409', message = 'not handed in';
  end if;
  return v_entry;
end $$;
comment on function :class.entry_in_hand(text, text, text, integer, integer)
  is 'Locks the present version of a submitted entry';

create function :class.verify_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_fields text[], p_name text) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_entry :class.entries := :class.entry_in_hand(p_participant, p_form, p_visit, p_repeat, p_version);
  v_field text;
begin
  foreach v_field in array p_fields loop
    if exists (select from :class.verifications v
       where v.trial_id = v_entry.trial_id and v.participant = p_participant and v.form = p_form
         and v.visit = p_visit and v.repeat = p_repeat and v.field = v_field and v.voided_at is null) then
      raise exception using errcode = 'EQ409', message = 'verified before';
    end if;
    insert into :class.verifications (trial_id, participant, site_key, form, visit, repeat, version, field,
      verifier, verifier_name, role, at)
    values (v_entry.trial_id, p_participant, v_entry.site_key, p_form, p_visit, p_repeat, p_version, v_field,
      access.actor(), p_name, access.acting_role(), v_now);
    perform :class.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
      'verified', '', v_field);
  end loop;
  update :class.entries e set status = :class.status_of(e)
   where e.trial_id = v_entry.trial_id and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat and e.status <> 'frozen';
  return v_now;
end $$;
comment on function :class.verify_entry(text, text, text, integer, integer, text[], text)
  is 'Records that fields, or the form as a whole, agree with their source; definer, since who verifies writes no entry';

-- A change undoes what it changes: the form as a whole, and the fields whose answers differ.
create function :class.undo_verification() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_field text;
begin
  for v_field in
    update :class.verifications v set voided_at = open.act_time()
     where v.trial_id = new.trial_id and v.participant = new.participant and v.form = new.form
       and v.visit = new.visit and v.repeat = new.repeat and v.voided_at is null
       and (v.field = '' or new.status = 'voided'
         or old.answers -> v.field is distinct from new.answers -> v.field)
    returning v.field
  loop
    perform :class.note(new.site_key, new.participant || '/' || new.form || '@' || new.visit || '#' || new.repeat,
      'verification undone', '', v_field);
  end loop;
  return null;
end $$;
comment on function :class.undo_verification() is 'Trigger: a new version undoes the verification of what it changes';
create trigger entries_undo_verification after update of version on :class.entries
  for each row execute function :class.undo_verification();

create function :class.freeze_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_entry :class.entries := :class.entry_in_hand(p_participant, p_form, p_visit, p_repeat, p_version);
begin
  if v_entry.status in ('frozen', 'locked') then
    raise exception using errcode = 'EQ409', message = 'frozen before';
  end if;
  if exists (select from :class.data_queries q
     where q.trial_id = v_entry.trial_id and q.participant = p_participant and q.form = p_form
       and q.visit = p_visit and q.repeat = p_repeat and q.state <> 'closed') then
    raise exception using errcode = 'EQ441', message = 'a data query is not closed';
  end if;
  update :class.entries e set status = 'frozen'
   where e.trial_id = v_entry.trial_id and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat;
  perform :class.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'frozen');
end $$;
comment on function :class.freeze_entry(text, text, text, integer, integer)
  is 'Closes a form for changes; definer, since who freezes writes no entry';

create function :class.unfreeze_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_entry :class.entries := :class.entry_in_hand(p_participant, p_form, p_visit, p_repeat, p_version);
begin
  if v_entry.status <> 'frozen' then
    raise exception using errcode = 'EQ409', message = 'not frozen';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'opened again with a reason';
  end if;
  update :class.entries e set status = :class.status_of(e)
   where e.trial_id = v_entry.trial_id and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat;
  perform :class.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'unfrozen', p_reason);
end $$;
comment on function :class.unfreeze_entry(text, text, text, integer, integer, text)
  is 'Opens a frozen form again with a reason; definer, as above';

create or replace function :class.sign_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
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
  if v_entry.status in ('frozen', 'locked', 'voided') then
    raise exception using errcode = 'EQ423', message = 'the entry is closed';
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

-- Saving stays as it was, and a voided repeat is closed.
create function :class.refuse_change_of_voided() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if old.status = 'voided' then
    raise exception using errcode = 'EQ423', message = 'the entry is closed';
  end if;
  return new;
end $$;
comment on function :class.refuse_change_of_voided() is 'Trigger: a voided entry stays as it is';
create trigger entries_voided before update on :class.entries
  for each row execute function :class.refuse_change_of_voided();

-- The participant's row orders those who add repeats at the same moment.
create function :class.next_repeat(p_participant text, p_form text, p_visit text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if not found then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  return (select coalesce(max(e.repeat), 0) + 1 from :class.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit);
end $$;
comment on function :class.next_repeat(text, text, text) is 'The number of the next repeat of a form at a visit';

create function :class.void_entry(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_reason text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_entry :class.entries := :class.entry_in_hand(p_participant, p_form, p_visit, p_repeat, p_version);
  v_object text := p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat;
begin
  if v_entry.status in ('frozen', 'locked') then
    raise exception using errcode = 'EQ423', message = 'the entry is closed';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'an entry is voided with a reason';
  end if;
  update :class.entries e
     set version = p_version + 1, status = 'voided', author = access.actor(), entered_at = v_now
   where e.trial_id = v_entry.trial_id and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat;
  update :class.signatures s set voided_at = v_now
   where s.trial_id = v_entry.trial_id and s.participant = p_participant and s.form = p_form
     and s.visit = p_visit and s.repeat = p_repeat and s.voided_at is null;
  if found then
    perform :class.note(v_entry.site_key, v_object, 'signature voided', p_reason);
  end if;
  insert into :class.entry_versions (trial_id, participant, site_key, form, visit, repeat, version, status,
    answers, author, at, reason)
  values (v_entry.trial_id, p_participant, v_entry.site_key, p_form, p_visit, p_repeat, p_version + 1, 'voided',
    v_entry.answers, access.actor(), v_now, p_reason);
  perform :class.note(v_entry.site_key, v_object, 'voided', p_reason);
  return p_version + 1;
end $$;
comment on function :class.void_entry(text, text, text, integer, integer, text)
  is 'Voids one repeat entered in error; it stays readable and is never changed again';

-- Data queries: asked, answered, asked again, closed; the thread is never rewritten.
alter table :class.data_queries add column rule text not null default '';
comment on column :class.data_queries.rule is 'Check that opened it, empty for a person';

create table :class.data_query_messages (
  trial_id  integer not null,
  query_no  integer not null,
  message   integer not null check (message >= 1),
  site_key  text not null,
  kind      text not null check (kind in ('opened', 'answered', 'reopened', 'closed')),
  author    bigint,
  role      text,
  at        timestamptz not null,
  text      text not null check (length(text) between 3 and 2000),
  primary key (trial_id, query_no, message),
  foreign key (trial_id, query_no) references :class.data_queries
);
comment on table :class.data_query_messages is 'What was written in the thread of a data query; append-only';
comment on column :class.data_query_messages.trial_id is 'Trial';
comment on column :class.data_query_messages.query_no is 'Data query';
comment on column :class.data_query_messages.message is 'Number in the thread, from 1';
comment on column :class.data_query_messages.site_key is 'Site';
comment on column :class.data_query_messages.kind is 'opened, answered, reopened, closed';
comment on column :class.data_query_messages.author is 'User, null for a check that is met again';
comment on column :class.data_query_messages.role is 'Role acted in';
comment on column :class.data_query_messages.at is 'Instant';
comment on column :class.data_query_messages.text is 'What was written';
create trigger data_query_messages_append_only before update or delete or truncate on :class.data_query_messages
  for each statement execute function access.refuse_change();
create trigger data_query_messages_locked before insert on :class.data_query_messages
  for each row execute function open.refuse_when_locked();
alter table :class.data_query_messages enable row level security;
alter table :class.data_query_messages force row level security;
create policy data_query_messages_scope on :class.data_query_messages
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function :class.write_to_query(p_query :class.data_queries, p_kind text, p_author bigint, p_text text) returns void
  language sql volatile set search_path = pg_catalog
begin atomic
  insert into :class.data_query_messages (trial_id, query_no, message, site_key, kind, author, role, at, text)
  select p_query.trial_id, p_query.query_no,
         (select coalesce(max(m.message), 0) + 1 from :class.data_query_messages m
           where m.trial_id = p_query.trial_id and m.query_no = p_query.query_no),
         p_query.site_key, p_kind, p_author, access.acting_role(), open.act_time(), p_text;
  select :class.note(p_query.site_key, p_query.participant || '/' || p_query.form || '@' || p_query.visit || '#'
    || p_query.repeat, 'data query ' || p_kind, p_text, p_query.field);
end;
comment on function :class.write_to_query(:class.data_queries, text, bigint, text)
  is 'Adds to the thread of a data query, with the audit row';

drop function :class.open_data_query(text, text, text, integer, text, text, boolean);
create function :class.open_data_query(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_field text, p_text text, p_blocking boolean, p_rule text default '') returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_query :class.data_queries;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  insert into :class.data_queries (trial_id, query_no, participant, site_key, form, visit, repeat, field,
    is_blocking, state, text, opened_by, opened_at, rule)
  values (access.trial(), 0, p_participant, v_site, p_form, p_visit, p_repeat, p_field,
    p_blocking, 'open', p_text, case when p_rule = '' then access.actor() end, open.act_time(), p_rule)
  returning * into v_query;
  perform :class.write_to_query(v_query, 'opened', v_query.opened_by, p_text);
  return v_query.query_no;
end $$;
comment on function :class.open_data_query(text, text, text, integer, text, text, boolean, text)
  is 'Opens a data query on a field, by a person or by a check';

create function :class.move_data_query(p_number integer, p_from text[], p_to text, p_kind text, p_text text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_query :class.data_queries;
begin
  select * into v_query from :class.data_queries q
   where q.trial_id = access.trial() and q.query_no = p_number for update;
  if v_query.query_no is null then
    raise exception using errcode = 'EQ404', message = 'no such query in scope';
  end if;
  if v_query.state <> all (p_from) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  if length(p_text) < 3 then
    raise exception using errcode = 'EQ422', message = 'a data query moves on with words';
  end if;
  update :class.data_queries q
     set state = p_to, answer = case when p_kind = 'answered' then p_text else q.answer end,
         closed_at = case when p_to = 'closed' then open.act_time() end
   where q.trial_id = access.trial() and q.query_no = p_number;
  perform :class.write_to_query(v_query, p_kind, access.actor(), p_text);
end $$;
comment on function :class.move_data_query(integer, text[], text, text, text)
  is 'Moves a data query and writes into its thread';

create function :class.answer_data_query(p_number integer, p_answer text) returns void
  language sql volatile set search_path = pg_catalog
  return :class.move_data_query(p_number, array['open', 'answered'], 'answered', 'answered', p_answer);
comment on function :class.answer_data_query(integer, text) is 'Answers a data query, which waits then for who asked';

create function :class.reopen_data_query(p_number integer, p_reason text) returns void
  language sql volatile set search_path = pg_catalog
  return :class.move_data_query(p_number, array['answered', 'closed'], 'open', 'reopened', p_reason);
comment on function :class.reopen_data_query(integer, text) is 'Asks again, with a reason';

create or replace function :class.close_data_query(p_number integer, p_answer text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
begin
  perform :class.move_data_query(p_number, array['open', 'answered'], 'closed', 'closed', p_answer);
end $$;
comment on function :class.close_data_query(integer, text) is 'Closes a data query with a reason';

-- What a check asked needs no answer any more once the check is met.
create function :class.close_met_queries(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_standing text[]) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_query :class.data_queries;
  v_closed integer := 0;
begin
  for v_query in select * from :class.data_queries q
     where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
       and q.repeat = p_repeat and q.state <> 'closed' and q.rule <> ''
       and q.rule || '@' || q.field <> all (p_standing)
     order by q.query_no for update loop
    update :class.data_queries q set state = 'closed', closed_at = open.act_time()
     where q.trial_id = v_query.trial_id and q.query_no = v_query.query_no;
    perform :class.write_to_query(v_query, 'closed', null, 'The values were changed and the check is met.');
    v_closed := v_closed + 1;
  end loop;
  return v_closed;
end $$;
comment on function :class.close_met_queries(text, text, text, integer, text[])
  is 'Closes the queries of checks that are met now';

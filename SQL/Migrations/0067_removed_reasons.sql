-- Personal data stand in the reasons given for changes too: those that quote a removed value go with it, and those
-- of one version when they are asked for themselves, with the words of corrections beside it.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
alter table {class}.tombstones add column version integer;
comment on column {class}.tombstones.version is 'Version whose reasons are removed, null where it is something else';
alter table {class}.tombstones add constraint tombstones_of_one_thing check (version is null or query_no is null and field = '');
comment on column {class}.tombstones.field is 'Field, empty where reasons of a version are removed';
create table {class}.removed_reasons (
  trial_id     integer not null,
  audit_row    bigint not null,
  tombstone_no integer not null,
  primary key (trial_id, audit_row),
  foreign key (trial_id, tombstone_no) references {class}.tombstones
);
comment on table {class}.removed_reasons is 'Audit rows whose reason was removed, beside those of data queries; append-only';
comment on column {class}.removed_reasons.trial_id is 'Trial';
comment on column {class}.removed_reasons.audit_row is 'Position in the audit trail';
comment on column {class}.removed_reasons.tombstone_no is 'Removal';
create trigger removed_reasons_append_only before update or delete or truncate on {class}.removed_reasons
  for each statement execute function access.refuse_change();
select {class}.seal_table('removed_reasons');

create function {class}.ask_reason_removal(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_entry {class}.entries;
  v_no integer;
begin
  select * into v_entry from {class}.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
     and e.visit = p_visit and e.repeat = p_repeat for no key update;
  if v_entry.version is null or p_version not between 1 and v_entry.version then
    raise exception using errcode = 'EQ404', message = 'no such version in scope';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a removal has a reason';
  end if;
  if exists (select from {class}.tombstones t
     where t.trial_id = v_entry.trial_id and t.participant = p_participant and t.form = p_form and t.visit = p_visit
       and t.repeat = p_repeat and t.version = p_version and t.confirmed_at is null) then
    raise exception using errcode = 'EQ409', message = 'asked before';
  end if;
  insert into {class}.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field, reason,
    asked_by, asked_at, version)
  values (v_entry.trial_id, (select coalesce(max(t.tombstone_no), 0) + 1 from {class}.tombstones t
      where t.trial_id = v_entry.trial_id), p_participant, v_entry.site_key, p_form, p_visit, p_repeat, '',
    p_reason, access.actor(), open.act_time(), p_version)
  returning tombstone_no into v_no;
  perform {class}.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'removal of personal data asked', p_reason);
  return v_no;
end $$;
comment on function {class}.ask_reason_removal(text, text, text, integer, integer, text)
  is 'Asks that the reasons given with a version be removed; definer, since who asks may not change them';
revoke execute on function {class}.ask_reason_removal(text, text, text, integer, integer, text) from public;

create function {class}.silence_reasons(p_stone {class}.tombstones, p_reasons text[]) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_gone constant text := '[personal data removed]';
  v_reasons constant text[] := array_remove(array_remove(p_reasons, ''), v_gone);
begin
  insert into {class}.removed_reasons (trial_id, audit_row, tombstone_no)
  select a.trial_id, a.seq, p_stone.tombstone_no from {class}.audit a
   where a.trial_id = p_stone.trial_id and a.reason = any (v_reasons) and a.action in ('drafted', 'submitted')
     and a.object = p_stone.participant || '/' || p_stone.form || '@' || p_stone.visit || '#' || p_stone.repeat
  on conflict do nothing;
  update {class}.audit a
     set reason = v_gone, salt = overlay(a.salt placing decode(repeat('00', 16), 'hex') from 33 for 16)
   where a.trial_id = p_stone.trial_id and exists (select from {class}.removed_reasons r
     where r.trial_id = a.trial_id and r.audit_row = a.seq and r.tombstone_no = p_stone.tombstone_no);
  update {class}.entry_versions v set reason = v_gone
   where v.trial_id = p_stone.trial_id and v.participant = p_stone.participant and v.form = p_stone.form
     and v.visit = p_stone.visit and v.repeat = p_stone.repeat and v.reason = any (v_reasons);
end $$;
comment on function {class}.silence_reasons({class}.tombstones, text[])
  is 'Removes reasons given for changes of an entry from its versions and the audit trail; called while a removal is carried out';
revoke execute on function {class}.silence_reasons({class}.tombstones, text[]) from public;

create or replace function {class}.confirm_removal(p_no integer) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_stone {class}.tombstones;
  v_query {class}.data_queries;
  v_object text;
  v_gone jsonb := to_jsonb('[personal data removed]'::text);
  v_values text[];
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
  if v_stone.query_no is not null then
    select * into strict v_query from {class}.data_queries q
     where q.trial_id = v_stone.trial_id and q.query_no = v_stone.query_no for update;
    perform {class}.silence_query(v_query, p_no);
    perform set_config('eq.removal', '', true);
    perform {class}.note(v_stone.site_key, v_object, 'personal data removed', v_stone.reason, v_stone.field);
    return;
  end if;
  if v_stone.version is not null then
    perform {class}.silence_reasons(v_stone, array(
      select v.reason from {class}.entry_versions v
       where v.trial_id = v_stone.trial_id and v.participant = v_stone.participant and v.form = v_stone.form
         and v.visit = v_stone.visit and v.repeat = v_stone.repeat and v.version = v_stone.version));
    perform set_config('eq.removal', '', true);
    perform {class}.note(v_stone.site_key, v_object, 'personal data removed', v_stone.reason);
    return;
  end if;
  -- A question or an answer that quotes a value that goes, goes with it; shorter texts say nothing of anybody.
  select coalesce(array_agg(distinct lower(trim(v.answers ->> v_stone.field))), '{}') into v_values
    from {class}.entry_versions v
   where v.trial_id = v_stone.trial_id and v.participant = v_stone.participant and v.form = v_stone.form
     and v.visit = v_stone.visit and v.repeat = v_stone.repeat
     and jsonb_typeof(v.answers -> v_stone.field) = 'string' and v.answers -> v_stone.field <> v_gone
     and length(trim(v.answers ->> v_stone.field)) >= 3;
  for v_query in
    select q.* from {class}.data_queries q
     where q.trial_id = v_stone.trial_id and q.participant = v_stone.participant and q.form = v_stone.form
       and q.visit = v_stone.visit and q.repeat = v_stone.repeat
       and exists (select from unnest(v_values) as quoted (value)
         where position(value in lower(q.text)) > 0 or position(value in lower(coalesce(q.answer, ''))) > 0
            or exists (select from {class}.data_query_messages m
                 where m.trial_id = q.trial_id and m.query_no = q.query_no and position(value in lower(m.text)) > 0))
     order by q.query_no for update
  loop
    perform {class}.silence_query(v_query, p_no);
  end loop;
  -- So does a reason that was given for a change.
  perform {class}.silence_reasons(v_stone, array(
    select v.reason from {class}.entry_versions v
     where v.trial_id = v_stone.trial_id and v.participant = v_stone.participant and v.form = v_stone.form
       and v.visit = v_stone.visit and v.repeat = v_stone.repeat
       and exists (select from unnest(v_values) as quoted (value) where position(value in lower(v.reason)) > 0)));
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
  is 'Removes a value, the texts of a data query or the reasons of a version from every version and the audit trail; definer, since nobody may change those otherwise';
$sql$, '{class}', v_class);
  end loop;
end $do$;
grant execute on function open.ask_reason_removal(text, text, text, integer, integer, text) to eq_open, eq_outcome, eq_treating;
grant execute on function outcome.ask_reason_removal(text, text, text, integer, integer, text) to eq_outcome;
grant execute on function treatment.ask_reason_removal(text, text, text, integer, integer, text) to eq_treating;

-- What is removed from an entry is removed from what was said to be right in its place, and why.
create function outcome.remove_from_corrections() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_gone constant text := '[personal data removed]';
  v_correction outcome.corrections;
  v_object constant text := new.participant || '/' || new.form || '@' || new.visit || '#' || new.repeat;
begin
  perform set_config('eq.removal', 'on', true);
  for v_correction in select c.* from outcome.corrections c
     where c.trial_id = new.trial_id and c.participant = new.participant and c.form = new.form
       and c.visit = new.visit and c.repeat = new.repeat
       and case when new.version is null then c.field = new.field else c.version = new.version end
     order by c.correction_no loop
    update outcome.corrections c
       set corrected = case when new.version is null then v_gone else c.corrected end, reason = v_gone,
           evidence = v_gone, voided_at = coalesce(c.voided_at, open.act_time()),
           voided_because = coalesce(c.voided_because, 'removed')
     where c.trial_id = v_correction.trial_id and c.correction_no = v_correction.correction_no;
    insert into outcome.removed_reasons (trial_id, audit_row, tombstone_no)
    select a.trial_id, a.seq, new.tombstone_no from outcome.audit a
     where a.trial_id = new.trial_id and a.object = v_object
       and a.action = 'correction ' || v_correction.correction_no || ' signed'
    on conflict do nothing;
    update outcome.audit a
       set reason = v_gone, salt = overlay(a.salt placing decode(repeat('00', 16), 'hex') from 33 for 16)
     where a.trial_id = new.trial_id and a.object = v_object and a.reason <> v_gone
       and a.action = 'correction ' || v_correction.correction_no || ' signed';
    if v_correction.voided_at is null then
      perform outcome.note(v_correction.site_key, v_object,
        'correction ' || v_correction.correction_no || ' void', 'personal data removed', v_correction.field);
    end if;
  end loop;
  perform set_config('eq.removal', '', true);
  return null;
end $$;
comment on function outcome.remove_from_corrections() is 'Trigger: removed personal data leave corrections as well; definer, since nobody changes those otherwise';
create trigger tombstones_reach_corrections after update of confirmed_at on outcome.tombstones
  for each row when (old.confirmed_at is null and new.confirmed_at is not null and new.query_no is null)
  execute function outcome.remove_from_corrections();
revoke execute on function outcome.remove_from_corrections() from public;

-- Personal data stand in data queries as well: their texts go with the value they quote, or when they are asked for themselves.
alter table open.tombstones add column query_no integer;
alter table outcome.tombstones add column query_no integer;
alter table treatment.tombstones add column query_no integer;
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
comment on column {class}.tombstones.query_no is 'Data query whose texts are removed, null where it is the value of the field';
alter table {class}.removed_values add column part text not null default 'values' check (part in ('values', 'reason'));
comment on column {class}.removed_values.part is 'values: earlier and new value; reason: what was written in a data query';
drop trigger data_query_messages_append_only on {class}.data_query_messages;
create trigger data_query_messages_append_only before update or delete or truncate on {class}.data_query_messages
  for each statement execute function access.refuse_change_but_removal();

create function {class}.ask_query_removal(p_participant text, p_form text, p_visit text, p_repeat integer, p_query integer,
  p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_query {class}.data_queries;
  v_no integer;
begin
  select * into v_query from {class}.data_queries q
   where q.trial_id = access.trial() and q.query_no = p_query and q.participant = p_participant and q.form = p_form
     and q.visit = p_visit and q.repeat = p_repeat for no key update;
  if v_query.query_no is null or not exists (select from {class}.entries e
     where e.trial_id = v_query.trial_id and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat = p_repeat) then
    raise exception using errcode = 'EQ404', message = 'no such query in scope';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a removal has a reason';
  end if;
  if exists (select from {class}.tombstones t
     where t.trial_id = v_query.trial_id and t.query_no = p_query and t.confirmed_at is null) then
    raise exception using errcode = 'EQ409', message = 'asked before';
  end if;
  insert into {class}.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field, reason,
    asked_by, asked_at, query_no)
  values (v_query.trial_id, (select coalesce(max(t.tombstone_no), 0) + 1 from {class}.tombstones t
      where t.trial_id = v_query.trial_id), p_participant, v_query.site_key, p_form, p_visit, p_repeat, v_query.field,
    p_reason, access.actor(), open.act_time(), p_query)
  returning tombstone_no into v_no;
  perform {class}.note(v_query.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'removal of personal data asked', p_reason, v_query.field);
  return v_no;
end $$;
comment on function {class}.ask_query_removal(text, text, text, integer, integer, text)
  is 'Asks that the texts of a data query be removed; definer, since who asks may not change them';
revoke execute on function {class}.ask_query_removal(text, text, text, integer, integer, text) from public;

create function {class}.silence_query(p_query {class}.data_queries, p_tombstone integer) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_gone text := '[personal data removed]';
  v_object text := p_query.participant || '/' || p_query.form || '@' || p_query.visit || '#' || p_query.repeat;
begin
  insert into {class}.removed_values (trial_id, audit_row, tombstone_no, part)
  select a.trial_id, a.seq, p_tombstone, 'reason' from {class}.audit a
   where a.trial_id = p_query.trial_id and a.object = v_object and a.field = p_query.field
     and a.action like 'data query %' and a.reason <> v_gone
     and (a.reason = p_query.text or a.reason in (select m.text from {class}.data_query_messages m
            where m.trial_id = p_query.trial_id and m.query_no = p_query.query_no))
  on conflict do nothing;
  update {class}.audit a
     set reason = v_gone, salt = overlay(a.salt placing decode(repeat('00', 16), 'hex') from 33 for 16)
   where a.trial_id = p_query.trial_id and exists (select from {class}.removed_values r
     where r.trial_id = a.trial_id and r.audit_row = a.seq and r.tombstone_no = p_tombstone and r.part = 'reason');
  update {class}.data_query_messages m set text = v_gone
   where m.trial_id = p_query.trial_id and m.query_no = p_query.query_no;
  update {class}.data_queries q set text = v_gone, answer = case when q.answer is not null then v_gone end
   where q.trial_id = p_query.trial_id and q.query_no = p_query.query_no;
end $$;
comment on function {class}.silence_query({class}.data_queries, integer)
  is 'Removes the texts of a data query from its thread and the audit trail; called while a removal is carried out';
revoke execute on function {class}.silence_query({class}.data_queries, integer) from public;

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
  is 'Removes a value, or the texts of a data query, from every version and the audit trail; definer, since nobody may change those otherwise';
$sql$, '{class}', v_class);
  end loop;
end $do$;
grant execute on function open.ask_query_removal(text, text, text, integer, integer, text) to eq_open, eq_outcome, eq_treating;
grant execute on function outcome.ask_query_removal(text, text, text, integer, integer, text) to eq_outcome;
grant execute on function treatment.ask_query_removal(text, text, text, integer, integer, text) to eq_treating;

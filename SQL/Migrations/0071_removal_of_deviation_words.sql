-- Personal data stand in the words of deviations too: what happened, what is done about it, why it was rejected. They
-- go together, on the same list of removals and by the same two people.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
alter table {class}.tombstones add column deviation integer;
comment on column {class}.tombstones.deviation is 'Deviation whose words are removed, null where it is something else';
alter table {class}.tombstones add constraint tombstones_of_a_deviation
  check (deviation is null or form = '' and visit = '' and query_no is null and version is null and field = '');
alter table {class}.tombstones add foreign key (trial_id, participant, deviation) references {class}.deviations;
drop trigger tombstones_of_something on {class}.tombstones;
create trigger tombstones_of_something before insert on {class}.tombstones
  for each row when (new.deviation is null) execute function {class}.refuse_tombstone_of_nothing();

create function {class}.ask_deviation_removal(p_participant text, p_deviation integer, p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_no integer;
begin
  select d.site_key into v_site from {class}.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant and d.deviation = p_deviation for no key update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such deviation in scope';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a removal has a reason';
  end if;
  if exists (select from {class}.tombstones t
     where t.trial_id = access.trial() and t.participant = p_participant and t.deviation = p_deviation
       and t.confirmed_at is null) then
    raise exception using errcode = 'EQ409', message = 'asked before';
  end if;
  insert into {class}.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field, deviation,
    reason, asked_by, asked_at)
  values (access.trial(), (select coalesce(max(t.tombstone_no), 0) + 1 from {class}.tombstones t
      where t.trial_id = access.trial()), p_participant, v_site, '', '', 1, '', p_deviation, p_reason,
    access.actor(), open.act_time())
  returning tombstone_no into v_no;
  perform {class}.note(v_site, p_participant || '/deviation#' || p_deviation, 'removal of personal data asked', p_reason);
  return v_no;
end $$;
comment on function {class}.ask_deviation_removal(text, integer, text)
  is 'Asks that the words of a deviation be removed; definer, since who asks may not change them';
revoke execute on function {class}.ask_deviation_removal(text, integer, text) from public;

create function {class}.confirm_deviation_removal(p_no integer) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_gone constant text := '[personal data removed]';
  v_stone {class}.tombstones;
  v_object text;
begin
  select * into v_stone from {class}.tombstones t
   where t.trial_id = access.trial() and t.tombstone_no = p_no and t.deviation is not null for update;
  if v_stone.tombstone_no is null then
    raise exception using errcode = 'EQ404', message = 'no such removal in scope';
  end if;
  if v_stone.confirmed_at is not null or v_stone.asked_by = access.actor() then
    raise exception using errcode = 'EQ409', message = 'confirmed before, or by who asked';
  end if;
  v_object := v_stone.participant || '/deviation#' || v_stone.deviation;
  update {class}.tombstones t set confirmed_by = access.actor(), confirmed_at = open.act_time()
   where t.trial_id = v_stone.trial_id and t.tombstone_no = p_no;
  update {class}.deviations d
     set description = v_gone, capa = case when d.capa = '' then '' else v_gone end,
         reason = case when d.reason = '' then '' else v_gone end
   where d.trial_id = v_stone.trial_id and d.participant = v_stone.participant and d.deviation = v_stone.deviation;
  perform set_config('eq.removal', 'on', true);
  insert into {class}.removed_reasons (trial_id, audit_row, tombstone_no)
  select a.trial_id, a.seq, p_no from {class}.audit a
   where a.trial_id = v_stone.trial_id and a.object = v_object and a.reason not in ('', v_gone)
     and a.action in ('deviation drafted', 'deviation recorded', 'deviation judged')
  on conflict do nothing;
  update {class}.audit a
     set reason = v_gone, salt = overlay(a.salt placing decode(repeat('00', 16), 'hex') from 33 for 16)
   where a.trial_id = v_stone.trial_id and exists (select from {class}.removed_reasons r
     where r.trial_id = a.trial_id and r.audit_row = a.seq and r.tombstone_no = p_no);
  perform set_config('eq.removal', '', true);
  perform {class}.note(v_stone.site_key, v_object, 'personal data removed', v_stone.reason);
end $$;
comment on function {class}.confirm_deviation_removal(integer)
  is 'Removes the words of a deviation from it and from the audit trail; definer, since nobody may change those otherwise';
revoke execute on function {class}.confirm_deviation_removal(integer) from public;

-- As in 0024; who judges and says no measure leaves that of who recorded it.
create or replace function {class}.judge_deviation(p_participant text, p_deviation integer, p_status text, p_reason text,
  p_blind boolean, p_excludes boolean, p_capa text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_deviation {class}.deviations;
begin
  select * into v_deviation from {class}.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant and d.deviation = p_deviation for update;
  if v_deviation.deviation is null then
    raise exception using errcode = 'EQ404', message = 'no such deviation in scope';
  end if;
  if v_deviation.status <> 'DRAFT' then
    raise exception using errcode = 'EQ409', message = 'judged before';
  end if;
  if p_status = 'REJECTED' and length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a deviation is rejected with a reason';
  end if;
  update {class}.deviations d
     set status = p_status, judged_by = access.actor(), judged_at = open.act_time(), reason = p_reason,
         adjudicated_blind = p_blind, excludes = coalesce(p_excludes, d.excludes),
         capa = case when p_capa = '' then d.capa else p_capa end
   where d.trial_id = v_deviation.trial_id and d.participant = p_participant and d.deviation = p_deviation;
  perform {class}.note(v_deviation.site_key, p_participant || '/deviation#' || p_deviation, 'deviation judged', p_reason,
    'status', 'DRAFT', p_status);
end $$;
$sql$, '{class}', v_class);
  end loop;
end $do$;
grant execute on function open.ask_deviation_removal(text, integer, text), open.confirm_deviation_removal(integer)
  to eq_open, eq_outcome, eq_treating;
grant execute on function outcome.ask_deviation_removal(text, integer, text), outcome.confirm_deviation_removal(integer)
  to eq_outcome;
grant execute on function treatment.ask_deviation_removal(text, integer, text), treatment.confirm_deviation_removal(integer)
  to eq_treating, eq_committee;

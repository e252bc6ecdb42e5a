-- Personal data stand in other words too: what was done about an alert, why a call was moved or a participant is
-- handed over, why an event is expected, how an arm was learnt, what a file was called. Whatever it is, the audit trail
-- tells of the act: its row is what is asked for, and the words go from it and from where they stand.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
alter table {class}.tombstones add column audit_row bigint;
comment on column {class}.tombstones.audit_row is 'Row of the audit trail whose act loses its words, null where it is something else';
alter table {class}.tombstones add constraint tombstones_of_an_act
  check (audit_row is null or form = '' and visit = '' and query_no is null and version is null and deviation is null
    and field = '');
drop trigger tombstones_of_something on {class}.tombstones;
create trigger tombstones_of_something before insert on {class}.tombstones
  for each row when (new.deviation is null and new.audit_row is null)
  execute function {class}.refuse_tombstone_of_nothing();
drop trigger clock_starts_append_only on {class}.clock_starts;
create trigger clock_starts_append_only before update or delete or truncate on {class}.clock_starts
  for each statement execute function access.refuse_change_but_removal();
drop trigger judgements_append_only on {class}.judgements;
create trigger judgements_append_only before update or delete or truncate on {class}.judgements
  for each statement execute function access.refuse_change_but_removal();
drop trigger imports_append_only on {class}.imports;
create trigger imports_append_only before update or delete or truncate on {class}.imports
  for each statement execute function access.refuse_change_but_removal();

-- What a form, a data query, a deviation or a correction says is removed there.
create function {class}.has_words(p_action text, p_reason text, p_is_by_person boolean) returns boolean
  language sql immutable set search_path = pg_catalog as $$
  select p_is_by_person and p_reason not in ('', '[personal data removed]')
     and p_action not in ('drafted', 'submitted', 'alert raised')
     and p_action !~ '^(data query|deviation|correction) '
$$;
comment on function {class}.has_words(text, text, boolean)
  is 'Whether an act has words of a person that are removed by asking for its row of the audit trail';
revoke execute on function {class}.has_words(text, text, boolean) from public;

create function {class}.ask_words_removal(p_row bigint, p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_row {class}.audit;
  v_no integer;
begin
  select * into v_row from {class}.audit a where a.trial_id = access.trial() and a.seq = p_row;
  if v_row.seq is null or not access.sees_site(v_row.site_key) or not {class}.has_words(v_row.action, v_row.reason, v_row.actor is not null) then
    raise exception using errcode = 'EQ404', message = 'no such words in scope';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a removal has a reason';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('{class}.tombstones/' || v_row.trial_id, 0));
  if exists (select from {class}.tombstones t
     where t.trial_id = v_row.trial_id and t.audit_row = p_row and t.confirmed_at is null) then
    raise exception using errcode = 'EQ409', message = 'asked before';
  end if;
  insert into {class}.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field, audit_row,
    reason, asked_by, asked_at)
  values (v_row.trial_id, (select coalesce(max(t.tombstone_no), 0) + 1 from {class}.tombstones t
      where t.trial_id = v_row.trial_id), split_part(v_row.object, '/', 1), v_row.site_key, '', '', 1, '', p_row, p_reason,
    access.actor(), open.act_time())
  returning tombstone_no into v_no;
  perform {class}.note(v_row.site_key, v_row.object, 'removal of personal data asked', p_reason);
  return v_no;
end $$;
comment on function {class}.ask_words_removal(bigint, text)
  is 'Asks that the words of an act be removed; definer, since who asks may not change them';
revoke execute on function {class}.ask_words_removal(bigint, text) from public;

create function {class}.confirm_words_removal(p_no integer) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_gone constant text := '[personal data removed]';
  v_stone {class}.tombstones;
  v_row {class}.audit;
  v_is_named boolean := false;
begin
  select * into v_stone from {class}.tombstones t
   where t.trial_id = access.trial() and t.tombstone_no = p_no and t.audit_row is not null for update;
  if v_stone.tombstone_no is null then
    raise exception using errcode = 'EQ404', message = 'no such removal in scope';
  end if;
  if v_stone.confirmed_at is not null or v_stone.asked_by = access.actor() then
    raise exception using errcode = 'EQ409', message = 'confirmed before, or by who asked';
  end if;
  select * into strict v_row from {class}.audit a where a.trial_id = v_stone.trial_id and a.seq = v_stone.audit_row;
  update {class}.tombstones t set confirmed_by = access.actor(), confirmed_at = open.act_time()
   where t.trial_id = v_stone.trial_id and t.tombstone_no = p_no;
  perform set_config('eq.removal', 'on', true);
  if v_row.action = 'alert acknowledged' then
    -- The row names the alert, with which stands what was done about it; or it says that itself, of an alert of a
    -- class that may not hold it.
    update {class}.alerts a set action_taken = v_gone
     where a.trial_id = v_row.trial_id and a.name = v_row.reason and a.acknowledged_at is not null
       and a.participant || '/' || a.form || '@' || a.visit || '#' || a.repeat = v_row.object;
    v_is_named := found;
  elsif v_row.action = 'unblinding reported' then
    v_is_named := true;
    perform {class}.silence_elsewhere(v_row);
  end if;
  if not v_is_named and v_row.reason <> v_gone then
    perform {class}.silence_elsewhere(v_row);
    -- One reason stands at every step of its act, and with everything the act was about.
    insert into {class}.removed_reasons (trial_id, audit_row, tombstone_no)
    select a.trial_id, a.seq, p_no from {class}.audit a
     where a.trial_id = v_row.trial_id
       and (a.reason = v_row.reason and split_part(a.object, '/', 1) = v_stone.participant
           and {class}.has_words(a.action, a.reason, a.actor is not null)
         or v_row.action = 'file imported' and a.action = 'imported' and right(a.reason, 64) = right(v_row.object, 64))
    on conflict do nothing;
    update {class}.audit a
       set reason = v_gone, salt = overlay(a.salt placing decode(repeat('00', 16), 'hex') from 33 for 16)
     where a.trial_id = v_row.trial_id and exists (select from {class}.removed_reasons r
       where r.trial_id = a.trial_id and r.audit_row = a.seq and r.tombstone_no = p_no);
    update {class}.clock_starts c set reason = v_gone
     where c.trial_id = v_row.trial_id and c.participant = v_stone.participant and c.reason = v_row.reason;
    update {class}.judgements j set reason = v_gone
     where j.trial_id = v_row.trial_id and j.participant = v_stone.participant and j.reason = v_row.reason;
    update {class}.tombstones t set reason = v_gone
     where t.trial_id = v_row.trial_id and t.participant = v_stone.participant and t.reason = v_row.reason;
    update {class}.imports i set file_name = v_gone
     where i.trial_id = v_row.trial_id and v_row.action = 'file imported' and i.file_name = v_row.reason
       and v_row.object = 'import ' || encode(i.digest, 'hex');
  end if;
  perform set_config('eq.removal', '', true);
  perform {class}.note(v_stone.site_key, v_row.object, 'personal data removed', v_stone.reason);
end $$;
comment on function {class}.confirm_words_removal(integer)
  is 'Removes the words of an act from the audit trail and from where they stand; definer, since nobody may change those otherwise';
revoke execute on function {class}.confirm_words_removal(integer) from public;
$sql$, '{class}', v_class);
  end loop;
end $do$;

drop trigger ended_bookings_append_only on outcome.ended_bookings;
create trigger ended_bookings_append_only before update or delete or truncate on outcome.ended_bookings
  for each statement execute function access.refuse_change_but_removal();
drop trigger unblinding_reports_append_only on treatment.unblinding_reports;
create trigger unblinding_reports_append_only before update or delete or truncate on treatment.unblinding_reports
  for each statement execute function access.refuse_change_but_removal();
drop trigger unblinding_assessments_append_only on treatment.unblinding_assessments;
create trigger unblinding_assessments_append_only before update or delete or truncate on treatment.unblinding_assessments
  for each statement execute function access.refuse_change_but_removal();

-- What stands where only one class has it.
create function open.silence_elsewhere(p_row open.audit) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_gone constant text := '[personal data removed]';
  v_participant constant text := split_part(p_row.object, '/', 1);
begin
  update open.transfers t set reason = v_gone
   where t.trial_id = p_row.trial_id and t.participant = v_participant and t.reason = p_row.reason;
  update outcome.ended_bookings b set reason = v_gone
   where b.trial_id = p_row.trial_id and b.participant = v_participant and b.reason = p_row.reason
     and p_row.action in ('rating moved', 'rating cancelled');
end $$;
create function outcome.silence_elsewhere(p_row outcome.audit) returns void
  language sql volatile set search_path = pg_catalog as $$ select $$;
create function treatment.silence_elsewhere(p_row treatment.audit) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_gone constant text := '[personal data removed]';
begin
  if p_row.action <> 'unblinding reported' then
    return;
  end if;
  update treatment.unblinding_reports r set how = v_gone
   where r.trial_id = p_row.trial_id and 'report ' || r.report_no = p_row.reason;
  update treatment.unblinding_assessments a set impact = v_gone, action = v_gone
   where a.trial_id = p_row.trial_id and 'report ' || a.report_no = p_row.reason;
end $$;
comment on function open.silence_elsewhere(open.audit) is 'Removes the words of an act from hand-overs and from bookings that ended; called while a removal is carried out';
comment on function outcome.silence_elsewhere(outcome.audit) is 'Nothing: no words of this class stand anywhere else';
comment on function treatment.silence_elsewhere(treatment.audit) is 'Removes how an arm was learnt, and what was said of it; called while a removal is carried out';
revoke execute on function open.silence_elsewhere(open.audit), outcome.silence_elsewhere(outcome.audit),
  treatment.silence_elsewhere(treatment.audit) from public;

grant execute on function open.has_words(text, text, boolean) to eq_open, eq_outcome, eq_treating, eq_committee;
grant execute on function outcome.has_words(text, text, boolean) to eq_outcome, eq_committee;
grant execute on function treatment.has_words(text, text, boolean) to eq_treating, eq_committee;
grant execute on function open.ask_words_removal(bigint, text), open.confirm_words_removal(integer)
  to eq_open, eq_outcome, eq_treating;
grant execute on function outcome.ask_words_removal(bigint, text), outcome.confirm_words_removal(integer) to eq_outcome;
grant execute on function treatment.ask_words_removal(bigint, text), treatment.confirm_words_removal(integer)
  to eq_treating, eq_committee;

-- The trail tells every field an act changes, with what stood there before: what is judged of a deviation beside its
-- status, what a withdrawal changes of a participant, and what was done about an alert (REQ-001, REQ-006).
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
-- As in 0071, one row for each column that changes: what the rule had answered is read there once a person answered
-- otherwise.
create or replace function {class}.judge_deviation(p_participant text, p_deviation integer, p_status text, p_reason text,
  p_blind boolean, p_excludes boolean, p_capa text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_old {class}.deviations;
  v_new {class}.deviations;
begin
  select * into v_old from {class}.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant and d.deviation = p_deviation for update;
  if v_old.deviation is null then
    raise exception using errcode = 'EQ404', message = 'no such deviation in scope';
  end if;
  if v_old.status <> 'DRAFT' then
    raise exception using errcode = 'EQ409', message = 'judged before';
  end if;
  if p_status = 'REJECTED' and length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a deviation is rejected with a reason';
  end if;
  update {class}.deviations d
     set status = p_status, judged_by = access.actor(), judged_at = open.act_time(), reason = p_reason,
         adjudicated_blind = p_blind, excludes = coalesce(p_excludes, d.excludes),
         capa = case when p_capa = '' then d.capa else p_capa end
   where d.trial_id = v_old.trial_id and d.participant = p_participant and d.deviation = p_deviation
  returning * into v_new;
  perform {class}.note(v_old.site_key, p_participant || '/deviation#' || p_deviation, 'deviation judged', p_reason,
      c.field, c.old, c.new)
    from (values ('status', v_old.status, v_new.status),
                 ('excludes', v_old.excludes::text, v_new.excludes::text),
                 ('capa', nullif(v_old.capa, ''), nullif(v_new.capa, '')),
                 ('adjudicated_blind', v_old.adjudicated_blind::text, v_new.adjudicated_blind::text)) c (field, old, new)
   where c.old is distinct from c.new;
end $$;

-- As in 0071, and the measures go from the rows that tell of them as well.
create or replace function {class}.confirm_deviation_removal(p_no integer) returns void
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
  insert into {class}.removed_values (trial_id, audit_row, tombstone_no)
  select a.trial_id, a.seq, p_no from {class}.audit a
   where a.trial_id = v_stone.trial_id and a.object = v_object and a.action = 'deviation judged' and a.field = 'capa'
  on conflict do nothing;
  update {class}.audit a
     set old = case when a.old is not null then v_gone end, new = case when a.new is not null then v_gone end,
         salt = overlay(a.salt placing decode(repeat('00', 32), 'hex') from 1 for 32)
   where a.trial_id = v_stone.trial_id and exists (select from {class}.removed_values r
     where r.trial_id = a.trial_id and r.audit_row = a.seq and r.tombstone_no = p_no);
  perform set_config('eq.removal', '', true);
  perform {class}.note(v_stone.site_key, v_object, 'personal data removed', v_stone.reason);
end $$;

-- As in 0024, and the row says what was done: its reason goes on to name the alert.
create or replace function {class}.acknowledge_alert(p_alert text, p_action text) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_alert {class}.alerts;
begin
  select * into v_alert from {class}.alerts a
   where a.trial_id = access.trial() and a.alert::text = p_alert and access.acting_role() = any (a.recipients) for update;
  if v_alert.alert is null then
    raise exception using errcode = 'EQ404', message = 'no such alert in scope';
  end if;
  if v_alert.acknowledged_at is not null then
    raise exception using errcode = 'EQ409', message = 'acknowledged before';
  end if;
  if length(p_action) < 3 then
    raise exception using errcode = 'EQ422', message = 'what was done is said';
  end if;
  update {class}.alerts a
     set acknowledged_by = access.actor(), acknowledged_at = v_now, action_taken = p_action, next_at = null
   where a.trial_id = v_alert.trial_id and a.alert = v_alert.alert;
  perform {class}.note(v_alert.site_key,
    v_alert.participant || '/' || v_alert.form || '@' || v_alert.visit || '#' || v_alert.repeat, 'alert acknowledged',
    v_alert.name, 'action_taken', null, p_action);
  return v_now;
end $$;

-- The acts that have words of a person, each by name: whatever else stands as a reason is a meaning, a level, a digest
-- or a name this program wrote. What a form, a data query, a deviation or a correction says is removed there; words of
-- versions of the definition, of instruments and of sites as such are of no participant, and stay.
drop function {class}.has_words(text, text, boolean);
create function {class}.has_words(p_action text, p_field text, p_new text, p_reason text, p_is_by_person boolean)
  returns boolean
  language sql immutable set search_path = pg_catalog as $$
  select p_is_by_person and p_reason not in ('', '[personal data removed]') and case
    -- What was done, and in rows written before it stood there, the alert by which it is found; or, of an alert of a
    -- class that may not hold it, the words themselves.
    when p_action = 'alert acknowledged' then
      p_new is null or p_new not in ('[personal data removed]', 'Said in the treatment record.')
    -- An unblinded person's words about a deviation of another class stand in a row of no field.
    when p_action in ('deviation judged', 'deviation recorded') then p_field = ''
    when p_action = 'rating cancelled' then p_reason <> 'no further visits of the participant'
    when p_action = 'state' then p_reason not in ('a criterion is not met', 'the day after randomization')
    else p_action in ('likeness judged', 'likeness judged another person', 'identity read',
      'offered to another site', 'offer accepted', 'offer declined', 'offer withdrawn', 'taken over from another site',
      'rating moved', 'signature voided', 'voided', 'unfrozen', 'file imported', 'reporting time restarted',
      'expectedness judged', 'unblinding reported', 'removal of personal data asked', 'personal data removed') end
$$;
comment on function {class}.has_words(text, text, text, text, boolean)
  is 'Whether an act has words of a person that are removed by asking for its row of the audit trail';
revoke execute on function {class}.has_words(text, text, text, text, boolean) from public;

-- As in 0078, by the rule above.
create or replace function {class}.ask_words_removal(p_row bigint, p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_row {class}.audit;
  v_no integer;
begin
  select * into v_row from {class}.audit a where a.trial_id = access.trial() and a.seq = p_row;
  if v_row.seq is null or not access.sees_site(v_row.site_key)
    or not {class}.has_words(v_row.action, v_row.field, v_row.new, v_row.reason, v_row.actor is not null) then
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

-- As in 0078, and what was done about an alert goes from the rows that say it.
create or replace function {class}.confirm_words_removal(p_no integer) returns void
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
    if v_is_named then
      insert into {class}.removed_values (trial_id, audit_row, tombstone_no)
      select a.trial_id, a.seq, p_no from {class}.audit a
       where a.trial_id = v_row.trial_id and a.object = v_row.object and a.action = v_row.action
         and a.field = 'action_taken' and a.reason = v_row.reason and a.new <> v_gone
      on conflict do nothing;
      update {class}.audit a
         set new = v_gone, salt = overlay(a.salt placing decode(repeat('00', 32), 'hex') from 1 for 32)
       where a.trial_id = v_row.trial_id and exists (select from {class}.removed_values r
         where r.trial_id = a.trial_id and r.audit_row = a.seq and r.tombstone_no = p_no);
    end if;
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
           and {class}.has_words(a.action, a.field, a.new, a.reason, a.actor is not null)
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

-- What is locked is what was analysed: nothing goes from it, and nothing is asked for that nobody could confirm.
create trigger tombstones_locked before insert or update on {class}.tombstones
  for each row execute function open.refuse_when_locked();
$sql$, '{class}', v_class);
  end loop;
end $do$;
grant execute on function open.has_words(text, text, text, text, boolean) to eq_open, eq_outcome, eq_treating, eq_committee;
grant execute on function outcome.has_words(text, text, text, text, boolean) to eq_outcome, eq_committee;
grant execute on function treatment.has_words(text, text, text, text, boolean) to eq_treating, eq_committee;

-- As in 0017, one row for each column that changes.
create or replace function open.withdraw(p_participant text, p_level text, p_on date default null) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_old open.participants;
  v_new open.participants;
begin
  select * into v_old from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant and p.state <> 'died' for update;
  if v_old.participant is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if v_old.withdrawal_level > p_level then
    raise exception using errcode = 'EQ409', message = 'a withdrawal is not taken back';
  end if;
  update open.participants p
     set withdrawal_level = p_level,
         withdrawn_on = coalesce(p_on, (open.act_time() at time zone 'UTC')::date),
         state = case when p.state in ('randomized', 'followed', 'lost', 'consented', 'screening', 'eligible')
           then 'withdrawn' else p.state end
   where p.trial_id = access.trial() and p.participant = p_participant
  returning * into v_new;
  perform open.note(v_old.site_key, p_participant, 'withdrawn', p_level, c.field, c.old, c.new)
    from (values ('withdrawal_level', v_old.withdrawal_level, v_new.withdrawal_level),
                 ('withdrawn_on', v_old.withdrawn_on::text, v_new.withdrawn_on::text),
                 ('state', v_old.state, v_new.state)) c (field, old, new)
   where c.old is distinct from c.new;
  -- Said once more, it changes nothing, and was said.
  if not found then
    perform open.note(v_old.site_key, p_participant, 'withdrawn', p_level);
  end if;
end $$;

-- Whoever was told an arm rates that participant no more, also where a later rating had been drawn already: it goes to
-- another rater under a token the first one never saw. What was begun is finished, and stands.
alter table outcome.ended_bookings drop constraint ended_bookings_ended_check;
alter table outcome.ended_bookings add constraint ended_bookings_ended_check
  check (ended in ('moved', 'cancelled', 'withdrawn', 'redrawn'));
comment on column outcome.ended_bookings.ended is
  'moved to another time, cancelled, withdrawn with the participant, or redrawn for another rater';

create function outcome.fresh_token() returns text
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_bytes bytea;
  v_token text;
begin
  loop
    v_bytes := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
    select 'A-' || string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', get_byte(v_bytes, i) % 32 + 1, 1), '' order by i)
      into v_token from generate_series(0, 7) i;
    exit when not exists (select from outcome.rating_tasks t where t.trial_id = access.trial() and t.token = v_token)
      and not exists (select from outcome.ended_bookings b where b.trial_id = access.trial() and b.token = v_token);
  end loop;
  return v_token;
end $$;
comment on function outcome.fresh_token() is 'A token no booking of the trial has or had; called by the function below only';
revoke execute on function outcome.fresh_token() from public;

create function outcome.redraw_ratings(p_participant text, p_roles text[], p_record text, p_field text, p_none text)
  returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_sites text := coalesce(current_setting('eq.sites', true), '');
  v_task outcome.rating_tasks;
  v_rater bigint;
  v_is_over boolean;
begin
  perform set_config('eq.sites', '*', true);
  -- Ratings come first and the participant after them, as for the rater who saves; who books or moves a rating of this
  -- participant waits, and draws when it is known who was told.
  perform 1 from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.participant = p_participant order by t.token for update;
  -- Nothing is booked for somebody who withdrew or died: a call that is due now keeps its token.
  select p.withdrawal_level is not null or p.state = 'died' into v_is_over from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for key share;
  for v_task in select * from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.participant = p_participant and t.rater = access.actor()
       and t.state = 'booked' and not exists (
         select from outcome.entries e
          where e.trial_id = t.trial_id and e.participant = t.participant and e.visit = t.visit
            and e.form = any (t.forms) and e.author = access.actor())
     order by t.starts_at, t.token for update loop
    v_rater := outcome.draw_rater(v_task.participant, v_task.token, p_roles, p_record, p_field, p_none);
    if v_is_over then
      update outcome.rating_tasks t set rater = v_rater where t.trial_id = v_task.trial_id and t.token = v_task.token;
    else
      insert into outcome.ended_bookings (trial_id, token, participant, site_key, visit, forms, rater, language, starts_at,
        ended, reason, ended_by, ended_at)
      values (v_task.trial_id, v_task.token, v_task.participant, v_task.site_key, v_task.visit, v_task.forms, v_task.rater,
        v_task.language, v_task.starts_at, 'redrawn', 'the rater was told an arm', access.actor(), open.act_time());
      delete from outcome.rating_tasks t where t.trial_id = v_task.trial_id and t.token = v_task.token;
      v_task.token := outcome.fresh_token();
      v_task.rater := v_rater;
      insert into outcome.rating_tasks select v_task.*;
    end if;
    perform treatment.note(v_task.site_key, v_task.participant || '/rating@' || v_task.visit,
      case when v_rater is null then 'rating waits for a rater' else 'rater drawn' end);
  end loop;
  perform set_config('eq.sites', v_sites, true);
end $$;
comment on function outcome.redraw_ratings(text, text[], text, text, text) is
  'Gives what is booked of a participant and not begun by the acting rater to others; called by the functions that keep that the rater was told';
revoke execute on function outcome.redraw_ratings(text, text[], text, text, text) from public;

drop function treatment.save_blinding_record(text, text, jsonb, text);
create function treatment.save_blinding_record(p_token text, p_form text, p_answers jsonb, p_definition text,
  p_roles text[], p_field text, p_none text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_is_told constant boolean := coalesce(p_answers ->> p_field <> p_none, false);
  v_task outcome.rating_tasks;
  v_version integer;
begin
  if v_is_told then
    -- All that may be drawn anew in the order of everybody who locks ratings, before the participant.
    perform 1 from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.participant = (select o.participant from outcome.rating_tasks o
       where o.trial_id = access.trial() and o.token = p_token and o.rater = access.actor())
     order by t.token for update;
  end if;
  select * into v_task from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.token = p_token and t.rater = access.actor() for update;
  if v_task.token is null then
    raise exception using errcode = 'EQ404', message = 'no such task of this rater';
  end if;
  if v_task.state = 'booked' then
    raise exception using errcode = 'EQ425', message = 'the ratings are not submitted';
  end if;
  if v_task.state = 'recorded' then
    raise exception using errcode = 'EQ423', message = 'the blinding record was given';
  end if;
  v_version := treatment.save_entry(v_task.participant, p_form, v_task.visit, 1, 0, p_answers, true, '', p_definition);
  update outcome.rating_tasks t set state = 'recorded' where t.trial_id = access.trial() and t.token = p_token;
  if v_is_told then
    perform outcome.redraw_ratings(v_task.participant, p_roles, p_form, p_field, p_none);
  end if;
  return v_version;
end $$;
comment on function treatment.save_blinding_record(text, text, jsonb, text, text[], text, text)
  is 'The rater''s guess, only after the ratings, and what follows where an arm was told; definer, since raters write no treatment table';
revoke execute on function treatment.save_blinding_record(text, text, jsonb, text, text[], text, text) from public;
grant execute on function treatment.save_blinding_record(text, text, jsonb, text, text[], text, text) to eq_rater;

-- As in 0049, by the function above.
create or replace function open.report_unblinding(p_about text, p_is_known boolean, p_learnt text, p_how text,
  p_learnt_at timestamptz, p_roles text[], p_record text, p_field text, p_none text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_no integer;
  v_participant text := p_about;
  v_site text;
begin
  if access.acting_role() = any (p_roles) and p_about <> '' then
    -- A rater knows tokens only, of the own tasks.
    select t.participant, t.site_key into v_participant, v_site from outcome.rating_tasks t
     where t.trial_id = access.trial() and t.token = p_about and t.rater = access.actor();
    if not found then
      raise exception using errcode = 'EQ404', message = 'no such task of this rater';
    end if;
  elsif p_about <> '' then
    select p.site_key into v_site from open.participants p
     where p.trial_id = access.trial() and p.participant = p_about;
    if not found and p_is_known then
      raise exception using errcode = 'EQ404', message = 'no such participant in scope';
    end if;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('treatment.unblinding_reports/' || access.trial(), 0));
  select coalesce(max(r.report_no), 0) + 1 into v_no from treatment.unblinding_reports r
   where r.trial_id = access.trial();
  insert into treatment.unblinding_reports (trial_id, report_no, participant, site_key, learnt, how, learnt_at,
    reported_by, reported_role, reported_at)
  values (access.trial(), v_no, v_participant, coalesce(v_site, '*'), p_learnt, p_how, p_learnt_at,
    access.actor(), access.acting_role(), open.act_time());
  perform treatment.note(coalesce(v_site, '*'), coalesce(nullif(v_participant, ''), 'trial'),
    'unblinding reported', 'report ' || v_no);
  if access.acting_role() = any (p_roles) and v_participant <> '' then
    perform outcome.redraw_ratings(v_participant, p_roles, p_record, p_field, p_none);
  end if;
end $$;

-- As in 0047, and who read a closed report stands in it as well: what a committee was told is a disclosure to each of
-- its members. The order is total, so that the file is the same byte for byte.
create or replace function allocation.disclosure_report() returns table (kind text, participant text, at timestamptz, recorded_at timestamptz,
    person text, role text, is_planned boolean, channel text, ground text, reason text, reference text, followed text)
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_trial integer := access.trial();
  -- What follows final unblinding is no part of the report, which stays as it is then.
  v_end timestamptz := coalesce((select u.at from allocation.unblinding u where u.trial_id = v_trial), 'infinity');
begin
  perform set_config('eq.report', 'on', true);
  return query
    select 'SITE', k.participant, k.at, k.at, coalesce(u.full_name, ''), coalesce((
             select string_agg(distinct g.role, ' ' order by g.role) from access.grant_periods g
              join access.role_kinds r on r.trial_id = g.trial_id and r.role = g.role
               and r.blinding in ('unblinded', 'unblindedAcrossSites')
              where g.trial_id = v_trial and g.user_id = k.by_user and g.site_key in ('*', k.site_key)), ''),
           true, 'page', '', '', '', ''
      from allocation.acknowledgements k left join access.users u on u.user_id = k.by_user
     where k.trial_id = v_trial
    union all
    select e.kind, e.participant, e.opened_at, e.recorded_at, e.opened_by, e.recorded_role, e.is_planned, e.channel,
           e.ground, e.reason, e.event_number, coalesce((
             select 'told: ' || array_to_string(n.told_roles, ', ') || coalesce((
                      select '; read: ' || string_agg(r.role || ' ' || to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                               ', ' order by r.at, r.role)
                        from open.unblinding_notice_readings r
                       where r.trial_id = n.trial_id and r.notice = n.notice and r.at <= v_end), '; read by nobody yet')
               from open.unblinding_notices n
              where n.trial_id = e.trial_id and n.participant = e.participant and n.opened_at = e.opened_at
              order by n.notice limit 1), '')
      from allocation.unblinding_events e where e.trial_id = v_trial
    union all
    select 'INTERIM', '', c.cut_off, c.cut_off, coalesce(u.full_name, ''), coalesce((
             select string_agg(distinct g.role, ' ' order by g.role) from access.grant_periods g
              join access.role_kinds r on r.trial_id = g.trial_id and r.role = g.role and r.blinding = 'unblindedAcrossSites'
              where g.trial_id = v_trial and g.user_id = l.built_by), ''),
           true, 'closed report', '', 'built', coalesce(nullif(l.look, ''), 'snapshot ' || l.snapshot),
           case when l.released_at is null then 'not released'
             else 'released ' || to_char(l.released_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || coalesce(' by ' || w.full_name, '') end
      from open.interim_looks l join open.cuts c on c.trial_id = l.trial_id and c.snapshot = l.snapshot
      left join access.users u on u.user_id = l.built_by left join access.users w on w.user_id = l.checked_by
     where l.trial_id = v_trial
    union all
    select 'INTERIM', '', f.at, f.at, coalesce(u.full_name, ''), coalesce(f.role, ''), true, 'closed report', '',
           'read for the first time', coalesce(nullif(l.look, ''), 'snapshot ' || l.snapshot), ''
      from (select distinct on (a.actor, a.object) a.actor, a.object, a.at, a.role from allocation.audit a
             where a.trial_id = v_trial and a.action = 'closed report read' and a.at <= v_end
             order by a.actor, a.object, a.seq) f
      join open.interim_looks l on l.trial_id = v_trial and f.object = 'interim ' || l.snapshot
      left join access.users u on u.user_id = f.actor
    union all
    select 'FINAL', '', s.at, s.at, s.name, s.role, true, 'page', '', s.meaning, '',
           case when v_end = 'infinity' then 'waits for the second person'
             else 'arms opened ' || to_char(v_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end
      from open.lock_signatures s where s.trial_id = v_trial and s.act = 'unblind'
    order by 3, 1, 2, 5, 11, 10, 6, 12;
  perform set_config('eq.report', '', true);
end $$;

-- Of what stands in the trail within a person's act, a rule wrote some and a derivation some: that is their cause,
-- whoever's act it was (REQ-001). What the request says of itself, an import, is the cause of the rest.
do $do$
declare
  v_class text;
  v_named text := $who$new.actor := access.actor();
  new.role := access.acting_role();
  new.session := coalesce(current_setting('eq.session', true), '');
  new.request := coalesce(current_setting('eq.request', true), '');
  new.grant_period := access.acting_period();$who$;
  -- In the classes blinded people read, the mark stands in the place of person, role, session, request and period.
  v_unnamed text := $who$if access.acts_unnamed() then
    new.actor := - treatment.team_act();
    new.role := 'treatment_team';
    new.session := '';
    new.request := '';
    new.grant_period := null;
  else
    new.actor := access.actor();
    new.role := access.acting_role();
    new.session := coalesce(current_setting('eq.session', true), '');
    new.request := coalesce(current_setting('eq.request', true), '');
    new.grant_period := access.acting_period();
  end if;$who$;
begin
  foreach v_class in array array['open', 'outcome', 'treatment', 'allocation'] loop
    -- As in 0060, with these causes.
    execute replace(replace($sql$
comment on column {class}.audit.cause is 'person, import, derivation or rule; empty in rows written before causes were kept';
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
  new.format := 3;
  new.at := open.act_time();
  {who}
  new.software := coalesce(current_setting('eq.software', true), '');
  new.cause := case
    when new.action = 'worked out' then 'derivation'
    when new.action in ('alert raised', 'alert escalated', 'alert repeated', 'deviation drafted', 'verification undone',
      'reporting time started', 'reporting time passed', 'placed in a sample') then 'rule'
    else coalesce(nullif(current_setting('eq.cause', true), ''), case when new.actor is null then 'rule' else 'person' end) end;
  new.zone := coalesce((select s.zone from open.sites s
    where s.trial_id = new.trial_id and s.site_key = new.site_key), 'UTC');
  new.salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  new.old_digest := sha256(substr(new.salt, 1, 16) || convert_to(new.old, 'UTF8'));
  new.new_digest := sha256(substr(new.salt, 17, 16) || convert_to(new.new, 'UTF8'));
  new.reason_digest := sha256(substr(new.salt, 33, 16) || convert_to(new.reason, 'UTF8'));
  new.hash := sha256(v_head.head || convert_to(jsonb_build_array(3, new.trial_id, new.seq,
    extract(epoch from new.at)::numeric(20,6)::text, new.actor, new.role, new.site_key, new.object,
    new.action, new.field, encode(new.old_digest, 'hex'), encode(new.new_digest, 'hex'),
    encode(new.reason_digest, 'hex'), new.software, new.session, new.zone, new.cause, new.request,
    new.grant_period)::text, 'UTF8'));
  update {class}.audit_heads h set size = new.seq, head = new.hash where h.trial_id = new.trial_id;
  return new;
end $$;
$sql$, '{who}', case when v_class in ('open', 'outcome') then v_unnamed else v_named end), '{class}', v_class);
  end loop;
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
-- As in 0043; a data query of a check is asked by the check, whoever's save it stood in.
create or replace function {class}.open_data_query(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_field text, p_text text, p_blocking boolean, p_rule text default '') returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_cause text := coalesce(current_setting('eq.cause', true), '');
  v_site text;
  v_query {class}.data_queries;
begin
  select f.site_key into v_site from open.filed_under(p_participant) f;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant or site in scope';
  end if;
  insert into {class}.data_queries (trial_id, query_no, participant, site_key, form, visit, repeat, field,
    is_blocking, state, text, opened_by, opened_at, rule)
  values (access.trial(), 0, p_participant, v_site, p_form, p_visit, p_repeat, p_field,
    p_blocking, 'open', p_text, case when p_rule = '' then access.actor() end, open.act_time(), p_rule)
  returning * into v_query;
  if p_rule <> '' then
    perform set_config('eq.cause', 'rule', true);
  end if;
  perform {class}.write_to_query(v_query, 'opened', v_query.opened_by, p_text);
  perform set_config('eq.cause', v_cause, true);
  return v_query.query_no;
end $$;
$sql$, '{class}', v_class);
  end loop;
end $do$;

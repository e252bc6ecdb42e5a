-- A blinded assessor who enters forms at a site hands in what the arm was guessed to be and who told it: kept in
-- class treatment like the rater's, once, after the assessments of the visit, and read by nobody blinded again.

create function outcome.hand_in_record(p_participant text, p_form text, p_visit text, p_after text[],
  p_answers jsonb, p_definition text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  perform treatment.refuse_late_record(p_participant);
  if exists (select from open.collection_status s
      where s.trial_id = access.trial() and s.participant = p_participant and s.form = p_form
        and s.visit = p_visit) then
    raise exception using errcode = 'EQ423', message = 'the record was handed in';
  end if;
  if not exists (select from outcome.entries e
      where e.trial_id = access.trial() and e.participant = p_participant and e.visit = p_visit
        and e.author = access.actor() and e.submitted_at is not null)
    or exists (select from unnest(p_after) f
      where not exists (select from outcome.entries e
        where e.trial_id = access.trial() and e.participant = p_participant and e.visit = p_visit
          and e.form = f and e.submitted_at is not null)) then
    raise exception using errcode = 'EQ425', message = 'the assessments are not submitted';
  end if;
  insert into open.collection_status (trial_id, participant, site_key, form, visit, state, at)
  values (access.trial(), p_participant, v_site, p_form, p_visit, 'submitted', open.act_time());
  -- The answer is the same whether or not somebody who knows the arm wrote under this address: a login that
  -- reads no treatment must not learn it by writing. The program offers no such address.
  if exists (select from treatment.entries e
      where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
        and e.visit = p_visit and e.repeat = 1) then
    perform treatment.note(v_site, p_participant || '/' || p_form || '@' || p_visit || '#1', 'record refused');
    return 1;
  end if;
  return treatment.save_entry(p_participant, p_form, p_visit, 1, 0, p_answers, true, '', p_definition);
end $$;
comment on function outcome.hand_in_record(text, text, text, text[], jsonb, text)
  is 'A blinded assessor''s record of what was guessed and told, once and after the own assessments; definer, since assessors hold no treatment table';
grant execute on function outcome.hand_in_record(text, text, text, text[], jsonb, text) to eq_open;

-- What was assessed changes no more once the record of the blinding at that visit was handed in.
drop function outcome.save_own_entry(text, text, text, integer, jsonb, boolean, text, text);
create function outcome.save_own_entry(p_participant text, p_form text, p_visit text, p_expected integer,
  p_answers jsonb, p_submit boolean, p_reason text, p_definition text, p_closed_by text[]) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if exists (select from outcome.entries e
      where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form
        and e.visit = p_visit and e.repeat = 1 and e.author <> access.actor()) then
    raise exception using errcode = 'EQ404', message = 'another person''s entry';
  end if;
  if exists (select from open.collection_status s
      where s.trial_id = access.trial() and s.participant = p_participant and s.visit = p_visit
        and s.form = any (p_closed_by)) then
    raise exception using errcode = 'EQ423', message = 'the record of the blinding was handed in';
  end if;
  return outcome.save_entry(p_participant, p_form, p_visit, 1, p_expected, p_answers, p_submit, p_reason, p_definition);
end $$;
comment on function outcome.save_own_entry(text, text, text, integer, jsonb, boolean, text, text, text[])
  is 'Saves the caller''s own outcome entry; definer, since the caller holds no outcome table';
grant execute on function outcome.save_own_entry(text, text, text, integer, jsonb, boolean, text, text, text[]) to eq_open;

-- A rating is changed by its rater within a day and, later, where a data query on it is open.
create or replace function outcome.save_rating(p_token text, p_form text, p_expected integer, p_answers jsonb,
  p_submit boolean, p_reason text, p_definition text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks;
  v_version integer;
begin
  select * into v_task from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.token = p_token and t.rater = access.actor() for update;
  if v_task.token is null or p_form <> all (v_task.forms) then
    raise exception using errcode = 'EQ404', message = 'no such task of this rater';
  end if;
  if v_task.state = 'recorded' then
    raise exception using errcode = 'EQ423', message = 'the blinding record was given';
  end if;
  if exists (select from outcome.entries e
      where e.trial_id = access.trial() and e.participant = v_task.participant and e.form = p_form
        and e.visit = v_task.visit and e.repeat = 1
        and e.submitted_at + interval '1 day' < open.act_time())
    and not exists (select from outcome.data_queries q
      where q.trial_id = access.trial() and q.participant = v_task.participant and q.form = p_form
        and q.visit = v_task.visit and q.repeat = 1 and q.state <> 'closed') then
    raise exception using errcode = 'EQ423', message = 'the rating was submitted more than a day ago';
  end if;
  v_version := outcome.save_entry(v_task.participant, p_form, v_task.visit, 1, p_expected, p_answers,
    p_submit, p_reason, p_definition);
  if not exists (
    select from unnest(v_task.forms) f
     where not exists (select from outcome.entries e
       where e.trial_id = access.trial() and e.participant = v_task.participant and e.visit = v_task.visit
         and e.form = f and e.submitted_at is not null)) then
    update outcome.rating_tasks t set state = 'submitted'
     where t.trial_id = access.trial() and t.token = p_token and t.state = 'booked';
  end if;
  return v_version;
end $$;

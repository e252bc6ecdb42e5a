-- What a check reads beside the answers of its own form, and the queries of checks on forms whose writer
-- does not read their class.
grant execute on function open.serial_of(text, text, text, integer) to eq_open, eq_treating;
grant execute on function outcome.serial_of(text, text, text, integer) to eq_open, eq_outcome;
grant execute on function treatment.serial_of(text, text, text, integer) to eq_treating;

-- Which participant and visit a token or a link stands for: for the program that checks, never for who holds it.
create function outcome.rating_place(p_token text) returns table (participant text, visit text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select t.participant, t.visit from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.token = p_token and t.rater = access.actor();
end;
comment on function outcome.rating_place(text) is 'Whom a task is about, for the checks of a rating; definer, since the table is read by function only';

alter table outcome.questionnaire_links add column opened_at timestamptz;
comment on column outcome.questionnaire_links.opened_at is 'Instant at which the participant first saw the questions, null before';

create function outcome.open_questionnaire(p_link_hash bytea) returns void
  language sql volatile security definer set search_path = pg_catalog
begin atomic
  update outcome.questionnaire_links l set opened_at = open.act_time()
   where l.trial_id = access.trial() and l.link_hash = p_link_hash and l.opened_at is null and l.used_at is null;
end;
comment on function outcome.open_questionnaire(bytea) is 'Notes the first opening of a questionnaire; definer, as above';

create function outcome.questionnaire_place(p_link_hash bytea)
  returns table (participant text, visit text, opened_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select l.participant, l.visit, l.opened_at from outcome.questionnaire_links l
   where l.trial_id = access.trial() and l.link_hash = p_link_hash;
end;
comment on function outcome.questionnaire_place(bytea) is 'Whom a link is about, for the checks of a questionnaire; definer, as above';

create function identity.box_for_check(p_participant text) returns bytea
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select i.identity_box from identity.people i where i.trial_id = access.trial() and i.participant = p_participant;
end;
comment on function identity.box_for_check(text)
  is 'The sealed box of a person, so that a check can compare inside the program; definer, since no login reads the vault';

-- Opens the queries of failed checks on an outcome entry and closes those of checks that are met; what a
-- person closed for the same answer is not asked again.
create function outcome.ask_about(p_participant text, p_form text, p_visit text, p_faults jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_fault record;
  v_now jsonb;
  v_before jsonb;
begin
  perform outcome.close_met_queries(p_participant, p_form, p_visit, 1,
    array(select f.rule || '@' || f.field from jsonb_to_recordset(p_faults) as f(rule text, field text)));
  select e.answers, v.answers into v_now, v_before
    from outcome.entries e left join outcome.entry_versions v
      on v.trial_id = e.trial_id and v.participant = e.participant and v.form = e.form and v.visit = e.visit
     and v.repeat = e.repeat and v.version = e.version - 1
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = 1;
  for v_fault in select * from jsonb_to_recordset(p_faults) as f(rule text, field text, text text) loop
    if exists (select from outcome.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = 1 and q.rule = v_fault.rule and q.field = v_fault.field
         and (q.state <> 'closed'
           or v_fault.field <> '' and v_before -> v_fault.field is not distinct from v_now -> v_fault.field)) then
      continue;
    end if;
    perform outcome.open_data_query(p_participant, p_form, p_visit, 1, v_fault.field, v_fault.text, false, v_fault.rule);
  end loop;
end $$;
comment on function outcome.ask_about(text, text, text, jsonb)
  is 'The queries of checks on an outcome entry, after its save; definer, called by the three below only';

create function outcome.ask_about_own_entry(p_participant text, p_form text, p_visit text, p_faults jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if not exists (select from outcome.entries e
     where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
       and e.repeat = 1 and e.author = access.actor()) then
    raise exception using errcode = 'EQ404', message = 'no such entry of this person';
  end if;
  perform outcome.ask_about(p_participant, p_form, p_visit, p_faults);
end $$;
comment on function outcome.ask_about_own_entry(text, text, text, jsonb)
  is 'The queries of checks on the caller''s own outcome entry; definer, since the caller reads none';

create function outcome.ask_about_rating(p_token text, p_form text, p_faults jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_place record;
begin
  select * into v_place from outcome.rating_place(p_token);
  if v_place.participant is null then
    raise exception using errcode = 'EQ404', message = 'no such task of this rater';
  end if;
  perform outcome.ask_about(v_place.participant, p_form, v_place.visit, p_faults);
end $$;
comment on function outcome.ask_about_rating(text, text, jsonb)
  is 'The queries of checks on a rating; definer, since raters know no participant';

create function outcome.ask_about_questionnaire(p_link_hash bytea, p_faults jsonb) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_link outcome.questionnaire_links;
begin
  select * into v_link from outcome.questionnaire_links l
   where l.trial_id = access.trial() and l.link_hash = p_link_hash and l.used_at is not null;
  if v_link.link_hash is null then
    raise exception using errcode = 'EQ404', message = 'no such link';
  end if;
  perform outcome.ask_about(v_link.participant, v_link.form, v_link.visit, p_faults);
end $$;
comment on function outcome.ask_about_questionnaire(bytea, jsonb)
  is 'The queries of checks on a questionnaire; definer, since a participant holds no table';

grant usage on schema identity to eq_allocator;
grant execute on function outcome.rating_place(text), outcome.questionnaire_place(bytea),
  identity.box_for_check(text) to eq_allocator;
grant execute on function outcome.open_questionnaire(bytea), outcome.ask_about_questionnaire(bytea, jsonb) to eq_participant;
grant execute on function outcome.ask_about_rating(text, text, jsonb) to eq_rater;
grant execute on function outcome.ask_about_own_entry(text, text, text, jsonb) to eq_open;

-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- A deviation a person reports on a form stands in the list like one a rule found, and says who found it.
create or replace function :class.draft_deviation(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_zone text;
  v_day date;
  v_number integer;
begin
  -- Not "for update": a save already holds a key share of this row, and two saves would wait for each other.
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  select s.zone into v_zone from open.sites s where s.trial_id = access.trial() and s.site_key = v_site;
  v_day := coalesce((p_deviation ->> 'on')::date, (open.act_time() at time zone v_zone)::date);
  select d.deviation into v_number from :class.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant and d.type = p_deviation ->> 'type'
     and d.visit = p_visit and d.occurred_on = v_day;
  if v_number is not null then
    return v_number;
  end if;
  select coalesce(max(d.deviation), 0) + 1 into v_number from :class.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant;
  insert into :class.deviations (trial_id, participant, site_key, deviation, category, type, form, visit, detected_at,
    occurred_on, how, description, excludes, status)
  values (access.trial(), p_participant, v_site, v_number, p_deviation ->> 'category', p_deviation ->> 'type', p_form,
    p_visit, open.act_time(), v_day, coalesce(p_deviation ->> 'how', 'AUTO'), p_deviation ->> 'description', (p_deviation ->> 'excludes')::boolean, 'DRAFT');
  perform :class.note(v_site, p_participant || '/deviation#' || v_number, 'deviation drafted',
    p_deviation ->> 'description', 'type', null, p_deviation ->> 'type');
  return v_number;
end $$;

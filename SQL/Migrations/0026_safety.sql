-- When an alert must be acted on, the rows of the earlier tables, and who may do what with the parts of 0025.
create function open.alert_due(p_from timestamptz, p_site text, p_within text) returns timestamptz
  language plpgsql stable set search_path = pg_catalog as $$
declare
  v_zone text;
  v_day date;
begin
  select s.zone into v_zone from open.sites s where s.trial_id = access.trial() and s.site_key = p_site;
  v_day := (p_from at time zone v_zone)::date;
  case p_within
    when 'at_once' then return p_from + interval '5 minutes';
    when 'same_day' then return (v_day + 1)::timestamp at time zone v_zone;
    when 'next_working_day' then
      -- Friday to Sunday lead to Monday; its end is the limit.
      v_day := v_day + case extract(isodow from v_day)::integer when 5 then 3 when 6 then 2 else 1 end;
      return (v_day + 1)::timestamp at time zone v_zone;
    else return p_from + make_interval(mins => p_within::integer);
  end case;
end $$;
comment on function open.alert_due(timestamptz, text, text) is
  'The instant by which somebody must have acted: at once is five minutes, days end by the clock of the site';
grant execute on function open.alert_due(timestamptz, text, text) to eq_committee;

insert into outcome.alerts (trial_id, alert, participant, site_key, form, visit, repeat, version, name, title, items,
  recipients, existence_to, escalates_to, raised_at, due_at, acknowledged_by, acknowledged_at, action_taken)
select a.trial_id, a.alert, a.participant, a.site_key, a.form, a.visit, 1, a.version, a.name, a.name, a.items,
       array['investigator'], array['coordinator'], '{}', a.raised_at, a.due_at, a.acknowledged_by, a.acknowledged_at,
       a.action_taken
  from outcome.earlier_alerts a;
insert into open.deviations (trial_id, participant, site_key, deviation, category, type, form, visit, detected_at,
  occurred_on, how, description, excludes, status, judged_by, judged_at, reason)
select d.trial_id, d.participant, d.site_key, d.deviation, d.category, d.type, '', d.visit, d.detected_at, d.occurred_on,
       d.how, d.description, false, d.status, d.judged_by, d.judged_at, d.reason
  from open.earlier_deviations d;
drop trigger entries_raise_alerts on outcome.entries;
drop function outcome.raise_alerts();
drop function open.draft_deviation(text, text, text, date, text, text);
drop function open.judge_deviation(text, integer, text, text);
drop table outcome.earlier_alerts;
drop table open.earlier_deviations;

-- A form that was missed is told by the round of the daemon, once.
create function open.raise_missed(p_participant text, p_form text, p_visit text, p_alert jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  return open.raise_alert(p_participant, v_site, p_form, p_visit, 1, 0, p_alert);
end $$;
comment on function open.raise_missed(text, text, text, jsonb) is
  'Raises the alert of a form that was missed; definer, since the daemon''s round holds no table to change';

grant execute on function open.alerts_to_act_on(), open.acknowledge_alert(text, text), open.alerts_that_exist()
  to eq_open, eq_treating;
grant execute on function outcome.alerts_to_act_on(), outcome.acknowledge_alert(text, text) to eq_treating;
grant execute on function outcome.alerts_that_exist() to eq_open, eq_treating;
grant execute on function treatment.alerts_to_act_on(), treatment.acknowledge_alert(text, text),
  treatment.alerts_that_exist() to eq_treating;
grant select on open.alerts to eq_outcome, eq_committee;
grant select on outcome.alerts to eq_outcome, eq_committee;
grant select on treatment.alerts to eq_committee;
grant execute on function open.advance_alerts(), outcome.advance_alerts(), treatment.advance_alerts(),
  open.raise_missed(text, text, text, jsonb) to eq_committee;

grant select on open.deviations to eq_open, eq_outcome, eq_treating, eq_committee;
grant select on outcome.deviations to eq_outcome, eq_committee;
grant select on treatment.deviations to eq_treating, eq_committee;
grant update (status, judged_by, judged_at, reason, adjudicated_blind, excludes, capa) on open.deviations to eq_open, eq_treating;
grant update (status, judged_by, judged_at, reason, adjudicated_blind, excludes, capa) on treatment.deviations to eq_treating;
grant execute on function open.judge_deviation(text, integer, text, text, boolean, boolean, text) to eq_open, eq_treating;
grant execute on function treatment.judge_deviation(text, integer, text, text, boolean, boolean, text) to eq_treating;

-- Reporting times: read and met where the class is held; for roles without it the system looks, and takes what may be told.
grant select on treatment.clocks, treatment.clock_starts, treatment.safety_events to eq_treating, eq_committee;
grant select on open.clocks, open.clock_starts, open.safety_events to eq_open, eq_treating, eq_committee;
grant select on outcome.clocks, outcome.clock_starts, outcome.safety_events to eq_outcome, eq_committee;
grant update (met_at, met_by, started_at, due_at, remind_at) on treatment.clocks to eq_treating;
grant update (met_at, met_by) on treatment.clocks, outcome.clocks, open.clocks to eq_committee;
grant insert on treatment.clock_starts to eq_treating;
grant execute on function
  treatment.restart_clock(text, text, text, integer, text, timestamptz, timestamptz, timestamptz, text) to eq_treating;
grant execute on function treatment.meet_clock(text, text, text, integer, text) to eq_treating, eq_committee;
grant execute on function open.advance_clocks(), outcome.advance_clocks(), treatment.advance_clocks() to eq_committee;

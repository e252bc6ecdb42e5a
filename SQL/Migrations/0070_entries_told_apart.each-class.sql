-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What one entry brings about is told apart from what another one does: of two events reported late each is a departure
-- of its own, a value that comes back after it was corrected is told again, and each further report has its own time.
alter table :class.deviations add column repeat integer not null default 1 check (repeat >= 1);
comment on column :class.deviations.repeat is 'Number among repeats of the entry that drafted it, 1 where none did';
alter table :class.alerts add column stands_at integer;
comment on column :class.alerts.stands_at is
  'Latest version of the entry at which it still stood, null while that is the version that raised it';
alter table :class.clock_starts add column met_at timestamptz;
comment on column :class.clock_starts.met_at is 'Instant at which it was met while this start was in force, null where it was not';

-- As in 0037, and entry by entry: several forms of a visit that a rule finds on one day are one departure while nobody
-- has judged it. What was judged, and what a person reports in words, is of its own entry alone.
create or replace function :class.draft_deviation(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_zone text;
  v_day date;
  v_how text := coalesce(p_deviation ->> 'how', 'AUTO');
  v_repeat integer := coalesce((p_deviation ->> 'repeat')::integer, 1);
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
     and d.visit = p_visit and d.occurred_on = v_day and d.repeat = v_repeat
     and (d.form = p_form or d.status = 'DRAFT' and v_how = 'AUTO')
   order by d.form <> p_form, d.deviation limit 1;
  if v_number is not null then
    return v_number;
  end if;
  select coalesce(max(d.deviation), 0) + 1 into v_number from :class.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant;
  insert into :class.deviations (trial_id, participant, site_key, deviation, category, type, form, visit, repeat,
    detected_at, occurred_on, how, description, excludes, status)
  values (access.trial(), p_participant, v_site, v_number, p_deviation ->> 'category', p_deviation ->> 'type', p_form,
    p_visit, v_repeat, open.act_time(), v_day, v_how, p_deviation ->> 'description',
    (p_deviation ->> 'excludes')::boolean, 'DRAFT');
  perform :class.note(v_site, p_participant || '/deviation#' || v_number, 'deviation drafted',
    p_deviation ->> 'description', 'type', null, p_deviation ->> 'type');
  return v_number;
end $$;

-- As in 0029, and whether it is new is told by what is there: an entry that was judged keeps its judgement.
create or replace function :class.draft_by_system(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_last integer;
begin
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  select coalesce(max(d.deviation), 0) into v_last from :class.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant;
  return :class.draft_deviation(p_participant, p_form, p_visit, p_deviation) > v_last;
end $$;

-- As in 0054, entry by entry.
create or replace function :class.draft_once(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  if exists (select from :class.deviations d
     where d.trial_id = access.trial() and d.participant = p_participant and d.type = p_deviation ->> 'type'
       and d.form = p_form and d.visit = p_visit
       and d.repeat = coalesce((p_deviation ->> 'repeat')::integer, 1)) then
    return false;
  end if;
  perform :class.draft_deviation(p_participant, p_form, p_visit, p_deviation);
  return true;
end $$;

-- As in 0029; what was rejected is no departure on record.
create or replace function :class.record_deviation(p_participant text, p_visit text, p_deviation jsonb) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_zone text;
  v_day date := (p_deviation ->> 'on')::date;
  v_number integer;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for no key update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  select s.zone into v_zone from open.sites s where s.trial_id = access.trial() and s.site_key = v_site;
  if v_day > (open.act_time() at time zone v_zone)::date then
    raise exception using errcode = 'EQ409', message = 'a departure lies behind';
  end if;
  -- The same departure at the same visit on the same day is one, whoever tells of it.
  if exists (select from :class.deviations d
     where d.trial_id = access.trial() and d.participant = p_participant and d.type = p_deviation ->> 'type'
       and d.visit = p_visit and d.occurred_on = v_day and d.status <> 'REJECTED') then
    raise exception using errcode = 'EQ409', message = 'on record before';
  end if;
  select coalesce(max(d.deviation), 0) + 1 into v_number from :class.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant;
  insert into :class.deviations (trial_id, participant, site_key, deviation, category, type, form, visit, detected_at,
    occurred_on, how, description, excludes, capa, status)
  values (access.trial(), p_participant, v_site, v_number, p_deviation ->> 'category', p_deviation ->> 'type', '',
    p_visit, open.act_time(), v_day, p_deviation ->> 'how', p_deviation ->> 'description',
    (p_deviation ->> 'excludes')::boolean, coalesce(p_deviation ->> 'measures', ''), 'DRAFT');
  perform :class.note(v_site, p_participant || '/deviation#' || v_number, 'deviation recorded',
    p_deviation ->> 'description', 'type', null, p_deviation ->> 'type');
  return v_number;
end $$;

-- As in 0024, and a value that comes back is told again: what somebody acted on was another report of it.
create or replace function :class.raise_alert(p_participant text, p_site text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_alert jsonb) returns boolean
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_due timestamptz;
  v_before :class.alerts;
begin
  select * into v_before from :class.alerts o
   where o.trial_id = access.trial() and o.participant = p_participant and o.form = p_form and o.visit = p_visit
     and o.repeat = p_repeat and o.name = p_alert ->> 'name' and o.items = p_alert ->> 'items'
   order by o.version desc limit 1 for update;
  -- Not raised again while nobody acted, and while version after version says the same.
  if v_before.alert is not null and (v_before.acknowledged_at is null
      or coalesce(v_before.stands_at, v_before.version) >= p_version - 1) then
    update :class.alerts a set stands_at = p_version
     where a.trial_id = v_before.trial_id and a.alert = v_before.alert
       and p_version > coalesce(a.stands_at, a.version);
    return false;
  end if;
  v_due := open.alert_due(v_now, p_site, p_alert ->> 'within');
  insert into :class.alerts (trial_id, participant, site_key, form, visit, repeat, version, name, title, items,
    recipients, existence_to, escalates_to, raised_at, due_at, next_at)
  values (access.trial(), p_participant, p_site, p_form, p_visit, p_repeat, p_version, p_alert ->> 'name',
    p_alert ->> 'title', p_alert ->> 'items',
    array(select jsonb_array_elements_text(p_alert -> 'to')),
    array(select jsonb_array_elements_text(p_alert -> 'existence')),
    array(select jsonb_array_elements_text(p_alert -> 'escalate')),
    v_now, v_due, case when (p_alert ->> 'repeated')::boolean then v_due end);
  perform :class.note(p_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat, 'alert raised',
    p_alert ->> 'name');
  return true;
end $$;

-- As in 0024, and drafts say which entry they are of.
create or replace function :class.draw_consequences() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_all jsonb := nullif(current_setting('eq.consequences', true), '')::jsonb;
  v_one jsonb;
begin
  if new.submitted_at is null or v_all is null or v_all ->> 'form' <> new.form then
    return null;
  end if;
  for v_one in select a.value from jsonb_array_elements(v_all -> 'alerts') a loop
    perform :class.raise_alert(new.participant, new.site_key, new.form, new.visit, new.repeat, new.version, v_one);
  end loop;
  for v_one in select d.value || jsonb_build_object('repeat', new.repeat)
      from jsonb_array_elements(v_all -> 'deviations') d loop
    case v_one ->> 'class'
      when 'open' then perform open.draft_deviation(new.participant, new.form, new.visit, v_one);
      when 'outcome' then perform outcome.draft_deviation(new.participant, new.form, new.visit, v_one);
      when 'treatment' then perform treatment.draft_deviation(new.participant, new.form, new.visit, v_one);
    end case;
  end loop;
  for v_one in select c.value from jsonb_array_elements(v_all -> 'clocks') c loop
    perform :class.start_clock(new.participant, new.site_key, new.form, new.visit, new.repeat, v_one);
  end loop;
  if v_all ? 'told' then
    insert into :class.safety_events (trial_id, participant, site_key, form, visit, repeat, version, told, entered_at)
    values (new.trial_id, new.participant, new.site_key, new.form, new.visit, new.repeat, new.version, v_all -> 'told',
      new.entered_at);
  end if;
  return null;
end $$;

-- As in 0024, and when the earlier start was met is kept with it.
create or replace function :class.restart_clock(p_participant text, p_form text, p_visit text, p_repeat integer, p_clock text,
  p_start timestamptz, p_due timestamptz, p_remind timestamptz, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_clock :class.clocks;
begin
  select * into v_clock from :class.clocks c
   where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.clock = p_clock for update;
  if v_clock.clock is null then
    raise exception using errcode = 'EQ404', message = 'no such reporting time in scope';
  end if;
  if v_clock.started_at = p_start then
    return;
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a start is changed with a reason';
  end if;
  insert into :class.clock_starts (trial_id, participant, site_key, form, visit, repeat, clock, change, started_at,
    due_at, changed_at, changed_by, reason, met_at)
  select v_clock.trial_id, p_participant, v_clock.site_key, p_form, p_visit, p_repeat, p_clock,
         coalesce(max(h.change), 0) + 1, v_clock.started_at, v_clock.due_at, open.act_time(), access.actor(), p_reason,
         v_clock.met_at
    from :class.clock_starts h
   where h.trial_id = v_clock.trial_id and h.participant = p_participant and h.form = p_form and h.visit = p_visit
     and h.repeat = p_repeat and h.clock = p_clock;
  update :class.clocks c set started_at = p_start, due_at = p_due, remind_at = p_remind
   where c.trial_id = v_clock.trial_id and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.clock = p_clock;
  perform :class.note(v_clock.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'reporting time restarted', p_reason, p_clock, v_clock.started_at::text, p_start::text);
end $$;

-- As in 0024, and a time that each version meets is met anew by the version that tells of a later start.
create or replace function :class.start_clock(p_participant text, p_site text, p_form text, p_visit text, p_repeat integer,
  p_clock jsonb) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_before timestamptz;
begin
  insert into :class.clocks (trial_id, participant, site_key, form, visit, repeat, clock, title, started_at, due_at,
    remind_at, remind_to, escalate_to, is_told, met_at, met_by)
  values (access.trial(), p_participant, p_site, p_form, p_visit, p_repeat, p_clock ->> 'clock', p_clock ->> 'title',
    (p_clock ->> 'start')::timestamptz, (p_clock ->> 'due')::timestamptz, (p_clock ->> 'remind')::timestamptz,
    array(select jsonb_array_elements_text(p_clock -> 'to')),
    array(select jsonb_array_elements_text(p_clock -> 'escalate')), (p_clock ->> 'told')::boolean,
    case when (p_clock ->> 'met')::boolean then open.act_time() end,
    case when (p_clock ->> 'met')::boolean then access.actor() end)
  on conflict do nothing;
  if found then
    perform :class.note(p_site, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
      'reporting time started', '', p_clock ->> 'clock', null, p_clock ->> 'start');
  -- A start the system took stands; one a person typed follows the answer.
  elsif (p_clock ->> 'typed')::boolean then
    select c.started_at into v_before from :class.clocks c
     where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
       and c.repeat = p_repeat and c.clock = p_clock ->> 'clock' for update;
    perform :class.restart_clock(p_participant, p_form, p_visit, p_repeat, p_clock ->> 'clock',
      (p_clock ->> 'start')::timestamptz, (p_clock ->> 'due')::timestamptz, (p_clock ->> 'remind')::timestamptz,
      p_clock ->> 'reason');
    -- What lies ahead again is told again.
    update :class.clocks c
       set reminded_at = case when c.remind_at <= open.act_time() then c.reminded_at end,
           escalated_at = case when c.due_at < open.act_time() then c.escalated_at end
     where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
       and c.repeat = p_repeat and c.clock = p_clock ->> 'clock' and c.met_at is null
       and c.started_at is distinct from v_before;
    -- An earlier start corrects the one there was: the report that met it stays the one that did.
    if (p_clock ->> 'again')::boolean and (p_clock ->> 'start')::timestamptz > v_before then
      update :class.clocks c
         set met_at = open.act_time(), met_by = access.actor(), reminded_at = null, escalated_at = null
       where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
         and c.repeat = p_repeat and c.clock = p_clock ->> 'clock';
    end if;
  end if;
end $$;

-- As in 0031: asked again unless a person closed it and everything the check reads of the entry is the same.
do $class$
begin
  if ':class' = 'outcome' then

create or replace function outcome.ask_about(p_participant text, p_form text, p_visit text, p_faults jsonb,
  p_repeat integer default 1) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_fault record;
  v_last integer;
  v_now jsonb;
  v_before jsonb;
begin
  perform outcome.close_met_queries(p_participant, p_form, p_visit, p_repeat,
    array(select f.rule || '@' || f.field from jsonb_to_recordset(p_faults) as f(rule text, field text)));
  select e.answers, v.answers into v_now, v_before
    from outcome.entries e left join outcome.entry_versions v
      on v.trial_id = e.trial_id and v.participant = e.participant and v.form = e.form and v.visit = e.visit
     and v.repeat = e.repeat and v.version = e.version - 1
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = p_repeat;
  for v_fault in select * from jsonb_to_recordset(p_faults) as f(rule text, field text, text text, reads jsonb) loop
    continue when exists (select from outcome.data_queries q
       where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
         and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field and q.state <> 'closed');
    select max(q.query_no) into v_last from outcome.data_queries q
     where q.trial_id = access.trial() and q.participant = p_participant and q.form = p_form and q.visit = p_visit
       and q.repeat = p_repeat and q.rule = v_fault.rule and q.field = v_fault.field;
    continue when (select m.author is not null from outcome.data_query_messages m
        where m.trial_id = access.trial() and m.query_no = v_last and m.kind = 'closed'
        order by m.message desc limit 1)
      and not exists (select from jsonb_array_elements_text(v_fault.reads) r
        where v_before -> r.value is distinct from v_now -> r.value);
    perform outcome.open_data_query(p_participant, p_form, p_visit, p_repeat, v_fault.field, v_fault.text, false, v_fault.rule);
  end loop;
end $$;

  end if;
end $class$;

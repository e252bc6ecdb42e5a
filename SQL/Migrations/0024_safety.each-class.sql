-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What follows from a save in the transaction of the save: alerts by the plan of the definition, and drafted deviations.
alter table if exists :class.alerts rename to earlier_alerts;
alter index if exists :class.alerts_pkey rename to earlier_alerts_pkey;
alter table if exists :class.deviations rename to earlier_deviations;
alter index if exists :class.deviations_pkey rename to earlier_deviations_pkey;
drop function if exists :class.alerts_to_act_on(), :class.alerts_that_exist(), :class.acknowledge_alert(text, text);

create table :class.alerts (
  trial_id        integer not null,
  alert           uuid not null default gen_random_uuid(),
  participant     text not null,
  site_key        text not null,
  form            text not null,
  visit           text not null,
  repeat          integer not null check (repeat >= 1),
  version         integer not null check (version >= 0),
  name            text not null check (length(name) between 1 and 40),
  title           text not null,
  items           text not null,
  recipients      text[] not null,
  existence_to    text[] not null,
  escalates_to    text[] not null,
  raised_at       timestamptz not null,
  due_at          timestamptz not null check (due_at >= raised_at),
  next_at         timestamptz,
  repeats         integer not null default 0 check (repeats >= 0),
  escalated_at    timestamptz,
  acknowledged_by bigint,
  acknowledged_at timestamptz,
  action_taken    text check (length(action_taken) between 3 and 2000),
  primary key (trial_id, alert),
  unique (trial_id, participant, form, visit, repeat, version, name),
  constraint alerts_acted_together
    check ((acknowledged_at is null) = (acknowledged_by is null) and (acknowledged_at is null) = (action_taken is null))
);
comment on table :class.alerts is 'Values and omissions of this class somebody must act on; a value''s is raised in the transaction that saved it';
comment on column :class.alerts.trial_id is 'Trial';
comment on column :class.alerts.alert is 'Random name: a number would tell of alerts at other sites';
comment on column :class.alerts.participant is 'Participant key';
comment on column :class.alerts.site_key is 'Site';
comment on column :class.alerts.form is 'Form';
comment on column :class.alerts.visit is 'Visit code';
comment on column :class.alerts.repeat is 'Number among repeats';
comment on column :class.alerts.version is 'Version of the entry that raised it, 0 for a form that was missed';
comment on column :class.alerts.name is 'Alert of the plan';
comment on column :class.alerts.title is 'Its title at the time';
comment on column :class.alerts.items is 'The answers that raised it, in words';
comment on column :class.alerts.recipients is 'Roles that see it and act';
comment on column :class.alerts.existence_to is 'Roles that learn that there is one, and nothing else';
comment on column :class.alerts.escalates_to is 'Roles that learn so once its time has passed';
comment on column :class.alerts.raised_at is 'Instant of the save';
comment on column :class.alerts.due_at is 'Instant by which somebody must have acted';
comment on column :class.alerts.next_at is 'Instant at which it is repeated, null when it is not';
comment on column :class.alerts.repeats is 'How often it was repeated';
comment on column :class.alerts.escalated_at is 'Instant at which it was escalated, null before';
comment on column :class.alerts.acknowledged_by is 'User who acted, null before';
comment on column :class.alerts.acknowledged_at is 'Instant, null before';
comment on column :class.alerts.action_taken is 'What was done, null before';
create index alerts_to_advance on :class.alerts (trial_id, due_at) where acknowledged_at is null;
create trigger alerts_locked before insert on :class.alerts
  for each row execute function open.refuse_when_locked();
alter table :class.alerts enable row level security;
alter table :class.alerts force row level security;
create policy alerts_scope on :class.alerts
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table :class.deviations (
  trial_id          integer not null,
  participant       text not null,
  site_key          text not null,
  deviation         integer not null check (deviation >= 1),
  category          text not null check (category in ('IMP', 'MIN')),
  type              text not null check (length(type) between 1 and 40),
  form              text not null,
  visit             text not null,
  detected_at       timestamptz not null,
  occurred_on       date not null,
  how               text not null check (how in ('AUTO', 'SITE', 'MON', 'DM')),
  description       text not null check (length(description) between 3 and 2000),
  excludes          boolean,
  capa              text not null default '' check (length(capa) <= 2000),
  reported_irb      date,
  status            text not null check (status in ('DRAFT', 'CONFIRMED', 'REJECTED')),
  judged_by         bigint,
  judged_at         timestamptz,
  reason            text not null default '',
  adjudicated_blind boolean,
  primary key (trial_id, participant, deviation),
  constraint deviations_judged_together
    check ((status = 'DRAFT') = (judged_at is null) and (judged_at is null) = (judged_by is null)),
  foreign key (trial_id, participant) references open.participants
);
comment on table :class.deviations is 'Departures from the protocol of which readers of this class may know';
comment on column :class.deviations.trial_id is 'Trial';
comment on column :class.deviations.participant is 'Participant key';
comment on column :class.deviations.site_key is 'Site';
comment on column :class.deviations.deviation is 'Number at this participant in this class';
comment on column :class.deviations.category is 'IMP important, MIN minor';
comment on column :class.deviations.type is 'Type of the protocol';
comment on column :class.deviations.form is 'Form that drafted it, empty when none';
comment on column :class.deviations.visit is 'Visit code, empty when none';
comment on column :class.deviations.detected_at is 'Instant of detection';
comment on column :class.deviations.occurred_on is 'Date at the site';
comment on column :class.deviations.how is 'AUTO by a rule, SITE, MON, DM by a person';
comment on column :class.deviations.description is 'What happened';
comment on column :class.deviations.excludes is 'Whether it takes the participant out of the per-protocol set, null while a person must say';
comment on column :class.deviations.capa is 'What is done about it and against the next one';
comment on column :class.deviations.reported_irb is 'Date of the report to the ethics committee, null before';
comment on column :class.deviations.status is 'DRAFT until a person confirms or rejects it';
comment on column :class.deviations.judged_by is 'User, null before';
comment on column :class.deviations.judged_at is 'Instant, null before';
comment on column :class.deviations.reason is 'Why it was rejected';
comment on column :class.deviations.adjudicated_blind is 'Whether who judged knew no arm, null before';
create trigger deviations_locked before insert or update on :class.deviations
  for each row execute function open.refuse_when_locked();
alter table :class.deviations enable row level security;
alter table :class.deviations force row level security;
create policy deviations_scope on :class.deviations
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- The same departure at the same visit on the same day is one, whatever forms tell of it.
create function :class.draft_deviation(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns integer
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
    p_visit, open.act_time(), v_day, 'AUTO', p_deviation ->> 'description', (p_deviation ->> 'excludes')::boolean, 'DRAFT');
  perform :class.note(v_site, p_participant || '/deviation#' || v_number, 'deviation drafted',
    p_deviation ->> 'description', 'type', null, p_deviation ->> 'type');
  return v_number;
end $$;
comment on function :class.draft_deviation(text, text, text, jsonb) is 'Drafts a deviation of this class once';

create function :class.judge_deviation(p_participant text, p_deviation integer, p_status text, p_reason text,
  p_blind boolean, p_excludes boolean, p_capa text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_deviation :class.deviations;
begin
  select * into v_deviation from :class.deviations d
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
  update :class.deviations d
     set status = p_status, judged_by = access.actor(), judged_at = open.act_time(), reason = p_reason,
         adjudicated_blind = p_blind, excludes = coalesce(p_excludes, d.excludes), capa = p_capa
   where d.trial_id = v_deviation.trial_id and d.participant = p_participant and d.deviation = p_deviation;
  perform :class.note(v_deviation.site_key, p_participant || '/deviation#' || p_deviation, 'deviation judged', p_reason,
    'status', 'DRAFT', p_status);
end $$;
comment on function :class.judge_deviation(text, integer, text, text, boolean, boolean, text)
  is 'Confirms or rejects a drafted deviation';

create function :class.raise_alert(p_participant text, p_site text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_alert jsonb) returns boolean
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_due timestamptz;
begin
  -- What is raised already is not raised again for the same words.
  if exists (select from :class.alerts o
     where o.trial_id = access.trial() and o.participant = p_participant and o.form = p_form and o.visit = p_visit
       and o.repeat = p_repeat and o.name = p_alert ->> 'name' and o.items = p_alert ->> 'items') then
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
comment on function :class.raise_alert(text, text, text, text, integer, integer, jsonb) is 'Raises an alert of this class once';

-- What the saving program worked out of the answers travels with the save itself, so that there is no value
-- without its alert and no departure without its draft.
create function :class.draw_consequences() returns trigger language plpgsql
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
  for v_one in select d.value from jsonb_array_elements(v_all -> 'deviations') d loop
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
comment on function :class.draw_consequences() is
  'Trigger: raises alerts, drafts deviations and starts reporting times in the transaction that saves; definer, since who saves holds neither table';
create trigger entries_draw_consequences after insert or update of version on :class.entries
  for each row execute function :class.draw_consequences();

create function :class.alerts_to_act_on()
  returns table (alert text, participant text, form text, visit text, name text, title text, items text,
    raised_at timestamptz, due_at timestamptz, repeats bigint, escalated_at timestamptz, acknowledged_at timestamptz,
    acknowledged_by text, action_taken text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.alert::text, a.participant, a.form, a.visit, a.name, a.title, a.items, a.raised_at, a.due_at,
         a.repeats::bigint, a.escalated_at, a.acknowledged_at, u.full_name, a.action_taken
    from :class.alerts a left join access.users u on u.user_id = a.acknowledged_by
   where a.trial_id = access.trial() and access.acting_role() = any (a.recipients)
   order by a.acknowledged_at is not null, a.due_at, a.participant, a.name
   limit 500;
end;
comment on function :class.alerts_to_act_on() is
  'The alerts of the acting role in its sites with what raised them; definer, since recipients may hold no table of the class';

create function :class.alerts_that_exist() returns table (participant text, raised_at timestamptz, due_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.participant, min(a.raised_at), min(a.due_at)
    from :class.alerts a
   where a.trial_id = access.trial() and a.acknowledged_at is null
     and (access.acting_role() = any (a.existence_to)
       or a.escalated_at is not null and access.acting_role() = any (a.escalates_to))
   group by a.participant
   order by 3, 1
   limit 500;
end;
comment on function :class.alerts_that_exist() is
  'That participants have an alert nobody acted on, for the roles that may know, and nothing else; definer, as above';

create function :class.acknowledge_alert(p_alert text, p_action text) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_alert :class.alerts;
begin
  select * into v_alert from :class.alerts a
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
  update :class.alerts a
     set acknowledged_by = access.actor(), acknowledged_at = v_now, action_taken = p_action, next_at = null
   where a.trial_id = v_alert.trial_id and a.alert = v_alert.alert;
  perform :class.note(v_alert.site_key,
    v_alert.participant || '/' || v_alert.form || '@' || v_alert.visit || '#' || v_alert.repeat, 'alert acknowledged',
    v_alert.name);
  return v_now;
end $$;
comment on function :class.acknowledge_alert(text, text) is
  'Somebody acted on an alert; definer, since recipients may hold no table of the class';

-- Time passes: whoever calls it twice at the same instant changes nothing the second time.
create function :class.advance_alerts() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_alert :class.alerts;
  v_pause interval;
  v_moved integer := 0;
begin
  for v_alert in
    select * from :class.alerts a
     where a.trial_id = access.trial() and a.acknowledged_at is null
       and (a.next_at <= v_now or a.due_at <= v_now and a.escalated_at is null)
     order by a.due_at limit 500 for update skip locked
  loop
    v_pause := greatest(v_alert.due_at - v_alert.raised_at, interval '5 minutes');
    update :class.alerts a
       set escalated_at = coalesce(a.escalated_at, case when a.due_at <= v_now then v_now end),
           repeats = a.repeats + case when a.next_at <= v_now then 1 else 0 end,
           -- A server that was down repeats once, not for every time it missed.
           next_at = case when a.next_at <= v_now
             then a.next_at + v_pause * (floor(extract(epoch from v_now - a.next_at) / extract(epoch from v_pause)) + 1)
             else a.next_at end
     where a.trial_id = v_alert.trial_id and a.alert = v_alert.alert;
    if v_alert.due_at <= v_now and v_alert.escalated_at is null then
      perform :class.note(v_alert.site_key,
        v_alert.participant || '/' || v_alert.form || '@' || v_alert.visit || '#' || v_alert.repeat, 'alert escalated',
        v_alert.name);
    end if;
    if v_alert.next_at <= v_now then
      perform :class.note(v_alert.site_key,
        v_alert.participant || '/' || v_alert.form || '@' || v_alert.visit || '#' || v_alert.repeat, 'alert repeated',
        v_alert.name);
    end if;
    v_moved := v_moved + 1;
  end loop;
  return v_moved;
end $$;
comment on function :class.advance_alerts() is
  'Repeats and escalates what nobody acted on, by the clock; definer, since the daemon''s round holds no table to change';

-- Reporting times: each is a record with start, limit and the instant it was met; they never pause.
create table :class.clocks (
  trial_id     integer not null,
  participant  text not null,
  site_key     text not null,
  form         text not null,
  visit        text not null,
  repeat       integer not null check (repeat >= 1),
  clock        text not null check (length(clock) between 1 and 40),
  title        text not null,
  started_at   timestamptz not null,
  due_at       timestamptz not null check (due_at > started_at),
  remind_at    timestamptz not null,
  remind_to    text[] not null,
  escalate_to  text[] not null,
  is_told      boolean not null,
  reminded_at  timestamptz,
  escalated_at timestamptz,
  met_at       timestamptz,
  met_by       bigint,
  primary key (trial_id, participant, form, visit, repeat, clock),
  foreign key (trial_id, participant) references open.participants
);
comment on table :class.clocks is 'Reporting times started by entries of this class';
comment on column :class.clocks.trial_id is 'Trial';
comment on column :class.clocks.participant is 'Participant key';
comment on column :class.clocks.site_key is 'Site';
comment on column :class.clocks.form is 'Form';
comment on column :class.clocks.visit is 'Visit code';
comment on column :class.clocks.repeat is 'Number among repeats';
comment on column :class.clocks.clock is 'Reporting time of the definition';
comment on column :class.clocks.title is 'Its title at the time';
comment on column :class.clocks.started_at is 'Start in force; earlier ones in clock_starts';
comment on column :class.clocks.due_at is 'Last instant that is in time';
comment on column :class.clocks.remind_at is 'Three quarters of the way';
comment on column :class.clocks.remind_to is 'Roles that are reminded';
comment on column :class.clocks.escalate_to is 'Roles that are told when the limit has passed';
comment on column :class.clocks.is_told is 'Whether roles without this class may know of it';
comment on column :class.clocks.reminded_at is 'Instant of the reminder, null before';
comment on column :class.clocks.escalated_at is 'Instant at which it was escalated, null before';
comment on column :class.clocks.met_at is 'Instant at which it was met, null before';
comment on column :class.clocks.met_by is 'User who met it, null before';
create index clocks_to_advance on :class.clocks (trial_id, remind_at) where met_at is null;
create trigger clocks_locked before insert or update on :class.clocks
  for each row execute function open.refuse_when_locked();
alter table :class.clocks enable row level security;
alter table :class.clocks force row level security;
create policy clocks_scope on :class.clocks
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create table :class.clock_starts (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null,
  clock       text not null,
  change      integer not null check (change >= 1),
  started_at  timestamptz not null,
  due_at      timestamptz not null,
  changed_at  timestamptz not null,
  changed_by  bigint not null,
  reason      text not null check (length(reason) between 3 and 2000),
  primary key (trial_id, participant, form, visit, repeat, clock, change)
);
comment on table :class.clock_starts is 'Starts of reporting times that are no longer in force; append-only';
comment on column :class.clock_starts.trial_id is 'Trial';
comment on column :class.clock_starts.participant is 'Participant key';
comment on column :class.clock_starts.site_key is 'Site';
comment on column :class.clock_starts.form is 'Form';
comment on column :class.clock_starts.visit is 'Visit code';
comment on column :class.clock_starts.repeat is 'Number among repeats';
comment on column :class.clock_starts.clock is 'Reporting time';
comment on column :class.clock_starts.change is 'Number of the change, from 1';
comment on column :class.clock_starts.started_at is 'Start before the change';
comment on column :class.clock_starts.due_at is 'Limit before the change';
comment on column :class.clock_starts.changed_at is 'Instant of the change';
comment on column :class.clock_starts.changed_by is 'User';
comment on column :class.clock_starts.reason is 'Why';
create trigger clock_starts_locked before insert on :class.clock_starts
  for each row execute function open.refuse_when_locked();
create trigger clock_starts_append_only before update or delete or truncate on :class.clock_starts
  for each statement execute function access.refuse_change();
alter table :class.clock_starts enable row level security;
alter table :class.clock_starts force row level security;
create policy clock_starts_scope on :class.clock_starts
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- What may be told of an event to roles without this class, for every version of its entry.
create table :class.safety_events (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null,
  version     integer not null,
  told        jsonb not null check (jsonb_typeof(told) = 'array'),
  entered_at  timestamptz not null,
  primary key (trial_id, participant, form, visit, repeat, version)
);
comment on table :class.safety_events is 'What of a serious event tells no arm, version by version; append-only';
comment on column :class.safety_events.trial_id is 'Trial';
comment on column :class.safety_events.participant is 'Participant key';
comment on column :class.safety_events.site_key is 'Site';
comment on column :class.safety_events.form is 'Form';
comment on column :class.safety_events.visit is 'Visit code';
comment on column :class.safety_events.repeat is 'Number among repeats';
comment on column :class.safety_events.version is 'Version of the entry';
comment on column :class.safety_events.told is 'Pairs of label and answer';
comment on column :class.safety_events.entered_at is 'Instant of the version';
create trigger safety_events_append_only before update or delete or truncate on :class.safety_events
  for each statement execute function access.refuse_change();
alter table :class.safety_events enable row level security;
alter table :class.safety_events force row level security;
create policy safety_events_scope on :class.safety_events
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function :class.restart_clock(p_participant text, p_form text, p_visit text, p_repeat integer, p_clock text,
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
    due_at, changed_at, changed_by, reason)
  select v_clock.trial_id, p_participant, v_clock.site_key, p_form, p_visit, p_repeat, p_clock,
         coalesce(max(h.change), 0) + 1, v_clock.started_at, v_clock.due_at, open.act_time(), access.actor(), p_reason
    from :class.clock_starts h
   where h.trial_id = v_clock.trial_id and h.participant = p_participant and h.form = p_form and h.visit = p_visit
     and h.repeat = p_repeat and h.clock = p_clock;
  update :class.clocks c set started_at = p_start, due_at = p_due, remind_at = p_remind
   where c.trial_id = v_clock.trial_id and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.clock = p_clock;
  perform :class.note(v_clock.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'reporting time restarted', p_reason, p_clock, v_clock.started_at::text, p_start::text);
end $$;
comment on function :class.restart_clock(text, text, text, integer, text, timestamptz, timestamptz, timestamptz, text)
  is 'Changes the start of a reporting time and keeps the old one';

create function :class.start_clock(p_participant text, p_site text, p_form text, p_visit text, p_repeat integer,
  p_clock jsonb) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
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
    perform :class.restart_clock(p_participant, p_form, p_visit, p_repeat, p_clock ->> 'clock',
      (p_clock ->> 'start')::timestamptz, (p_clock ->> 'due')::timestamptz, (p_clock ->> 'remind')::timestamptz,
      p_clock ->> 'reason');
  end if;
end $$;
comment on function :class.start_clock(text, text, text, text, integer, jsonb)
  is 'Starts a reporting time once, or follows the answer it starts from';

create function :class.meet_clock(p_participant text, p_form text, p_visit text, p_repeat integer, p_clock text)
  returns timestamptz language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_clock :class.clocks;
begin
  select * into v_clock from :class.clocks c
   where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.clock = p_clock
     and access.acting_role() = any (c.remind_to || c.escalate_to) for update;
  if v_clock.clock is null then
    raise exception using errcode = 'EQ404', message = 'no such reporting time in scope';
  end if;
  if v_clock.met_at is not null then
    raise exception using errcode = 'EQ409', message = 'met before';
  end if;
  update :class.clocks c set met_at = v_now, met_by = access.actor()
   where c.trial_id = v_clock.trial_id and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.clock = p_clock;
  perform :class.note(v_clock.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'reporting time met', '', p_clock);
  return v_now;
end $$;
comment on function :class.meet_clock(text, text, text, integer, text) is 'A person says that a report was made';

create function :class.advance_clocks() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_clock :class.clocks;
  v_moved integer := 0;
begin
  for v_clock in
    select * from :class.clocks c
     where c.trial_id = access.trial() and c.met_at is null
       and (c.remind_at <= v_now and c.reminded_at is null or c.due_at < v_now and c.escalated_at is null)
     order by c.due_at limit 500 for update skip locked
  loop
    update :class.clocks c
       set reminded_at = coalesce(c.reminded_at, v_now),
           escalated_at = coalesce(c.escalated_at, case when c.due_at < v_now then v_now end)
     where c.trial_id = v_clock.trial_id and c.participant = v_clock.participant and c.form = v_clock.form
       and c.visit = v_clock.visit and c.repeat = v_clock.repeat and c.clock = v_clock.clock;
    if v_clock.reminded_at is null then
      perform :class.raise_alert(v_clock.participant, v_clock.site_key, v_clock.form, v_clock.visit, v_clock.repeat, 0,
        jsonb_build_object('name', v_clock.clock, 'title', v_clock.title, 'items', 'Three quarters of the time have passed',
          'within', greatest(0, ceil(extract(epoch from v_clock.due_at - v_now) / 60))::integer::text, 'repeated', false,
          'to', to_jsonb(v_clock.remind_to), 'existence', '[]'::jsonb, 'escalate', to_jsonb(v_clock.escalate_to)));
    end if;
    if v_clock.due_at < v_now and v_clock.escalated_at is null then
      perform :class.note(v_clock.site_key,
        v_clock.participant || '/' || v_clock.form || '@' || v_clock.visit || '#' || v_clock.repeat,
        'reporting time passed', '', v_clock.clock);
    end if;
    v_moved := v_moved + 1;
  end loop;
  return v_moved;
end $$;
comment on function :class.advance_clocks() is
  'Reminds and escalates by the clock; definer, since the daemon''s round holds no table to change';

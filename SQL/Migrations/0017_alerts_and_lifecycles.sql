-- Alerts raised with the value, deviations drafted by rule, and the lifecycles of participants and sites.

-- An alert on outcome values: the investigator sees what triggered it, the coordinator that there is one.
create table outcome.alerts (
  trial_id        integer not null,
  alert           uuid not null default gen_random_uuid(),
  participant     text not null,
  site_key        text not null,
  form            text not null,
  visit           text not null,
  version         integer not null,
  name            text not null check (length(name) between 1 and 40),
  items           text not null,
  raised_at       timestamptz not null,
  due_at          timestamptz not null,
  acknowledged_by bigint,
  acknowledged_at timestamptz,
  action_taken    text check (length(action_taken) between 3 and 2000),
  primary key (trial_id, alert),
  unique (trial_id, participant, form, visit, version, name),
  constraint alerts_acknowledged_together
    check ((acknowledged_at is null) = (acknowledged_by is null) and (acknowledged_at is null) = (action_taken is null))
);
comment on table outcome.alerts is 'Values somebody must act on, raised in the transaction that saved them';
comment on column outcome.alerts.trial_id is 'Trial';
comment on column outcome.alerts.alert is 'Random name: a number would tell of alerts at other sites';
comment on column outcome.alerts.participant is 'Participant key';
comment on column outcome.alerts.site_key is 'Site';
comment on column outcome.alerts.form is 'Form';
comment on column outcome.alerts.visit is 'Visit code';
comment on column outcome.alerts.version is 'Version of the entry that raised it';
comment on column outcome.alerts.name is 'Alert of the instrument';
comment on column outcome.alerts.items is 'The answers that triggered it, in words';
comment on column outcome.alerts.raised_at is 'Instant of the save';
comment on column outcome.alerts.due_at is 'Instant by which somebody must have acted';
comment on column outcome.alerts.acknowledged_by is 'User who acted, null before';
comment on column outcome.alerts.acknowledged_at is 'Instant, null before';
comment on column outcome.alerts.action_taken is 'What was done, null before';
create trigger alerts_locked before insert on outcome.alerts
  for each row execute function open.refuse_when_locked();
alter table outcome.alerts enable row level security;
alter table outcome.alerts force row level security;
create policy alerts_scope on outcome.alerts
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

-- What the saving program worked out of the answers travels with the save itself, so that there is no
-- value without its alert: a list of name, items and minutes, null for the end of the site's day.
create function outcome.raise_alerts() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_zone text;
  v_alert jsonb;
begin
  if new.submitted_at is null then
    return null;
  end if;
  select s.zone into v_zone from open.sites s where s.trial_id = new.trial_id and s.site_key = new.site_key;
  for v_alert in
    select a.value from jsonb_array_elements(coalesce(nullif(current_setting('eq.alerts', true), ''), '[]')::jsonb) a
  loop
    -- What is raised already and was not acted on is not raised again for the same words.
    if exists (select from outcome.alerts o
       where o.trial_id = new.trial_id and o.participant = new.participant and o.form = new.form
         and o.visit = new.visit and o.name = v_alert ->> 'name' and o.items = v_alert ->> 'items') then
      continue;
    end if;
    insert into outcome.alerts (trial_id, participant, site_key, form, visit, version, name, items, raised_at, due_at)
    values (new.trial_id, new.participant, new.site_key, new.form, new.visit, new.version, v_alert ->> 'name',
      v_alert ->> 'items', v_now,
      coalesce(v_now + make_interval(mins => (v_alert ->> 'minutes')::int),
        ((v_now at time zone v_zone)::date + 1)::timestamp at time zone v_zone));
    perform outcome.note(new.site_key,
      new.participant || '/' || new.form || '@' || new.visit || '#' || new.repeat, 'alert raised', v_alert ->> 'name');
  end loop;
  return null;
end $$;
comment on function outcome.raise_alerts() is
  'Trigger: raises the alerts of an entry in the transaction that saves it; definer, since who saves holds no table';
create trigger entries_raise_alerts after insert or update of version on outcome.entries
  for each row execute function outcome.raise_alerts();

create function outcome.alerts_to_act_on()
  returns table (alert text, participant text, form text, visit text, name text, items text, raised_at timestamptz,
    due_at timestamptz, acknowledged_at timestamptz, acknowledged_by text, action_taken text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.alert::text, a.participant, a.form, a.visit, a.name, a.items, a.raised_at, a.due_at, a.acknowledged_at,
         u.full_name, a.action_taken
    from outcome.alerts a left join access.users u on u.user_id = a.acknowledged_by
   where a.trial_id = access.trial()
   order by a.acknowledged_at is not null, a.due_at, a.participant, a.name
   limit 500;
end;
comment on function outcome.alerts_to_act_on() is 'Alerts of the site with what triggered them; definer, since the physician holds no outcome table';

create function outcome.alerts_that_exist() returns table (participant text, raised_at timestamptz, due_at timestamptz)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.participant, min(a.raised_at), min(a.due_at)
    from outcome.alerts a
   where a.trial_id = access.trial() and a.acknowledged_at is null
   group by a.participant
   order by 3, 1
   limit 500;
end;
comment on function outcome.alerts_that_exist() is 'That participants have an alert nobody acted on, and nothing else; definer, as above';

create function outcome.acknowledge_alert(p_alert text, p_action text) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_alert outcome.alerts;
begin
  select * into v_alert from outcome.alerts a
   where a.trial_id = access.trial() and a.alert::text = p_alert for update;
  if v_alert.alert is null then
    raise exception using errcode = 'EQ404', message = 'no such alert in scope';
  end if;
  if v_alert.acknowledged_at is not null then
    raise exception using errcode = 'EQ409', message = 'acknowledged before';
  end if;
  if length(p_action) < 3 then
    raise exception using errcode = 'EQ422', message = 'what was done is said';
  end if;
  update outcome.alerts a set acknowledged_by = access.actor(), acknowledged_at = v_now, action_taken = p_action
   where a.trial_id = v_alert.trial_id and a.alert = v_alert.alert;
  perform outcome.note(v_alert.site_key, v_alert.participant || '/' || v_alert.form || '@' || v_alert.visit || '#1',
    'alert acknowledged', v_alert.name);
  return v_now;
end $$;
comment on function outcome.acknowledge_alert(text, text) is
  'Somebody acted on an alert; definer, since the physician holds no outcome table';
grant usage on schema outcome to eq_treating;
grant execute on function outcome.alerts_to_act_on(), outcome.acknowledge_alert(text, text) to eq_treating;
grant execute on function outcome.alerts_that_exist() to eq_open;
grant select on outcome.alerts to eq_outcome, eq_committee;

-- Deviations of class open: drafted by rule, confirmed or rejected by a person.
create table open.deviations (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  deviation   integer not null check (deviation >= 1),
  category    text not null check (category in ('IMP', 'MIN')),
  type        text not null check (type ~ '^(IMP|MIN)-[A-Z]{2,8}$' and starts_with(type, category)),
  visit       text not null,
  detected_at timestamptz not null,
  occurred_on date not null,
  how         text not null check (how in ('AUTO', 'SITE', 'MON', 'DM')),
  description text not null check (length(description) between 3 and 2000),
  status      text not null check (status in ('DRAFT', 'CONFIRMED', 'REJECTED')),
  judged_by   bigint,
  judged_at   timestamptz,
  reason      text not null default '',
  primary key (trial_id, participant, deviation),
  foreign key (trial_id, participant) references open.participants
);
comment on table open.deviations is 'Departures from the protocol that tell nothing of treatment';
comment on column open.deviations.trial_id is 'Trial';
comment on column open.deviations.participant is 'Participant key';
comment on column open.deviations.site_key is 'Site';
comment on column open.deviations.deviation is 'Number at this participant';
comment on column open.deviations.category is 'IMP important, MIN minor';
comment on column open.deviations.type is 'Type of the protocol';
comment on column open.deviations.visit is 'Visit code, empty when none';
comment on column open.deviations.detected_at is 'Instant of detection';
comment on column open.deviations.occurred_on is 'Date at the site';
comment on column open.deviations.how is 'AUTO by a check, SITE, MON, DM by a person';
comment on column open.deviations.description is 'What happened';
comment on column open.deviations.status is 'DRAFT until a person confirms or rejects it';
comment on column open.deviations.judged_by is 'User, null before';
comment on column open.deviations.judged_at is 'Instant, null before';
comment on column open.deviations.reason is 'Why it was rejected';
create trigger deviations_locked before insert or update on open.deviations
  for each row execute function open.refuse_when_locked();
alter table open.deviations enable row level security;
alter table open.deviations force row level security;
create policy deviations_scope on open.deviations
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));

create function open.draft_deviation(p_participant text, p_type text, p_visit text, p_occurred date, p_how text,
  p_description text) returns integer
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_site text;
  v_number integer;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  -- The same departure at the same visit on the same day is one, whatever forms tell of it.
  select d.deviation into v_number from open.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant and d.type = p_type and d.visit = p_visit
     and d.occurred_on = p_occurred;
  if v_number is not null then
    return v_number;
  end if;
  select coalesce(max(d.deviation), 0) + 1 into v_number from open.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant;
  insert into open.deviations (trial_id, participant, site_key, deviation, category, type, visit, detected_at,
    occurred_on, how, description, status)
  values (access.trial(), p_participant, v_site, v_number, left(p_type, 3), p_type, p_visit, open.act_time(),
    p_occurred, p_how, p_description, 'DRAFT');
  perform open.note(v_site, p_participant || '/deviation#' || v_number, 'deviation drafted', p_description, 'type', null, p_type);
  return v_number;
end $$;
comment on function open.draft_deviation(text, text, text, date, text, text) is 'Drafts a deviation once';

create function open.judge_deviation(p_participant text, p_deviation integer, p_status text, p_reason text) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_deviation open.deviations;
begin
  select * into v_deviation from open.deviations d
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
  update open.deviations d
     set status = p_status, judged_by = access.actor(), judged_at = open.act_time(), reason = p_reason
   where d.trial_id = v_deviation.trial_id and d.participant = p_participant and d.deviation = p_deviation;
  perform open.note(v_deviation.site_key, p_participant || '/deviation#' || p_deviation, 'deviation judged', p_reason,
    'status', 'DRAFT', p_status);
end $$;
comment on function open.judge_deviation(text, integer, text, text) is 'Confirms or rejects a drafted deviation';
grant select on open.deviations to eq_open, eq_outcome, eq_treating, eq_committee;
grant insert on open.deviations to eq_open, eq_treating;
grant update (status, judged_by, judged_at, reason) on open.deviations to eq_open, eq_treating;
grant execute on function open.draft_deviation(text, text, text, date, text, text),
  open.judge_deviation(text, integer, text, text) to eq_open, eq_treating;

-- The lifecycles, whoever moves: the tables of the protocol, section 7.
create function open.refuse_leap_of_participant() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if new.state is distinct from old.state and (old.state, new.state) not in (
       ('consented', 'screening'), ('screening', 'eligible'), ('screening', 'screen_failed'),
       -- Eligibility signed again after a change may find a criterion that is not met.
       ('eligible', 'screen_failed'),
       ('eligible', 'randomized'), ('eligible', 'not_randomized'), ('randomized', 'followed'),
       ('followed', 'completed'), ('followed', 'lost'), ('lost', 'followed'),
       ('consented', 'withdrawn'), ('screening', 'withdrawn'), ('eligible', 'withdrawn'),
       ('randomized', 'withdrawn'), ('followed', 'withdrawn'), ('lost', 'withdrawn'),
       ('consented', 'died'), ('screening', 'died'), ('eligible', 'died'), ('randomized', 'died'),
       ('followed', 'died'), ('lost', 'died')) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  return new;
end $$;
comment on function open.refuse_leap_of_participant() is 'Trigger: a participant moves along the participation lifecycle only';
create trigger participants_in_order before update of state on open.participants
  for each row execute function open.refuse_leap_of_participant();

create function open.refuse_leap_of_site() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if new.state is distinct from old.state and (old.state, new.state) not in (
       ('planned', 'selected'), ('selected', 'initiated'), ('initiated', 'active'), ('active', 'suspended'),
       ('suspended', 'active'), ('active', 'closed'), ('suspended', 'closed')) then
    raise exception using errcode = 'EQ409', message = 'not from this state';
  end if;
  return new;
end $$;
comment on function open.refuse_leap_of_site() is 'Trigger: a site moves along its lifecycle only';
create trigger sites_in_order before update of state on open.sites
  for each row execute function open.refuse_leap_of_site();

-- A withdrawal goes further, never back; its date bounds what may be recorded.
alter table open.participants add column withdrawn_on date;
comment on column open.participants.withdrawn_on is 'Date of the withdrawal at its present level, null while taking part';
drop function open.withdraw(text, text);
create function open.withdraw(p_participant text, p_level text, p_on date default null) returns void
  language plpgsql volatile set search_path = pg_catalog as $$
declare
  v_old open.participants;
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
   where p.trial_id = access.trial() and p.participant = p_participant;
  perform open.note(v_old.site_key, p_participant, 'withdrawn', p_level);
end $$;
comment on function open.withdraw(text, text, date) is 'Records withdrawal at level W2, W3 or W4; a later one goes further, never back';
grant execute on function open.withdraw(text, text, date) to eq_open, eq_treating;
grant update (withdrawn_on) on open.participants to eq_open, eq_treating;

-- After W2 there are no more visits: neither ratings nor forms of a scheduled visit dated later.
create function outcome.refuse_rating_after_withdrawal() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if exists (select from open.participants p
     where p.trial_id = new.trial_id and p.participant = new.participant
       and (p.withdrawal_level is not null or p.state = 'died')) then
    raise exception using errcode = 'EQ424', message = 'no further visits of this participant';
  end if;
  return new;
end $$;
comment on function outcome.refuse_rating_after_withdrawal() is
  'Trigger: nobody who withdrew is booked for a rating; definer, since bookers see one site';
create trigger rating_tasks_after_withdrawal before insert on outcome.rating_tasks
  for each row execute function outcome.refuse_rating_after_withdrawal();

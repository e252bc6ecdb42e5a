-- Applied once for each of the classes open, outcome and treatment; :class is the schema.
-- What people add to safety and deviations: departures they find, reports to the ethics committee, whether
-- an event was expected, the start of a reporting time; and the letters an alert makes in its transaction.

create function :class.record_deviation(p_participant text, p_visit text, p_deviation jsonb) returns integer
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
       and d.visit = p_visit and d.occurred_on = v_day) then
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
comment on function :class.record_deviation(text, text, jsonb) is
  'A person found a departure: drafted, to be judged; definer, since no login makes deviations but by function';

create function :class.report_deviation(p_participant text, p_deviation integer, p_on date) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_deviation :class.deviations;
  v_zone text;
begin
  select * into v_deviation from :class.deviations d
   where d.trial_id = access.trial() and d.participant = p_participant and d.deviation = p_deviation for update;
  if v_deviation.deviation is null then
    raise exception using errcode = 'EQ404', message = 'no such deviation in scope';
  end if;
  select s.zone into v_zone from open.sites s where s.trial_id = access.trial() and s.site_key = v_deviation.site_key;
  if v_deviation.status = 'REJECTED' or v_deviation.reported_irb is not null or p_on < v_deviation.occurred_on
    or p_on > (open.act_time() at time zone v_zone)::date then
    raise exception using errcode = 'EQ409', message = 'not reported, or not on this day';
  end if;
  update :class.deviations d set reported_irb = p_on
   where d.trial_id = v_deviation.trial_id and d.participant = p_participant and d.deviation = p_deviation;
  perform :class.note(v_deviation.site_key, p_participant || '/deviation#' || p_deviation, 'deviation reported', '',
    'reported_irb', null, p_on::text);
end $$;
comment on function :class.report_deviation(text, integer, date) is
  'The day on which the ethics committee was told, once; definer, since the column is written here only';

-- What no save brings about: a form that was never given, an error in a randomization.
create function :class.draft_by_system(p_participant text, p_form text, p_visit text, p_deviation jsonb) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if exists (select from :class.deviations d
     where d.trial_id = access.trial() and d.participant = p_participant and d.type = p_deviation ->> 'type'
       and d.visit = p_visit and d.occurred_on = (p_deviation ->> 'on')::date) then
    return false;
  end if;
  perform :class.draft_deviation(p_participant, p_form, p_visit, p_deviation);
  return true;
end $$;
comment on function :class.draft_by_system(text, text, text, jsonb) is
  'Drafts what no save brings about, once; definer, since the program''s own logins hold no table to change';

-- Whether an event was expected, as the person judged who answers for it: apart from the form of the site.
create table :class.judgements (
  trial_id    integer not null,
  participant text not null,
  site_key    text not null,
  form        text not null,
  visit       text not null,
  repeat      integer not null check (repeat >= 1),
  judgement   integer not null check (judgement >= 1),
  version     integer not null check (version >= 1),
  expected    boolean not null,
  reference   text not null check (length(reference) between 3 and 200),
  reason      text not null check (length(reason) between 3 and 2000),
  told        jsonb not null check (jsonb_typeof(told) = 'array'),
  judged_by   bigint not null,
  judged_role text not null,
  judged_at   timestamptz not null,
  primary key (trial_id, participant, form, visit, repeat, judgement),
  foreign key (trial_id, participant) references open.participants
);
comment on table :class.judgements is 'Whether a serious event was expected, by who answers for it; the last one holds; append-only';
comment on column :class.judgements.trial_id is 'Trial';
comment on column :class.judgements.participant is 'Participant key';
comment on column :class.judgements.site_key is 'Site';
comment on column :class.judgements.form is 'Form';
comment on column :class.judgements.visit is 'Visit code';
comment on column :class.judgements.repeat is 'Number among repeats';
comment on column :class.judgements.judgement is 'Number of the judgement, from 1';
comment on column :class.judgements.version is 'Version of the entry that was judged';
comment on column :class.judgements.expected is 'Whether it was expected';
comment on column :class.judgements.reference is 'Reference document and its version';
comment on column :class.judgements.reason is 'Why';
comment on column :class.judgements.told is 'What may be told of the judged version with it, pairs of label and answer';
comment on column :class.judgements.judged_by is 'User';
comment on column :class.judgements.judged_role is 'Role acted in';
comment on column :class.judgements.judged_at is 'Instant';
create trigger judgements_locked before insert on :class.judgements
  for each row execute function open.refuse_when_locked();
create trigger judgements_append_only before update or delete or truncate on :class.judgements
  for each statement execute function access.refuse_change();
alter table :class.judgements enable row level security;
alter table :class.judgements force row level security;
create policy judgements_scope on :class.judgements
  using (trial_id = (select access.trial()) and access.sees_site(site_key))
  with check (trial_id = (select access.trial()) and access.sees_site(site_key));
select :class.seal_table('judgements');

create function :class.judge_expectedness(p_participant text, p_form text, p_visit text, p_repeat integer,
  p_version integer, p_judgement jsonb) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_entry :class.entries;
  v_number integer;
  v_before text;
  v_clock jsonb;
begin
  select * into v_entry from :class.entries e
   where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_form and e.visit = p_visit
     and e.repeat = p_repeat and e.submitted_at is not null and e.status <> 'voided' for update;
  if v_entry.form is null or not exists (select from :class.clocks c
     where c.trial_id = v_entry.trial_id and c.participant = p_participant and c.form = p_form and c.visit = p_visit
       and c.repeat = p_repeat and access.acting_role() = any (c.remind_to || c.escalate_to)) then
    raise exception using errcode = 'EQ404', message = 'no such event in scope';
  end if;
  if v_entry.version <> p_version then
    raise exception using errcode = 'EQ412', message = 'another version stands';
  end if;
  select coalesce(max(j.judgement), 0) + 1, (array_agg(j.expected::text order by j.judgement desc))[1]
    into v_number, v_before
    from :class.judgements j
   where j.trial_id = v_entry.trial_id and j.participant = p_participant and j.form = p_form and j.visit = p_visit
     and j.repeat = p_repeat;
  insert into :class.judgements (trial_id, participant, site_key, form, visit, repeat, judgement, version, expected,
    reference, reason, told, judged_by, judged_role, judged_at)
  values (v_entry.trial_id, p_participant, v_entry.site_key, p_form, p_visit, p_repeat, v_number, p_version,
    (p_judgement ->> 'expected')::boolean, p_judgement ->> 'reference', p_judgement ->> 'reason', p_judgement -> 'told',
    access.actor(), access.acting_role(), open.act_time());
  perform :class.note(v_entry.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'expectedness judged', p_judgement ->> 'reason', 'expected', v_before, p_judgement ->> 'expected');
  for v_clock in select c.value from jsonb_array_elements(p_judgement -> 'clocks') c loop
    perform :class.start_clock(p_participant, v_entry.site_key, p_form, p_visit, p_repeat, v_clock);
  end loop;
  return v_number;
end $$;
comment on function :class.judge_expectedness(text, text, text, integer, integer, jsonb) is
  'Says whether an event was expected, and starts the reporting times that follow; definer, since who judges holds no table of the class';

create function :class.change_start(p_participant text, p_form text, p_visit text, p_repeat integer, p_clock text,
  p_start timestamptz, p_due timestamptz, p_remind timestamptz, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
begin
  if not exists (select from :class.clocks c
     where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
       and c.repeat = p_repeat and c.clock = p_clock
       and access.acting_role() = any (c.remind_to || c.escalate_to)) then
    raise exception using errcode = 'EQ404', message = 'no such reporting time in scope';
  end if;
  if p_start > open.act_time() then
    raise exception using errcode = 'EQ409', message = 'a start lies behind';
  end if;
  perform :class.restart_clock(p_participant, p_form, p_visit, p_repeat, p_clock, p_start, p_due, p_remind, p_reason);
  -- What lies ahead again is told again.
  update :class.clocks c
     set reminded_at = case when c.remind_at <= open.act_time() then c.reminded_at end,
         escalated_at = case when c.due_at < open.act_time() then c.escalated_at end
   where c.trial_id = access.trial() and c.participant = p_participant and c.form = p_form and c.visit = p_visit
     and c.repeat = p_repeat and c.clock = p_clock;
end $$;
comment on function :class.change_start(text, text, text, integer, text, timestamptz, timestamptz, timestamptz, text) is
  'A person who follows a reporting time changes its start, with a reason; definer, since starts are written here and by saves only';

-- As in 0024, and more: a limit that passes is told also where somebody acted on the reminder and nobody made the
-- report, and a start that was changed is reminded of anew.
create or replace function :class.advance_clocks() returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_now timestamptz := open.act_time();
  v_clock :class.clocks;
  v_starts integer;
  v_words text;
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
    select count(*)::integer into v_starts from :class.clock_starts h
     where h.trial_id = v_clock.trial_id and h.participant = v_clock.participant and h.form = v_clock.form
       and h.visit = v_clock.visit and h.repeat = v_clock.repeat and h.clock = v_clock.clock;
    v_words := case when v_starts > 0 then ', counted from start ' || v_starts + 1 else '' end;
    if v_clock.reminded_at is null then
      perform :class.raise_alert(v_clock.participant, v_clock.site_key, v_clock.form, v_clock.visit, v_clock.repeat,
        v_starts, jsonb_build_object('name', v_clock.clock, 'title', v_clock.title,
          'items', 'Three quarters of the time have passed' || v_words,
          'within', greatest(0, ceil(extract(epoch from v_clock.due_at - v_now) / 60))::integer::text, 'repeated', false,
          'to', to_jsonb(v_clock.remind_to), 'existence', '[]'::jsonb, 'escalate', to_jsonb(v_clock.escalate_to)));
    end if;
    if v_clock.due_at < v_now and v_clock.escalated_at is null then
      perform :class.note(v_clock.site_key,
        v_clock.participant || '/' || v_clock.form || '@' || v_clock.visit || '#' || v_clock.repeat,
        'reporting time passed', '', v_clock.clock);
      if not exists (select from :class.alerts a
         where a.trial_id = v_clock.trial_id and a.participant = v_clock.participant and a.form = v_clock.form
           and a.visit = v_clock.visit and a.repeat = v_clock.repeat and a.name = v_clock.clock
           and a.version = v_starts and a.acknowledged_at is null) then
        perform :class.raise_alert(v_clock.participant, v_clock.site_key, v_clock.form, v_clock.visit, v_clock.repeat,
          v_starts, jsonb_build_object('name', left(v_clock.clock, 35) || '.late', 'title', v_clock.title,
            'items', 'The time has passed' || v_words, 'within', 'at_once', 'repeated', false,
            'to', to_jsonb(v_clock.remind_to), 'existence',
            to_jsonb(array(select r from unnest(v_clock.escalate_to) r where r <> all (v_clock.remind_to))),
            'escalate', to_jsonb(v_clock.escalate_to)));
      end if;
    end if;
    v_moved := v_moved + 1;
  end loop;
  return v_moved;
end $$;

create function :class.write_letters() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  if tg_op = 'INSERT' then
    perform access.write_letters(new.trial_id, new.site_key, new.recipients || new.existence_to, new.due_at);
    return null;
  end if;
  if new.repeats > old.repeats then
    perform access.write_letters(new.trial_id, new.site_key, new.recipients, new.due_at);
  end if;
  if new.escalated_at is not null and old.escalated_at is null then
    perform access.write_letters(new.trial_id, new.site_key, new.escalates_to, new.due_at);
  end if;
  return null;
end $$;
comment on function :class.write_letters() is
  'Trigger: an alert makes its letters in its own transaction; definer, since who saves knows no address';
create trigger alerts_write_letters after insert or update of repeats, escalated_at on :class.alerts
  for each row execute function :class.write_letters();

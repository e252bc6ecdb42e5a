-- A booked rating is moved or cancelled up to its start, and again from two hours after it, as long as nothing was
-- saved under its token: nobody came to the call. Its row goes, so that everything that asks for bookings sees what is
-- booked; what was booked is kept beside.

create table outcome.ended_bookings (
  trial_id    integer not null,
  token       text not null check (token ~ '^A-[0-9A-HJKMNP-TV-Z]{8}$'),
  participant text not null,
  site_key    text not null,
  visit       text not null,
  forms       text[] not null,
  rater       bigint,
  language    text not null,
  starts_at   timestamptz not null,
  ended       text not null check (ended in ('moved', 'cancelled', 'withdrawn')),
  reason      text not null check (length(reason) between 3 and 500),
  ended_by    bigint,
  ended_at    timestamptz not null,
  primary key (trial_id, token)
);
comment on table outcome.ended_bookings is 'Bookings of central ratings that were moved or cancelled; append-only, and no token of theirs opens anything';
comment on column outcome.ended_bookings.trial_id is 'Trial';
comment on column outcome.ended_bookings.token is 'Token the rater had';
comment on column outcome.ended_bookings.participant is 'Participant key';
comment on column outcome.ended_bookings.site_key is 'Site at the time';
comment on column outcome.ended_bookings.visit is 'Visit code';
comment on column outcome.ended_bookings.forms is 'Instruments that were to be given';
comment on column outcome.ended_bookings.rater is 'Rater who had been drawn, null where the rating waited for one';
comment on column outcome.ended_bookings.language is 'Language of the call';
comment on column outcome.ended_bookings.starts_at is 'Instant that had been booked';
comment on column outcome.ended_bookings.ended is 'moved to another time, cancelled, or withdrawn with the participant';
comment on column outcome.ended_bookings.reason is 'Why, as who ended it says';
comment on column outcome.ended_bookings.ended_by is 'User, or the mark of an act of the treatment team; null for the program';
comment on column outcome.ended_bookings.ended_at is 'Instant';
create trigger a_locked before insert on outcome.ended_bookings
  for each row execute function open.refuse_when_locked();
create trigger ended_bookings_append_only before update or delete or truncate on outcome.ended_bookings
  for each statement execute function access.refuse_change();
create trigger person_unnamed before insert on outcome.ended_bookings
  for each row execute function access.unname_person('ended_by');
alter table outcome.ended_bookings enable row level security;
alter table outcome.ended_bookings force row level security;
create policy ended_bookings_scope on outcome.ended_bookings
  using (trial_id = (select access.trial())
    and (case when (select open.any_transfer()) then open.sees_person(site_key, participant) else access.sees_site(site_key) end))
  with check (trial_id = (select access.trial())
    and (case when (select open.any_transfer()) then open.sees_person(site_key, participant) else access.sees_site(site_key) end));
grant select on outcome.ended_bookings to eq_committee;
select outcome.seal_table('ended_bookings');

alter table open.collection_status drop constraint collection_status_state_check;
alter table open.collection_status add constraint collection_status_state_check
  check (state in ('booked', 'cancelled', 'issued', 'in_progress', 'submitted', 'missed'));
comment on column open.collection_status.state is 'booked, cancelled, issued, in_progress, submitted, missed';

-- Where the call is joined: of this booking, written by who books it, read by the rater.
alter table outcome.rating_tasks add column call_link text
  check (length(call_link) <= 500 and call_link ~ '^https://[!-~]+$');
comment on column outcome.rating_tasks.call_link is 'Address at which the call is joined, null where none was given';
grant select (call_link) on outcome.rating_tasks to eq_rater;

create function outcome.locked_booking(p_participant text, p_visit text) returns outcome.rating_tasks
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks;
begin
  -- The participant comes first, as for whoever books, withdraws or hands over. Only a rater who saves holds the
  -- task before: that rating is under way, and is not waited for.
  perform 1 from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if not found then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  select * into v_task from outcome.rating_tasks t
   where t.trial_id = access.trial() and t.participant = p_participant and t.visit = p_visit for update skip locked;
  if v_task.token is null then
    if exists (select from outcome.rating_tasks t
       where t.trial_id = access.trial() and t.participant = p_participant and t.visit = p_visit) then
      raise exception using errcode = 'EQ457', message = 'the rating is being saved';
    end if;
    raise exception using errcode = 'EQ409', message = 'nothing is booked';
  end if;
  return v_task;
end $$;
comment on function outcome.locked_booking(text, text)
  is 'The booking for a visit, locked, or why there is none; definer, called by the functions below only';

create function outcome.may_end(p_task outcome.rating_tasks) returns boolean
  language sql stable set search_path = pg_catalog
begin atomic
  -- For two hours the call may be under way: what the rater is about to save would find no booking.
  select p_task.state = 'booked'
     and (p_task.starts_at > open.act_time() or p_task.starts_at <= open.act_time() - interval '2 hours')
     and not exists (
       select from outcome.entries e
        where e.trial_id = p_task.trial_id and e.participant = p_task.participant and e.visit = p_task.visit
          and e.form = any (p_task.forms));
end;
comment on function outcome.may_end(outcome.rating_tasks)
  is 'Whether a booking may be moved or cancelled: its call is not due now, and nothing was saved for it';

create function outcome.end_booking(p_participant text, p_visit text, p_how text, p_reason text)
  returns outcome.rating_tasks
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks := outcome.locked_booking(p_participant, p_visit);
begin
  if not outcome.may_end(v_task) then
    raise exception using errcode = 'EQ457', message = 'the rating has begun';
  end if;
  insert into outcome.ended_bookings (trial_id, token, participant, site_key, visit, forms, rater, language, starts_at,
    ended, reason, ended_by, ended_at)
  values (v_task.trial_id, v_task.token, v_task.participant, v_task.site_key, v_task.visit, v_task.forms, v_task.rater,
    v_task.language, v_task.starts_at, p_how, p_reason, access.actor(), open.act_time());
  delete from outcome.rating_tasks t where t.trial_id = v_task.trial_id and t.token = v_task.token;
  update open.collection_status s set state = 'cancelled', planned_for = null, at = open.act_time()
   where s.trial_id = v_task.trial_id and s.participant = p_participant and s.visit = p_visit
     and s.form = any (v_task.forms) and s.state = 'booked';
  return v_task;
end $$;
comment on function outcome.end_booking(text, text, text, text)
  is 'Ends a booking whose rating has not begun or did not take place; definer, called by the functions below only';

create or replace function outcome.book_rating(p_participant text, p_visit text, p_forms text[], p_starts_at timestamptz,
  p_token text, p_language text, p_roles text[], p_record text, p_field text, p_none text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_rater bigint;
begin
  select p.site_key into v_site from open.participants p
   where p.trial_id = access.trial() and p.participant = p_participant for update;
  if v_site is null then
    raise exception using errcode = 'EQ404', message = 'no such participant in scope';
  end if;
  if exists (select from outcome.rating_tasks t where t.trial_id = access.trial()
       and t.participant = p_participant and t.visit = p_visit) then
    raise exception using errcode = 'EQ409', message = 'already booked';
  end if;
  -- One booking of a trial after the other: two at once could both take the last rater who is free.
  perform pg_advisory_xact_lock(hashtextextended('outcome.rating_tasks/' || access.trial(), 0));
  if p_starts_at <= open.act_time() or exists (select from outcome.full_times(array[p_starts_at], p_roles)) then
    raise exception using errcode = 'EQ456', message = 'this time is not free';
  end if;
  -- A token is of one booking, whatever became of it.
  if exists (select from outcome.ended_bookings b where b.trial_id = access.trial() and b.token = p_token) then
    raise exception using errcode = 'EQ409', message = 'a token of an earlier booking';
  end if;
  -- The draw looks at the time of the task it draws for.
  insert into outcome.rating_tasks (trial_id, token, participant, site_key, visit, forms, language, starts_at, state)
  values (access.trial(), p_token, p_participant, v_site, p_visit, p_forms, p_language, p_starts_at, 'booked');
  v_rater := outcome.draw_rater(p_participant, p_token, p_roles, p_record, p_field, p_none);
  update outcome.rating_tasks t set rater = v_rater where t.trial_id = access.trial() and t.token = p_token;
  -- What was cancelled is booked anew; what has another state already is no rating to book.
  delete from open.collection_status s
   where s.trial_id = access.trial() and s.participant = p_participant and s.visit = p_visit
     and s.form = any (p_forms) and s.state = 'cancelled';
  insert into open.collection_status (trial_id, participant, site_key, form, visit, state, planned_for, at)
  select access.trial(), p_participant, v_site, f, p_visit, 'booked', p_starts_at, open.act_time()
    from unnest(p_forms) f;
  perform open.note(v_site, p_participant || '/rating@' || p_visit, 'rating booked');
  if v_rater is null then
    perform treatment.note(v_site, p_participant || '/rating@' || p_visit, 'rating waits for a rater');
  end if;
end $$;

create function outcome.move_rating(p_participant text, p_visit text, p_reason text, p_forms text[],
  p_starts_at timestamptz, p_token text, p_language text, p_roles text[], p_record text, p_field text, p_none text)
  returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_old outcome.rating_tasks := outcome.end_booking(p_participant, p_visit, 'moved', p_reason);
begin
  -- To the time it has is no move: it would draw another rater and nothing else.
  if p_starts_at = v_old.starts_at then
    raise exception using errcode = 'EQ456', message = 'this is the time it has';
  end if;
  perform outcome.book_rating(p_participant, p_visit, p_forms, p_starts_at, p_token, p_language, p_roles, p_record,
    p_field, p_none);
  -- Told last: who writes to the trail holds its head, and every booking waits for other bookings before that.
  perform open.note(v_old.site_key, p_participant || '/rating@' || p_visit, 'rating moved', p_reason, 'starts_at',
    to_char(v_old.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    to_char(p_starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
end $$;
comment on function outcome.move_rating(text, text, text, text[], timestamptz, text, text, text[], text, text, text)
  is 'Moves a booking: it ends, and another is made with a rater drawn anew; definer, since bookers may not know raters';

create function outcome.cancel_rating(p_participant text, p_visit text, p_reason text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_old outcome.rating_tasks := outcome.end_booking(p_participant, p_visit, 'cancelled', p_reason);
begin
  perform open.note(v_old.site_key, p_participant || '/rating@' || p_visit, 'rating cancelled', p_reason, 'starts_at',
    to_char(v_old.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null);
end $$;
comment on function outcome.cancel_rating(text, text, text)
  is 'Cancels a booking; definer, since bookers may not know raters';

-- Nobody calls a participant who withdrew or died: what is booked for later is cancelled with it.
create function outcome.end_bookings_of_the_withdrawn() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks;
begin
  -- What a rater saves at this moment is a rating that has begun, and waits for the participant: it is not waited for.
  for v_task in select t.* from outcome.rating_tasks t
     where t.trial_id = new.trial_id and t.participant = new.participant and outcome.may_end(t)
     order by t.starts_at, t.token for update skip locked loop
    perform outcome.end_booking(v_task.participant, v_task.visit, 'withdrawn', 'no further visits of the participant');
    perform open.note(v_task.site_key, v_task.participant || '/rating@' || v_task.visit, 'rating cancelled',
      'no further visits of the participant', 'starts_at',
      to_char(v_task.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null);
  end loop;
  return null;
end $$;
comment on function outcome.end_bookings_of_the_withdrawn() is
  'Trigger: a withdrawal or death cancels the ratings booked for later; definer, since who records it reads no ratings';
create trigger participants_end_bookings after update of withdrawal_level, state on open.participants
  for each row when (old.withdrawal_level is null and new.withdrawal_level is not null
    or old.state <> 'died' and new.state = 'died')
  execute function outcome.end_bookings_of_the_withdrawn();

-- What who books may know of a booking: its time, language and link, and whether it can still be changed.
create function outcome.booking_of(p_participant text, p_visit text)
  returns table (starts_at timestamptz, language text, call_link text, may_change boolean)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select t.starts_at, t.language, t.call_link, outcome.may_end(t)
    from outcome.rating_tasks t join open.participants p using (trial_id, participant)
   where t.trial_id = access.trial() and t.participant = p_participant and t.visit = p_visit;
end;
comment on function outcome.booking_of(text, text)
  is 'A booking without token and rater; definer, since bookers hold no ratings';

create function outcome.give_call_link(p_participant text, p_visit text, p_link text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_task outcome.rating_tasks := outcome.locked_booking(p_participant, p_visit);
begin
  if v_task.state <> 'booked' then
    raise exception using errcode = 'EQ457', message = 'the rating was given';
  end if;
  if nullif(p_link, '') is not distinct from v_task.call_link then
    raise exception using errcode = 'EQ438', message = 'this is the link it has';
  end if;
  -- The rater knows no participant: a link that names one is refused here as well.
  if position(lower(p_participant) in lower(p_link)) > 0 then
    raise exception using errcode = 'EQ409', message = 'the link names the participant';
  end if;
  update outcome.rating_tasks t set call_link = nullif(p_link, '')
   where t.trial_id = v_task.trial_id and t.token = v_task.token;
  -- The trail has more readers than the link, some of whom know arms and could join the call.
  perform open.note(v_task.site_key, p_participant || '/rating@' || p_visit,
    case when p_link = '' then 'call link taken away' else 'call link given' end);
end $$;
comment on function outcome.give_call_link(text, text, text)
  is 'Keeps where the call of a booking is joined, or takes it away; definer, since bookers write no ratings';

revoke execute on function outcome.locked_booking(text, text), outcome.may_end(outcome.rating_tasks),
  outcome.end_booking(text, text, text, text),
  outcome.move_rating(text, text, text, text[], timestamptz, text, text, text[], text, text, text),
  outcome.cancel_rating(text, text, text), outcome.end_bookings_of_the_withdrawn(),
  outcome.booking_of(text, text), outcome.give_call_link(text, text, text) from public;
grant execute on function outcome.move_rating(text, text, text, text[], timestamptz, text, text, text[], text, text, text),
  outcome.cancel_rating(text, text, text), outcome.booking_of(text, text), outcome.give_call_link(text, text, text)
  to eq_open;

-- The zone in which a person reads scheduled instants; what is stored stays UTC.
alter table access.users add column zone text check (length(zone) between 1 and 60);
comment on column access.users.zone is 'Time zone of the person by its IANA name, null for that of the coordinating centre';
grant update (zone) on access.users to eq_access;

-- A snapshot is read in its trial and in no other.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
alter table {class}.snapshots enable row level security;
alter table {class}.snapshots force row level security;
create policy snapshots_of_trial on {class}.snapshots
  using (trial_id = (select access.trial())) with check (trial_id = (select access.trial()));
$sql$, '{class}', v_class);
  end loop;
end $do$;

-- A rating is booked at a time at which a rater is free, and a rater who is free is drawn first.
-- Whether one is free is a matter of the pool alone: which participant a rating is for is not even asked.
create index rating_tasks_by_start on outcome.rating_tasks (trial_id, starts_at);

-- One rater more than are booked: whoever gave a participant's preceding rating does not give the next one.
create function outcome.full_times(p_times timestamptz[], p_roles text[]) returns setof timestamptz
  language sql stable security definer set search_path = pg_catalog
begin atomic
  with pool as (
    select count(distinct g.user_id) as size
      from access.grants g join access.users u using (user_id)
     where g.trial_id = access.trial() and g.role = any (p_roles) and g.ended_at is null and u.is_enabled)
  select t.at
    from unnest(p_times) as t(at), pool
   where (select count(*) from outcome.rating_tasks b
           where b.trial_id = access.trial() and b.starts_at > t.at - interval '1 hour'
             and b.starts_at < t.at + interval '1 hour')
      >= case when pool.size > 1 then pool.size - 1 else pool.size end;
end;
comment on function outcome.full_times(timestamptz[], text[]) is
  'The times at which no rater is free, the same for every participant; definer, since bookers may not know raters or bookings';
revoke execute on function outcome.full_times(timestamptz[], text[]) from public;
grant execute on function outcome.full_times(timestamptz[], text[]) to eq_open;

-- Who is booked at the time of the rating is drawn only where nobody else may be.
create or replace function outcome.draw_rater(p_participant text, p_token text, p_roles text[], p_record text, p_field text,
  p_none text) returns bigint
  language sql volatile set search_path = pg_catalog
begin atomic
  select g.user_id
    from access.grants g join access.users u using (user_id)
   where g.trial_id = access.trial() and g.role = any (p_roles) and g.ended_at is null and u.is_enabled
     and g.user_id is distinct from (
       select t.rater from outcome.rating_tasks t
        where t.trial_id = access.trial() and t.participant = p_participant and t.token <> p_token
        order by t.starts_at desc, t.token limit 1)
     and not exists (
       select from treatment.entries e
        where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_record
          and e.author = g.user_id and e.answers ->> p_field <> p_none)
     and not exists (
       select from treatment.unblinding_reports r
        where r.trial_id = access.trial() and r.participant = p_participant and r.reported_by = g.user_id)
   order by exists (
       select from outcome.rating_tasks own
         join outcome.rating_tasks b on b.trial_id = own.trial_id and b.rater = g.user_id and b.token <> own.token
          and b.starts_at > own.starts_at - interval '1 hour' and b.starts_at < own.starts_at + interval '1 hour'
        where own.trial_id = access.trial() and own.token = p_token),
     sha256(convert_to(p_token || g.user_id, 'UTF8'))
   limit 1;
end;

create or replace function outcome.book_rating(p_participant text, p_visit text, p_forms text[], p_starts_at timestamptz,
  p_token text, p_language text, p_roles text[], p_record text, p_field text, p_none text) returns void
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_site text;
  v_rater bigint;
  v_form text;
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
  -- The draw looks at the time of the task it draws for.
  insert into outcome.rating_tasks (trial_id, token, participant, site_key, visit, forms, language, starts_at, state)
  values (access.trial(), p_token, p_participant, v_site, p_visit, p_forms, p_language, p_starts_at, 'booked');
  v_rater := outcome.draw_rater(p_participant, p_token, p_roles, p_record, p_field, p_none);
  update outcome.rating_tasks t set rater = v_rater where t.trial_id = access.trial() and t.token = p_token;
  foreach v_form in array p_forms loop
    insert into open.collection_status (trial_id, participant, site_key, form, visit, state, planned_for, at)
    values (access.trial(), p_participant, v_site, v_form, p_visit, 'booked', p_starts_at, open.act_time());
  end loop;
  perform open.note(v_site, p_participant || '/rating@' || p_visit, 'rating booked');
  if v_rater is null then
    perform treatment.note(v_site, p_participant || '/rating@' || p_visit, 'rating waits for a rater');
  end if;
end $$;

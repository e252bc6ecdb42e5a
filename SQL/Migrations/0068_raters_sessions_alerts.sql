-- Who rates is qualified on the day of the rating, and neither the rating before it nor the one after is theirs.
create or replace function outcome.full_times(p_times timestamptz[], p_roles text[]) returns setof timestamptz
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select t.at
    from unnest(p_times) as t(at)
   cross join lateral (
     select count(distinct g.user_id) as size
       from access.grants g join access.users u using (user_id)
      where g.trial_id = access.trial() and g.role = any (p_roles) and g.ended_at is null and u.is_enabled
        and (g.trained_until is null or g.trained_until >= (t.at at time zone 'UTC')::date)) pool
   where (select count(*) from outcome.rating_tasks b
           where b.trial_id = access.trial() and b.starts_at > t.at - interval '1 hour'
             and b.starts_at < t.at + interval '1 hour')
      >= case when pool.size > 1 then pool.size - 1 else pool.size end;
end;

-- The rating before it in time is never by the same person; the one after it, booked earlier, where anybody else may be.
create or replace function outcome.draw_rater(p_participant text, p_token text, p_roles text[], p_record text, p_field text,
  p_none text) returns bigint
  language sql volatile set search_path = pg_catalog
begin atomic
  select g.user_id
    from access.grants g join access.users u using (user_id)
    join outcome.rating_tasks own on own.trial_id = access.trial() and own.token = p_token
   where g.trial_id = access.trial() and g.role = any (p_roles) and g.ended_at is null and u.is_enabled
     and (g.trained_until is null or g.trained_until >= (own.starts_at at time zone 'UTC')::date)
     and g.user_id is distinct from (
       select t.rater from outcome.rating_tasks t
        where t.trial_id = access.trial() and t.participant = p_participant and t.token <> p_token
          and t.starts_at <= own.starts_at
        order by t.starts_at desc, t.token limit 1)
     and not exists (
       select from treatment.entries e
        where e.trial_id = access.trial() and e.participant = p_participant and e.form = p_record
          and e.author = g.user_id and e.answers ->> p_field <> p_none)
     and not exists (
       select from treatment.unblinding_reports r
        where r.trial_id = access.trial() and r.participant = p_participant and r.reported_by = g.user_id)
   order by exists (
       select from outcome.rating_tasks b
        where b.trial_id = own.trial_id and b.rater = g.user_id and b.token <> own.token
          and b.starts_at > own.starts_at - interval '1 hour' and b.starts_at < own.starts_at + interval '1 hour'),
     g.user_id is not distinct from (
       select t.rater from outcome.rating_tasks t
        where t.trial_id = access.trial() and t.participant = p_participant and t.token <> p_token
          and t.starts_at > own.starts_at
        order by t.starts_at, t.token limit 1),
     sha256(convert_to(p_token || g.user_id, 'UTF8'))
   limit 1;
end;

-- An alert names the entry that raised it whole.
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
drop function {class}.alerts_to_act_on();
create function {class}.alerts_to_act_on()
  returns table (alert text, participant text, form text, visit text, repeat bigint, name text, title text, items text,
    raised_at timestamptz, due_at timestamptz, repeats bigint, escalated_at timestamptz, acknowledged_at timestamptz,
    acknowledged_by text, action_taken text)
  language sql stable security definer set search_path = pg_catalog
begin atomic
  select a.alert::text, a.participant, a.form, a.visit, a.repeat::bigint, a.name, a.title, a.items, a.raised_at, a.due_at,
         a.repeats::bigint, a.escalated_at, a.acknowledged_at,
         coalesce(u.full_name, (select m.full_name from access.team_member(a.acknowledged_by) m)), a.action_taken
    from {class}.alerts a left join access.users u on u.user_id = a.acknowledged_by
   where a.trial_id = access.trial() and access.acting_role() = any (a.recipients)
   order by a.acknowledged_at is not null, a.due_at, a.participant, a.name
   limit 500;
end;
comment on function {class}.alerts_to_act_on() is
  'The alerts of the acting role in its sites with what raised them; definer, since recipients may hold no table of the class';
revoke execute on function {class}.alerts_to_act_on() from public;
$sql$, '{class}', v_class);
  end loop;
end $do$;
grant execute on function open.alerts_to_act_on() to eq_open, eq_treating;
grant execute on function outcome.alerts_to_act_on(), treatment.alerts_to_act_on() to eq_treating;

-- A session changes with every request and is no record; that it was opened, and for whom, is.
create table access.session_openings (
  token_hash bytea primary key check (length(token_hash) = 32),
  user_id    bigint not null references access.users,
  opened_at  timestamptz not null
);
comment on table access.session_openings is 'That sessions were opened; append-only, and a session without one was made by no program';
comment on column access.session_openings.token_hash is 'SHA-256 of the cookie''s 32 random bytes';
comment on column access.session_openings.user_id is 'Person';
comment on column access.session_openings.opened_at is 'Start';
insert into access.session_openings (token_hash, user_id, opened_at)
select s.token_hash, s.user_id, s.created_at from access.sessions s;
create trigger session_openings_append_only before update or delete or truncate on access.session_openings
  for each statement execute function access.refuse_change();
select access.seal_table('session_openings');
create function access.keep_session_opening() returns trigger language plpgsql
  security definer set search_path = pg_catalog as $$
begin
  insert into access.session_openings (token_hash, user_id, opened_at)
  values (new.token_hash, new.user_id, new.created_at);
  return null;
end $$;
comment on function access.keep_session_opening() is 'Trigger: a session that is opened is on record; definer, since no login writes the table';
revoke execute on function access.keep_session_opening() from public;
create trigger sessions_opened after insert on access.sessions
  for each row execute function access.keep_session_opening();
create function access.refuse_moved_session() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  raise exception using errcode = 'EQ403', message = 'a session stays that of the person who opened it';
end $$;
comment on function access.refuse_moved_session() is 'Trigger: a session is nobody else''s later';
revoke execute on function access.refuse_moved_session() from public;
create trigger sessions_stay before update on access.sessions
  for each row when (old.token_hash <> new.token_hash or old.user_id <> new.user_id or old.created_at <> new.created_at)
  execute function access.refuse_moved_session();

-- Who locks sees what is unfinished with the own login.
grant execute on function open.unfinished(integer) to eq_open;

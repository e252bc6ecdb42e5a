-- One report of all disclosures; and texts of a data query are removed also where the form was never entered.

alter table open.tombstones drop constraint tombstones_trial_id_participant_form_visit_repeat_fkey;
alter table outcome.tombstones drop constraint tombstones_trial_id_participant_form_visit_repeat_fkey;
alter table treatment.tombstones drop constraint tombstones_trial_id_participant_form_visit_repeat_fkey;
do $do$
declare
  v_class text;
begin
  foreach v_class in array array['open', 'outcome', 'treatment'] loop
    execute replace($sql$
alter table {class}.tombstones add constraint tombstones_of_a_query
  foreign key (trial_id, query_no) references {class}.data_queries;
create function {class}.refuse_tombstone_of_nothing() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  if new.query_no is null and not exists (select from {class}.entries e
     where e.trial_id = new.trial_id and e.participant = new.participant and e.form = new.form
       and e.visit = new.visit and e.repeat = new.repeat) then
    raise exception using errcode = 'EQ404', message = 'no such entry';
  end if;
  return new;
end $$;
comment on function {class}.refuse_tombstone_of_nothing() is 'Trigger: a value is removed from an entry, the texts of a query also where nothing was entered';
revoke execute on function {class}.refuse_tombstone_of_nothing() from public;
create trigger tombstones_of_something before insert on {class}.tombstones
  for each row execute function {class}.refuse_tombstone_of_nothing();

create or replace function {class}.ask_query_removal(p_participant text, p_form text, p_visit text, p_repeat integer, p_query integer,
  p_reason text) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_query {class}.data_queries;
  v_no integer;
begin
  select * into v_query from {class}.data_queries q
   where q.trial_id = access.trial() and q.query_no = p_query and q.participant = p_participant and q.form = p_form
     and q.visit = p_visit and q.repeat = p_repeat for no key update;
  if v_query.query_no is null then
    raise exception using errcode = 'EQ404', message = 'no such query in scope';
  end if;
  if length(p_reason) < 3 then
    raise exception using errcode = 'EQ422', message = 'a removal has a reason';
  end if;
  if exists (select from {class}.tombstones t
     where t.trial_id = v_query.trial_id and t.query_no = p_query and t.confirmed_at is null) then
    raise exception using errcode = 'EQ409', message = 'asked before';
  end if;
  insert into {class}.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field, reason,
    asked_by, asked_at, query_no)
  values (v_query.trial_id, (select coalesce(max(t.tombstone_no), 0) + 1 from {class}.tombstones t
      where t.trial_id = v_query.trial_id), p_participant, v_query.site_key, p_form, p_visit, p_repeat, v_query.field,
    p_reason, access.actor(), open.act_time(), p_query)
  returning tombstone_no into v_no;
  perform {class}.note(v_query.site_key, p_participant || '/' || p_form || '@' || p_visit || '#' || p_repeat,
    'removal of personal data asked', p_reason, v_query.field);
  return v_no;
end $$;
$sql$, '{class}', v_class);
  end loop;
end $do$;

-- The owner sees notices and looks as a whole while it makes the report, and only then.
create policy unblinding_notices_report on open.unblinding_notices for select
  using (current_user = 'equipoise_owner' and current_setting('eq.report', true) = 'on' and trial_id = (select access.trial()));
create policy unblinding_notice_readings_report on open.unblinding_notice_readings for select
  using (current_user = 'equipoise_owner' and current_setting('eq.report', true) = 'on' and trial_id = (select access.trial()));
create policy interim_looks_report on open.interim_looks for select
  using (current_user = 'equipoise_owner' and current_setting('eq.report', true) = 'on' and trial_id = (select access.trial()));

create function allocation.disclosure_report() returns table (kind text, participant text, at timestamptz, recorded_at timestamptz,
    person text, role text, is_planned boolean, channel text, ground text, reason text, reference text, followed text)
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_trial integer := access.trial();
  -- What follows final unblinding is no part of the report, which stays as it is then.
  v_end timestamptz := coalesce((select u.at from allocation.unblinding u where u.trial_id = v_trial), 'infinity');
begin
  perform set_config('eq.report', 'on', true);
  return query
    select 'SITE', k.participant, k.at, k.at, coalesce(u.full_name, ''), coalesce((
             select string_agg(distinct g.role, ' ' order by g.role) from access.grant_periods g
              join access.role_kinds r on r.trial_id = g.trial_id and r.role = g.role
               and r.blinding in ('unblinded', 'unblindedAcrossSites')
              where g.trial_id = v_trial and g.user_id = k.by_user and g.site_key in ('*', k.site_key)), ''),
           true, 'page', '', '', '', ''
      from allocation.acknowledgements k left join access.users u on u.user_id = k.by_user
     where k.trial_id = v_trial
    union all
    select e.kind, e.participant, e.opened_at, e.recorded_at, e.opened_by, e.recorded_role, e.is_planned, e.channel,
           e.ground, e.reason, e.event_number, coalesce((
             select 'told: ' || array_to_string(n.told_roles, ', ') || coalesce((
                      select '; read: ' || string_agg(r.role || ' ' || to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                               ', ' order by r.at, r.role)
                        from open.unblinding_notice_readings r
                       where r.trial_id = n.trial_id and r.notice = n.notice and r.at <= v_end), '; read by nobody yet')
               from open.unblinding_notices n
              where n.trial_id = e.trial_id and n.participant = e.participant and n.opened_at = e.opened_at
              order by n.notice limit 1), '')
      from allocation.unblinding_events e where e.trial_id = v_trial
    union all
    select 'INTERIM', '', c.cut_off, c.cut_off, coalesce(u.full_name, ''), coalesce((
             select string_agg(distinct g.role, ' ' order by g.role) from access.grant_periods g
              join access.role_kinds r on r.trial_id = g.trial_id and r.role = g.role and r.blinding = 'unblindedAcrossSites'
              where g.trial_id = v_trial and g.user_id = l.built_by), ''),
           true, 'closed report', '', '', coalesce(nullif(l.look, ''), 'snapshot ' || l.snapshot),
           case when l.released_at is null then 'not released'
             else 'released ' || to_char(l.released_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || coalesce(' by ' || w.full_name, '') end
      from open.interim_looks l join open.cuts c on c.trial_id = l.trial_id and c.snapshot = l.snapshot
      left join access.users u on u.user_id = l.built_by left join access.users w on w.user_id = l.checked_by
     where l.trial_id = v_trial
    union all
    select 'FINAL', '', s.at, s.at, s.name, s.role, true, 'page', '', s.meaning, '',
           case when v_end = 'infinity' then 'waits for the second person'
             else 'arms opened ' || to_char(v_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end
      from open.lock_signatures s where s.trial_id = v_trial and s.act = 'unblind'
    order by 3, 1, 2, 5;
  perform set_config('eq.report', '', true);
end $$;
comment on function allocation.disclosure_report() is
  'Every disclosure of class allocation with its record and what followed, without any arm; definer, since no login reads notices and looks as a whole';
revoke execute on function allocation.disclosure_report() from public;
grant execute on function allocation.disclosure_report() to eq_committee, eq_custodian;

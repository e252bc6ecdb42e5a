-- Who manages access learns at once of what endangers it: accounts that are guessed at, strangers in the database, a wrong clock,
-- roles that nobody may hold together.

create table access.security_alerts (
  trial_id integer not null,
  event_id bigint not null references access.events,
  letters  integer not null check (letters >= 0),
  at       timestamptz not null,
  primary key (trial_id, event_id)
);
comment on table access.security_alerts is 'Events of accounts of which the access administrators of a trial were told by letter; append-only';
comment on column access.security_alerts.trial_id is 'Trial whose administrators were told';
comment on column access.security_alerts.event_id is 'Event';
comment on column access.security_alerts.letters is 'Letters written; 0 where nobody holds the role';
comment on column access.security_alerts.at is 'Instant';
create trigger security_alerts_append_only before update or delete or truncate on access.security_alerts
  for each statement execute function access.refuse_change();
select access.seal_table('security_alerts');

create function access.alert_security(p_trial integer, p_roles text[]) returns integer
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_event bigint;
  v_count integer := 0;
  v_before bigint;
  v_after bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('security alerts', p_trial));
  for v_event in
    select e.event_id from access.events e
     where e.at > clock_timestamp() - interval '1 day'
       and (e.kind in ('sign-in delayed', 'database account', 'incompatible roles')
            or (e.kind = 'clock' and e.detail like 'wrong by%'))
       -- A delayed account concerns the trials in which its holder has a role.
       and (e.kind not in ('sign-in delayed', 'incompatible roles') or exists (
              select from access.grants g join access.users u on u.user_id = g.user_id
               where g.trial_id = p_trial and g.ended_at is null
                 and (u.user_id = e.user_id or u.username = e.subject)))
       and not exists (select from access.security_alerts a where a.trial_id = p_trial and a.event_id = e.event_id)
     order by e.event_id
  loop
    select count(*) into v_before from access.letters l where l.trial_id = p_trial;
    perform access.write_letters(p_trial, '*', p_roles, open.act_time() + interval '1 hour');
    select count(*) into v_after from access.letters l where l.trial_id = p_trial;
    insert into access.security_alerts (trial_id, event_id, letters, at)
    values (p_trial, v_event, v_after - v_before, clock_timestamp());
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;
comment on function access.alert_security(integer, text[]) is
  'Writes letters to the holders of roles for every event of the last day that endangers access, once each; definer, since no login writes letters';
revoke execute on function access.alert_security(integer, text[]) from public;
grant execute on function access.alert_security(integer, text[]) to eq_access;

create function access.note_incompatible(p_trial integer, p_user bigint, p_roles text) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog as $$
declare
  v_name text;
begin
  select u.username into strict v_name from access.users u where u.user_id = p_user;
  if exists (select from access.events e
     where e.kind = 'incompatible roles' and e.subject = v_name and e.detail = p_roles
       and e.at > clock_timestamp() - interval '20 hours') then
    return false;
  end if;
  insert into access.events (user_id, subject, kind, detail) values (null, v_name, 'incompatible roles', p_roles);
  return true;
end $$;
comment on function access.note_incompatible(integer, bigint, text) is
  'Puts on record, once a night, that a person holds roles together that nobody may hold together; definer, as above';
revoke execute on function access.note_incompatible(integer, bigint, text) from public;
grant execute on function access.note_incompatible(integer, bigint, text) to eq_access;

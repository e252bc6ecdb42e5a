-- Whose role ends works in it no more, and a session of it is none to come back to: however the role ends, by an
-- administrator, a review or the console, its sessions end with it.
create function access.end_sessions_of_role() returns trigger language plpgsql
  set search_path = pg_catalog as $$
begin
  update access.sessions s set ended_at = clock_timestamp()
   where s.user_id = new.user_id and s.trial_id = new.trial_id and s.role = new.role and s.site_key = new.site_key
     and s.ended_at is null;
  return null;
end $$;
comment on function access.end_sessions_of_role() is 'Trigger: sessions that work in a role end with it';
revoke execute on function access.end_sessions_of_role() from public;
create trigger sessions_end after update of ended_at on access.grants
  for each row when (new.ended_at is not null and old.ended_at is null) execute function access.end_sessions_of_role();

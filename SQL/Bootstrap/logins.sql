-- Run once by a superuser: the logins of the daemon. None is superuser, none bypasses row security,
-- and none but the owner owns a table.
do $$
declare
  v_login text;
begin
  foreach v_login in array array['equipoise_owner', 'eq_access', 'eq_open', 'eq_rater', 'eq_outcome',
    'eq_participant', 'eq_treating', 'eq_allocator', 'eq_custodian', 'eq_committee', 'eq_reports'] loop
    if not exists (select from pg_roles where rolname = v_login) then
      execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole', v_login);
    end if;
  end loop;
  -- Copies the files of the server as they are, what is sealed sealed: granted nothing, so that no statement of its
  -- reads a row.
  if not exists (select from pg_roles where rolname = 'eq_backup') then
    create role eq_backup login replication nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
end $$;

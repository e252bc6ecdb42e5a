-- Run by a superuser in the database itself: no login reads from the catalogs or the server's statistics how many rows a
-- table has, how large it is, who is connected or how much is written (decision 25). Who owns the tables and who watches
-- servers (pg_monitor) keep what they had. pg_logical_emit_message stays: by it many commits wait for the disk together. What there is differs by version of the server, so it is read from the catalogs.
do $$
declare
  v_columns text;
  v_thing text;
begin
  select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into v_columns from pg_attribute a
   where a.attrelid = 'pg_catalog.pg_class'::regclass and a.attnum > 0 and not a.attisdropped
     and a.attname !~ '^(rel(pages|tuples|all[a-z]+|frozenxid|minmxid|filenode))$';
  revoke select on pg_catalog.pg_class from public;
  execute format('grant select (%s) on pg_catalog.pg_class to public', v_columns);
  grant select on pg_catalog.pg_class to equipoise_owner, pg_monitor;

  for v_thing in
    select format('pg_catalog.%I', c.relname) from pg_class c
     where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v'
       and c.relname ~ '^pg_(stat|locks$|prepared_xacts$|replication_|backend_memory|shmem_)'
  loop
    execute format('revoke all on %s from public', v_thing);
    execute format('grant select on %s to equipoise_owner, pg_monitor', v_thing);
  end loop;

  for v_thing in
    select p.oid::regprocedure::text from pg_proc p
     where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
       and (p.proname ~ '^pg_stat_get_|^pg_.*_size$|^pg_lock_status$|^pg_prepared_xact$|^pg_get_replication_slots$'
         or p.proname ~ '^(txid_|pg_current_(xact_id|snapshot|wal)|pg_last_(xact|wal|committed)|pg_xact_|pg_control_|pg_export_snapshot$)'
         or p.oid::regprocedure::text in ('age(xid)', 'mxid_age(xid)'))
       and p.proname <> 'pg_column_size'
  loop
    execute format('revoke all on function pg_catalog.%s from public', v_thing);
    execute format('grant execute on function pg_catalog.%s to equipoise_owner, pg_monitor', v_thing);
  end loop;
end $$;

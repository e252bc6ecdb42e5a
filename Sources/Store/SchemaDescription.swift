public import Postgres

/// What a database is made of, a line for each thing, in an order that depends on nothing else.
public enum SchemaDescription {
  private static let own = "n.nspname !~ '^(pg_|information_schema)'"

  /// The queries whose lines, one after the other, describe the schema.
  private static let queries = [
    // Schemas and who may use them.
    """
    select 'schema ' || n.nspname || ' owner ' || r.rolname || coalesce(' grants ' ||
        (select string_agg(x, ' ' order by x) from (select a::text as x from unnest(n.nspacl) a) g), '')
      from pg_namespace n join pg_roles r on r.oid = n.nspowner
     where \(own) order by n.nspname
    """,
    // Tables, their row security and grants.
    """
    select 'table ' || n.nspname || '.' || c.relname || ' owner ' || r.rolname
        || case when c.relrowsecurity then ' rls' else '' end
        || case when c.relforcerowsecurity then ' forced' else '' end
        || coalesce(' grants ' || (select string_agg(x, ' ' order by x)
             from (select a::text as x from unnest(c.relacl) a) g), '')
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.oid = c.relowner
     where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and \(own) order by n.nspname, c.relname
    """,
    // Columns with their type, default and column grants.
    """
    select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname || ' '
        || format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || case a.attidentity when '' then '' else ' identity ' || a.attidentity::text end
        || case a.attgenerated when '' then '' else ' generated' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        || coalesce(' grants ' || (select string_agg(x, ' ' order by x)
             from (select g::text as x from unnest(a.attacl) g) g), '')
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relkind in ('r', 'p') and \(own)
     order by n.nspname, c.relname, a.attnum
    """,
    """
    select 'constraint ' || n.nspname || '.' || c.relname || ' ' || k.conname || ' '
        || pg_get_constraintdef(k.oid)
      from pg_constraint k join pg_class c on c.oid = k.conrelid
      join pg_namespace n on n.oid = c.relnamespace
     where \(own) and k.contype <> 'n' order by n.nspname, c.relname, k.conname
    """,
    """
    select 'index ' || pg_get_indexdef(i.indexrelid)
      from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     where \(own) order by 1
    """,
    """
    select 'policy ' || p.schemaname || '.' || p.tablename || ' ' || p.policyname || ' ' || lower(p.permissive)
        || ' to ' || array_to_string(p.roles, ',') || ' ' || p.cmd
        || ' using ' || coalesce(regexp_replace(p.qual, '\\s+', ' ', 'g'), '-')
        || ' check ' || coalesce(regexp_replace(p.with_check, '\\s+', ' ', 'g'), '-')
      from pg_policies p order by p.schemaname, p.tablename, p.policyname
    """,
    """
    select 'trigger ' || regexp_replace(pg_get_triggerdef(t.oid), '\\s+', ' ', 'g')
        || case t.tgenabled when 'O' then '' else ' fires ' || t.tgenabled::text end
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
     where not t.tgisinternal and \(own) order by n.nspname, c.relname, t.tgname
    """,
  ]

  /// Functions with what they may do, who may call them and the digest of their text.
  private static func functions(wholly: Bool) -> String {
    """
    select 'function ' || n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid)
        || ') returns ' || pg_get_function_result(p.oid) || ' ' || l.lanname || ' '
        || case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end
        || case when p.prosecdef then ' definer' else '' end
        || coalesce(' with ' || array_to_string(p.proconfig, ' '), '')
        || coalesce(' grants ' || (select string_agg(x, ' ' order by x)
             from (select a::text as x from unnest(p.proacl) a) g), '')
        -- A parsed body that writes is told in other words by other minor versions of the server.
        || case when \(wholly ? "false" : "pg_get_function_sqlbody(p.oid) ~ '(INSERT|UPDATE|DELETE)'") then ' parsed'
                else ' text ' || left(md5(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), 12) end
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
     where \(own) order by 1
    """
  }

  /// What no database of this program has: rules, triggers on commands, settings and extensions of its own.
  private static let foreign = [
    """
    select 'rule ' || n.nspname || '.' || c.relname || ' ' || r.rulename
      from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
     where r.rulename <> '_RETURN' and \(own) order by 1
    """,
    "select 'event trigger ' || evtname || ' on ' || evtevent from pg_event_trigger order by 1",
    """
    select 'setting ' || coalesce(r.rolname, 'everybody') || ' ' || c
      from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole cross join unnest(s.setconfig) c
     where s.setdatabase = (select oid from pg_database where datname = current_database()) order by 1
    """,
    // Functions under the names of the server's own, which are taken in their place.
    """
    select 'function ' || p.oid::regprocedure || ' of nobody''s' from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('pg_catalog', 'information_schema') and (p.oid >= 16384
       or p.prolang not in (select l.oid from pg_language l where l.lanname in ('internal', 'c', 'sql')))
       and not exists (select from pg_depend d join pg_extension e on e.oid = d.refobjid and e.extname = 'plpgsql'
         where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_extension'::regclass)
     order by 1
    """,
    "select 'extension ' || extname from pg_extension where extname <> 'plpgsql' order by 1",
  ]

  /// What the logins of this program may never be, wherever it stands: read of the server, for the whole of it.
  private static let logins = """
    select 'login ' || rolname || ' is superuser, passes row security, makes logins or databases, or replicates'
      from pg_roles
     where (rolname like 'eq\\_%' or rolname = 'equipoise_owner')
       and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb
         or rolreplication and rolname <> '\(Login.backup)')
    union all
    select 'login ' || m.rolname || ' is a member of ' || g.rolname from pg_auth_members a
      join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
     where m.rolname like 'eq\\_%' or m.rolname = 'equipoise_owner'
       or (g.rolname like 'eq\\_%' or g.rolname = 'equipoise_owner') and not m.rolsuper
    union all
    select 'login ' || r.rolname || ' with ' || c
      from pg_db_role_setting s join pg_roles r on r.oid = s.setrole cross join unnest(s.setconfig) c
     where s.setdatabase = 0 and (r.rolname like 'eq\\_%' or r.rolname = 'equipoise_owner')
    order by 1
    """

  /// The description of a database, read as its superuser.
  ///
  /// - Parameter wholly: whether bodies that other minor versions of the server tell in other words are
  ///   described too, for comparing two databases of one server.
  public static func lines(
    on connection: Connection, wholly: Bool = false
  ) throws(DatabaseError) -> [String] {
    var found: [String] = []
    for query in queries + [functions(wholly: wholly)] + (wholly ? foreign : []) {
      found += try text(of: query, on: connection)
    }
    return found
  }

  /// What logins may do on this server that none of this program may.
  public static func unlawfulLogins(on connection: Connection) throws(DatabaseError) -> [String] {
    try text(of: logins, on: connection)
  }

  private static func text(
    of query: String, on connection: Connection
  ) throws(DatabaseError) -> [String] {
    try connection.execute(Statement(text: query)).map { row throws(DatabaseError) in
      try row.get(0) as String
    }
  }
}

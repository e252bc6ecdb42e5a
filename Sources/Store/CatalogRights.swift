public import Postgres

/// What the logins of this program could read of how many rows there are, from the catalogs and
/// statistics of the server, whatever rights they hold on the tables.
///
/// A login counts treatment forms by `pg_class.reltuples` or a size without reading one of them. A
/// superuser takes it away, once for each database: these things are nobody else's to give.
public struct CatalogRights: Sendable {
  private let configuration: ConnectionConfiguration

  /// - Parameter configuration: the database, with whatever login; only a superuser's can take away.
  public init(_ configuration: ConnectionConfiguration) { self.configuration = configuration }

  /// The statements that take it away, for a superuser to run in the database.
  public static var closingSQL: String {
    String(decoding: embeddedCatalogs().bytes, as: UTF8.self)
  }

  /// What is open to the logins, nothing where all of it is taken away.
  public func open() async throws -> [String] {
    try await once { connection in try Self.open(on: connection) }
  }

  /// Takes away what is open; a database where nothing is stays as it is.
  public func close() async throws {
    try await once { connection in
      if try Self.open(on: connection).isEmpty { return }
      try connection.script(Self.closingSQL)
    }
  }

  private func once<R: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> R
  ) async throws -> R {
    let pool = Pool(configuration: configuration, size: 1, reserve: 0, name: "catalogs")
    do {
      let value = try await pool.withConnection(.ordinary, deadline: .seconds(60), body)
      await pool.close()
      return value
    } catch {
      await pool.close()
      throw error
    }
  }

  static func open(on connection: Connection) throws(DatabaseError) -> [String] {
    let rows = try connection.execute(CatalogRightsSQL.open.statement)
    var found: [String] = []
    for row in rows { found.append(try row.get(0)) }
    return found
  }
}

enum CatalogRightsSQL: String, StatementSet {
  /// In the words of `catalogs.sql`, asked of every login but the owner, who reads every table.
  case open = """
    with logins as (
      select r.oid, r.rolname from pg_roles r where r.rolname like 'eq\\_%'),
    things as (
      select 'pg_class.' || a.attname as thing, l.rolname from logins l, pg_attribute a
       where a.attrelid = 'pg_catalog.pg_class'::regclass
         and a.attname ~ '^(rel(pages|tuples|all[a-z]+|frozenxid|minmxid|filenode))$'
         and has_column_privilege(l.oid, a.attrelid, a.attnum, 'select')
      union all
      select c.relname, l.rolname from logins l, pg_class c
       where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v'
         and c.relname ~ '^pg_(stat|locks$|prepared_xacts$|replication_|backend_memory|shmem_)'
         and has_any_column_privilege(l.oid, c.oid, 'select')
      union all
      select p.proname || '()', l.rolname from logins l, pg_proc p
       where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
         and (p.proname ~ '^pg_stat_get_|^pg_.*_size$|^pg_lock_status$|^pg_prepared_xact$|^pg_get_replication_slots$'
           or p.proname ~ '^(txid_|pg_current_(xact_id|snapshot|wal)|pg_last_(xact|wal|committed)|pg_xact_|pg_control_|pg_export_snapshot$)'
           or p.oid::regprocedure::text in ('age(xid)', 'mxid_age(xid)'))
         and p.proname <> 'pg_column_size' and has_function_privilege(l.oid, p.oid, 'execute'))
    select 'catalog ' || thing || ' is open to ' || string_agg(distinct rolname, ', ' order by rolname)
      from things group by thing order by 1
    """
}

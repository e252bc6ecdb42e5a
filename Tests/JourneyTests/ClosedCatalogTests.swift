import Foundation
import Postgres
import PostgresTestServer
import Store
import Testing

/// What catalogs and statistics tell of counts, tried as each login (decision 25).
@Suite(.serialized) struct ClosedCatalogTests {
  /// What a login could learn a count from, in words of this test: columns, views, functions.
  private static func attempts(_ direct: DirectSession) throws -> [String] {
    let columns = ["reltuples", "relpages", "relallvisible", "relfrozenxid", "relminmxid"].map {
      "select \($0) from pg_catalog.pg_class"
    }
    let views = try direct.lines(
      """
      select format('select * from pg_catalog.%I', viewname) from pg_views
       where schemaname = 'pg_catalog' and viewname ~ '^pg_stat|^pg_locks$' order by 1
      """)
    let functions = try direct.lines(
      """
      select format('select pg_catalog.%I(%s) from (select %s) v', proname,
          (select string_agg('v.a' || n, ', ' order by n) from unnest(proargtypes::oid[]) with ordinality a (t, n)),
          -- A value the planner does not know: a call with a plain null is never made.
          coalesce((select string_agg(format('null::%s as a%s', format_type(t, null), n), ', ' order by n)
                      from unnest(proargtypes::oid[]) with ordinality a (t, n)), '1') || ' offset 0')
        from pg_proc
       where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f'
         and (proname ~ '^pg_stat_get_' or proname in ('pg_relation_size', 'pg_table_size', 'pg_indexes_size',
           'pg_total_relation_size', 'pg_database_size', 'pg_tablespace_size', 'txid_current', 'txid_current_snapshot',
           'pg_current_xact_id', 'pg_current_snapshot', 'pg_current_wal_lsn', 'pg_current_wal_insert_lsn',
           'pg_lock_status', 'pg_export_snapshot', 'mxid_age'))
       order by 1
      """)
    #expect(views.count > 40 && functions.count > 100)
    return columns + views + functions + [
      "select age('3'::xid)",
      "select * from pg_class",
    ]
  }

  @Test(arguments: Login.allCases)
  func `REQ-081: no login reads from catalogs or statistics how many rows a table has`(
    login: Login
  ) async throws {
    try await ReferenceTrial.run { world in
      let whole = try world.direct()
      let direct = try world.direct(login.rawValue)
      for attempt in try Self.attempts(whole) {
        #expect(direct.refusal(of: attempt) == "42501", "\(attempt)")
      }
      // What the bridge and a comparison of schemas ask is still told.
      #expect(direct.refusal(of: "select oid::regclass, relkind, relname from pg_class") == nil)
      #expect(
        direct.refusal(of: "select 'open.entries'::regclass, to_regclass('open.sites')") == nil)
      #expect(direct.refusal(of: "select * from pg_settings") == nil)
      // By this many commits wait for the disk together.
      #expect(direct.refusal(of: "select pg_logical_emit_message(true, 'a', '')::text") == nil)
      #expect(direct.refusal(of: "select datname from pg_database") == nil)
    }
  }

  @Test func `what is open in a database no superuser closed is named, and closing ends it`()
    async throws
  {
    let server = try JourneyServer.shared()
    let database = try server.createDatabase(fromTemplate: "template0")
    defer { try? database.drop() }
    let rights = CatalogRights(database.configuration)
    let found = try await rights.open()
    for name in [
      "pg_class.reltuples", "pg_stat_user_tables", "pg_relation_size()", "txid_current()",
    ] {
      #expect(found.contains { $0.hasPrefix("catalog \(name) is open to eq_access") }, "\(name)")
    }
    let login = try DirectSession(
      connection: Connection(
        configuration: database.configuration.with("user", Login.open.rawValue)))
    #expect(login.refusal(of: "select reltuples from pg_class") == nil)
    // The owner of the database may look and may not take away.
    let owner = CatalogRights(database.configuration.with("user", Login.owner))
    #expect(try await owner.open() == found)
    await #expect(throws: DatabaseError.self) { try await owner.close() }
    #expect(try await rights.open() == found)
    try await rights.close()
    #expect(try await rights.open() == [])
    #expect(login.refusal(of: "select reltuples from pg_class") == "42501")
    // A second time changes nothing, and one right given back by hand is named.
    try await rights.close()
    try Connection(configuration: database.configuration).script(
      "grant execute on function pg_relation_size(regclass, text) to eq_rater")
    #expect(try await rights.open() == ["catalog pg_relation_size() is open to eq_rater"])
  }

  @Test func `a comparison of the schema names a catalog that was opened again`() async throws {
    let database = try JourneyServer.emptyDatabase()
    defer { try? database.drop() }
    _ = try await JourneyServer.migrator(of: database).migrate()
    #expect(try await SchemaComparison(database.configuration).differences() == [])
    try Connection(configuration: database.configuration).script(
      "grant select (reltuples) on pg_class to eq_outcome")
    #expect(
      try await SchemaComparison(database.configuration).differences().map(\.description)
        == ["not of this program: catalog pg_class.reltuples is open to eq_outcome"])
  }

  @Test func `a dump of a closed database comes back whole and as closed`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await Walk.ready(world)
      let server = try JourneyServer.shared()
      let other = try server.createDatabase(fromTemplate: "template0")
      defer { try? other.drop() }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = [
        "-c",
        """
        set -o pipefail; export PGHOST=\(server.directory) PGPORT=5432 PGUSER=equipoise
        "$(pg_config --bindir)/pg_dump" \(world.database.name) \
          | "$(pg_config --bindir)/psql" -q -v ON_ERROR_STOP=1 \(other.name) >/dev/null
        """,
      ]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(try await CatalogRights(other.configuration).open() == [])
      let databases = [world.database.configuration, other.configuration]
      let told = try databases.map { configuration in
        let connection = try Connection(configuration: configuration)
        let rows = try DirectSession(connection: connection).lines(
          "select e::text from open.entries e union all select p::text from open.participants p order by 1"
        )
        return try SchemaDescription.lines(on: connection) + rows
      }
      #expect(told[0].count > 500)
      #expect(Set(told[0]).symmetricDifference(told[1]) == [])
      let isSame = told[0] == told[1]
      #expect(isSame)
    }
  }
}

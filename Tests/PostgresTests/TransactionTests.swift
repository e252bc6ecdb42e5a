import CRelay
import Postgres
import PostgresTestServer
import Testing

@Suite struct TransactionTests {
  static let schema = """
    create table draws (id bigint primary key);
    create table lines (id bigint primary key,
      draw bigint constraint lines_belong_to_draws references draws deferrable initially deferred);
    """
  static let insert: Statement = "insert into draws values ($1)"

  private func connect(_ bench: Bench) throws -> Connection {
    try Connection(configuration: bench.database.configuration)
  }

  private func count(_ connection: Connection) throws -> Int {
    try connection.execute("select count(*) from draws")[0].get(0)
  }

  @Test func `two round trips begin, do and commit`() throws {
    let connection = try connect(Bench(schema: Self.schema))
    let first = try connection.begin([
      Query("select count(*) from draws"), Query(Self.insert, .int(1)),
    ])
    #expect(try first[0][0].get(0, as: Int.self) == 0)
    #expect(connection.inTransaction)
    let last = try connection.commit([
      Query(Self.insert, .int(2)), Query("select count(*) from draws"),
    ])
    #expect(try last[1][0].get(0, as: Int.self) == 2)
    #expect(last.count == 2)
    #expect(!connection.inTransaction)
  }

  @Test func `committing a failed transaction is told as undone`() throws {
    let connection = try connect(Bench(schema: Self.schema))
    try connection.begin([Query(Self.insert, .int(1))])
    #expect(refusal { try connection.execute(Self.insert, .int(1)) }?.state == .uniqueViolation)
    #expect(refusal { try connection.commit() } == .rolledBack)
    #expect(!connection.inTransaction)
    #expect(try count(connection) == 0)
  }

  @Test func `a failure in the last statements undoes all and says why`() throws {
    let connection = try connect(Bench(schema: Self.schema))
    try connection.begin([Query(Self.insert, .int(1))])
    #expect(
      refusal {
        try connection.commit([Query(Self.insert, .int(2)), Query(Self.insert, .int(1))])
      }?.state == .uniqueViolation)
    #expect(!connection.inTransaction)
    #expect(try count(connection) == 0)
  }

  @Test func `a rule checked only at the end refuses by its name`() throws {
    let connection = try connect(Bench(schema: Self.schema))
    let orphan: Statement = "insert into lines values (1, 99)"
    func constraint(_ error: DatabaseError?) -> String? {
      guard case .server(let fault) = error else { return nil }
      return fault.constraint
    }
    try connection.begin([Query(Self.insert, .int(1)), Query(orphan)])
    #expect(constraint(refusal { try connection.commit() }) == "lines_belong_to_draws")
    #expect(try count(connection) == 0)
    // A statement of its own, first prepared and then known, and a batch of its own.
    for _ in 0..<3 {
      #expect(constraint(refusal { try connection.execute(orphan) }) == "lines_belong_to_draws")
    }
    #expect(
      constraint(refusal { try connection.pipeline([Query(Self.insert, .int(1)), Query(orphan)]) })
        == "lines_belong_to_draws")
    #expect(try count(connection) == 0)
    #expect(!connection.isClosed)
  }

  @Test func `a failure in the first statements leaves no transaction open`() throws {
    let connection = try connect(Bench(schema: Self.schema))
    #expect(refusal { try connection.begin([Query("select 1/0")]) }?.state == "22012")
    #expect(!connection.inTransaction)
  }

  @Test func `a body that throws leaves nothing behind`() throws {
    struct Change: Error, Equatable {}
    let connection = try connect(Bench(schema: Self.schema))
    #expect(throws: Change()) {
      try connection.transaction([Query(Self.insert, .int(1))]) { connection, _ in
        try connection.execute(Self.insert, .int(2))
        throw Change()
      }
    }
    #expect(try count(connection) == 0)
    let value = try connection.transaction { connection, _ in
      try connection.commit([Query(Self.insert, .int(3))])
      return 7
    }
    #expect(value == 7)
    #expect(try count(connection) == 1)
  }

  @Test func `a transaction is neither begun twice nor ended behind the back`() throws {
    let connection = try connect(Bench(schema: Self.schema))
    #expect(refusal { try connection.commit() } == .transactionMisuse)
    try connection.begin([Query(Self.insert, .int(1))])
    #expect(refusal { try connection.begin() } == .transactionMisuse)
    #expect(refusal { try connection.execute("commit") } == .transactionMisuse)
  }

  @Test func `a snapshot sees one state and changes nothing`() throws {
    let bench = try Bench(schema: Self.schema)
    let (reader, writer) = (try connect(bench), try connect(bench))
    try reader.begin([Query("select count(*) from draws")], mode: .snapshot)
    try writer.execute(Self.insert, .int(1))
    #expect(try count(reader) == 0)
    #expect(refusal { try reader.execute(Self.insert, .int(2)) }?.state == .readOnlyTransaction)
    reader.rollback()
    #expect(try count(reader) == 1)
  }

  @Test func `a warning while committing makes the outcome unknown`() throws {
    let connection = try connect(
      Bench(
        schema: Self.schema + """
          create function remark() returns trigger language plpgsql as
            $$ begin raise warning 'the standby did not answer'; return null; end $$;
          create constraint trigger remarks after insert on draws deferrable initially deferred
            for each row execute function remark();
          """))
    try connection.begin([Query(Self.insert, .int(1))])
    #expect(refusal { try connection.commit() } == .commitUnknown)
    #expect(try count(connection) == 1)
  }

  @Test func `cut at every byte of a transaction, the outcome told is never wrong`() throws {
    let server = try PostgresTestServer.shared()
    let bench = try Bench(schema: Self.schema)
    let path = server.directory + "/relay"
    #expect(
      unsafe relay_start(0, path + "/.s.PGSQL.5432", server.directory + "/.s.PGSQL.5432") != 0)
    try server.makeDirectory(path)
    #expect(
      unsafe relay_start(0, path + "/.s.PGSQL.5432", server.directory + "/.s.PGSQL.5432") == 0)
    let configuration = bench.database.configuration.with("host", path)
    var number: Int64 = 0
    var failed: [Int64] = []
    var (committed, unknown) = (0, 0)

    func attempt(_ toServer: Int64, _ toClient: Int64) throws {
      relay_arm(0, -1, -1)
      let connection = try Connection(configuration: configuration)
      number += 1
      relay_arm(0, toServer, toClient)
      do throws(DatabaseError) {
        try connection.begin([Query("select id from draws where id = 0 for update")])
        try connection.commit([Query(Self.insert, .int(number))])
        committed += 1
        let direct = try Connection(configuration: bench.database.configuration)
        #expect(try direct.execute("select id from draws where id = $1", .int(number)).count == 1)
      } catch {
        switch error {
        case .commitUnknown: unknown += 1
        case .connectionFailed(.lost): failed.append(number)
        default: Issue.record("\(error)")
        }
      }
      connection.close()
    }

    try attempt(-1, -1)
    let (up, down) = (relay_sent_to_server(0), relay_sent_to_client(0))
    #expect(committed == 1 && up > 200 && down > 100)
    for bytes in 0..<up { try attempt(bytes, -1) }
    for bytes in 0..<down { try attempt(-1, bytes) }
    let direct = try connect(bench)
    // Sessions whose line was cut may still be at work; a lock that conflicts with theirs waits.
    try direct.script("begin; lock table draws in access exclusive mode; commit")
    let appeared = try direct.execute("select id from draws where id = any($1)", .intArray(failed))
    #expect(appeared.isEmpty)
    #expect(failed.count > 100 && unknown > 100)
    #expect(committed >= 1)
    print(
      "cut line: \(failed.count) told as not stored, \(unknown) unknown, \(committed) committed")
  }
}

/// Servers that are killed are not shared.
@Suite(.serialized) struct LostServerTests {
  private func begin(
    _ pool: Pool, _ id: Int64, deadline: Duration = .seconds(30)
  ) -> Task<DatabaseError?, Never> {
    Task {
      await asyncRefusal {
        try await pool.withConnection(deadline: deadline) { connection in
          try connection.begin()
          try connection.commit([Query("insert into draws values ($1)", .int(id))])
        }
      }
    }
  }

  private func waiting(_ watcher: Connection, _ event: String) throws -> Int64? {
    try watcher.execute("select pid from pg_stat_activity where wait_event = $1", .text(event))
      .first?.get(0, as: Int64.self)
  }

  private func pid(_ watcher: Connection, _ event: String) async throws -> Int64 {
    var found: Int64?
    try await eventually("a session waits for \(event)") {
      found = try waiting(watcher, event)
      return found != nil
    }
    return try #require(found)
  }

  @Test func `a commit whose standby is silent is unknown, however the wait ends`() async throws {
    let server = try PostgresTestServer(settings: ["synchronous_standby_names = 'nobody'"])
    let pool = Pool(configuration: server.configuration(), size: 2)
    let watcher = try Connection(configuration: server.configuration())
    try watcher.script("set synchronous_commit = local; create table draws (id bigint primary key)")

    var outcome = begin(pool, 1)
    try watcher.execute(
      "select pg_cancel_backend($1::int)", .int(try await pid(watcher, "SyncRep")))
    #expect(await outcome.value == .commitUnknown)

    outcome = begin(pool, 2)
    try watcher.execute(
      "select pg_terminate_backend($1::int)", .int(try await pid(watcher, "SyncRep")))
    #expect(await outcome.value == .commitUnknown)

    // Its own deadline: the commit is not cancelled, the connection is closed.
    let closedBefore = pool.statistics.closed
    outcome = begin(pool, 3, deadline: .milliseconds(300))
    #expect(await outcome.value == .commitUnknown)
    try await eventually("the connection is closed") { pool.statistics.closed == closedBefore + 1 }
    // The server goes on waiting, since nobody told it to stop.
    try watcher.execute(
      "select pg_cancel_backend($1::int)", .int(try await pid(watcher, "SyncRep")))
    try await eventually("nobody waits") { try waiting(watcher, "SyncRep") == nil }

    // A cancelled task does not cancel its commit.
    outcome = begin(pool, 4)
    let session = try await pid(watcher, "SyncRep")
    outcome.cancel()
    try watcher.execute("select pg_sleep(0.2)")
    #expect(try waiting(watcher, "SyncRep") != nil)
    try watcher.execute("select pg_cancel_backend($1::int)", .int(session))
    #expect(await outcome.value == .commitUnknown)

    // A statement that is a transaction of its own, cancelled by its deadline while it waits.
    let alone = await asyncRefusal {
      try await pool.withConnection(deadline: .milliseconds(300)) { connection in
        try connection.execute("insert into draws values (5)")
      }
    }
    #expect(alone == .commitUnknown)
    #expect(
      try watcher.execute("select id from draws order by id").map { try $0.get(0, as: Int.self) }
        == [1, 2, 3, 4, 5])
    await pool.close()
    server.stop()
  }

  @Test func `a server killed while a commit is in flight leaves the outcome unknown`() async throws
  {
    let server = try PostgresTestServer(settings: ["fsync = on"])
    let pool = Pool(configuration: server.configuration(), size: 2)
    let setUp = try Connection(configuration: server.configuration())
    try setUp.script(
      """
      create table draws (id bigint primary key);
      create function dawdle() returns trigger language plpgsql as
        $$ begin perform pg_sleep(30); return null; end $$;
      create constraint trigger dawdles after insert on draws deferrable initially deferred
        for each row execute function dawdle();
      """)
    let outcome = begin(pool, 1)
    _ = try await pid(setUp, "PgSleep")
    try server.kill()
    #expect(await outcome.value == .commitUnknown)
    // While there is no server the pool tries until the deadline, and then says why.
    let refused = await asyncRefusal {
      try await pool.withConnection(deadline: .milliseconds(300)) { try $0.execute("select 1") }
    }
    #expect(refused == .connectionFailed(.refused))
    await pool.close()
    server.stop()
  }

  @Test func `a backend killed in the middle of a transaction is told as not stored`() async throws
  {
    let server = try PostgresTestServer()
    let pool = Pool(configuration: server.configuration(), size: 2)
    let watcher = try Connection(configuration: server.configuration())
    try watcher.script("create table draws (id bigint primary key)")
    let work = Task {
      await asyncRefusal {
        try await pool.withConnection { connection in
          try connection.transaction([Query("insert into draws values (1)")]) { connection, _ in
            try connection.execute("select pg_sleep(30)")
          }
        }
      }
    }
    let session = try await pid(watcher, "PgSleep")
    try server.killProcess(Int32(session))
    #expect(await work.value == .connectionFailed(.lost))
    // The server starts again by itself, and the pool finds it.
    let count = try await pool.withConnection(deadline: .seconds(30)) { connection in
      try connection.execute("select count(*) from draws")[0].get(0, as: Int.self)
    }
    #expect(count == 0)
    await pool.close()
    server.stop()
  }
}

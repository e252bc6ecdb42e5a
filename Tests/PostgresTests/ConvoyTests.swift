import CRelay
import Postgres
import PostgresTestServer
import Synchronization
import Testing

private let schema = """
  create table notes (id bigint primary key, other bigint,
    constraint other_is_known foreign key (other) references notes deferrable initially deferred)
  """

/// What several tasks note at once.
private final class Notes: Sendable {
  private let numbers = Mutex<[Int64]>([])

  func append(_ number: Int64) { numbers.withLock { $0.append(number) } }

  var all: [Int64] { numbers.withLock { $0 } }
}

/// What the caller of a statement was told, by the number it wrote.
private typealias Told = [Int64: Result<String, DatabaseError>]

/// Sends all while nobody is served, so that they travel together as soon as somebody is.
///
/// `before` runs when all wait, on the thread of the connection they will take.
private func together(
  _ statements: [(Int64, Statement)], on pool: Pool, deadline: Duration = .seconds(20),
  before: @escaping @Sendable (Connection) throws -> Void = { _ in }
) async throws -> Told {
  let sent = Notes()
  return try await withThrowingTaskGroup(of: (Int64, Result<String, DatabaseError>)?.self) {
    group in
    group.addTask {
      try await pool.withConnection { connection in
        while sent.all.count < statements.count {
          try connection.execute("select pg_sleep(0.001)")
        }
        // The last of them has said so just before it was sent.
        try connection.execute("select pg_sleep(0.05)")
        try before(connection)
      }
      return nil
    }
    try await eventually("the connection is taken") { pool.statistics.busy == 1 }
    for (number, statement) in statements {
      group.addTask(executorPreference: Crew.shared) {
        sent.append(number)
        do {
          let parameters = statement.text.contains("$1") ? [SQLValue.int(number)] : []
          let rows = try await pool.execute(
            statement, parameters: parameters, deadline: deadline)
          return (number, .success(try rows.first?.get(0, as: String.self) ?? ""))
        } catch let error as DatabaseError {
          return (number, .failure(error))
        }
      }
    }
    return try await group.reduce(into: Told()) { told, one in
      if let (number, outcome) = one { told[number] = outcome }
    }
  }
}

private func stored(_ bench: Bench) throws -> Set<Int64> {
  let direct = try Connection(configuration: bench.database.configuration)
  // Sessions that were cut off may still be at work; a lock that conflicts with theirs waits.
  try direct.script("begin; lock table notes in access exclusive mode; commit")
  return Set(try direct.execute("select id from notes").map { try $0.get(0, as: Int64.self) })
}

private let insert: Statement = """
  insert into notes values ($1)
  returning pg_current_xact_id()::text || ' ' || current_setting('synchronous_commit')
  """

/// Statements of several callers that share one wait for the disk.
@Suite struct ConvoyTests {
  @Test func `each statement is a transaction of its own, and the wait for the disk comes back`()
    async throws
  {
    let bench = try Bench(size: 1, schema: schema)
    let told = try await together((1...40).map { ($0, insert) }, on: bench.pool)
    let answers = try told.values.map { try $0.get().split(separator: " ") }
    #expect(Set(answers.map { $0[0] }).count == 40)
    #expect(answers.contains { $0[1] == "off" })
    #expect(try stored(bench).count == 40)
    let alone = try await bench.pool.execute(insert, .int(99))
    #expect(try alone[0].get(0, as: String.self).hasSuffix(" on"))
    #expect(bench.pool.statistics.opened == 1)
    await bench.pool.close()
  }

  @Test func `one that fails fails alone, at its statement, at its end or at its preparation`()
    async throws
  {
    let bench = try Bench(size: 1, schema: schema)
    let twice: Statement = "insert into notes select 1 + $1 * 0 returning ''"
    let orphan: Statement = "insert into notes values ($1, -1) returning ''"
    let absent: Statement = "insert into nowhere values ($1)"
    let told = try await together(
      (1...40).map { number in
        (Int64(number), [2: twice, 4: orphan, 6: absent][number % 8] ?? insert)
      }, on: bench.pool)
    let kept = try stored(bench)
    for (number, outcome) in told {
      switch (number % 8, outcome) {
      case (2, .failure(let error)): #expect(error.state == SQLState(rawValue: "23505"))
      case (4, .failure(let error)): #expect(error.state == SQLState(rawValue: "23503"))
      case (6, .failure(let error)): #expect(error.state == SQLState(rawValue: "42P01"))
      // A statement that comes before number 1 itself takes its place.
      case (2, .success), (1, .failure): #expect(kept.contains(1))
      case (_, .success): #expect(kept.contains(number))
      default: Issue.record("\(number): \(outcome)")
      }
    }
    #expect(told.count == 40)
    #expect(kept.isDisjoint(with: [4, 12, 20, 28, 36]))
    #expect(bench.pool.statistics.opened == 1)
    await bench.pool.close()
  }

  @Test
  func
    `when their session ends nobody is told that it is stored, and whoever is told not is right`()
    async throws
  {
    let bench = try Bench(size: 1, schema: schema)
    let end: Statement = "select pg_terminate_backend(pg_backend_pid())::text || $1"
    let told = try await together(
      (1...40).map { ($0, $0 == 20 || $0 == 21 ? end : insert) }, on: bench.pool)
    let kept = try stored(bench)
    let unknown = told.filter { $0.value == .failure(.commitUnknown) }
    for (number, outcome) in told where outcome != .failure(.commitUnknown) {
      // The other half went on another connection, after this one was gone.
      switch outcome {
      case .success: #expect(kept.contains(number))
      case .failure(let error):
        #expect(error == .connectionFailed(.lost) && !kept.contains(number))
      }
    }
    #expect(told.count == 40 && unknown.count >= 10)
    // Some of them were stored before the session ended, and yet nobody knew.
    #expect(!kept.isDisjoint(with: unknown.keys))
    #expect(
      try await bench.pool.execute(insert, .int(99))[0].get(0, as: String.self).hasSuffix(" on"))
    await bench.pool.close()
  }

  @Test func `whoever waits for a lock is told at the deadline, and nobody is told wrongly`()
    async throws
  {
    let bench = try Bench(size: 1, schema: schema)
    let other = try Connection(configuration: bench.database.configuration)
    try other.begin()
    try other.execute("insert into notes values (13)")
    let told = try await together(
      (1...40).map { ($0, insert) }, on: bench.pool, deadline: .seconds(1))
    try other.commit()
    let kept = try stored(bench)
    for (number, outcome) in told {
      switch outcome {
      case .success: #expect(kept.contains(number))
      case .failure(.deadlineExceeded): #expect(!kept.contains(number) || number == 13)
      case .failure(.commitUnknown): break
      case .failure(let error): Issue.record("\(number): \(error)")
      }
    }
    #expect(told[13] != nil && (try? told[13]?.get()) == nil)
    await bench.pool.close()
  }

  @Test func `a statement that begins a transaction makes nobody believe in it`() async throws {
    let bench = try Bench(size: 1, schema: schema)
    let sent = try await together(
      (1...40).map { ($0, $0 == 20 || $0 == 21 ? "begin" : insert) }, on: bench.pool)
    let kept = try stored(bench)
    for (number, outcome) in sent {
      if case .success = outcome { #expect(kept.contains(number)) }
    }
    // Whoever came after it was in a transaction that nobody ends.
    #expect(kept.count < 38)
    await bench.pool.close()
  }

  @Test func `a changed table surprises none of them`() async throws {
    let bench = try Bench(size: 1, schema: "create table notes (id bigint)")
    let all: Statement = "insert into notes values ($1) returning *"
    _ = try await together((1...20).map { ($0, all) }, on: bench.pool)
    try Connection(configuration: bench.database.configuration)
      .script("alter table notes alter column id type text")
    let told = try await together(
      (1...20).map { ($0, "insert into notes values ($1::bigint::text) returning *") },
      on: bench.pool)
    _ = try await together((1...20).map { ($0, all) }, on: bench.pool)
    #expect(told.values.allSatisfy { if case .success = $0 { true } else { false } })
    await bench.pool.close()
  }

  @Test func `cut anywhere in a convoy, the outcome told is never wrong`() async throws {
    let server = try PostgresTestServer.shared()
    let bench = try Bench(size: 1, schema: schema)
    let path = server.directory + "/convoy"
    try server.makeDirectory(path)
    #expect(
      unsafe relay_start(1, path + "/.s.PGSQL.5432", server.directory + "/.s.PGSQL.5432") == 0)
    let configuration = bench.database.configuration.with("host", path)
    var next: Int64 = 0
    var (told, failed): (Set<Int64>, Set<Int64>) = ([], [])
    var unknown = 0
    var (up, down): (Int64, Int64) = (0, 0)

    func attempt(_ toServer: Int64, _ toClient: Int64) async throws {
      relay_arm(1, -1, -1)
      let pool = Pool(configuration: configuration, size: 1)
      let numbers = (next + 1)...(next + 6)
      next += 6
      let outcomes = try await together(
        numbers.map { ($0, insert) }, on: pool, deadline: .milliseconds(400),
        before: { _ in relay_arm(1, toServer, toClient) })
      for (number, outcome) in outcomes {
        switch outcome {
        case .success: told.insert(number)
        case .failure(.commitUnknown): unknown += 1
        default: failed.insert(number)
        }
      }
      (up, down) = (max(up, relay_sent_to_server(1)), max(down, relay_sent_to_client(1)))
      relay_arm(1, -1, -1)
      await pool.close()
    }

    try await attempt(-1, -1)
    #expect(told.count == 6 && up > 600 && down > 300)
    for bytes in stride(from: Int64(0), to: up, by: 37) { try await attempt(bytes, -1) }
    for bytes in stride(from: Int64(0), to: down, by: 31) { try await attempt(-1, bytes) }
    let kept = try stored(bench)
    #expect(told.isSubset(of: kept))
    #expect(failed.isDisjoint(with: kept))
    #expect(unknown > 50)
    print("cut convoy: \(told.count) stored, \(failed.count) not stored, \(unknown) unknown")
    await bench.pool.close()
  }
}

/// Servers that are killed are not shared.
@Suite(.serialized) struct LostConvoyTests {
  @Test func `what was told as stored is there after the server was killed`() async throws {
    // The log is written by nobody but those who wait for it.
    let server = try PostgresTestServer(settings: ["fsync = on", "wal_writer_delay = 10s"])
    let setUp = try Connection(configuration: server.configuration())
    try setUp.script(schema)
    let pool = Pool(configuration: server.configuration(), size: 4)
    let victim = Int32(setUp.backendIdentifier)
    let (told, travelled) = (Notes(), Notes())
    await withTaskGroup(of: Void.self) { group in
      for writer in Int64(0)..<32 {
        group.addTask(executorPreference: Crew.shared) {
          for number in Int64(0)..<100_000 {
            let id = writer * 1_000_000 + number
            guard let rows = try? await pool.execute(insert, .int(id), deadline: .seconds(2)),
              let text = try? rows.first?.get(0, as: String.self)
            else { return }
            if text.hasSuffix("off") { travelled.append(id) }
            told.append(id)
          }
        }
      }
      group.addTask {
        try? await eventually("enough is written") { told.all.count > 2000 }
        try? server.killProcess(victim)
      }
    }
    // Open until here: the server that is killed must still have it.
    setUp.close()
    await pool.close()
    var kept: Set<Int64> = []
    try await eventually("the server is back") {
      guard let after = try? Connection(configuration: server.configuration()) else { return false }
      kept = Set(try after.execute("select id from notes").map { try $0.get(0, as: Int64.self) })
      return true
    }
    #expect(told.all.count > 2000 && travelled.all.count > 1000)
    #expect(Set(told.all).subtracting(kept).isEmpty)
    server.stop()
  }
}

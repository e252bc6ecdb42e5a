import Foundation
import Postgres
import PostgresTestServer
import Synchronization
import Testing

@Suite struct PoolTests {
  @Test func `units of work share a bounded number of connections`() async throws {
    let bench = try Bench(size: 3)
    let pool = bench.pool
    let sessions = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 {
        group.addTask {
          try await pool.withConnection { connection in
            try connection.execute("select pg_sleep(0.001)")
            return connection.backendIdentifier
          }
        }
      }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(sessions.count <= 3)
    #expect(pool.statistics.served == 200)
    await pool.close()
    try await eventually("all sessions have ended") { try bench.otherSessions() == 0 }
  }

  @Test func `those who wait are served in the order in which they came`() async throws {
    let bench = try Bench(size: 1)
    let pool = bench.pool
    let order = Order()
    let gate = Gate()
    let first = Task { try await pool.withConnection { _ in gate.wait() } }
    try await eventually("the connection is taken") { pool.statistics.busy == 1 }
    var waiters: [Task<Void, any Error>] = []
    for number in 0..<20 {
      waiters.append(Task { try await pool.withConnection { _ in order.add(number) } })
      try await eventually("the next waits") { pool.statistics.waiting == number + 1 }
    }
    gate.open()
    try await first.value
    for waiter in waiters { try await waiter.value }
    #expect(order.numbers == Array(0..<20))
    await pool.close()
  }

  @Test func `the reserve is for allocations only`() async throws {
    let bench = try Bench(size: 3, reserve: 1)
    let pool = bench.pool
    // All three connections are open and warm before the ordinary work comes.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 {
        group.addTask {
          _ = try await pool.withConnection(.allocation) { try $0.execute("select pg_sleep(0.2)") }
        }
      }
      try await group.waitForAll()
    }
    #expect(pool.statistics.open == 3)
    let gate = Gate()
    let busy = (0..<2).map { _ in Task { try await pool.withConnection { _ in gate.wait() } } }
    try await eventually("both ordinary connections are taken") { pool.statistics.busy == 2 }
    let refused = await asyncRefusal {
      try await pool.withConnection(deadline: .milliseconds(100)) { _ in }
    }
    #expect(refused == .deadlineExceeded)
    let answer = try await pool.withConnection(.allocation) { connection in
      try connection.execute("select 5")[0].get(0, as: Int.self)
    }
    #expect(answer == 5)
    gate.open()
    for task in busy { try await task.value }
    // Once free, all ordinary connections serve again.
    try await pool.withConnection { try $0.execute("select 1") }
    await pool.close()
  }

  @Test func `a statement that outlasts its deadline is stopped and the connection kept`()
    async throws
  {
    let bench = try Bench(size: 1)
    let pool = bench.pool
    let session = try await pool.withConnection { $0.backendIdentifier }
    let error = await asyncRefusal {
      try await pool.withConnection(deadline: .milliseconds(100)) { connection in
        try connection.begin()
        try connection.execute("select pg_sleep(60)")
      }
    }
    #expect(error == .deadlineExceeded)
    let after = try await pool.withConnection { connection in
      #expect(!connection.inTransaction)
      return connection.backendIdentifier
    }
    #expect(after == session)
    await pool.close()
  }

  @Test func `a body that goes on after its deadline stores nothing`() async throws {
    let bench = try Bench(size: 1, schema: "create table t (a int)")
    let error = await asyncRefusal {
      try await bench.pool.withConnection(deadline: .milliseconds(100)) { connection in
        try connection.begin([Query("insert into t values (1)")])
        _ = try? connection.execute("select pg_sleep(60)")
        try connection.commit()
      }
    }
    #expect(error == .deadlineExceeded)
    let count = try await bench.pool.withConnection { try $0.execute("select * from t").count }
    #expect(count == 0)
    await bench.pool.close()
  }

  @Test func `ten thousand cancelled statements leave no connection behind`() async throws {
    let bench = try Bench(size: 8)
    let pool = bench.pool
    var cancelled = 0
    for round in 0..<100 {
      let tasks = (0..<100).map { number in
        Task {
          await asyncRefusal {
            try await pool.withConnection(deadline: .seconds(60)) { connection in
              try connection.execute("select pg_sleep(60)")
            }
          }
        }
      }
      // Some are cancelled while they run, some while they wait, some before they begin.
      if round % 4 != 0 {
        try await eventually("all connections are at work") { pool.statistics.busy == 8 }
      }
      for task in tasks { task.cancel() }
      for task in tasks where await task.value == .cancelled { cancelled += 1 }
    }
    #expect(cancelled == 10_000)
    try await eventually("all are idle") { pool.statistics.busy == 0 }
    let statistics = pool.statistics
    #expect(statistics.waiting == 0)
    #expect(statistics.opened - statistics.closed == UInt64(statistics.open))
    #expect(statistics.open <= 8)
    #expect(try bench.otherSessions() == statistics.open)
    let answers = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<100 {
        group.addTask {
          try await pool.withConnection {
            try $0.execute("select $1::bigint", .int(Int64(number)))[0].get(0)
          }
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(answers == 4950)
    await pool.close()
    try await eventually("all sessions have ended") { try bench.otherSessions() == 0 }
    print("cancelled: \(cancelled), connections opened: \(statistics.opened)")
  }

  @Test func `a transaction left open is undone and told as a fault`() async throws {
    let bench = try Bench(size: 1, schema: "create table t (a int)")
    let error = await asyncRefusal {
      try await bench.pool.withConnection { try $0.begin([Query("insert into t values (1)")]) }
    }
    #expect(error == .transactionMisuse)
    #expect(try await bench.pool.withConnection { try $0.execute("select * from t").count } == 0)
    await bench.pool.close()
  }

  @Test func `a session ended by the administrator is replaced unseen`() async throws {
    let bench = try Bench(size: 2)
    let session = try await bench.pool.withConnection { $0.backendIdentifier }
    let administrator = try Connection(configuration: bench.database.configuration)
    try administrator.execute("select pg_terminate_backend($1::int, 5000)", .int(Int64(session)))
    let next = try await bench.pool.withConnection { connection in
      try connection.execute("select 1")
      return connection.backendIdentifier
    }
    #expect(next != session)
    await bench.pool.close()
  }

  @Test func `a closed pool refuses, stops what runs and tells those who wait`() async throws {
    let bench = try Bench(size: 1)
    let pool = bench.pool
    let running = Task {
      await asyncRefusal { try await pool.withConnection { try $0.execute("select pg_sleep(60)") } }
    }
    try await eventually("it runs") { pool.statistics.busy == 1 }
    let waiting = Task {
      await asyncRefusal { try await pool.withConnection { try $0.execute("select 1") } }
    }
    try await eventually("one waits") { pool.statistics.waiting == 1 }
    await pool.close()
    #expect(await running.value == .poolClosed)
    #expect(await waiting.value == .poolClosed)
    #expect(await asyncRefusal { try await pool.withConnection { _ in } } == .poolClosed)
    #expect(pool.statistics.open == 0)
  }

  @Test func `a pool that is let go closes its connections`() async throws {
    let bench = try Bench(size: 1)
    do {
      let pool = Pool(configuration: bench.database.configuration, size: 2)
      try await pool.withConnection { try $0.execute("select 1") }
      #expect(try bench.otherSessions() == 1)
    }
    try await eventually("the session has ended") { try bench.otherSessions() == 0 }
  }

  @Test func `a wrong login or database is told at once`() async throws {
    let server = try PostgresTestServer.shared()
    let nowhere = Pool(configuration: server.configuration(database: "nowhere"), size: 2)
    #expect(
      await asyncRefusal { try await nowhere.withConnection { _ in } }
        == .connectionFailed(.unknownDatabase))
    let nobody = Pool(configuration: server.configuration().with("user", "nobody"), size: 2)
    #expect(
      await asyncRefusal { try await nobody.withConnection { _ in } }
        == .connectionFailed(.authentication))
    await nowhere.close()
    await nobody.close()
  }

  @Test func `a session that would confirm what is not on disk is not used`() async throws {
    let server = try PostgresTestServer.shared()
    for setting in ["off", "local", "remote_write"] {
      let weak = server.configuration().with("options", "-c synchronous_commit=\(setting)")
      #expect(refusal { _ = try Connection(configuration: weak) } == .connectionFailed(.notDurable))
    }
    let strong = server.configuration().with("options", "-c synchronous_commit=remote_apply")
    #expect(try Connection(configuration: strong).execute("select 1").count == 1)
    let mute = server.configuration().with("options", "-c client_min_messages=error")
    let level = try Connection(configuration: mute).execute("show client_min_messages")
    #expect(try level[0].get(0, as: String.self) == "warning")
  }
}

/// Holds threads back until it is opened.
final class Gate: Sendable {
  private let isOpen = Mutex(false)
  func open() { isOpen.withLock { $0 = true } }
  /// Sleeps between looks: a thread that only looked would take a core from every other test.
  func wait() { while !isOpen.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.001) } }
}

/// Who was served when.
final class Order: Sendable {
  private let served = Mutex<[Int]>([])
  var numbers: [Int] { served.withLock { $0 } }
  func add(_ number: Int) { served.withLock { $0.append(number) } }
}

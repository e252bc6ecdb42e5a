import Postgres
import PostgresTestServer
import Synchronization
import Testing

/// Statements that tasks send through the threads of the crew.
@Suite struct CrewTests {
  @Test func `statements that only read travel together, and each caller has its own rows`()
    async throws
  {
    let bench = try Bench(size: 3)
    let pool = bench.pool
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask(executorPreference: number % 2 == 0 ? Crew.shared : nil) {
          let rows = try await pool.read("select $1::bigint * 2", .int(Int64(number)))
          #expect(try rows[0].get(0, as: Int64.self) == Int64(number * 2))
        }
      }
      try await group.waitForAll()
    }
    #expect(pool.statistics.opened <= 3)
    await pool.close()
    try await eventually("all sessions have ended") { try bench.otherSessions() == 0 }
  }

  @Test func `a statement that fails does not harm those that travel with it`() async throws {
    let bench = try Bench(size: 1)
    let pool = bench.pool
    let outcomes = try await withThrowingTaskGroup(of: (Int64, Int64?, SQLState?).self) { group in
      for number in Int64(0)..<60 {
        group.addTask(executorPreference: Crew.shared) {
          do {
            let rows = try await pool.read("select 60 / ($1::bigint % 7)", .int(number))
            return (number, try rows[0].get(0, as: Int64.self), nil)
          } catch let error as DatabaseError {
            return (number, nil, error.state)
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (number, answer, state) in outcomes {
      #expect(answer == (number % 7 == 0 ? nil : 60 / (number % 7)))
      #expect(state == (number % 7 == 0 ? SQLState(rawValue: "22012") : nil))
    }
    await pool.close()
  }

  @Test func `a statement that writes is refused where only reading is allowed`() async throws {
    let bench = try Bench(schema: "create table notes (id bigint)")
    let refusal = await asyncRefusal {
      try await bench.pool.read("insert into notes values (1)")
    }
    #expect(refusal?.state == .readOnlyTransaction)
    let rows = try await bench.pool.read("select count(*) from notes")
    #expect(try rows[0].get(0, as: Int64.self) == 0)
    await bench.pool.close()
  }

  @Test func `what a transaction reads decides what it writes`() async throws {
    let bench = try Bench(
      schema:
        "create table counters (id bigint primary key, n bigint); insert into counters values (1, 0)"
    )
    let pool = bench.pool
    try await withThrowingTaskGroup(of: Int64.self) { group in
      for _ in 0..<100 {
        group.addTask(executorPreference: Crew.shared) { try await bench.count() }
      }
      let seen = try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
      #expect(seen == Set(1...100))
    }
    let rows = try await pool.read("select n from counters")
    #expect(try rows[0].get(0, as: Int64.self) == 100)
    await pool.close()
  }

  @Test func `a transaction that is abandoned or whose decision fails stores nothing`()
    async throws
  {
    struct Objection: Error {}
    let bench = try Bench(size: 1, schema: "create table notes (id bigint)")
    let pool = bench.pool
    let insert = Query("insert into notes values (1)")
    let answer = try await pool.transaction([insert]) { _, _ in Decision.abandon(7) }
    #expect(answer == 7)
    await #expect(throws: Objection.self) {
      try await pool.transaction([insert]) { _, _ -> Decision<Int> in throw Objection() }
    }
    let refused = await asyncRefusal {
      try await pool.transaction([insert]) { _, _ in
        Decision.commit([Query("insert into nothing values (1)")], 1)
      }
    }
    #expect(refused?.state == SQLState(rawValue: "42P01"))
    let rows = try await pool.read("select count(*) from notes")
    #expect(try rows[0].get(0, as: Int64.self) == 0)
    #expect(pool.statistics.opened == 1)
    await pool.close()
  }

  @Test func `one who waits for a lock too long is told, and the connection stays usable`()
    async throws
  {
    let bench = try Bench(
      size: 2,
      schema:
        "create table counters (id bigint primary key, n bigint); insert into counters values (1, 0)"
    )
    let holder = try Connection(configuration: bench.database.configuration)
    try holder.begin([Query("select n from counters where id = 1 for update")])
    let late = await asyncRefusal {
      try await bench.pool.transaction(
        [Query("update counters set n = n + 1 where id = 1")], deadline: .milliseconds(200)
      ) { _, _ in Decision.commit([], ()) }
    }
    #expect(late == .deadlineExceeded)
    holder.rollback()
    #expect(try await bench.count() == 1)
    let opened = bench.pool.statistics.opened
    #expect(opened <= 2)
    await bench.pool.close()
  }

  @Test func `others are answered while one waits for a lock`() async throws {
    let bench = try Bench(
      size: 2,
      schema:
        "create table counters (id bigint primary key, n bigint); insert into counters values (1, 0)"
    )
    let pool = bench.pool
    let holder = try Connection(configuration: bench.database.configuration)
    try holder.begin([Query("select n from counters where id = 1 for update")])
    let watcher = try Connection(configuration: bench.database.configuration)
    let waiter = Task(executorPreference: Crew.shared) { try await bench.count() }
    try await eventually("it waits for the lock") {
      try watcher.execute(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
      )[0].get(0, as: Int64.self) == 1
    }
    for number in Int64(0)..<50 {
      let rows = try await pool.read("select $1::bigint", .int(number), deadline: .seconds(900))
      #expect(try rows[0].get(0, as: Int64.self) == number)
    }
    holder.rollback()
    #expect(try await waiter.value == 1)
    await pool.close()
  }

  @Test func `a session that ends during the commit leaves its outcome unknown`() async throws {
    let bench = try Bench(
      size: 1,
      schema: """
        create table notes (id bigint);
        create function slow() returns trigger language plpgsql as
          $$ begin perform pg_sleep(30); return null; end $$;
        create constraint trigger slow after insert on notes deferrable initially deferred
          for each row execute function slow()
        """)
    let pool = bench.pool
    let task = Task {
      await asyncRefusal {
        try await pool.transaction([]) { _, _ in
          Decision.commit([Query("insert into notes values (1)")], ())
        }
      }
    }
    let other = try Connection(configuration: bench.database.configuration)
    try await eventually("it commits") {
      try other.execute(
        "select count(*) from pg_stat_activity where query = 'COMMIT' and state = 'active'"
      )[0].get(0, as: Int64.self) >= 1
    }
    try other.execute(
      """
      select pg_terminate_backend(pid) from pg_stat_activity
       where query = 'COMMIT' and datname = current_database()
      """)
    #expect(await task.value == .commitUnknown)
    let rows = try await pool.read("select count(*) from notes")
    #expect(try rows[0].get(0, as: Int64.self) == 0)
    await pool.close()
  }

  @Test func `one who gives up is told at once, and the writing is of unknown outcome`()
    async throws
  {
    let bench = try Bench(size: 2, schema: "create table notes (id bigint)")
    let pool = bench.pool
    let watcher = try Connection(configuration: bench.database.configuration)
    func waits(_ start: String) throws -> Bool {
      let found = try watcher.execute(
        Statement(
          text: """
            select count(*) from pg_stat_activity
             where datname = current_database() and query like '\(start)%' and wait_event = 'PgSleep'
            """))
      return try found[0].get(0, as: Int64.self) == 1
    }
    // What was given up runs on until its deadline, which a slow machine must not reach before.
    func end(_ start: String) throws {
      _ = try watcher.execute(
        Statement(
          text: """
            select pg_cancel_backend(pid) from pg_stat_activity
             where datname = current_database() and query like '\(start)%'
            """))
    }
    let reading = Task {
      await asyncRefusal { try await pool.read("select pg_sleep(600)", deadline: .seconds(600)) }
    }
    try await eventually("the reading waits in the database") { try waits("select pg_sleep") }
    reading.cancel()
    #expect(await reading.value == .cancelled)
    try end("select pg_sleep")
    let writing = Task {
      await asyncRefusal {
        try await pool.execute(
          "insert into notes select 1 from pg_sleep(600)", deadline: .seconds(600))
      }
    }
    try await eventually("the writing waits in the database") { try waits("insert into notes") }
    writing.cancel()
    #expect(await writing.value == .commitUnknown)
    try end("insert into notes")
    await pool.close()
  }

  @Test func `ten thousand statements given up leave no connection behind`() async throws {
    let bench = try Bench(size: 4)
    let pool = bench.pool
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<10_000 {
        let task = Task(executorPreference: Crew.shared) {
          _ = try? await pool.read("select $1::bigint", .int(Int64(number)))
        }
        task.cancel()
        group.addTask { await task.value }
      }
    }
    let rows = try await pool.read("select 1::bigint")
    #expect(try rows[0].get(0, as: Int64.self) == 1)
    #expect(pool.statistics.open <= 4)
    await pool.close()
    try await eventually("all sessions have ended") { try bench.otherSessions() == 0 }
  }

  @Test func `a pool has its connections back as soon as somebody wants one`() async throws {
    let bench = try Bench(size: 2)
    let pool = bench.pool
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask(executorPreference: Crew.shared) {
          for number in Int64(0)..<300 {
            _ = try await pool.read("select $1::bigint", .int(number))
          }
        }
        group.addTask {
          for _ in 0..<100 { try await pool.withConnection { _ = try $0.execute("select 1") } }
        }
      }
      try await group.waitForAll()
    }
    try await eventually("nothing is lent any more") { pool.statistics.busy == 0 }
    await pool.close()
  }

  @Test func `closing the pool tells everybody on the crew and ends their sessions`() async throws {
    let bench = try Bench(size: 2)
    let pool = bench.pool
    let waiting = (0..<6).map { _ in
      Task(executorPreference: Crew.shared) {
        await asyncRefusal {
          try await pool.execute("select pg_sleep(300)", deadline: .seconds(300))
        }
      }
    }
    try await eventually("two run") { pool.statistics.busy == 2 }
    await pool.close()
    for task in waiting {
      let refusal = await task.value
      #expect(refusal == .poolClosed)
    }
    try await eventually("all sessions have ended") { try bench.otherSessions() == 0 }
  }

  @Test func `a changed table does not surprise a statement prepared before`() async throws {
    let bench = try Bench(size: 1, schema: "create table notes (id bigint)")
    let pool = bench.pool
    _ = try await pool.read("select * from notes")
    _ = try await pool.execute("insert into notes values (1) returning *")
    try Connection(configuration: bench.database.configuration)
      .script("alter table notes add column text text")
    #expect(try await pool.read("select * from notes").columns == ["id", "text"])
    let returned = try await pool.execute("insert into notes values (1) returning *")
    #expect(returned.columns == ["id", "text"])
    await pool.close()
  }

  @Test func `a value larger than the socket takes goes through`() async throws {
    let bench = try Bench(size: 1, schema: "create table notes (text text)")
    let pool = bench.pool
    let long = String(repeating: "x", count: 5_000_000)
    try await pool.execute("insert into notes values ($1)", .text(long))
    let rows = try await pool.read("select length(text)::bigint, text from notes")
    #expect(try rows[0].get(0, as: Int64.self) == 5_000_000)
    #expect(try rows[0].get(1, as: String.self) == long)
    await pool.close()
  }

  @Test func `a session that ended while nobody used it is replaced`() async throws {
    let bench = try Bench(size: 1)
    let pool = bench.pool
    _ = try await pool.read("select 1")
    let other = try Connection(configuration: bench.database.configuration)
    try other.execute(
      """
      select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()
      """)
    try await eventually("only the one that looks is left") { try bench.otherSessions() == 1 }
    #expect(try await pool.read("select 1::bigint")[0].get(0, as: Int64.self) == 1)
    await pool.close()
  }
}

extension Bench {
  /// Adds one to the counter under its lock and tells what it became.
  func count() async throws -> Int64 {
    try await pool.transaction(
      [Query("select n from counters where id = 1 for update")], deadline: .seconds(900)
    ) { _, rows in
      let next = try rows[0][0].get(0, as: Int64.self) + 1
      return .commit([Query("update counters set n = $1 where id = 1", .int(next))], next)
    }
  }
}

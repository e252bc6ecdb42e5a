import Postgres
import PostgresTestServer
import Testing

@Suite struct StreamTests {
  static let million: Statement =
    "copy (select n, repeat('x', 90) from generate_series(1, 1000000) n) to stdout"

  @Test func `a copy arrives whole and in order`() async throws {
    let bench = try Bench(size: 1)
    var bytes: [UInt8] = []
    for try await piece in bench.pool.copyOut(
      "copy (select n from generate_series(1, 100000) n) to stdout")
    {
      bytes += piece
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { Int($0) }
    #expect(lines == (1...100_000).map { $0 })
    #expect(bench.pool.statistics.busy == 0)
    await bench.pool.close()
  }

  @Test func `a row larger than a piece passes`() throws {
    let connection = try Connection(configuration: PostgresTestServer.shared().configuration())
    var count = 0
    try unsafe connection.copyOut(
      "copy (select repeat('y', 300000) from generate_series(1, 5)) to stdout"
    ) { piece in
      count += piece.count
    }
    #expect(count == 5 * 300_001)
  }

  @Test func `a slow reader holds the server back and memory does not grow`() async {
    // In a process of its own, since memory is counted per process.
    await #expect(processExitsWith: .success) {
      let bench = try Bench(size: 1)
      let before = try residentBytes()
      var (bytes, pieces, growth) = (0, 0, 0)
      for try await piece in bench.pool.copyOut(StreamTests.million) {
        bytes += piece.count
        pieces += 1
        // Time enough for the server to send everything, if anybody would take it.
        if pieces == 3 { try await Task.sleep(for: .seconds(2)) }
        growth = max(growth, try residentBytes() - before)
      }
      precondition(bytes == 97_888_896 && growth < 32 << 20, "\(bytes) bytes, grew by \(growth)")
    }
  }

  @Test func `rows stream without being held, however many there are`() async {
    await #expect(processExitsWith: .success) {
      let connection = try Connection(configuration: PostgresTestServer.shared().configuration())
      let before = try residentBytes()
      var (sum, growth) = (0, 0)
      // Two gigabytes, far above what a result may hold.
      let count = try connection.forEachRow(
        "select n, repeat('x', 10000) from generate_series(1, $1::bigint) n", .int(200_000)
      ) { row in
        sum += try row.get(0, as: Int.self)
        if sum % 997 == 0 { growth = max(growth, try residentBytes() - before) }
      }
      precondition(count == 200_000 && sum == 20_000_100_000, "\(count) rows, sum \(sum)")
      precondition(growth < 32 << 20, "grew by \(growth)")
    }
  }

  @Test func `whoever stops reading keeps a usable connection`() throws {
    struct Enough: Error {}
    let connection = try Connection(configuration: PostgresTestServer.shared().configuration())
    let session = connection.backendIdentifier
    #expect(throws: Enough.self) {
      try unsafe connection.copyOut(Self.million) { _ in throw Enough() }
    }
    #expect(try connection.execute("select 1")[0].get(0, as: Int.self) == 1)
    #expect(throws: Enough.self) {
      try connection.forEachRow("select generate_series(1, 10000000)") { _ in throw Enough() }
    }
    #expect(try connection.execute("select 2")[0].get(0, as: Int.self) == 2)
    #expect(connection.backendIdentifier == session)
  }

  @Test func `a loop that is left early gives the connection back`() async throws {
    let bench = try Bench(size: 1)
    for _ in 0..<20 {
      var pieces = 0
      for try await _ in bench.pool.copyOut(Self.million) {
        pieces += 1
        if pieces == 3 { break }
      }
      #expect(try await bench.pool.withConnection { try $0.execute("select 1").count } == 1)
    }
    #expect(bench.pool.statistics.opened == 1)
    await bench.pool.close()
  }

  @Test func `a backend ended during a stream makes the stream throw`() async throws {
    let bench = try Bench(size: 1)
    let session = try await bench.pool.withConnection { $0.backendIdentifier }
    let administrator = try Connection(configuration: bench.database.configuration)
    var pieces = 0
    let error = await asyncRefusal {
      for try await _ in bench.pool.copyOut(Self.million) {
        pieces += 1
        if pieces == 2 {
          try administrator.execute(
            "select pg_terminate_backend($1::int, 5000)", .int(Int64(session)))
        }
      }
    }
    #expect(error == .commitUnknown || error == .connectionFailed(.lost))
    #expect(pieces >= 2 && pieces < 1400)
    #expect(try await bench.pool.withConnection { try $0.execute("select 1").count } == 1)
    await bench.pool.close()
  }

  @Test func `a faulty copy says what the server refused`() async throws {
    let bench = try Bench(size: 1)
    let error = await asyncRefusal {
      for try await _ in bench.pool.copyOut(
        "copy (select 1 / (500 - n) from generate_series(1, 1000) n) to stdout")
      {}
    }
    #expect(error?.state == "22012")
    let absent = await asyncRefusal {
      for try await _ in bench.pool.copyOut("copy nowhere to stdout") {}
    }
    #expect(absent?.state == .undefinedTable)
    #expect(bench.pool.statistics.opened == 1)
    await bench.pool.close()
  }

  @Test func `a copy into the database is stored whole or not at all`() async throws {
    let bench = try Bench(size: 1, schema: "create table t (n bigint primary key, s text)")
    let pieces = AsyncStream<[UInt8]> { feed in
      for start in stride(from: 0, to: 200_000, by: 1000) {
        feed.yield(Array((start..<start + 1000).map { "\($0)\tline \($0)\n" }.joined().utf8))
      }
      feed.finish()
    }
    let stored = try await bench.pool.copyIn("copy t from stdin", from: pieces)
    #expect(stored == 200_000)
    struct Torn: Error {}
    let torn = AsyncThrowingStream<[UInt8], any Error> { feed in
      feed.yield(Array("900000\tx\n".utf8))
      feed.finish(throwing: Torn())
    }
    await #expect(throws: Torn.self) {
      try await bench.pool.copyIn("copy t from stdin", from: torn)
    }
    let twice = AsyncStream<[UInt8]> { feed in
      for _ in 0..<2000 { feed.yield(Array("7\tseven\n".utf8)) }
      feed.finish()
    }
    let error = await asyncRefusal {
      _ = try await bench.pool.copyIn("copy t from stdin", from: twice)
    }
    #expect(error?.state == .uniqueViolation)
    let count = try await bench.pool.withConnection {
      try $0.execute("select count(*) from t")[0].get(0, as: Int.self)
    }
    #expect(count == 200_000)
    #expect(bench.pool.statistics.opened == 1)
    await bench.pool.close()
  }

  @Test func `announcements are heard, and a broken line is told`() async throws {
    let bench = try Bench(size: 1)
    let listener = Listener(
      configuration: bench.database.configuration, channels: ["forms", "locks"])
    var events = listener.events.makeAsyncIterator()
    #expect(await events.next() == .listening)
    try await bench.pool.withConnection {
      try $0.execute("select pg_notify('forms', 'one'), pg_notify('locks', 'ž')")
    }
    #expect(await events.next() == .announced(channel: "forms", payload: "one"))
    #expect(await events.next() == .announced(channel: "locks", payload: "ž"))
    try await bench.pool.withConnection {
      try $0.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
      )
    }
    #expect(await events.next() == .missed)
    #expect(await events.next() == .listening)
    try await bench.pool.withConnection { try $0.execute("select pg_notify('forms', 'two')") }
    #expect(await events.next() == .announced(channel: "forms", payload: "two"))
    listener.close()
    #expect(await events.next() == nil)
    await bench.pool.close()
  }
}

internal import Foundation
internal import Postgres

/// Compares the bridge with pgbench, asyncpg, psycopg and psql on one database.
///
/// Rounds are interleaved in rotated order. Any error, lost client or difference between rows and
/// acknowledgements voids the measurement. Differences under 1.3 are not findings.
public struct BridgeBenchmark: Sendable {
  let host: String
  let database: String
  let user: String
  let scripts: String
  let rounds: Int
  let seconds: Double

  /// Connections of every rival.
  static let clients = 16

  /// A comparison on a database whose `bench_` tables may be dropped; `scripts` is the folder with
  /// the Python rivals.
  public init(
    host: String, database: String, user: String, scripts: String, rounds: Int = 5,
    seconds: Double = 2
  ) {
    self.host = host
    self.database = database
    self.user = user
    self.scripts = scripts
    self.rounds = rounds
    self.seconds = seconds
  }

  private enum Rival: String, CaseIterable {
    /// As the product does it: on the crew's threads, statements that may travel together do.
    case bridge
    /// Statement by statement in a unit of work of the pool, which waits for each.
    case units = "bridge, units of work"
    /// The ceiling of units of work: a thread for each client that never leaves its connection.
    case threads = "bridge, a thread each"
    case pgbench
    case pipelined = "pgbench, pipelined"
    case asyncpg
    case psycopg

    func takesPart(in workload: Workload) -> Bool { self != .pipelined || workload == .six }
  }

  /// A Python driver that is not installed is said to be missing, not passed over in silence.
  private static func missing(_ rival: Rival) -> Bool {
    switch rival {
    case .bridge, .units, .threads, .pgbench, .pipelined: false
    case .asyncpg, .psycopg:
      (try? Program.output(Program.python, ["-c", "import \(rival.rawValue)"])) == nil
    }
  }

  private struct Measured {
    let count: Int
    let rate: Double
  }

  /// Measures everything and returns the table.
  public func run() async throws -> BenchmarkTable {
    let configuration = ConnectionConfiguration(["host": host, "dbname": database, "user": user])
    let admin = try Connection(configuration: configuration)
    for statement in Workload.schema.split(separator: ";") {
      try admin.script(String(statement))
    }
    let pool = Pool(configuration: configuration, size: Self.clients, name: "bench")
    try await warm(pool)
    var table = BenchmarkTable()
    let absent = Rival.allCases.filter(Self.missing)
    table.missing = absent.map(\.rawValue)
    let rivals = Rival.allCases.filter { !absent.contains($0) }
    for workload in Workload.allCases {
      table.entries += try await compare(
        workload, rivals.filter { $0.takesPart(in: workload) }, pool, admin)
    }
    try await compareCopies(pool, &table)
    await pool.close()
    return table
  }

  private func warm(_ pool: Pool) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<Self.clients {
        group.addTask {
          _ = try await pool.withConnection { try $0.execute("select pg_sleep(0.2)") }
        }
      }
      try await group.waitForAll()
    }
  }

  private func compare(
    _ workload: Workload, _ rivals: [Rival], _ pool: Pool, _ admin: Connection
  ) async throws -> [BenchmarkTable.Entry] {
    var rates: [Rival: [Double]] = [:]
    var acknowledged = 0
    for round in 0..<rounds {
      for turn in rivals.indices {
        let rival = rivals[(turn + round) % rivals.count]
        let measured = try await measure(rival, workload, pool)
        rates[rival, default: []].append(measured.rate)
        acknowledged += measured.count
      }
    }
    for table in workload.tables {
      let rows = try admin.execute(Statement(text: "select count(*) from \(table)"))
      let stored = try rows[0].get(0, as: Int.self)
      guard stored == acknowledged else {
        throw BenchmarkFailure.rowsDiffer(table: table, acknowledged: acknowledged, stored: stored)
      }
    }
    return rivals.map {
      .init(workload: workload.title, rival: $0.rawValue, rates: rates[$0] ?? [])
    }
  }

  private func measure(
    _ rival: Rival, _ workload: Workload, _ pool: Pool
  ) async throws -> Measured {
    switch rival {
    case .bridge:
      try await clients { try await workload.perform(on: pool, account: $0, counter: $1) }
    case .units:
      try await clients { account, counter in
        try await pool.withConnection {
          try workload.perform($0, account: account, counter: counter)
        }
      }
    case .threads: try await throughThreads(workload)
    case .pgbench: try throughPgbench(workload.pgbenchScript, workload)
    case .pipelined: try throughPgbench(workload.pipelinedPgbenchScript, workload)
    case .asyncpg, .psycopg: try throughPython(rival.rawValue, workload)
    }
  }

  private func clients(
    _ unit: @escaping @Sendable (Int64, Int64) async throws -> Void
  ) async throws -> Measured {
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for client in 0..<Self.clients {
        group.addTask(executorPreference: Crew.shared) {
          var dice = QuickDice(seed: UInt64(client))
          var done = 0
          while clock.now < end {
            let account = Int64.random(in: 1...Int64(Workload.accounts), using: &dice)
            let counter = Int64.random(in: 1...Int64(Workload.counters), using: &dice)
            try await unit(account, counter)
            done += 1
          }
          return done
        }
      }
      return try await group.reduce(0, +)
    }
    return Measured(count: count, rate: Double(count) / ((clock.now - start) / .seconds(1)))
  }

  private func throughThreads(_ workload: Workload) async throws -> Measured {
    let configuration = ConnectionConfiguration(["host": host, "dbname": database, "user": user])
    let pool = Pool(configuration: configuration, size: Self.clients, name: "threads")
    try await warm(pool)
    let clock = ContinuousClock()
    let start = clock.now
    let end = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for client in 0..<Self.clients {
        group.addTask {
          try await pool.withConnection(deadline: .seconds(600)) { connection in
            var dice = QuickDice(seed: UInt64(client))
            var done = 0
            while clock.now < end {
              try workload.perform(
                connection,
                account: Int64.random(in: 1...Int64(Workload.accounts), using: &dice),
                counter: Int64.random(in: 1...Int64(Workload.counters), using: &dice))
              done += 1
            }
            return done
          }
        }
      }
      return try await group.reduce(0, +)
    }
    let measured = Measured(count: count, rate: Double(count) / ((clock.now - start) / .seconds(1)))
    await pool.close()
    return measured
  }

  private func throughPgbench(_ text: String, _ workload: Workload) throws -> Measured {
    let script = NSTemporaryDirectory() + "bridge-\(workload.rawValue).sql"
    try text.write(toFile: script, atomically: true, encoding: .utf8)
    let answer = try Program.pgbench([
      "-T", "\(max(1, Int(seconds.rounded())))", "-f", script, "-h", host, "-U", user, database,
    ])
    return Measured(count: answer.count, rate: answer.rate)
  }

  private func throughPython(_ rival: String, _ workload: Workload) throws -> Measured {
    struct Answer: Decodable {
      let count: Int
      let seconds: Double
    }
    let output = try Program.output(
      Program.python,
      [
        "\(scripts)/\(rival)_bench.py", host, database, user, workload.rawValue, "\(seconds)",
        "\(Self.clients)", "\(Workload.accounts)",
      ])
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(output.utf8)) else {
      throw BenchmarkFailure.unreadableAnswer(rival, output: output)
    }
    return Measured(count: answer.count, rate: Double(answer.count) / answer.seconds)
  }

  // MARK: A million rows into a file

  private func compareCopies(_ pool: Pool, _ table: inout BenchmarkTable) async throws {
    var (ours, theirs): ([Double], [Double]) = ([], [])
    for round in 0..<rounds {
      for turn in 0..<2 {
        if (round + turn) % 2 == 0 {
          ours.append(try await copyThroughBridge(pool, &table))
        } else {
          theirs.append(try copyThroughPsql())
        }
      }
      let (bridge, psql) = (try size(of: "bridge-ours.txt"), try size(of: "bridge-psql.txt"))
      guard bridge == psql else { throw BenchmarkFailure.copyDiffers(bridge: bridge, psql: psql) }
    }
    let title = "million rows to a file, rows"
    table.entries.append(.init(workload: title, rival: "bridge", rates: ours))
    table.entries.append(.init(workload: title, rival: "psql", rates: theirs))
  }

  private func copyThroughBridge(
    _ pool: Pool, _ table: inout BenchmarkTable
  ) async throws -> Double {
    let path = NSTemporaryDirectory() + "bridge-ours.txt"
    let clock = ContinuousClock()
    let start = clock.now
    let held = try residentBytes()
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else {
      throw BenchmarkFailure.unreadableAnswer("copy", output: "no file can be written")
    }
    var pieces = 0
    for try await piece in pool.copyOut("copy bench_copy to stdout") {
      try file.write(contentsOf: piece)
      pieces += 1
      if pieces % 32 == 0 {
        table.copyGrowthBytes = max(table.copyGrowthBytes, try residentBytes() - held)
      }
    }
    try file.close()
    return 1_000_000 / ((clock.now - start) / .seconds(1))
  }

  private func copyThroughPsql() throws -> Double {
    let path = NSTemporaryDirectory() + "bridge-psql.txt"
    let clock = ContinuousClock()
    let start = clock.now
    _ = try Program.output(
      "psql",
      ["-X", "-h", host, "-U", user, "-d", database, "-c", "\\copy bench_copy to '\(path)'"],
      environment: ["PGTZ": "UTC"])
    return 1_000_000 / ((clock.now - start) / .seconds(1))
  }

  private func size(of name: String) throws -> Int {
    let path = NSTemporaryDirectory() + name
    return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  private func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return Int(text.split(separator: " ")[1]).map { $0 * 4096 } ?? 0
  }
}

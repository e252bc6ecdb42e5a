internal import BridgeBenchmark
internal import Foundation
internal import StudyModel

/// Randomization over HTTP against the same statements sent by pgbench, on equal data.
struct RandomizationRounds {
  let trials: MeasuredTrials
  let server: ServerProcess
  let rounds: Int
  let seconds: Double

  /// Clients of both sides.
  static let clients = 16

  /// Runs the rounds, the order turned each time; the rows are compared with what was acknowledged.
  func run() async throws -> [MeasuredLine] {
    let secrets = try trials.sessions()
    let sizes = try sizes()
    var (ours, theirs): ([Double], [Double]) = ([], [])
    var (means, middles, slowest): ([Double], [Double], [Double]) = ([], [], [])
    // A first pass that is not counted opens connections and reads definitions and ledgers.
    _ = try await overHTTP(secrets, seconds: 2)
    _ = try throughPgbench(sizes, seconds: 2)
    for round in 0..<rounds {
      for turn in 0..<2 {
        if (round + turn) % 2 == 0 {
          let answer = try await overHTTP(secrets, seconds: seconds)
          ours.append(answer.rate)
          middles.append(Quantile.of(answer.milliseconds, 0.5))
          slowest.append(Quantile.of(answer.milliseconds, 0.99))
        } else {
          let answer = try throughPgbench(sizes, seconds: seconds)
          theirs.append(answer.rate)
          means.append(answer.meanMilliseconds)
        }
      }
    }
    return [
      MeasuredLine("randomizations over HTTP, 16 clients, 300 strata", "1/s", ours),
      MeasuredLine("the same statements through pgbench", "1/s", theirs),
      MeasuredLine("ratio of the two, round by round", "", zip(ours, theirs).map { $0 / $1 }),
      MeasuredLine("over HTTP, half are answered within", "ms", middles),
      MeasuredLine("over HTTP, 99 of 100 are answered within", "ms", slowest),
      MeasuredLine("pgbench, mean", "ms", means),
    ]
  }

  /// Randomizes in the first trial or in all, from a turn on; without one, after the highest
  /// number used so far.
  func overHTTP(
    _ secrets: [String], seconds: Double, trials used: Int = MeasuredTrials.trials,
    from turn: Int? = nil
  ) async throws -> LoadAnswer {
    try trials.psql("server-fresh.sql")
    let before = try trials.stored("server")
    let first = turn ?? Self.firstTurn(after: before.highestNumber)
    let answer = try await LoadGenerator.run(
      port: server.port, clients: Self.clients, seconds: seconds
    ) { client, turn in
      let place = (first + turn) * Self.clients + client
      let trial = place % used
      let site = place / used % MeasuredTrials.sites
      let number = MeasuredTrials.firstNumber + place / (used * MeasuredTrials.sites)
      return """
        POST /api/v1/participants/\(MeasuredTrials.firstSite + site)-\(number)/randomize \
        HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \
        \(secrets[trial * MeasuredTrials.sites + site])\r\nIdempotency-Key: \
        bench-request-key-\(used)-\(place)\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}
        """
    }
    let after = try trials.stored("server")
    guard after.allocations - before.allocations == answer.count else {
      throw MeasurementFault.rowsDiffer(
        who: "the server", acknowledged: answer.count,
        stored: after.allocations - before.allocations)
    }
    return answer
  }

  private func throughPgbench(
    _ sizes: [String], seconds: Double
  ) throws -> Program.PgbenchAnswer {
    try trials.psql("server-fresh.sql")
    let before = try trials.stored("pgbench")
    let first = Self.firstTurn(after: before.highestNumber)
    let answer = try Program.pgbench(
      ["-D", "n=\(first - 1)"] + sizes.flatMap { ["-D", $0] } + [
        "-T", "\(max(1, Int(seconds.rounded())))", "-f", "\(trials.scripts)/randomize.pgbench",
        "-h", trials.socketDirectory, "-U", "eq_allocator", trials.database,
      ])
    let after = try trials.stored("pgbench")
    guard after.allocations - before.allocations == answer.count else {
      throw MeasurementFault.rowsDiffer(
        who: "pgbench", acknowledged: answer.count,
        stored: after.allocations - before.allocations)
    }
    return answer
  }

  /// The first turn whose participants have higher numbers than any used before.
  static func firstTurn(after highest: Int, trials used: Int = MeasuredTrials.trials) -> Int {
    let places = used * MeasuredTrials.sites
    return ((highest + 1 - MeasuredTrials.firstNumber) * places + clients - 1) / clients
  }

  private func sizes() throws -> [String] {
    let rows = try trials.psql("server-sizes.sql")
    guard let row = rows.first, row.count == 6 else {
      throw MeasurementFault.unreadable("\(rows)")
    }
    return zip(["entry", "head", "box", "reply", "stratum", "first"], row).map { "\($0)=\($1)" }
      + scopes
  }

  /// The entries that the daemon has read, in the words of the script.
  private var scopes: [String] {
    let reading = trials.reading
    return [("forms", reading.forms), ("answered", reading.answered)].map { name, forms in
      "\(name)={\(forms.map(\.text).sorted().joined(separator: ","))}"
    }
  }
}

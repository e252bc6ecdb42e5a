internal import BridgeBenchmark
internal import Conduct
internal import Foundation
internal import Simulation
internal import Store
internal import StudyModel
internal import Synchronization

/// Capture over HTTP: saves with checks, scores, audit and version against the durable commits of this
/// machine, and a full participant's page, in trials of three sizes.
struct CaptureRounds {
  /// Participants of the trials measured.
  static let sizes = [100, 1000, 10_000]
  /// Visits of the definition measured.
  static let visits = 40
  /// The least number of values of the full participant.
  static let values = 2000

  let cluster: (socketDirectory: String, superuser: String)
  let scripts: String
  let trials: [MeasuredTrial]
  /// Seconds from the text of the definition to the loaded trial, one for each.
  let loading: [Double]

  /// One trial of the measurement.
  struct MeasuredTrial {
    let size: Int
    let secret: String
  }

  /// Makes the trials on a fresh state directory.
  static func make(
    stateDirectory: String, scripts: String, say: (String) -> Void
  ) async throws -> CaptureRounds {
    try await TemporaryCluster.run(stateDirectory: stateDirectory) { cluster in
      say("Making \(sizes.count) trials by the acts of their people, and copying a participant.")
      let (visits, loading) = try await conduct(cluster.installation)
      let rows = try psql(
        (cluster.socketDirectory, cluster.superuser), scripts, "capture-data.sql",
        ["-v", "visits=\(visits.joined(separator: ","))"])
      let trials = rows.compactMap { row in
        row.count == 4
          ? row[0].split(separator: "-").last.flatMap { Int($0) }.map {
            MeasuredTrial(size: $0, secret: row[2])
          } : nil
      }
      guard trials.map(\.size) == sizes, rows.allSatisfy({ (Int($0[3]) ?? 0) >= values }),
        visits.count == Self.visits
      else { throw MeasurementFault.unreadable("\(rows)") }
      return CaptureRounds(
        cluster: (cluster.socketDirectory, cluster.superuser), scripts: scripts, trials: trials,
        loading: loading)
    }
  }

  /// The shipped definition with as many visits as are measured.
  static func definition() throws -> String {
    guard let shipped = EmbeddedStudies.definition("kap-ect") else { throw ActRefusal.notFound }
    let count = shipped.split(separator: "\n").count {
      $0.hasPrefix("  - { code: ") && $0.contains("place:")
    }
    let names = (1...(visits - count)).map { "V" + ($0 < 10 ? "0" : "") + String($0) }
    let days = names.indices.map { 240 + $0 * 7 }
    let lines = zip(names, days).map { name, day in
      "  - { code: \(name), title: Visit \(name), day: \(day), window: [\(day - 2), \(day + 2)], place: remote }\n"
    }.joined()
    let early = "  - { code: ET, title: Early termination"
    return shipped.replacing(early, with: lines + early)
      .replacing(
        "visits: [SCR, EOT, F6, ET]",
        with: "visits: [SCR, EOT, F6, ET, \(names.joined(separator: ", "))]"
      )
      // Nothing is locked before the last of them may have taken place.
      .replacing("  last_day: 223\n", with: "  last_day: \((days.last ?? 221) + 2)\n")
  }

  private static func conduct(
    _ installation: Installation
  ) async throws -> (visits: [String], loading: [Double]) {
    let source = try definition()
    let now = installation.clock.now
    let start = now.advanced(bySeconds: -(9 * 86_400 + 7_200))
    let model = try await installation.loadStudy(source, mode: .simulation, key: "bench-model")
    let definition = try await installation.definition(of: model)
    let keys = definition.sites.map(\.key)
    let staff = try await SimulatedStaff.create(
      in: model, sites: keys, raters: 3, prefix: "bench-", password: "a measured trial",
      cost: Passwords.simulationCost, installation)
    let entropy = Array("entropy fixed after the commitment".utf8)
    try await TrialSetUp.open(
      model, sites: keys, staff: staff, entropy: entropy, at: start, installation)
    let simulated = SimulatedTrial(
      try await installation.trial(model.key), definition: definition, staff: staff,
      plan: SimulationPlan(
        seed: 4, participants: 1, sites: Array(keys.prefix(1)), responseByArm: [:],
        startsAt: start), installation
    ) { _ in }
    _ = try await simulated.conduct { _ in }
    var loading: [Double] = []
    let clock = ContinuousClock()
    for size in sizes {
      let begun = clock.now
      let trial = try await installation.loadStudy(
        source, mode: .simulation, key: "bench-capture-\(size)")
      _ = try await installation.definition(of: trial)
      loading.append((clock.now - begun) / .milliseconds(1))
      for person in staff.people where person.site != nil {
        try await installation.grant(person.role, site: person.site, in: trial, to: person.user)
      }
      try await TrialSetUp.open(
        trial, sites: keys, staff: staff, entropy: entropy, at: now, installation)
    }
    return (definition.visits.map(\.code.text), loading)
  }

  // MARK: Rounds

  /// Runs the rounds, the order turned each time; versions and audit rows are compared with what was
  /// acknowledged.
  func run(server: ServerProcess, rounds: Int, seconds: Double) async throws -> [MeasuredLine] {
    try psql("commits.sql")
    let counters = trials.map { _ in SaveCounter(clients: RandomizationRounds.clients) }
    let sides = trials.count
    var rates = [[Double]](repeating: [], count: sides + 1)
    var slowest = [[Double]](repeating: [], count: sides)
    var pages = [[Double]](repeating: [], count: sides)
    // A first, shorter pass opens connections and reads definitions.
    for index in trials.indices {
      _ = try await save(server, index, counters[index], seconds: 0.5)
      _ = try await page(server, index, seconds: 0.5)
    }
    for round in 0..<rounds {
      for turn in 0...sides {
        let side = (round + turn) % (sides + 1)
        guard side < sides else {
          rates[side].append(try commits(seconds))
          continue
        }
        let answer = try await save(server, side, counters[side], seconds: seconds)
        rates[side].append(answer.rate)
        slowest[side].append(Quantile.of(answer.milliseconds, 0.99))
        let read = try await page(server, side, seconds: min(seconds, 1))
        pages[side].append(Quantile.of(read.milliseconds, 0.5))
      }
    }
    var lines = [MeasuredLine("loading a definition of \(Self.visits) visits", "ms", loading)]
    for (index, trial) in trials.enumerated() {
      lines += [
        MeasuredLine("form saves, 16 clients, \(trial.size) participants", "1/s", rates[index]),
        MeasuredLine("99 of 100 are saved within", "ms", slowest[index]),
        MeasuredLine(
          "page of a participant with 40 visits, 2,000 values, of \(trial.size)", "ms", pages[index]
        ),
      ]
    }
    lines += [
      MeasuredLine("durable commits of one row, pgbench, 16 clients", "1/s", rates[sides]),
      MeasuredLine(
        "saves to commits, round by round", "", zip(rates[0], rates[sides]).map { $0 / $1 }),
      MeasuredLine(
        "saves in the largest trial to the smallest", "",
        zip(rates[sides - 1], rates[0]).map { $0 / $1 }),
      MeasuredLine(
        "page in the largest trial to the smallest", "",
        zip(pages[sides - 1], pages[0]).map { $0 / $1 }),
    ]
    return lines
  }

  /// Each client saves the C-SSRS of a participant of its own, over the version it saved before.
  private func save(
    _ server: ServerProcess, _ index: Int, _ counter: SaveCounter, seconds: Double
  ) async throws -> LoadAnswer {
    let before = try stored(index)
    let secret = trials[index].secret
    let day = Self.today
    let size = trials[index].size
    let answer = try await LoadGenerator.run(
      port: server.port, clients: RandomizationRounds.clients, seconds: seconds
    ) { client, _ in
      let version = counter.next(client)
      let body =
        "{\"answers\":{\"vdate\":\"\(day)\",\"done\":\"Y\",\"version\":\"screen\",\"q1\":\""
        + (version % 2 == 0 ? "Y" : "N")
        + "\",\"q2\":\"N\",\"q6\":\"N\"},\"version\":\(version),\"submit\":true,\"reason\":\"measured\"}"
      return """
        POST /api/v1/participants/101-\(1000 + client)/forms/CSSRSS/SCR HTTP/1.1\r\nHost: localhost\r\n\
        Authorization: Bearer \(secret)\r\nIdempotency-Key: bench-save-\(size)-\(client)-\(version)-0000\r\n\
        Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
        """
    }
    let after = try stored(index)
    guard after.versions - before.versions == answer.count,
      after.audit - before.audit >= answer.count
    else {
      throw MeasurementFault.rowsDiffer(
        who: "the server", acknowledged: answer.count, stored: after.versions - before.versions)
    }
    return answer
  }

  private func page(
    _ server: ServerProcess, _ index: Int, seconds: Double
  ) async throws -> LoadAnswer {
    let secret = trials[index].secret
    return try await LoadGenerator.run(port: server.port, clients: 1, seconds: seconds) { _, _ in
      "GET /participants/101-9000 HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-eq=\(secret)\r\n\r\n"
    }
  }

  private static var today: String {
    let day = Date().timeIntervalSince1970 / 86_400
    return CalendarDate(daysSince1970: Int(day)).description
  }

  // MARK: The database

  private func commits(_ seconds: Double) throws -> Double {
    try Program.pgbench([
      "-T", "\(max(1, Int(seconds.rounded())))", "-f", "\(scripts)/commits.pgbench", "-h",
      cluster.socketDirectory, "-U", cluster.superuser, TemporaryCluster.database,
    ]).rate
  }

  private func stored(_ index: Int) throws -> (versions: Int, audit: Int) {
    let rows = try psql("capture-count.sql")
    guard rows.count == trials.count, let versions = Int(rows[index][1]),
      let audit = Int(rows[index][2])
    else { throw MeasurementFault.unreadable("\(rows)") }
    return (versions, audit)
  }

  @discardableResult
  private func psql(_ script: String) throws -> [[String]] {
    try Self.psql(cluster, scripts, script)
  }

  private static func psql(
    _ cluster: (socketDirectory: String, superuser: String), _ scripts: String, _ script: String,
    _ arguments: [String] = []
  ) throws -> [[String]] {
    let output = try Program.output(
      "psql",
      [
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster.socketDirectory, "-U",
        cluster.superuser, "-d", TemporaryCluster.database, "-f", "\(scripts)/\(script)",
      ] + arguments)
    return output.split(separator: "\n").map {
      $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

/// The version each client saves over next.
private final class SaveCounter: Sendable {
  private let versions: Mutex<[Int]>

  init(clients: Int) { versions = Mutex([Int](repeating: 0, count: clients)) }

  func next(_ client: Int) -> Int {
    versions.withLock {
      $0[client] += 1
      return $0[client]
    }
  }
}

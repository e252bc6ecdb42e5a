internal import BridgeBenchmark
internal import Conduct
internal import Foundation
internal import Simulation
internal import Store
internal import StudyModel

/// What audit, seals, row security and class logins cost a save and a read, against the same statements
/// without them; and what a sign-in costs.
///
/// One client at a time, so that a figure is the time of one act.
public struct RecordMeasurement: Sendable {
  private let scripts: String
  private let stateDirectory: String
  private let rounds: Int
  private let seconds: Double

  /// A measurement with the folder of its scripts, on a state directory that may be filled.
  public init(scripts: String, stateDirectory: String, rounds: Int, seconds: Double) {
    self.scripts = scripts
    self.stateDirectory = stateDirectory
    self.rounds = rounds
    self.seconds = seconds
  }

  /// Measures, the order turned each round; versions stored are compared with saves acknowledged.
  public func run(say: (String) -> Void) async throws -> [MeasuredLine] {
    try await TemporaryCluster.run(stateDirectory: stateDirectory) { cluster in
      say("Conducting a trial of one participant.")
      try await Self.conduct(cluster.installation)
      say("Saving and reading.")
      let bench = Bench(cluster: cluster, scripts: scripts, seconds: seconds)
      let lines = try bench.run(rounds: rounds)
      say("Signing in.")
      return lines + [try await signIns(cluster.installation)]
    }
  }

  private static func conduct(_ installation: Installation) async throws {
    guard let source = EmbeddedStudies.definition("kap-ect") else { throw ActRefusal.notFound }
    let start = installation.clock.now.advanced(bySeconds: -(9 * 86_400 + 7_200))
    let trial = try await installation.loadStudy(source, mode: .simulation, key: "bench-record")
    let definition = try await installation.definition(of: trial)
    let sites = Array(definition.sites.map(\.key).prefix(1))
    let staff = try await SimulatedStaff.create(
      in: trial, sites: sites, raters: 3, prefix: "bench-", password: "a measured trial",
      cost: Passwords.simulationCost, installation)
    try await TrialSetUp.open(
      trial, sites: sites, staff: staff, entropy: Array("entropy of the measurement".utf8),
      at: start, installation)
    let simulated = SimulatedTrial(
      try await installation.trial(trial.key), definition: definition, staff: staff,
      plan: SimulationPlan(
        seed: 4, participants: 1, sites: sites, responseByArm: [:], startsAt: start), installation
    ) { _ in }
    _ = try await simulated.conduct { _ in }
  }

  private func signIns(_ installation: Installation) async throws -> MeasuredLine {
    let password = "seven grey herons over the weir"
    _ = try await installation.createAccount(
      username: "bench-sign-in", fullName: "Somebody Measured", password: password,
      cost: Passwords.cost)
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<rounds {
      let begun = clock.now
      guard try await installation.signIn(username: "bench-sign-in", password: password) != nil
      else { throw MeasurementFault.unreadable("a sign-in was refused") }
      times.append((clock.now - begun) / .milliseconds(1))
    }
    return MeasuredLine("password at sign-in, scrypt of 128 MiB", "ms", times)
  }
}

/// The rounds of saves and reads on one cluster.
private struct Bench {
  let cluster: TemporaryCluster
  let scripts: String
  let seconds: Double

  /// A way to do the same: the login, and how many guards are taken away.
  struct Way {
    let what: String
    let script: String
    let login: String?
    let level: Int
  }

  static let saves = [
    Way(
      what: "save of a form of five values, as in use", script: "save", login: "eq_open", level: 0),
    Way(
      what: "the same without class login and row security", script: "save", login: nil, level: 0),
    Way(what: "and without seals", script: "save", login: nil, level: 1),
    Way(what: "and without audit", script: "save", login: nil, level: 2),
  ]
  static let reads = [
    Way(
      what: "read of a participant's forms, as in use", script: "read", login: "eq_open", level: 0),
    Way(
      what: "the same without class login and row security", script: "read", login: nil, level: 0),
    Way(what: "the statement alone", script: "plain", login: nil, level: 0),
  ]

  func run(rounds: Int) throws -> [MeasuredLine] {
    let rows = try psql(["-f", "\(scripts)/record-data.sql"])
    guard let row = rows.first, row.count == 3 else {
      throw MeasurementFault.unreadable("\(rows)")
    }
    var lines: [MeasuredLine] = []
    for ways in [Self.saves, Self.reads] {
      var times = ways.map { _ in [Double]() }
      for round in 0..<rounds {
        for turn in ways.indices {
          let place = (round + turn) % ways.count
          times[place].append(try measure(ways[place], row))
        }
      }
      lines += zip(ways, times).map { MeasuredLine($0.what, "ms", $1) }
      for place in ways.indices.dropFirst() {
        lines.append(
          MeasuredLine(
            "as in use to “\(ways[place].what)”, round by round", "",
            zip(times[0], times[place]).map { $0 / $1 }))
      }
    }
    return lines
  }

  private func measure(_ way: Way, _ row: [String]) throws -> Double {
    let before = try version(row, way)
    let answer = try Program.pgbench([
      "-c", "1", "-j", "1", "-T", "\(max(1, Int(seconds.rounded())))", "-D", "trial=\(row[0])",
      "-D", "participant=\(row[1])", "-D", "site=\(row[2])", "-D", "v=\(before - 1)", "-f",
      "\(scripts)/record-\(way.script).pgbench", "-h", cluster.socketDirectory, "-U",
      way.login ?? cluster.superuser, TemporaryCluster.database,
    ])
    let saved = way.script == "save" ? answer.count : 0
    let after = try version(row, way)
    guard after == before + saved else {
      throw MeasurementFault.rowsDiffer(
        who: way.what, acknowledged: saved, stored: after - before)
    }
    return answer.meanMilliseconds
  }

  /// Where the form stands; the guards are taken away as the way says.
  private func version(_ row: [String], _ way: Way) throws -> Int {
    let rows = try psql([
      "-v", "level=\(way.level)", "-v", "trial=\(row[0])", "-v", "participant=\(row[1])", "-f",
      "\(scripts)/record-version.sql",
    ])
    guard let text = rows.first?.first, let version = Int(text) else {
      throw MeasurementFault.unreadable("\(rows)")
    }
    return version
  }

  private func psql(_ arguments: [String]) throws -> [[String]] {
    try Program.output(
      "psql",
      [
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", cluster.socketDirectory, "-U",
        cluster.superuser, "-d", TemporaryCluster.database,
      ] + arguments
    ).split(separator: "\n").map {
      $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
  }
}

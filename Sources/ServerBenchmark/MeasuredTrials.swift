internal import BridgeBenchmark
internal import Conduct
internal import Foundation
internal import Simulation
internal import Store
internal import StudyModel

/// Trials of many strata, made by the acts of their people and filled with copies of one simulated
/// participant.
struct MeasuredTrials {
  /// Trials of each side; with twelve sites each they have 300 strata.
  static let trials = 25
  static let sites = 12
  static let firstSite = 101
  /// How many times the participants of other trials the first trial of each side holds.
  static let firstTrialFactor = 6
  /// Participant numbers of copies start here, above those the acts give.
  static let firstNumber = 1000

  let socketDirectory: String
  let database: String
  let superuser: String
  let scripts: String
  /// Copies at each site of every trial but the first of each side.
  let participants: Int
  /// What a randomization reads of a participant.
  let reading: RandomizationReading

  /// Makes the trials on a fresh state directory and gives the database's address.
  static func make(
    stateDirectory: String, scripts: String, participants: Int, say: (String) -> Void
  ) async throws -> MeasuredTrials {
    try await TemporaryCluster.run(stateDirectory: stateDirectory) { cluster in
      say("Making \(2 * trials) trials by the acts of their people.")
      let reading = try await conduct(cluster.installation)
      let made = MeasuredTrials(
        socketDirectory: cluster.socketDirectory, database: TemporaryCluster.database,
        superuser: cluster.superuser, scripts: scripts, participants: participants,
        reading: reading)
      say("Copying a simulated participant \(2 * trials * sites * participants) times.")
      // The first trial alone takes all requests where one trial is measured.
      try made.psql(
        "server-data.sql",
        ["-v", "participants=\(participants)", "-v", "first=\(participants * firstTrialFactor)"])
      return made
    }
  }

  /// The shipped definition with as many participants as are asked for: the planned number of the study would end
  /// the measurement after a second.
  static func definition() throws -> String {
    guard let shipped = EmbeddedStudies.definition("kap-ect") else { throw ActRefusal.notFound }
    return shipped.replacing("planned_total: 900\n", with: "planned_total: 900000\n")
      .replacing("  per_arm: 300\n", with: "  per_arm: 300000\n")
  }

  private static func conduct(_ installation: Installation) async throws -> RandomizationReading {
    let source = try definition()
    let now = installation.clock.now
    // The simulated participant is randomized about nine days after consent: two hours ago.
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
    for side in ["server", "pgbench"] {
      for number in 1...trials {
        let trial = try await installation.loadStudy(
          source, mode: .simulation, key: "bench-\(side)-\(number < 10 ? "0" : "")\(number)")
        for person in staff.people where person.site != nil {
          try await installation.grant(person.role, site: person.site, in: trial, to: person.user)
        }
        try await TrialSetUp.open(
          trial, sites: keys, staff: staff, entropy: entropy, at: now, installation)
      }
    }
    return definition.randomizationReading
  }

  /// What a script of the measurement prints, as rows of fields.
  @discardableResult
  func psql(_ script: String, _ arguments: [String] = []) throws -> [[String]] {
    let output = try Program.output(
      "psql",
      [
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socketDirectory, "-U", superuser,
        "-d", database, "-f", "\(scripts)/\(script)",
      ] + arguments)
    return output.split(separator: "\n").map {
      $0.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// Allocations stored and the highest participant number used, of one side.
  func stored(_ side: String) throws -> (allocations: Int, highestNumber: Int) {
    let rows = try psql("server-count.sql")
    guard let row = rows.first(where: { $0.first == side }), row.count == 3,
      let count = Int(row[1]), let highest = Int(row[2])
    else { throw MeasurementFault.unreadable("\(rows)") }
    return (count, highest)
  }

  /// The secrets of the server's sessions, trial by trial and site by site.
  func sessions() throws -> [String] {
    let rows = try psql("server-sessions.sql")
    guard rows.count == Self.trials * Self.sites, rows.allSatisfy({ $0.count == 3 }) else {
      throw MeasurementFault.unreadable("\(rows.count) sessions")
    }
    return rows.map { $0[2] }
  }
}

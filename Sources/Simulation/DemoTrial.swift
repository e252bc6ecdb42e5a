public import Conduct
import Foundation
public import Reports
import Statistics
import Store
public import StudyModel

/// What became of the interim look of a demonstration trial.
public enum DemoLook: Sendable {
  /// It was held.
  case held(closed: InterimReport, open: OpenReport)
  /// There were too few participants; the sentence says what is missing.
  case notHeld(String)
}

/// What a demonstration trial leaves behind.
public struct DemoResult: Sendable {
  /// The interim look.
  public let look: DemoLook
  /// The blinded bundle of the lock.
  public let blinded: DatasetBundle
  /// The unblinded bundle of the lock.
  public let unblinded: DatasetBundle
  /// The analysis.
  public let result: FinalResult
  /// The study's title.
  public let title: String
  /// The definition version.
  public let definitionVersion: String
  /// The snapshot analysed.
  public let snapshot: Int
  /// Its fingerprint.
  public let fingerprint: String
  /// The instant of the lock.
  public let lockedAt: UTCInstant
  /// The sentences of the hypotheses, in order.
  public var sentences: [String] { result.report.analysis.sequence.steps.map(\.sentence) }
}

/// A demonstration: the study that ships with the product, conducted whole.
public struct DemoTrial: Sendable {
  private let installation: Installation
  private let trial: Trial
  private let definition: StudyDefinition
  private let staff: SimulatedStaff
  private let plan: SimulationPlan

  /// Plausible proportions of response: a demonstration, not a prediction.
  public static let responseByArm = ["ECT": 0.45, "KET": 0.50, "KAP": 0.62]

  /// Loads the study, makes its people, sets the randomization up and opens the sites.
  public static func prepare(
    _ installation: Installation, participants: Int, sites: Int, seed: UInt64
  ) async throws -> DemoTrial {
    guard let source = EmbeddedStudies.definition("kap-ect") else { throw ActRefusal.notFound }
    let start = try UTCInstant(parsing: "2027-01-04T09:00:00Z")
    let key = "kap-ect-demo-\(seed)-\(participants)"
    let loaded = try await installation.loadStudy(source, mode: .simulation, key: key)
    let definition = try await installation.definition(of: loaded)
    let chosen = definition.sites.prefix(sites).map(\.key)
    let staff = try await SimulatedStaff.create(
      in: loaded, sites: chosen, raters: 6, prefix: "demo-\(participants)-",
      password: "a simulated trial", cost: Passwords.simulationCost, treating: true,
      installation)
    try await TrialSetUp.open(
      loaded, sites: chosen, staff: staff,
      entropy: Array("entropy fixed after the commitment".utf8), at: start, installation)
    return DemoTrial(
      installation: installation, trial: try await installation.trial(key),
      definition: definition, staff: staff,
      plan: SimulationPlan(
        seed: seed, participants: participants, sites: chosen, responseByArm: responseByArm,
        startsAt: start))
  }

  /// Conducts the trial from the first consent to the result.
  public func conduct(
    _ report: @escaping @Sendable (SimulationProgress) -> Void
  ) async throws -> DemoResult {
    let simulated = SimulatedTrial(
      trial, definition: definition, staff: staff, plan: plan, installation, report: report)
    var look: DemoLook?
    let end = try await simulated.conduct { now in look = try await self.look(simulated, at: now) }
    // Long after the last visit, when follow-up is over.
    let closing = end.advanced(bySeconds: 200 * 86_400)
    let digest = Digests.sha256(of: EmbeddedStudies.definition("kap-ect") ?? "")
    try await simulated.close(at: closing, planDigest: digest)
    report(.step("export and analysis"))
    let statistician = try await simulated.actor("statistician", closing)
    let office = installation.at(closing)
    let result = try await office.finalAnalysis(as: statistician)
    guard let look else { throw ActRefusal.notFound }
    return DemoResult(
      look: look, blinded: try await office.exportBlinded(as: statistician),
      unblinded: try await office.exportUnblinded(as: statistician), result: result,
      title: definition.title, definitionVersion: definition.version,
      snapshot: result.report.provenance.snapshot,
      fingerprint: result.report.provenance.fingerprint, lockedAt: result.lockedAt)
  }

  /// Holds the interim look.
  ///
  /// A small trial may not be analysable yet; it goes on without one.
  private func look(_ simulated: SimulatedTrial, at now: UTCInstant) async throws -> DemoLook {
    do {
      let number = try await simulated.look(at: now)
      let office = installation.at(now)
      return .held(
        closed: try await office.closedReport(
          number, as: try await simulated.actor("dsmb_member", now)),
        open: try await office.openReport(
          number, as: try await simulated.actor("medical_monitor", now)))
    } catch ActRefusal.notNow(code: "not_analysable", let sentence) {
      return .notHeld(sentence)
    }
  }
}

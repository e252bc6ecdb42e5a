public import Conduct
import Foundation
public import Store
public import StudyModel

/// Brings a loaded study to enrolment through the acts of its people: scheme, second person, public
/// entropy, sites, enrolment.
public enum TrialSetUp {
  /// Sets the randomization up, opens the sites and opens enrolment.
  public static func open(
    _ trial: Trial, sites: [SiteKey], staff: SimulatedStaff, entropy: [UInt8], at now: UTCInstant,
    _ installation: Installation
  ) async throws {
    let office = trial.mode == TrialMode.simulation.rawValue ? installation.at(now) : installation
    func acting(_ role: String) async throws -> Actor {
      guard let person = staff.person(role) else { throw ActRefusal.notFound }
      return try await staff.actor(person, in: trial, at: office.clock.now, office)
    }
    let manager = try await acting("rand_manager")
    let draft = try await office.draftScheme(.definition, as: manager)
    _ = try await office.simulateDrafts(
      SimulationOrder(
        runs: 5, participants: min(manager.definition.randomization.plannedTotal, 1000)),
      as: manager)
    try await office.commitScheme(
      draft, entropyPlan: "Bytes fixed after the commitment by the start of the trial",
      as: manager)
    try await office.approveRandomization(as: try await acting("stat_unblinded"))
    try await office.recordEntropy(entropy, source: "start of a training trial", as: manager)
    let lead = try await acting("sponsor_lead")
    for site in sites { try await office.activateSite(site, reason: "ready", as: lead) }
    try await office.openEnrolment(as: lead)
  }
}

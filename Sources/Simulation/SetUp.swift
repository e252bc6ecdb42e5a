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
    for site in sites { try await openSite(site, as: lead, office) }
    try await openEnrolment(builder: try await acting("study_builder"), lead: lead, office)
  }

  /// Records what a site needs before it is opened, and opens it.
  public static func openSite(
    _ site: SiteKey, reason: String = "ready", as lead: Actor, _ office: Installation
  ) async throws {
    try await recordFacts(of: site, as: lead, office)
    try await office.activateSite(site, reason: reason, as: lead)
  }

  /// Records approval, contract, capacity for every arm and release of a site, as of its day before.
  public static func recordFacts(
    of site: SiteKey, as lead: Actor, _ office: Installation
  ) async throws {
    let zone = try lead.definition.clock(of: site)
    let before = zone.date(at: office.clock.now).advanced(by: -1).description
    for fact in SiteFactKind.allCases {
      _ = try await office.recordSiteFact(
        SiteFactRecord(
          fact: fact, since: before, reference: "File of site \(site), \(fact.rawValue)",
          arms: fact == .capacity ? lead.definition.arms.map(\.code.text) : []),
        at: site, as: lead)
    }
  }

  /// Takes the study from its draft through testing and approval to enrolment.
  public static func openEnrolment(
    builder: Actor, lead: Actor, _ office: Installation
  ) async throws {
    try await office.moveStudy(to: .testing, reason: "", as: builder)
    try await office.moveStudy(to: .approved, reason: "", as: lead)
    try await office.openEnrolment(as: lead)
  }

  /// Closes enrolment and ends follow-up, so that the data can be locked.
  public static func endFollowUp(
    lead: Actor, manager: Actor, _ office: Installation
  ) async throws {
    try await office.moveStudy(to: .enrolmentClosed, reason: "", as: lead)
    try await office.moveStudy(to: .followupComplete, reason: "", as: manager)
  }
}

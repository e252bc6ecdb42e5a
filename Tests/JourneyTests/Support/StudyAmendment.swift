import Conduct
import Store
import StudyModel
import Testing

/// The people and acts that bring another version of the study into force.
struct StudyAmendment: Sendable {
  let world: ReferenceTrial
  let now: UTCInstant

  var office: Installation { world.installation.at(now) }

  /// The study of the tests with a later version, and parts of its text replaced.
  static func source(
    _ version: String = "2.0", _ changes: [(of: String, to: String)] = []
  ) throws -> String {
    var text = try #require(EmbeddedStudies.definition("kap-ect"))
    for change in [(of: "version: \"1.0\"\n", to: "version: \"\(version)\"\n")] + changes {
      try #require(text.contains(change.of), "the study has no \(change.of)")
      text = text.replacing(change.of, with: change.to, maxReplacements: 1)
    }
    return text
  }

  func builder() async throws -> Actor { try await world.actor("study_builder", now: now) }
  func manager() async throws -> Actor { try await world.actor("data_manager", now: now) }
  func unblindedManager() async throws -> Actor {
    try await world.actor("data_manager_u", now: now)
  }
  func lead() async throws -> Actor { try await world.actor("sponsor_lead", now: now) }

  @discardableResult
  func draft(_ source: String, asksReconsent: Bool = false) async throws -> String {
    try await office.draftAmendment(
      AmendmentDraft(
        source: source, summary: "what the committee asked for", asksReconsent: asksReconsent),
      as: try await builder())
  }

  func approve(_ version: String) async throws {
    _ = try await office.dryRunAmendment(version, as: try await manager())
    _ = try await office.dryRunAmendment(version, as: try await unblindedManager())
    try await office.approveAmendment(version, as: try await manager())
  }

  @discardableResult
  func putInForce(
    _ version: String, at site: String, from day: CalendarDate? = nil
  ) async throws -> Int {
    let today = try CalendarDate(parsing: try Walk.date(now, site))
    return try await office.putInForce(
      ComingIntoForce(
        version: version, site: try SiteKey(parsing: site), from: day ?? today,
        ethicsApprovedOn: today, ethicsReference: "REC 27/LO/0144"), as: try await lead())
  }

  /// All of it, at one site, on one day.
  @discardableResult
  func bring(
    _ source: String, asksReconsent: Bool = false, to site: String = ReferenceTrial.london
  ) async throws -> Int {
    let version = try await draft(source, asksReconsent: asksReconsent)
    try await approve(version)
    return try await putInForce(version, at: site)
  }
}

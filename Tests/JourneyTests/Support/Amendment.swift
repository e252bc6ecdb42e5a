import Conduct
import Store
import StudyModel

/// The acts by which a scheme comes into force, by the people of a trial.
struct Amendment {
  static let entropy = Array("dice thrown by the committee".utf8)

  let world: ReferenceTrial
  let now: UTCInstant

  var office: Installation { world.installation.at(now) }

  func manager() async throws -> Actor { try await world.actor("rand_manager", now: now) }

  func second() async throws -> Actor { try await world.actor("stat_unblinded", now: now) }

  /// Drafts a candidate from JSON text.
  func draft(_ json: String) async throws -> Int {
    try await office.draftScheme(.json(Array(json.utf8)), as: try await manager())
  }

  /// Simulates what is drafted, in few runs.
  func simulate(runs: Int = 5) async throws -> Int {
    try await office.simulateDrafts(
      SimulationOrder(runs: runs, participants: 40), as: try await manager())
  }

  func commit(_ draft: Int, plan: String = "") async throws {
    try await office.commitScheme(draft, entropyPlan: plan, as: try await manager())
  }

  func approve() async throws {
    try await office.approveRandomization(as: try await second())
  }

  func record(_ value: [UInt8] = entropy) async throws {
    try await office.recordEntropy(value, source: "dice", as: try await manager())
  }

  /// The scheme of the reference trial with other parts, version, ledger and epoch left out.
  static func scheme(
    arms: String = #"[{"id":"KET","ratio":1},{"id":"KAP","ratio":1},{"id":"ECT","ratio":1}]"#,
    method: String = #"{"type":"big_stick","mti":2}"#, strata: String = #"["site","severity"]"#,
    severity: String = #"["MOD","SEV"]"#, carry: Bool = false
  ) -> String {
    """
    {"arms": \(arms), "factors": [{"id": "site", "levels": ["101", "103"]},
      {"id": "severity", "levels": \(severity)}], "strata": \(strata), "method": \(method),
      "caps": [{"when": {}, "max": 900}], "void": "keep", "correct": "keep", "carry": \(carry)}
    """
  }
}

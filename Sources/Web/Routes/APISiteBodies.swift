import Conduct
import Store
import StudyModel

/// How far a site is from being opened.
struct SiteReadinessBody: Codable {
  struct Need: Codable {
    let sentence: String
    let isMet: Bool
  }
  struct Record: Codable {
    let fact: String
    let holds: Bool
    let since: String
    let reference: String
    let arms: [String]
    let version: String
    let by: String
    let at: String
  }
  let state: String
  let version: String
  let isComplete: Bool
  let missingRoles: [String]
  let needs: [Need]
  let records: [Record]

  init(_ found: SiteReadiness) {
    state = found.state.rawValue
    version = found.version
    isComplete = found.isComplete
    missingRoles = found.missingStaff.map(\.id.text)
    needs = found.needs.map { Need(sentence: $0.sentence, isMet: $0.isMet) }
    records = found.facts.map {
      Record(
        fact: $0.fact.rawValue, holds: $0.holds, since: $0.since.description,
        reference: $0.reference, arms: $0.arms, version: $0.protocolVersion, by: $0.recordedBy,
        at: $0.recordedAt.description)
    }
  }

  /// What is recorded of a site, as a page or a program sends it.
  static func record(
    fact: String?, holds: Bool, since: String?, reference: String?, arms: [String]
  ) throws(ActRefusal) -> SiteFactRecord {
    guard let kind = fact.flatMap(SiteFactKind.init(rawValue:)) else {
      throw .invalid([
        Fault(
          field: "fact", code: "bad_fact",
          sentence:
            "Say what is recorded: \(SiteFactKind.allCases.map(\.rawValue).joined(separator: ", ")). "
            + "Nothing was recorded.")
      ])
    }
    return SiteFactRecord(
      fact: kind, holds: holds, since: since ?? "", reference: reference ?? "", arms: arms)
  }
}

/// The state of the study with the steps a role may take.
struct StudyStepsBody: Codable {
  struct Step: Codable {
    let to: String
    let sentence: String
    let lacks: [String]
    let needsReason: Bool
  }
  let state: String
  let steps: [Step]

  init(state: StudyState, steps: [StudyStep]) {
    self.state = state.rawValue
    self.steps = steps.map {
      Step(
        to: $0.target.rawValue, sentence: $0.sentence, lacks: $0.lacks,
        needsReason: $0.needsReason)
    }
  }
}

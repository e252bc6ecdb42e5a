import Store
public import StudyModel

/// What somebody holds to be right in the place of a value that was reported, and what shows it.
public struct ReportedCorrection: Sendable {
  /// The field.
  public let field: FieldID
  /// The value as the evidence has it.
  public let value: String
  /// Why.
  public let reason: String
  /// What shows it, such as a recording or a letter by its reference.
  public let evidence: String

  /// Makes a correction.
  public init(field: FieldID, value: String, reason: String, evidence: String) {
    self.field = field
    self.value = value
    self.reason = reason
    self.evidence = evidence
  }
}

extension StudyDefinition {
  /// Whether a form is reported by participants or raters, and so changed by its author alone.
  func isReported(_ form: Form) -> Bool {
    form.dataClass == .outcome
      && form.fields.contains {
        let source = source(of: $0, in: form)
        return source == .participant || source == .rater
      }
  }
}

extension Actor {
  /// Whether this person may record corrections beside a form.
  public func corrects(_ form: Form) -> Bool {
    role.can(.correctReported) && reads(form) && definition.isReported(form)
  }

  /// Whether this person reads the corrections beside a form: those who read the whole form.
  func readsCorrections(of form: Form) -> Bool {
    reads(form) && definition.isReported(form)
      && role.blinding == .blinded && role.classes.contains(.outcome)
  }

  /// The digest a correction binds: place, version, the answers as stored, and all that is said.
  func correctionDigest(
    _ address: EntryAddress, version: Int, _ answers: String, _ correction: ReportedCorrection
  ) -> [UInt8] {
    let parts = [
      "correction/v1", trial.key, address.subject.text, address.form.text, address.visit.text,
      String(address.number), String(version), answers, correction.field.text, correction.value,
      correction.reason, correction.evidence, fullName, role.id.text,
      Installation.correctionMeaning,
    ]
    return sha256(parts.map { "\($0.utf8.count):\($0)" }.joined(separator: "\n"))
  }
}

extension Installation {
  /// The meaning of the signature under a correction.
  public static let correctionMeaning =
    "What was reported stays as it is. The value beside it is what the evidence I name shows."

  /// Signs a correction beside what a participant or rater reported (REQ-020).
  ///
  /// The entry itself is changed by its author and nobody else. The correction is bound to the version that was read
  /// and void as soon as the author changes it; a later correction of the field takes its place.
  /// - Returns: the number of the correction.
  public func correctReported(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    version: Int, _ correction: ReportedCorrection, as actor: Actor
  ) async throws -> Int {
    try actor.need(.correctReported)
    let address = EntryAddress(participant, form, visit, number: number)
    let actor = try await acting(actor, on: address)
    let form = try actor.reviewsForm(form, at: visit, of: participant.subject)
    try form.needNumber(number)
    guard actor.corrects(form) else { throw ActRefusal.notFound }
    let correction = try Self.checked(correction, form)
    try needFreshSigner(actor)
    let trial = actor.trial.id
    return try await session(actor) { session in
      guard let stored = try session.entry(address, in: form.dataClass, trial: trial) else {
        throw StoreError.notFound
      }
      guard stored.version == version else { throw StoreError.stale }
      let answers = try AnswerText.answers(stored.answers)
      guard answers[correction.field] != .value(correction.value) else {
        throw StoreError.unchanged
      }
      return try session.recordCorrection(
        of: address, version: version, field: correction.field, corrected: correction.value,
        reason: correction.reason, evidence: correction.evidence, name: actor.fullName,
        meaning: Self.correctionMeaning,
        digest: actor.correctionDigest(address, version: version, stored.answers, correction))
    }
  }

  private static func checked(
    _ correction: ReportedCorrection, _ form: Form
  ) throws(ActRefusal) -> ReportedCorrection {
    guard let field = form.field(correction.field), !field.isCalculated else {
      throw .invalid([
        Fault(
          field: "field", code: "no_such_field",
          sentence: "Name a field of the form that is answered. Nothing was signed.")
      ])
    }
    guard let value = try? field.type.value(parsing: correction.value) else {
      throw .invalid([
        Fault(
          field: "value", code: "bad_value",
          sentence: "This is no answer to “\(field.label)”. Nothing was signed.")
      ])
    }
    return ReportedCorrection(
      field: field.id, value: value.canonicalText ?? correction.value,
      reason: try GivenText.checked(correction.reason, field: "reason", name: "The reason"),
      evidence: try GivenText.checked(correction.evidence, field: "evidence", name: "The evidence"))
  }
}

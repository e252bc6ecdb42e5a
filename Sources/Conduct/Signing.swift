import Foundation
public import Store
public import StudyModel

extension Installation {
  /// Signs the present version of a submitted form with the role's meaning.
  ///
  /// The digest binds what is signed, who signs it in which role and what signing means; any later
  /// change voids the signature. When the form decides eligibility, the participant moves on in the same
  /// transaction.
  public func signEntry(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, version: Int,
    as actor: Actor
  ) async throws -> UTCInstant {
    try actor.need(.signForms)
    let form = try actor.readsForm(form, at: visit)
    guard form.signedBy.contains(actor.role.id) else { throw ActRefusal.notFound }
    try needFresh(actor)
    let address = EntryAddress(participant, form.id, visit)
    let trial = actor.trial
    let decidesEligibility = actor.definition.randomization.preconditions.contains {
      $0.kind == .eligibilitySigned(form: form.id)
    }
    let meaning = form.meaningOfSignature
    return try await session(actor) { session in
      guard let stored = try session.entry(address, in: form.dataClass, trial: trial.id) else {
        throw StoreError.notFound
      }
      guard stored.version == version else { throw StoreError.stale }
      let digest = actor.signatureDigest(
        participant, form, visit, version: version, stored.answers)
      let at = try session.signEntry(
        address, in: form.dataClass, version: version, name: actor.fullName, meaning: meaning,
        digest: digest)
      if decidesEligibility {
        let answers = try AnswerText.answers(stored.answers)
        try Self.decide(participant, form, answers, session)
      }
      return at
    }
  }

  private static func decide(
    _ participant: ParticipantKey, _ form: Form, _ answers: [FieldID: FieldAnswer],
    _ session: Session
  ) throws {
    // The form's own calculation `eligible` holds the rule: all inclusions, no exclusion.
    let eligible = answers.first { $0.key.text == "eligible" }?.value.text
    switch eligible {
    case "true", "Y":
      try session.moveParticipant(participant, from: ["screening", "eligible"], to: "eligible")
    default:
      try session.moveParticipant(
        participant, from: ["screening", "eligible"], to: "screen_failed",
        reason: "a criterion is not met")
    }
  }

  /// Opens a data query on a field.
  public func openQuery(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, field: String,
    text: String, isBlocking: Bool, as actor: Actor
  ) async throws -> Int {
    try actor.need(.openDataQuery)
    guard let form = actor.definition.form(form) else { throw ActRefusal.notFound }
    guard (3...2000).contains(text.unicodeScalars.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "text", code: "bad_text",
          sentence: "The text of a data query has 3 to 2000 characters. Nothing was opened.")
      ])
    }
    guard actor.role.classes.contains(form.dataClass) else { throw ActRefusal.notFound }
    return try await session(actor) { session in
      try session.openQuery(
        EntryAddress(participant, form.id, visit), in: form.dataClass, field: field, text: text,
        isBlocking: isBlocking)
    }
  }

  /// The open data queries in the actor's reach, of every class the role reads by itself.
  public func openQueries(as actor: Actor) async throws -> [StoredQuery] {
    let classes = actor.entryClasses
    return try await session(actor) { session in
      try classes.flatMap { try session.queries(of: nil, in: $0, trial: actor.trial.id) }
    }
  }

  /// Answers and closes a data query of a class the role reads by itself.
  public func closeQuery(_ query: QueryAddress, answer: String, as actor: Actor) async throws {
    guard actor.role.can(.answerDataQuery) || actor.role.can(.openDataQuery),
      actor.entryClasses.contains(query.dataClass)
    else { throw ActRefusal.notFound }
    guard answer.count >= 3 else { throw ActRefusal.reasonMissing }
    try await session(actor) { session in
      // Free text of an unblinded writer is of class treatment, whatever it says.
      guard actor.isUnblinded, query.dataClass != .treatment else {
        return try session.closeQuery(query, answer: answer)
      }
      try session.closeQuery(query, answer: "Answered in the treatment record.")
      try session.note(
        "data query answered", on: "query \(query.text)", site: actor.sites.setting,
        reason: answer, in: .treatment)
    }
  }
}

extension Form {
  /// What a signature on it says.
  var meaningOfSignature: String { signatureMeaning ?? "I confirm this form." }
}

extension Actor {
  /// The digest a signature of this person binds: trial, participant, form, visit, version, answers
  /// as stored, printed name, role and meaning, each with its length so that none runs into another.
  func signatureDigest(
    _ participant: ParticipantKey, _ form: Form, _ visit: VisitCode, version: Int,
    _ answers: String
  ) -> [UInt8] {
    let parts = [
      "signature/v2", trial.key, participant.text, form.id.text, visit.text, String(version),
      answers, fullName, role.id.text, form.meaningOfSignature,
    ]
    return sha256(parts.map { "\($0.utf8.count):\($0)" }.joined(separator: "\n"))
  }
}

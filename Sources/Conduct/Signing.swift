import Foundation
import Store
public import StudyModel

extension Installation {
  /// Signs the present version of a submitted form with the role's meaning.
  ///
  /// The digest binds what is signed, who signs it in which role and what signing means; any later
  /// change voids the signature. When the form decides eligibility, the participant moves on in the same
  /// transaction.
  public func signEntry(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    version: Int, as actor: Actor
  ) async throws -> UTCInstant {
    let address = EntryAddress(owner, form, visit, number: number)
    let signing = try await signingCase(address, as: actor)
    try needFreshSigner(actor)
    return try await session(signing.actor) { try signing.sign(version: version, in: $0) }
  }

  /// A form that this person may sign.
  func signingCase(_ address: EntryAddress, as actor: Actor) async throws -> SigningCase {
    try actor.need(.signForms)
    let actor = try await acting(actor, on: address)
    let form = try actor.readsForm(address.form, at: address.visit, of: address.subject)
    try form.needNumber(address.number)
    guard actor.signs(form) else { throw ActRefusal.notFound }
    return SigningCase(actor: actor, form: form, address: address)
  }
}

/// One form in the hands of who signs it.
struct SigningCase: Sendable {
  let actor: Actor
  let form: Form
  let address: EntryAddress

  /// Signs the version that was read, and moves the participant on where the form decides that.
  func sign(version: Int, in session: Session) throws -> UTCInstant {
    let trial = actor.trial
    guard let stored = try session.entry(address, in: form.dataClass, trial: trial.id) else {
      throw StoreError.notFound
    }
    guard stored.version == version else { throw StoreError.stale }
    let digest = actor.signatureDigest(
      address.subject, form, address.visit, number: address.number, version: version,
      stored.answers)
    let at = try signedOnce(version: version, digest: digest, in: session)
    guard let participant = address.subject.participant else { return at }
    if actor.definition.withdrawsWhenSigned(form.id),
      let withdrawal = form.withdrawal(told: try AnswerText.answers(stored.answers))
    {
      try session.withdraw(participant, level: withdrawal.level, on: withdrawal.date)
    }
    let decidesEligibility = actor.definition.randomization.preconditions.contains {
      $0.kind == .eligibilitySigned(form: form.id)
    }
    if decidesEligibility {
      let answers = try AnswerText.answers(stored.answers)
      try Self.decide(participant, form, answers, session)
    }
    if let consent = actor.definition.consentForm, consent.form == form.id, trial.amendments > 0,
      let given = try AnswerText.answers(stored.answers)[consent.versionField]?.text
    {
      _ = try session.settleReconsent(participant, consentVersion: given)
    }
    return at
  }

  /// The signature as the database keeps it; a version that carries one is not signed again.
  private func signedOnce(
    version: Int, digest: [UInt8], in session: Session
  ) throws -> UTCInstant {
    do {
      return try session.signEntry(
        address, in: form.dataClass, version: version, name: actor.fullName,
        meaning: form.meaningOfSignature, digest: digest)
    } catch {
      guard case .notUnique = error else { throw error }
      throw ActRefusal.notNow(
        code: "signed_already", sentence: "This version is signed already. Nothing was changed.")
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
}

extension Form {
  /// What a signature on it says.
  var meaningOfSignature: String { signatureMeaning ?? "I confirm this form." }
}

extension Actor {
  /// The digest a signature of this person binds: trial, participant or site, form, visit, version, answers
  /// as stored, printed name, role and meaning, each with its length so that none runs into another.
  ///
  /// A repeat binds its number as well.
  func signatureDigest(
    _ owner: some EntryOwner, _ form: Form, _ visit: VisitCode, number: Int = 1,
    version: Int, _ answers: String
  ) -> [UInt8] {
    let parts =
      [
        "signature/v2", trial.key, owner.subject.text, form.id.text, visit.text, String(version),
        answers, fullName, role.id.text, form.meaningOfSignature,
      ] + (number == 1 ? [] : [String(number)])
    return sha256(parts.map { "\($0.utf8.count):\($0)" }.joined(separator: "\n"))
  }
}

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
    var decision: EligibilityDecision?
    if actor.definition.decidesEligibility(form.id), let key = address.subject.participant {
      decision = try await eligibilityDecision(of: try await participant(key, as: actor), actor)
    }
    return SigningCase(actor: actor, form: form, address: address, decision: decision)
  }
}

/// One form in the hands of who signs it.
struct SigningCase: Sendable {
  let actor: Actor
  let form: Form
  let address: EntryAddress
  /// What the step is judged by, where the form decides eligibility.
  let decision: EligibilityDecision?

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
    try beginScreening(participant, session)
    if let decision {
      try decide(participant, try AnswerText.answers(stored.answers), decision, session)
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

  /// Begins screening once everything the protocol has signed before it is signed.
  private func beginScreening(_ participant: ParticipantKey, _ session: Session) throws {
    let needed = actor.definition.formsSignedBeforeScreening
    let consented = ParticipantState.consented.rawValue
    guard needed.contains(form.id),
      try session.participant(participant, in: actor.trial.id)?.state == consented,
      try needed.allSatisfy({ try session.isSigned([$0], of: participant, in: actor.trial.id) })
    else { return }
    try session.moveParticipant(
      participant, from: [consented], to: ParticipantState.screening.rawValue)
  }

  private func decide(
    _ participant: ParticipantKey, _ answers: [FieldID: FieldAnswer],
    _ decision: EligibilityDecision, _ session: Session
  ) throws {
    // The form's own calculation `eligible` holds the rule: all inclusions, no exclusion.
    let eligible = answers.first { $0.key.text == "eligible" }?.value.text
    let isEligible = eligible == "true" || eligible == "Y"
    let target: ParticipantState = isEligible ? .eligible : .screenFailed
    guard let standing = try session.participant(participant, in: actor.trial.id) else {
      throw StoreError.notFound
    }
    // Signed again after a change, the form is judged again: that step is no part of the table.
    if standing.state != ParticipantState.eligible.rawValue {
      let signed = try decision.signedForms(into: target).filter {
        try session.isSigned([$0], of: participant, in: actor.trial.id)
      }
      // Who signs that a criterion is not met need not be who records that screening failed.
      if !isEligible, !decision.isTaken(into: target, by: actor.role.id) { return }
      let lacks = decision.lacks(
        from: standing.state, into: target, role: actor.role.id, signed: Set(signed))
      guard lacks.isEmpty else {
        throw ActRefusal.notNow(
          code: "not_by_protocol",
          sentence: lacks.joined(separator: " ") + " Nothing was signed or changed.")
      }
    }
    try session.moveParticipant(
      participant, from: ["screening", "eligible"], to: target.rawValue,
      reason: isEligible ? "" : "a criterion is not met")
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

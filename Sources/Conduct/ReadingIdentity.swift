import Store
public import StudyModel

/// Who a participant is, as given at consent.
///
/// It has no description and no mirror, so that no log can print it.
public struct ParticipantIdentity: Sendable, CustomReflectable {
  /// The initials.
  public let initials: String
  /// The year of birth.
  public let birthYear: Int
  /// The sex, in the code of the consent form.
  public let sex: String

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Installation {
  /// Reads who a participant of the own site is; the purpose is on record before it is shown.
  ///
  /// - Parameter purpose: what for, 3 to 200 characters, without the identity.
  /// - Throws: `notFound` for other sites and for roles without the class, `invalid` without a purpose.
  public func identity(
    of participant: ParticipantKey, purpose: String, as actor: Actor
  ) async throws -> ParticipantIdentity {
    guard actor.role.classes.contains(.identity) else { throw ActRefusal.notFound }
    _ = try actor.oneSite()
    let keys = try needKeys()
    let purpose = try GivenText.checked(
      purpose, field: "purpose", name: "The purpose", atMost: 200)
    let box = try await session(actor) {
      try $0.readIdentity(of: participant, purpose: purpose)
    }
    let bytes = try keys.open(box, for: .identity(trial: actor.trial.id))
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: "|", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = Int(parts[1]) else { throw ActRefusal.sealDamaged }
    return ParticipantIdentity(
      initials: String(parts[0]), birthYear: year, sex: String(parts[2]))
  }
}

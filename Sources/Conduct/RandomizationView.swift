import Store
public import StudyModel

/// The public face of a trial's randomization: how far it is, and what was committed to.
public struct RandomizationOverview: Sendable {
  /// How far it is.
  public let state: RandomizationState
  /// The identity of the ledger in hexadecimal, empty before the draft.
  public let ledger: String
  /// The key that signs heads in hexadecimal, empty before the draft.
  public let publicKey: String
  /// The instant of the draft.
  public let draftedAt: UTCInstant?
  /// Whether the reader drafted it, so that another person must approve.
  public let isOwnDraft: Bool
}

extension Installation {
  /// How far the randomization is, for the people who set it up.
  public func randomizationOverview(as actor: Actor) async throws -> RandomizationOverview {
    guard actor.role.can(.draftRandomization) || actor.role.can(.approveRandomization) else {
      throw ActRefusal.notFound
    }
    let trial = actor.trial
    let (ledger, scheme) = try await session(actor, on: .custodian) { session in
      (try session.ledger(of: trial.id), try session.schemes(in: trial.id).last)
    }
    return RandomizationOverview(
      state: try await randomizationState(of: trial), ledger: ledger?.ledger.hex ?? "",
      publicKey: ledger?.publicKey.hex ?? "", draftedAt: scheme?.draftedAt,
      isOwnDraft: scheme?.draftedBy == actor.user)
  }

  /// The form by which a randomization is requested: the one that gives a level of a factor and is
  /// entered by who randomizes, with the visit and the field of the level.
  public func requestForm(
    _ actor: Actor
  ) -> (form: Form, visit: VisitCode, field: FieldID)? {
    for factor in actor.definition.factors {
      guard case .field(let reference, _) = factor.source, let name = reference.form,
        let form = actor.definition.form(name), form.enteredBy.contains(actor.role.id),
        let visit = reference.visit ?? form.visits.first
      else { continue }
      return (form, visit, reference.field)
    }
    return nil
  }
}

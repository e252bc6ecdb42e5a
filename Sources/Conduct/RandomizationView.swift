import Store
public import StudyModel

/// How far a trial's randomization is, for the people who set it up.
public struct RandomizationOverview: Sendable {
  /// One scheme that was committed to.
  public struct Epoch: Sendable {
    /// The number of the epoch.
    public let number: Int
    /// The instant of the commitment.
    public let committedAt: UTCInstant
    /// Whether the second person approved.
    public let isApproved: Bool
    /// The instant of the public entropy, nil before.
    public let inForceAt: UTCInstant?
    /// The simulation attached, nil before simulations were kept.
    public let simulation: Int?
  }

  /// How far the latest scheme is.
  public let state: RandomizationState
  /// The identity of the ledger in hexadecimal, empty before the first commitment.
  public let ledger: String
  /// The key that signs heads in hexadecimal, empty before the first commitment.
  public let publicKey: String
  /// The schemes committed to, in order.
  public let epochs: [Epoch]
  /// Whether the reader committed to the latest one, so that another person must approve.
  public let isOwnDraft: Bool
}

extension Installation {
  /// How far the randomization is, for the people who set it up.
  public func randomizationOverview(as actor: Actor) async throws -> RandomizationOverview {
    try Self.needSight(of: actor)
    let trial = actor.trial
    let (ledger, schemes) = try await session(actor, on: .custodian) { session in
      (try session.ledger(of: trial.id), try session.schemes(in: trial.id))
    }
    return RandomizationOverview(
      state: RandomizationState(schemes), ledger: ledger?.ledger.hex ?? "",
      publicKey: ledger?.publicKey.hex ?? "",
      epochs: schemes.map {
        RandomizationOverview.Epoch(
          number: $0.epoch, committedAt: $0.draftedAt, isApproved: $0.approvedBy != nil,
          inForceAt: $0.inForceAt, simulation: $0.simulation)
      }, isOwnDraft: schemes.last?.draftedBy == actor.user)
  }

  /// The form by which a randomization is requested: the one that gives a level of a factor and is
  /// entered by who randomizes, with the visit and the field of the level.
  public func requestForm(
    _ actor: Actor
  ) -> (form: Form, visit: VisitCode, field: FieldID)? {
    for factor in actor.definition.factors {
      guard case .field(let reference, _) = factor.source, let name = reference.form,
        let form = actor.definition.form(name), actor.writes(form),
        let visit = reference.visit ?? form.visits.first
      else { continue }
      return (form, visit, reference.field)
    }
    return nil
  }
}

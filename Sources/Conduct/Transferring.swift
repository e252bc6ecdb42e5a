public import Store
public import StudyModel

/// A participant who moves is handed from site to site: offered by the one, taken over by the other.
///
/// The key stays, what was written keeps the site it was written at, and the stratum of the randomization
/// and its day stay those of the site where it took place.
extension Installation {
  /// Offers from and to the sites in reach, the open ones first.
  public func transfers(as actor: Actor) async throws -> [StoredTransfer] {
    try actor.need(.consentParticipant)
    let trial = actor.trial.id
    return try await session(actor) { try $0.transfers(in: trial) }
  }

  /// The sites a participant of the own site can be offered to: the active ones, without their counts.
  public func sitesToOffer(as actor: Actor) async throws -> [(key: SiteKey, name: String)] {
    try actor.need(.consentParticipant)
    let (own, trial) = (try actor.oneSite(), actor.trial.id)
    return try await session(actor) { session in
      try session.sites(of: trial).filter { $0.key != own && $0.state == "active" }
        .map { ($0.key, $0.name) }
    }
  }

  /// Offers a participant of the own site to another; until that site accepts nothing changes.
  ///
  /// - Parameter reason: why, 3 to 500 characters, which both sites read.
  /// - Throws: `notFound`, `invalid`, `notNow` with what stands against it.
  public func offerTransfer(
    of key: ParticipantKey, to site: String, reason: String, as actor: Actor
  ) async throws {
    try actor.need(.consentParticipant)
    let own = try actor.oneSite()
    let participant = try await participant(key, as: actor)
    guard let to = try? SiteKey(parsing: site), to != own, actor.definition.site(to) != nil else {
      throw ActRefusal.invalid([
        Fault(
          field: "site", code: "bad_site",
          sentence: "Choose the site that is to have the participant. Nothing was offered.")
      ])
    }
    let reason = try GivenText.checked(reason, field: "reason", name: "The reason")
    guard ParticipantState(rawValue: participant.state)?.isEnd == false else {
      throw ActRefusal.notNow(
        code: "participation_ended",
        sentence: "Participation has ended, so there is nothing to hand over.")
    }
    guard try await openTransfer(of: key, actor) == nil else {
      throw ActRefusal.notNow(
        code: "offered_already",
        sentence: "The participant is offered to a site already. Withdraw that offer first.")
    }
    try await session(actor) { try $0.offerTransfer(of: key, to: to, reason: reason) }
  }

  /// Accepts or declines what another site offers, or withdraws the own offer.
  ///
  /// - Throws: `notFound` where there is no such offer of this site or to it, `notNow` where the
  ///   participant cannot come.
  public func decideTransfer(
    of key: ParticipantKey, _ decision: TransferDecision, as actor: Actor
  ) async throws {
    try actor.need(.consentParticipant)
    let own = try actor.oneSite()
    guard let offer = try await openTransfer(of: key, actor),
      (decision == .withdrawn ? offer.from : offer.to) == own
    else { throw ActRefusal.notFound }
    do {
      try await session(actor) { try $0.decideTransfer(of: key, decision) }
    } catch ActRefusal.stale, StoreError.conflict {
      throw ActRefusal.notNow(
        code: "participation_ended",
        sentence: "Participation has ended since the offer. Decline it; nothing was changed.")
    }
  }

  private func openTransfer(
    of key: ParticipantKey, _ actor: Actor
  ) async throws -> StoredTransfer? {
    try await transfers(as: actor).first { $0.participant == key && $0.decision == nil }
  }
}

import Postgres
public import StudyModel

/// A participant offered by one site to another.
public struct StoredTransfer: Sendable, Equatable {
  /// The participant.
  public let participant: ParticipantKey
  /// Which offer of the participant, from 1.
  public let number: Int
  /// The site that had the participant.
  public let from: SiteKey
  /// The site that is to have the participant.
  public let to: SiteKey
  /// Why, as the offering site says.
  public let reason: String
  /// Instant of the offer.
  public let offeredAt: UTCInstant
  /// What became of it, nil while it is open.
  public let decision: TransferDecision?
  /// Instant of the decision.
  public let decidedAt: UTCInstant?
}

/// What becomes of an offer.
public enum TransferDecision: String, CaseIterable, Sendable, Codable {
  /// By the receiving site: the participant is there now.
  case accepted
  /// By the receiving site.
  case declined
  /// By the site that offered.
  case withdrawn
}

enum TransferSQL: String, StatementSet {
  case list = """
    select participant, transfer_no::bigint, from_site, to_site, reason, offered_at, decision, decided_at
      from open.transfers
     where trial_id = $1
     order by decision is not null, participant, transfer_no
    """
  case offer = "select open.offer_transfer($1, $2, $3)::bigint"
  case decide = "select open.decide_transfer($1, $2)"
}

extension Session {
  /// Offers from and to the sites in reach, the open ones first.
  public func transfers(in trial: TrialID) throws -> [StoredTransfer] {
    try rows(TransferSQL.list.statement, .int(Int64(trial))).map { row in
      StoredTransfer(
        participant: try ParticipantKey(parsing: try row.text(0)), number: try row.int(1),
        from: try SiteKey(parsing: try row.text(2)), to: try SiteKey(parsing: try row.text(3)),
        reason: try row.text(4), offeredAt: try row.instant(5),
        decision: try row.optionalText(6).flatMap(TransferDecision.init(rawValue:)),
        decidedAt: try row.optionalInstant(7))
    }
  }

  /// Offers a participant of the own site to another; `conflict` where an offer is open.
  public func offerTransfer(
    of participant: ParticipantKey, to site: SiteKey, reason: String
  ) throws(StoreError) {
    _ = try rows(
      TransferSQL.offer.statement, .text(participant.text), .text(site.text), .text(reason))
  }

  /// Decides an open offer; with an acceptance the participant is at the own site.
  public func decideTransfer(
    of participant: ParticipantKey, _ decision: TransferDecision
  ) throws(StoreError) {
    _ = try rows(
      TransferSQL.decide.statement, .text(participant.text), .text(decision.rawValue))
  }
}

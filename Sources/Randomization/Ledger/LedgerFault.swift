/// Why an entry does not continue a ledger; the codes are those of verification.
public enum LedgerFault: String, Error, Sendable, Equatable, CustomStringConvertible {
  /// The index is not the next one.
  case index

  /// The entry does not name the leaf hash of the one before.
  case chain

  /// The first entry does not open a ledger.
  case open

  /// The seed is not the one committed to.
  case seed

  /// The scheme is missing, differs from its commitment, or does not follow the one before.
  case scheme

  /// Public entropy is missing or belongs to no pending epoch.
  case entropy

  /// The request or the participant was allocated before.
  case duplicate

  /// Allocation should have been refused.
  case refusable

  /// The position or the epoch is not the one that follows.
  case sequence

  /// The seal is not the one that follows from the seed.
  case allocation

  /// The participant was never allocated.
  case subject

  /// The kind of the entry is unknown or has no place here.
  case kind

  /// What does not fit and what to do.
  public var description: String {
    "The ledger does not verify (\(rawValue)): \(sentence) "
      + "Stop allocating and compare the ledger with receipts and witnessed heads."
  }

  private var sentence: String {
    switch self {
    case .index: "an entry is missing or out of place."
    case .chain: "an entry was changed after it was written."
    case .open: "the first entry does not open a ledger."
    case .seed: "the seed is not the one committed to."
    case .scheme: "a scheme is missing, is not the one committed to, or may not follow."
    case .entropy: "no epoch is in force, or public entropy belongs to no pending epoch."
    case .duplicate: "a request or a participant was allocated twice."
    case .refusable: "an allocation was recorded that should have been refused."
    case .sequence: "a position or an epoch is not the one that follows."
    case .allocation: "a seal does not follow from the seed."
    case .subject: "an entry names a participant who was never allocated."
    case .kind: "an entry is of unknown kind or has no place here."
    }
  }
}

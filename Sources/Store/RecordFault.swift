/// The first place in one part of the record that does not agree with the rest.
public struct RecordFault: Sendable, Equatable {
  /// What was compared.
  public enum Part: String, Sendable, CaseIterable {
    case audit, seals, row, version, signature, review
    /// A signed correction beside what was reported.
    case correction
    /// A signature of an act that closes the trial.
    case lockSignature = "lock_signature"
    /// A signed review of roles.
    case accessReview = "access_review"
    /// The number of the last data query.
    case queries
  }

  /// How it differs.
  public enum Kind: String, Sendable, CaseIterable {
    /// Changed after it was written.
    case changed
    /// Not there any more.
    case missing
    /// There, though nobody wrote it through the program.
    case added
    /// The end was cut off, or the head does not name the last.
    case cut
  }

  /// The trial, 0 for what belongs to none.
  public let trial: Int
  /// The schema.
  public let schema: RecordSchema
  /// What was compared.
  public let part: Part
  /// How it differs.
  public let kind: Kind
  /// The place: a position, or table and key.
  public let place: String
}

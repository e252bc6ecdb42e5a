/// How one participant's randomization stands: what was used, what is true, whether it was an error.
///
/// It holds no arm.
public struct RandomizationStanding: Sendable, Equatable {
  /// The participant's code.
  public let subject: Label

  /// The index of the entry of the allocation.
  public let entry: Int

  /// The levels as randomized, never edited.
  public let levelsUsed: [Label: Label]

  /// The levels as corrected last, nil when they were never corrected.
  public let levelsCorrected: [Label: Label]?

  /// Whether the participant was randomized in error.
  public let isVoid: Bool

  /// The levels that are true, as far as is known.
  public var trueLevels: [Label: Label] { levelsCorrected ?? levelsUsed }
}

extension AllocationLedger {
  /// How every allocation stands, in ledger order.
  public var standings: [RandomizationStanding] { records.compactMap(Self.standing) }

  /// How a participant's randomization stands, nil when there is none.
  public func standing(of subject: Label) -> RandomizationStanding? {
    recordBySubject[subject].flatMap { Self.standing(records[$0]) }
  }

  /// The factors with their levels under which a participant was allocated, nil when not allocated.
  public func factors(of subject: Label) -> [Scheme.Factor]? {
    guard let epoch = allocation(of: subject)?.epoch else { return nil }
    return epochs.first { $0.scheme.epoch == epoch }?.scheme.factors
  }

  private static func standing(_ record: AllocationRecord) -> RandomizationStanding? {
    guard let entry = record.draw.recordedIn else { return nil }
    return RandomizationStanding(
      subject: record.draw.subject, entry: entry, levelsUsed: record.draw.levels,
      levelsCorrected: record.correctedLevels, isVoid: record.isVoid)
  }
}

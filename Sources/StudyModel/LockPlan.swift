/// One step of the way to the locked data.
public struct LockStep: Hashable, Sendable, Identifiable {
  /// The name, such as `soft_lock`.
  public let id: String
  /// What the step requires, as a sentence.
  public let sentence: String
  /// The roles that sign it; more than one means that many different people.
  public let signedBy: [RoleID]

  /// Makes the value from its parts.
  public init(
    id: String,
    sentence: String,
    signedBy: [RoleID]
  ) {
    self.id = id
    self.sentence = sentence
    self.signedBy = signedBy
  }
}

/// The order of lock, unblinding and archive; no step can be skipped.
public struct LockPlan: Hashable, Sendable {
  /// The steps in order.
  public let steps: [LockStep]
  /// The day after which every participant must be in an end state.
  public let lastDay: Int
  /// The roles that together hard-lock, one person each.
  public let hardLockedBy: [RoleID]
  /// The roles that together unblind, one person each.
  public let unblindedBy: [RoleID]
  /// How long the archive is kept after the end of the trial.
  public let retentionYears: Int

  /// Makes the value from its parts.
  public init(
    steps: [LockStep],
    lastDay: Int,
    hardLockedBy: [RoleID],
    unblindedBy: [RoleID],
    retentionYears: Int
  ) {
    self.steps = steps
    self.lastDay = lastDay
    self.hardLockedBy = hardLockedBy
    self.unblindedBy = unblindedBy
    self.retentionYears = retentionYears
  }
}

/// An arm of the trial.
public struct Arm: Hashable, Sendable {
  /// The code, confidential wherever it stands beside a participant.
  public let code: ArmCode
  /// The name in words.
  public let title: String
  /// How many of each full round are allocated to it.
  public let ratio: Int

  /// Makes the value from its parts.
  public init(
    code: ArmCode,
    title: String,
    ratio: Int = 1
  ) {
    self.code = code
    self.title = title
    self.ratio = ratio
  }
}

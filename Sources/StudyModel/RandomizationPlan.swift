/// How arms are drawn.
public enum AllocationMethod: Hashable, Sendable {
  /// Permuted blocks whose size is drawn from the sizes, each as likely.
  case block(sizes: [Int])
  /// Another method of the allocation engine, with its numbers by name.
  case named(String, numbers: [String: [ExactNumber]])
}

/// How participants are allocated.
public struct RandomizationPlan: Hashable, Sendable {
  /// How arms are drawn.
  public let method: AllocationMethod
  /// The factors in the order of the stratum key.
  public let factors: [StratificationFactor]
  /// The planned number of randomized participants.
  public internal(set) var plannedTotal: Int
  /// The most participants per site, when the study sets one.
  public internal(set) var siteCap: Int?
  /// The preconditions in the order they are checked and shown.
  public let preconditions: [Precondition]
  /// The hours after which an allocation not acknowledged alerts the site.
  public internal(set) var acknowledgeWithinHours: Int

  /// Makes the value from its parts.
  public init(
    method: AllocationMethod,
    factors: [StratificationFactor],
    plannedTotal: Int,
    siteCap: Int? = nil,
    preconditions: [Precondition],
    acknowledgeWithinHours: Int
  ) {
    self.method = method
    self.factors = factors
    self.plannedTotal = plannedTotal
    self.siteCap = siteCap
    self.preconditions = preconditions
    self.acknowledgeWithinHours = acknowledgeWithinHours
  }
}

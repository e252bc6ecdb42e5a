/// An interval estimate with the level that belongs to it.
public struct ConfidenceInterval: Equatable, Sendable {
  /// The lower limit on the scale of the measure; minus infinity or zero where none exists.
  public var lower: Double
  /// The upper limit on the scale of the measure; infinite where none exists.
  public var upper: Double
  /// The two-sided level, for example 0.95.
  public var level: Double

  /// An interval from its limits and level.
  public init(lower: Double, upper: Double, level: Double) {
    self.lower = lower
    self.upper = upper
    self.level = level
  }

  /// Whether a value lies inside or on a limit.
  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// The normal quantile that belongs to a two-sided level.
func criticalValue(level: Double) throws(StatisticsRefusal) -> Double {
  guard level > 0.5, level < 1 else { throw .levelOutOfRange }
  return Normal.tailQuantile((1 - level) / 2)
}

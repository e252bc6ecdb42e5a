/// A statistic that is standard normal at the margin, with both one-sided p-values.
public struct ScoreTest: Equatable, Sendable {
  /// The statistic; positive when the difference lies above the margin.
  public var z: Double

  /// A test from its statistic.
  public init(z: Double) { self.z = z }

  /// P(Z ≥ z): small when the measure lies above the margin.
  public var pGreater: Double { Normal.tail(z) }
  /// P(Z ≤ z): small when the measure lies below the margin.
  public var pLess: Double { Normal.cdf(z) }
}

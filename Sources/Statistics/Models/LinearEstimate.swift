/// A linear combination of a model's coefficients with what inference on it needs.
public struct LinearEstimate: Equatable, Sendable {
  /// What is estimated, as readers may know it.
  public var label: String
  /// The estimate on the outcome's scale.
  public var estimate: Double
  /// Its standard error.
  public var standardError: Double
  /// The degrees of freedom of its t statistic.
  public var degreesOfFreedom: Double

  /// An estimate from its parts.
  public init(
    label: String, estimate: Double, standardError: Double, degreesOfFreedom: Double
  ) {
    self.label = label
    self.estimate = estimate
    self.standardError = standardError
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The t statistic against a value of the null hypothesis.
  public func t(against null: Double = 0) -> Double { (estimate - null) / standardError }

  /// The two-sided p-value against zero.
  public var p: Double { StudentT.twoSided(t(), degreesOfFreedom: degreesOfFreedom) }

  /// The one-sided p-value at a noninferiority margin, in the direction the margin carries.
  public func pOneSided(margin: NoninferiorityMargin) -> Double {
    switch margin.direction {
    case .higherIsBetter:
      StudentT.tail(t(against: margin.value), degreesOfFreedom: degreesOfFreedom)
    case .lowerIsBetter:
      StudentT.cdf(t(against: margin.value), degreesOfFreedom: degreesOfFreedom)
    }
  }

  /// Estimate ± t standard errors.
  public func interval(level: Double = 0.95) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    let half =
      -StudentT.quantile((1 - level) / 2, degreesOfFreedom: degreesOfFreedom) * standardError
    return ConfidenceInterval(lower: estimate - half, upper: estimate + half, level: level)
  }
}

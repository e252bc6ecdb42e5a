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

  /// The t statistic against a value of the null hypothesis; 0 or infinite without any error.
  public func t(against null: Double = 0) -> Double {
    let excess = estimate - null
    return excess == 0 ? 0 : excess / standardError
  }

  /// The two-sided p-value against zero; 1 without degrees of freedom to judge by.
  public var p: Double {
    degreesOfFreedom > 0 ? StudentT.twoSided(t(), degreesOfFreedom: degreesOfFreedom) : 1
  }

  /// The one-sided p-value at a noninferiority margin, in the direction the margin carries.
  public func pOneSided(margin: NoninferiorityMargin) -> Double {
    pOneSided(claim: .noninferiority(margin))
  }

  /// The one-sided p-value of a claim, in its direction; 1 without degrees of freedom to judge by.
  public func pOneSided(claim: Claim) -> Double {
    guard degreesOfFreedom > 0 else { return 1 }
    let t = t(against: claim.nullDifference)
    return switch claim.direction {
    case .higherIsBetter: StudentT.tail(t, degreesOfFreedom: degreesOfFreedom)
    case .lowerIsBetter: StudentT.cdf(t, degreesOfFreedom: degreesOfFreedom)
    }
  }

  /// Estimate ± t standard errors.
  /// - Throws: `tooFewObservations` without degrees of freedom.
  public func interval(level: Double = 0.95) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    guard degreesOfFreedom > 0 else { throw .tooFewObservations }
    let half =
      -StudentT.quantile((1 - level) / 2, degreesOfFreedom: degreesOfFreedom) * standardError
    return ConfidenceInterval(lower: estimate - half, upper: estimate + half, level: level)
  }
}

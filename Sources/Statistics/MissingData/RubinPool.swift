/// Estimates from several imputed data sets joined into one.
///
/// T = W̄ + (1 + 1/m)B. Degrees of freedom: Rubin (1987), Multiple Imputation for Nonresponse in Surveys,
/// eq. 3.1.6; with those of the complete data, Barnard and Rubin (1999), Biometrika 86, 948-955.
/// Accuracy 1e-12 relative.
public struct RubinPool: Equatable, Sendable {
  /// The mean of the estimates.
  public let estimate: Double
  /// The mean of their variances, W̄.
  public let within: Double
  /// The variance of the estimates, B.
  public let between: Double
  /// T.
  public let totalVariance: Double
  /// (1 + 1/m)B/W̄.
  public let relativeIncrease: Double
  /// The degrees of freedom of t.
  public let degreesOfFreedom: Double

  /// Joins estimates.
  /// - Parameter completeDegreesOfFreedom: those of the analysis without missing values, if it has any.
  public init(
    estimates: [Double], variances: [Double], completeDegreesOfFreedom: Double? = nil
  ) throws(StatisticsRefusal) {
    guard estimates.count == variances.count else { throw .lengthsDiffer }
    guard estimates.count > 1 else { throw .tooFewObservations }
    guard variances.allSatisfy({ $0 > 0 && $0.isFinite }), estimates.allSatisfy(\.isFinite),
      completeDegreesOfFreedom.map({ $0 > 0 && $0.isFinite }) ?? true
    else { throw .parameterOutOfRange }
    let count = Double(estimates.count)
    let centre = CompensatedSum(estimates).value / count
    estimate = centre
    within = CompensatedSum(variances).value / count
    between =
      CompensatedSum(estimates.lazy.map { ($0 - centre) * ($0 - centre) }).value / (count - 1)
    guard between.isFinite, within.isFinite else { throw .parameterOutOfRange }
    let extra = (1 + 1 / count) * between
    totalVariance = within + extra
    relativeIncrease = extra / within
    let share = extra / totalVariance
    let classic = share > 0 ? (count - 1) / (share * share) : .infinity
    guard let complete = completeDegreesOfFreedom else {
      degreesOfFreedom = classic
      return
    }
    let observed = (complete + 1) / (complete + 3) * complete * (1 - share)
    degreesOfFreedom = classic.isFinite ? classic * observed / (classic + observed) : observed
  }

  /// The share of information on the estimate that is missing.
  public var fractionMissing: Double {
    (relativeIncrease + 2 / (degreesOfFreedom + 3)) / (relativeIncrease + 1)
  }

  /// The estimate with its standard error and degrees of freedom.
  public var asEstimate: LinearEstimate {
    LinearEstimate(
      label: "pooled", estimate: estimate, standardError: sqrt(totalVariance),
      degreesOfFreedom: degreesOfFreedom)
  }
}

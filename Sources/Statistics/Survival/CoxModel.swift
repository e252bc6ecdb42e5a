/// How events at the same time enter the partial likelihood.
public enum TiesMethod: Sendable {
  /// Efron (1977), JASA 72, 557-565.
  case efron
  /// Breslow (1974), Biometrics 30, 89-99.
  case breslow
  /// The conditional likelihood of discrete times: Cox (1972), JRSS B 34, section 6.
  case exact
}

/// Proportional hazards regression, with one baseline hazard per stratum.
///
/// Maximizes the partial likelihood by Newton's method with step halving; converges on the gradient.
/// Source: Cox (1972), Regression models and life-tables, JRSS B 34, 187-220.
/// Accuracy: coefficients 1e-9; variance from the observed information.
public struct CoxModel: Equatable, Sendable {
  /// Log hazard ratios, one per covariate.
  public let coefficients: [Double]
  /// Their covariance matrix.
  public let covariance: Matrix
  /// The log partial likelihood without effects.
  public let logLikelihoodNull: Double
  /// The log partial likelihood at the estimate.
  public let logLikelihood: Double
  /// The score test of no effect.
  public let scoreChiSquare: Double
  /// The Wald test of no effect.
  public let waldChiSquare: Double
  /// The likelihood ratio test of no effect.
  public var likelihoodRatioChiSquare: Double { 2 * (logLikelihood - logLikelihoodNull) }
  /// Standard errors of the coefficients.
  public var standardErrors: [Double] {
    coefficients.indices.map { sqrt(covariance[$0, $0]) }
  }

  /// Fits the model.
  /// - Parameters:
  ///   - covariates: one row per participant; centred inside, so that any scale does.
  ///   - strata: a label per participant; nil for one stratum.
  public init(
    _ times: [SurvivalTime], covariates: [[Double]], strata: [String]? = nil,
    ties: TiesMethod = .efron
  ) throws(StatisticsRefusal) {
    guard times.count == covariates.count, strata.map({ $0.count == times.count }) ?? true
    else { throw .lengthsDiffer }
    guard let size = covariates.first?.count, size > 0, times.contains(where: \.isEvent) else {
      throw .tooFewObservations
    }
    guard covariates.allSatisfy({ $0.count == size }) else { throw .lengthsDiffer }
    guard times.allSatisfy({ $0.time.isFinite }),
      covariates.allSatisfy({ $0.allSatisfy(\.isFinite) })
    else { throw .parameterOutOfRange }
    let likelihood = PartialLikelihood(times, covariates, strata, ties)
    var beta = Array(repeating: 0.0, count: size)
    var here = likelihood.evaluate(beta)
    logLikelihoodNull = here.value
    let score = try Cholesky(here.information).forward(here.gradient)
    scoreChiSquare = score.reduce(0) { $0 + $1 * $1 }
    for _ in 0..<newtonStepsAtMost {
      let factor = try Cholesky(here.information)
      let step = factor.solve(here.gradient)
      let decrement = zip(step, here.gradient).reduce(0) { $0 + $1.0 * $1.1 }
      if decrement < 1e-20 { break }
      var share = 1.0
      var next = here
      var moved = beta
      repeat {
        moved = zip(beta, step).map { $0 + share * $1 }
        next = likelihood.evaluate(moved)
        share /= 2
      } while !(next.value >= here.value - 1e-9 * abs(here.value)) && share > 1e-6
      beta = moved
      here = next
      if decrement < 1e-16 { break }
    }
    let gradient = here.gradient.map(abs).max() ?? 0
    guard gradient < 1e-5 * max(1, abs(here.value)) else { throw .notConverged }
    coefficients = beta
    logLikelihood = here.value
    covariance = try Cholesky(here.information).inverse()
    waldChiSquare = here.information.quadratic(beta)
  }
}

/// Newton from zero settles in six steps; a monotone likelihood never does.
private let newtonStepsAtMost = 60

/// How the degrees of freedom of a contrast of repeated measures are found.
public enum DegreesOfFreedomMethod: Sendable {
  /// Satterthwaite's: 2 v²/Var(v), Var from the inverse of the observed information.
  case satterthwaite
  /// Kenward and Roger's adjusted standard error, for a covariance linear in its parameters.
  case kenwardRogerLinear
  /// Participants less the columns that do not vary within a participant.
  case betweenWithin
}

/// A model for repeated measures: arm × visit + baseline × visit + factors, fitted by REML.
///
/// Missing visits enter by the likelihood (missing at random). Scoring on the covariance, then Newton's
/// method with the observed information, until the gradient is zero to rounding.
/// Sources: Patterson and Thompson (1971), Biometrika 58, 545-554; Satterthwaite (1941); Fai and Cornelius
/// (1996), J. Stat. Comput. Simul. 54, 363-378; Kenward and Roger (1997), Biometrics 53, 983-997, eq. 3
/// without the term of second derivatives.
/// - Throws: `tooFewObservations`, `modelNotIdentified`, `notConverged`.
public struct MixedModel: Sendable {
  /// The measurements analysed.
  public let observations: Int
  /// The participants analysed.
  public let participants: Int
  /// −2 log restricted likelihood at the estimate.
  public let minusTwoLogLikelihood: Double
  /// The covariance matrix of all visits of one participant.
  public let covarianceMatrix: Matrix
  /// The visits in order.
  public var visits: [String] { design.visits }
  /// The arms in alphabetical order.
  public var arms: [String] { design.arms }
  /// The largest element of the gradient by the parameters, at the estimate.
  public let gradient: Double
  private let design: VisitDesign
  private let likelihood: RestrictedLikelihood
  private let state: RestrictedLikelihood.State
  private let jacobian: Matrix
  /// The covariance matrix of the covariance parameters.
  private let parameterCovariance: Matrix

  /// Fits the model.
  public init(
    _ rows: [RepeatedMeasure], covariance structure: CovarianceStructure = .unstructured
  ) throws(StatisticsRefusal) {
    guard let first = rows.first else { throw .tooFewObservations }
    guard rows.allSatisfy({ $0.factors.count == first.factors.count }) else {
      throw .lengthsDiffer
    }
    guard rows.allSatisfy({ $0.outcome.isFinite && $0.baseline.isFinite }) else {
      throw .parameterOutOfRange
    }
    design = VisitDesign(rows)
    likelihood = try RestrictedLikelihood(rows, design)
    let fit = try CovarianceFit(likelihood, structure)
    observations = rows.count
    participants = likelihood.participants
    state = fit.state
    minusTwoLogLikelihood = fit.state.value
    covarianceMatrix = structure.matrix(fit.theta, design.visits.count)
    jacobian = fit.jacobian
    gradient = fit.gradient.map(abs).max() ?? 0
    // F = −2ℓ: the information of ℓ is half the second derivative of F.
    var information = fit.curvature
    for index in information.values.indices { information.values[index] /= 2 }
    parameterCovariance = try Cholesky(information).inverse()
  }

  /// The mean of an arm at a visit, at the mean baseline and equally weighed factor levels.
  public func leastSquaresMean(
    _ arm: String, at visit: String, degreesOfFreedom method: DegreesOfFreedomMethod
  ) -> LinearEstimate? {
    design.mean(arm, visit).map { combination(arm, $0, method) }
  }

  /// The difference of two arms at a visit.
  public func contrast(
    _ first: String, _ second: String, at visit: String,
    degreesOfFreedom method: DegreesOfFreedomMethod
  ) -> LinearEstimate? {
    guard let one = design.mean(first, visit), let two = design.mean(second, visit) else {
      return nil
    }
    return combination("\(first) - \(second)", zip(one, two).map { $0 - $1 }, method)
  }

  /// The fitted mean of an arm at a visit for a baseline value, without factor covariates.
  func mean(_ arm: String, at visit: String, baseline: Double) -> Double {
    guard let number = design.visits.firstIndex(of: visit) else { return .nan }
    let row = design.row(
      RepeatedMeasure(
        participant: "", arm: arm, visit: visit, outcome: 0, baseline: baseline), visit: number)
    return zip(row, state.coefficients).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func combination(
    _ label: String, _ weights: [Double], _ method: DegreesOfFreedomMethod
  ) -> LinearEstimate {
    let spread = state.covariance.times(weights)
    var variance = zip(weights, spread).reduce(0) { $0 + $1.0 * $1.1 }
    let slope = varianceSlope(spread)
    let degrees: Double
    switch method {
    case .satterthwaite:
      degrees = 2 * variance * variance / parameterCovariance.quadratic(slope)
    case .kenwardRogerLinear:
      degrees = 2 * variance * variance / parameterCovariance.quadratic(slope)
      variance += adjustment(spread)
    case .betweenWithin: degrees = Double(participants - design.betweenColumns)
    }
    return LinearEstimate(
      label: label, estimate: zip(weights, state.coefficients).reduce(0) { $0 + $1.0 * $1.1 },
      standardError: sqrt(variance), degreesOfFreedom: degrees)
  }

  /// ∂(LᵀCL)/∂θ = Σ qᵀE q with q = V⁻¹X C L of every participant.
  private func varianceSlope(_ spread: [Double]) -> [Double] {
    var elements = Array(repeating: 0.0, count: jacobian.rows)
    for (pattern, part) in zip(likelihood.patterns, state.parts) {
      let q = pattern.images(spread).squares.between(part.weight)
      let visit = pattern.visits
      for a in visit.indices {
        for b in 0...a {
          elements[visit[a] * (visit[a] + 1) / 2 + visit[b]] += (a == b ? 1 : 2) * q[a, b]
        }
      }
    }
    return (0..<jacobian.columns).map { column in
      elements.indices.reduce(0) { $0 + jacobian[$1, column] * elements[$1] }
    }
  }

  /// 2 Σ W_ij Lᵀ C (Q_ij − P_i C P_j) C L, W the covariance of the parameters.
  private func adjustment(_ spread: [Double]) -> Double {
    let information = RestrictedInformation(likelihood, state)
    let count = jacobian.rows
    var quadratic = Matrix(rows: count, columns: count)
    var moments = Array(
      repeating: Array(repeating: 0.0, count: likelihood.columns), count: count)
    for (pattern, part) in zip(likelihood.patterns, state.parts) {
      let w = part.weight
      let (squares, cross) = pattern.images(spread)
      let q = squares.between(w)
      information.forPairs(pattern.visits) { i, a, b, j, c, d, factor in
        quadratic[i, j] +=
          factor * (w[a, c] * q[b, d] + w[a, d] * q[b, c] + w[b, c] * q[a, d] + w[b, d] * q[a, c])
      }
      information.forElements(pattern.visits, w) { element, factors in
        for (row, target) in pattern.columns.enumerated() {
          for visit in pattern.visits.indices {
            moments[element][target] += factors[pattern.places[row], visit] * cross[row, visit]
          }
        }
      }
    }
    let solved = moments.map { state.covariance.times($0) }
    for i in 0..<count {
      for j in 0..<count {
        quadratic[i, j] -= zip(moments[i], solved[j]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    var total = 0.0
    for one in 0..<jacobian.columns {
      for two in 0..<jacobian.columns {
        var value = 0.0
        for i in 0..<count where jacobian[i, one] != 0 {
          for j in 0..<count { value += jacobian[i, one] * quadratic[i, j] * jacobian[j, two] }
        }
        total += parameterCovariance[one, two] * value
      }
    }
    return 2 * total
  }
}

/// The search for the covariance parameters that maximize the restricted likelihood.
struct CovarianceFit {
  private(set) var theta: [Double]
  private(set) var state: RestrictedLikelihood.State
  /// ∂²F/∂θ∂θ at the estimate.
  private(set) var curvature = Matrix(rows: 0, columns: 0)
  private let likelihood: RestrictedLikelihood
  private let structure: CovarianceStructure

  init(
    _ likelihood: RestrictedLikelihood, _ structure: CovarianceStructure
  ) throws(StatisticsRefusal) {
    self.likelihood = likelihood
    self.structure = structure
    var identity = Matrix(rows: likelihood.visits, columns: likelihood.visits)
    for visit in 0..<likelihood.visits { identity[visit, visit] = 1 }
    let plain = try likelihood.evaluate(identity)
    theta = structure.start(Self.variances(likelihood, plain))
    state = try likelihood.evaluate(structure.matrix(theta, likelihood.visits))
    try climb()
  }

  var jacobian: Matrix { structure.jacobian(theta, likelihood.visits) }

  /// ∂F/∂θ.
  var gradient: [Double] {
    let jacobian = jacobian
    let pairs = CovarianceElements(likelihood.visits).pairs
    return (0..<jacobian.columns).map { column in
      pairs.indices.reduce(0) { sum, element in
        let (row, other) = pairs[element]
        let share = (row == other ? 1 : 2) * state.gradient[row, other]
        return sum + jacobian[element, column] * share
      }
    }
  }

  /// ∂²F/∂θ∂θ by the chain rule.
  private func observed() -> Matrix {
    var matrix = sandwich(RestrictedInformation(likelihood, state).observed())
    let pairs = CovarianceElements(likelihood.visits).pairs
    for one in theta.indices {
      for two in theta.indices {
        for (row, other) in pairs {
          let share = (row == other ? 1 : 2) * state.gradient[row, other]
          matrix[one, two] +=
            share * structure.second(theta, (row, other), likelihood.visits, one, two)
        }
      }
    }
    return matrix
  }

  /// Scoring while far, Newton's method when near; a step that does not descend is halved.
  private mutating func climb() throws(StatisticsRefusal) {
    for _ in 0..<scoringStepsAtMost {
      let slope = gradient
      let matrix = sandwich(RestrictedInformation(likelihood, state).approximate())
      let decrement = try descend(along: matrix, slope)
      if decrement < 1e-3 { break }
    }
    for _ in 0..<newtonStepsAtMost {
      let slope = gradient
      curvature = observed()
      if try descend(along: curvature, slope) < 1e-16 { return }
    }
    throw .notConverged
  }

  /// Takes one step and gives the squared length it promised.
  private mutating func descend(
    along matrix: Matrix, _ slope: [Double]
  ) throws(StatisticsRefusal) -> Double {
    let step = try Cholesky(matrix).solve(slope)
    let decrement = zip(step, slope).reduce(0) { $0 + $1.0 * $1.1 }
    var share = 1.0
    while share > 1e-8 {
      let moved = zip(theta, step).map { $0 - share * $1 }
      // A matrix that is no covariance counts as a step too long.
      if let next = try? likelihood.evaluate(structure.matrix(moved, likelihood.visits)),
        next.value <= state.value + 1e-11 * abs(state.value)
      {
        theta = moved
        state = next
        return decrement
      }
      share /= 2
    }
    if decrement < 1e-9 { return 0 }
    throw .notConverged
  }

  /// Jᵀ H J.
  private func sandwich(_ matrix: Matrix) -> Matrix {
    let jacobian = jacobian
    var result = Matrix(rows: jacobian.columns, columns: jacobian.columns)
    for one in 0..<jacobian.columns {
      let column = (0..<jacobian.rows).map { jacobian[$0, one] }
      let product = matrix.times(column)
      for two in 0..<jacobian.columns {
        result[two, one] = (0..<jacobian.rows).reduce(0) {
          $0 + jacobian[$1, two] * product[$1]
        }
      }
    }
    return result
  }

  /// Residual variance by visit under independence: a start of the right size.
  private static func variances(
    _ likelihood: RestrictedLikelihood, _ plain: RestrictedLikelihood.State
  ) -> [Double] {
    var sums = Array(repeating: 0.0, count: likelihood.visits)
    var counts = Array(repeating: 0.0, count: likelihood.visits)
    // At the identity V⁻¹r is r.
    for (pattern, part) in zip(likelihood.patterns, plain.parts) {
      for (place, visit) in pattern.visits.enumerated() {
        sums[visit] += part.residuals[place, place]
        counts[visit] += Double(pattern.count)
      }
    }
    return zip(sums, counts).map { max($0 / max($1, 1), 1e-8) }
  }
}

/// Scoring reaches the neighbourhood in about ten steps.
private let scoringStepsAtMost = 60
private let newtonStepsAtMost = 20

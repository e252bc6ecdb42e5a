/// The restricted likelihood of repeated measures as a function of the covariance elements.
///
/// F = −2ℓ = (N − p) log 2π + Σ log|V| + log|ΣXᵀV⁻¹X| + rᵀV⁻¹r. Participants of one missingness pattern share
/// V⁻¹ and are summed once, so that a step takes time by patterns and not by participants, residuals apart.
/// Source: Patterson and Thompson (1971), Biometrika 58, 545-554; derivatives as in Lindstrom and Bates (1988),
/// JASA 83, 1014-1022.
struct RestrictedLikelihood {
  /// What one pattern contributes at a covariance matrix.
  struct Part {
    /// V⁻¹.
    var weight: Matrix
    /// Σ V⁻¹X C XᵀV⁻¹.
    var hat: Matrix
    /// Σ V⁻¹r rᵀV⁻¹.
    var residuals: Matrix
    /// Σ x_b r_c: stacked columns by visits.
    var cross: Matrix
  }

  struct State {
    var value: Double
    var coefficients: [Double]
    /// (ΣXᵀV⁻¹X)⁻¹.
    var covariance: Matrix
    /// By pattern.
    var parts: [Part]
    /// ∂F/∂Σ as a symmetric matrix: the derivative along E is tr(G E).
    var gradient: Matrix
  }

  let patterns: [VisitPattern]
  let participants: Int
  let visits: Int
  let columns: Int
  let observations: Int

  init(_ rows: [RepeatedMeasure], _ design: VisitDesign) throws(StatisticsRefusal) {
    patterns = try VisitPattern.all(of: rows, design)
    participants = patterns.reduce(0) { $0 + $1.count }
    visits = design.visits.count
    columns = design.columns
    observations = rows.count
    guard observations > columns + visits else { throw .tooFewObservations }
  }

  func evaluate(_ sigma: Matrix) throws(StatisticsRefusal) -> State {
    var normal = Matrix(rows: columns, columns: columns)
    var moment = Array(repeating: 0.0, count: columns)
    var logDeterminant = CompensatedSum()
    var parts: [Part] = []
    parts.reserveCapacity(patterns.count)
    for pattern in patterns {
      let factor = try Cholesky(Self.block(sigma, pattern.visits))
      let weight = factor.inverse()
      logDeterminant.add(Double(pattern.count) * factor.logDeterminant)
      pattern.addNormal(weight, to: &normal, &moment)
      parts.append(Part(weight: weight, hat: weight, residuals: weight, cross: weight))
    }
    let factor = try Cholesky(normal)
    let coefficients = factor.solve(moment)
    let covariance = factor.inverse()
    var squares = CompensatedSum()
    var gradient = Matrix(rows: visits, columns: visits)
    for (index, pattern) in patterns.enumerated() {
      let weight = parts[index].weight
      let (squared, cross) = pattern.residuals(coefficients)
      for (one, other) in zip(weight.values, squared.values) { squares.add(one * other) }
      let hat = pattern.spread(covariance).between(weight)
      let residuals = squared.between(weight)
      parts[index] = Part(weight: weight, hat: hat, residuals: residuals, cross: cross)
      let count = Double(pattern.count)
      for (one, row) in pattern.visits.enumerated() {
        for (two, column) in pattern.visits.enumerated() {
          gradient[row, column] += count * weight[one, two] - hat[one, two] - residuals[one, two]
        }
      }
    }
    let constant = Double(observations - columns) * log(2 * Double.pi)
    return State(
      value: constant + logDeterminant.value + factor.logDeterminant + squares.value,
      coefficients: coefficients, covariance: covariance, parts: parts, gradient: gradient)
  }

  static func block(_ sigma: Matrix, _ visits: [Int]) -> Matrix {
    var block = Matrix(rows: visits.count, columns: visits.count)
    for (one, row) in visits.enumerated() {
      for (two, column) in visits.enumerated() { block[one, two] = sigma[row, column] }
    }
    return block
  }
}

extension Matrix {
  /// W A W of a symmetric W.
  func between(_ weight: Matrix) -> Matrix { weight.times(self).times(weight) }

  /// The product of two matrices.
  func times(_ other: Matrix) -> Matrix {
    var result = Matrix(rows: rows, columns: other.columns)
    let width = other.columns
    for row in 0..<rows {
      for inner in 0..<columns {
        let factor = values[row * columns + inner]
        if factor == 0 { continue }
        for column in 0..<width {
          result.values[row * width + column] += factor * other.values[inner * width + column]
        }
      }
    }
    return result
  }
}

/// Second derivatives of F = −2ℓ by the covariance elements.
///
/// ∂²F = −tr(P E_i P E_j) + 2 yᵀP E_i P E_j P y, P = V⁻¹ − V⁻¹X C XᵀV⁻¹, written out so that only matrices
/// of one participant's size and the p × p matrices M_i = ΣXᵀV⁻¹E_iV⁻¹X appear.
/// Source: Lindstrom and Bates (1988), JASA 83, 1014-1022, section 3.
struct RestrictedInformation {
  let likelihood: RestrictedLikelihood
  let state: RestrictedLikelihood.State
  let pairs: [(Int, Int)]

  init(_ likelihood: RestrictedLikelihood, _ state: RestrictedLikelihood.State) {
    self.likelihood = likelihood
    self.state = state
    pairs = CovarianceElements(likelihood.visits).pairs
  }

  /// Σ tr(V⁻¹E_iV⁻¹E_j): what scoring divides by.
  func approximate() -> Matrix {
    var matrix = Matrix(rows: pairs.count, columns: pairs.count)
    // Participants of one missingness pattern share V⁻¹.
    var counts: [[Int]: (Int, Int)] = [:]
    for (index, participant) in likelihood.participants.enumerated() {
      counts[participant.visits, default: (index, 0)].1 += 1
    }
    for visits in counts.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let (index, count) = counts[visits] else { continue }
      let weight = state.parts[index].weight
      forPairs(visits) { i, a, b, j, c, d, factor in
        matrix[i, j] +=
          2 * factor * Double(count) * (weight[a, d] * weight[b, c] + weight[a, c] * weight[b, d])
      }
    }
    return matrix
  }

  /// The full matrix of second derivatives.
  func observed() -> Matrix {
    var matrix = approximate()
    for i in 0..<pairs.count { for j in 0..<pairs.count { matrix[i, j] = -matrix[i, j] } }
    let p = likelihood.columns
    var products = Array(repeating: 0.0, count: pairs.count * p * p)
    var moments = Array(repeating: Array(repeating: 0.0, count: p), count: pairs.count)
    // The terms are linear in the hat matrix and in products of residuals: participants of one
    // missingness pattern, who share V⁻¹, are summed first.
    var patterns: [[Int]: Pattern] = [:]
    for (index, participant) in likelihood.participants.enumerated() {
      let part = state.parts[index]
      patterns[participant.visits, default: Pattern(part.weight)].add(part)
      add(participant, part, &products, &moments)
    }
    for visits in patterns.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      guard let pattern = patterns[visits] else { continue }
      let (w, hat, e) = (pattern.weight, pattern.hat, pattern.residuals)
      forPairs(visits) { i, a, b, j, c, d, factor in
        let trace =
          w[b, c] * hat[d, a] + w[b, d] * hat[c, a] + w[a, c] * hat[d, b] + w[a, d] * hat[c, b]
        let quadratic =
          w[a, c] * e[b, d] + w[a, d] * e[b, c] + w[b, c] * e[a, d] + w[b, d] * e[a, c]
        matrix[i, j] += factor * (2 * trace + 2 * quadratic)
      }
    }
    let spread = (0..<pairs.count).map { element in
      times(state.covariance, Self.symmetric(products, element, p))
    }
    let solved = moments.map { state.covariance.times($0) }
    for i in 0..<pairs.count {
      for j in 0...i {
        var value = 0.0
        for row in 0..<p {
          for column in 0..<p { value -= spread[i][row, column] * spread[j][column, row] }
          value -= 2 * moments[i][row] * solved[j][row]
        }
        matrix[i, j] += value
        if i != j { matrix[j, i] += value }
      }
    }
    return matrix
  }

  /// Adds XᵀV⁻¹E_iV⁻¹X and XᵀV⁻¹E_iV⁻¹r of one participant.
  private func add(
    _ participant: RestrictedLikelihood.Participant, _ part: RestrictedLikelihood.Part,
    _ products: inout [Double], _ moments: inout [[Double]]
  ) {
    let p = likelihood.columns
    let visits = participant.visits
    let active = participant.active
    for a in visits.indices {
      for b in 0...a {
        let element = visits[a] * (visits[a] + 1) / 2 + visits[b]
        let factor = a == b ? 0.5 : 1
        let (one, two) = (part.weighted[a], part.weighted[b])
        let (ea, eb) = (part.residual[a], part.residual[b])
        for row in active.indices {
          moments[element][active[row]] += factor * (one[row] * eb + two[row] * ea)
          let (left, right) = (factor * one[row], factor * two[row])
          // The products are symmetric: what lies above the diagonal is filled in at the end.
          let start = (element * p + active[row]) * p
          for column in 0...row {
            products[start + active[column]] += left * two[column] + right * one[column]
          }
        }
      }
    }
  }

  /// The matrix of one element from what lies on and below its diagonal.
  private static func symmetric(_ products: [Double], _ element: Int, _ size: Int) -> Matrix {
    var matrix = Matrix(rows: size, columns: size)
    for row in 0..<size {
      for column in 0...row {
        let value = products[(element * size + row) * size + column]
        matrix[row, column] = value
        matrix[column, row] = value
      }
    }
    return matrix
  }

  /// Visits all pairs of elements a participant has.
  ///
  /// E_ab = f(e_a e_bᵀ + e_b e_aᵀ), f one half on the diagonal. Elements are numbered over all
  /// visits, a to d within the participant.
  func forPairs(
    _ visits: [Int], _ visit: (Int, Int, Int, Int, Int, Int, Double) -> Void
  ) {
    for a in visits.indices {
      for b in 0...a {
        let i = visits[a] * (visits[a] + 1) / 2 + visits[b]
        let f = a == b ? 0.5 : 1
        for c in visits.indices {
          for d in 0...c {
            let j = visits[c] * (visits[c] + 1) / 2 + visits[d]
            visit(i, a, b, j, c, d, f * (c == d ? 0.5 : 1))
          }
        }
      }
    }
  }

  private func times(_ one: Matrix, _ two: Matrix) -> Matrix {
    var result = Matrix(rows: one.rows, columns: two.columns)
    for row in 0..<one.rows {
      for inner in 0..<one.columns {
        let factor = one[row, inner]
        for column in 0..<two.columns { result[row, column] += factor * two[inner, column] }
      }
    }
    return result
  }
}

/// What the participants of one missingness pattern add up to.
private struct Pattern {
  /// V⁻¹, which they share.
  let weight: Matrix
  /// Σ V⁻¹X C XᵀV⁻¹.
  var hat: Matrix
  /// Σ V⁻¹r rᵀV⁻¹.
  var residuals: Matrix

  init(_ weight: Matrix) {
    self.weight = weight
    hat = Matrix(rows: weight.rows, columns: weight.rows)
    residuals = hat
  }

  mutating func add(_ part: RestrictedLikelihood.Part) {
    for index in hat.values.indices { hat.values[index] += part.hat.values[index] }
    for one in part.residual.indices {
      for two in part.residual.indices {
        residuals[one, two] += part.residual[one] * part.residual[two]
      }
    }
  }
}

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
    var products = Array(
      repeating: Matrix(rows: p, columns: p), count: pairs.count)
    var moments = Array(repeating: Array(repeating: 0.0, count: p), count: pairs.count)
    for (index, participant) in likelihood.participants.enumerated() {
      let part = state.parts[index]
      let hat = RestrictedLikelihood.sandwich(
        part.weighted, state.covariance, participant.active)
      let w = part.weight
      let e = part.residual
      forPairs(participant.visits) { i, a, b, j, c, d, factor in
        let trace =
          w[b, c] * hat[d, a] + w[b, d] * hat[c, a] + w[a, c] * hat[d, b] + w[a, d] * hat[c, b]
        let quadratic =
          e[b] * (w[a, c] * e[d] + w[a, d] * e[c]) + e[a] * (w[b, c] * e[d] + w[b, d] * e[c])
        matrix[i, j] += factor * (2 * trace + 2 * quadratic)
      }
      add(participant, part, &products, &moments)
    }
    let spread = products.map { times(state.covariance, $0) }
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
    _ products: inout [Matrix], _ moments: inout [[Double]]
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
          let start = active[row] * p
          for column in active.indices {
            products[element].values[start + active[column]] +=
              left * two[column] + right * one[column]
          }
        }
      }
    }
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

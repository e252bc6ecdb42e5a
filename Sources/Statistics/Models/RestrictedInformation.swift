/// Second derivatives of F = −2ℓ by the covariance elements.
///
/// ∂²F = −tr(P E_i P E_j) + 2 yᵀP E_i P E_j P y, P = V⁻¹ − V⁻¹X C XᵀV⁻¹, written out so that only matrices
/// of one pattern's size and the p × p matrices M_i = ΣXᵀV⁻¹E_iV⁻¹X appear.
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
    for (pattern, part) in zip(likelihood.patterns, state.parts) {
      let (count, weight) = (Double(pattern.count), part.weight)
      forPairs(pattern.visits) { i, a, b, j, c, d, factor in
        matrix[i, j] +=
          2 * factor * count * (weight[a, d] * weight[b, c] + weight[a, c] * weight[b, d])
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
    for (pattern, part) in zip(likelihood.patterns, state.parts) {
      add(pattern, part, &products, &moments)
      let (w, hat, e) = (part.weight, part.hat, part.residuals)
      forPairs(pattern.visits) { i, a, b, j, c, d, factor in
        let trace =
          w[b, c] * hat[d, a] + w[b, d] * hat[c, a] + w[a, c] * hat[d, b] + w[a, d] * hat[c, b]
        let quadratic =
          w[a, c] * e[b, d] + w[a, d] * e[b, c] + w[b, c] * e[a, d] + w[b, d] * e[a, c]
        matrix[i, j] += factor * (2 * trace + 2 * quadratic)
      }
    }
    let spread = (0..<pairs.count).map { element in
      state.covariance.times(Self.symmetric(products, element, p))
    }
    let turned = spread.map(\.transposed)
    let solved = moments.map { state.covariance.times($0) }
    for i in 0..<pairs.count {
      for j in 0...i {
        let value =
          -inner(spread[i].values, turned[j].values) - 2 * inner(moments[i], solved[j])
        matrix[i, j] += value
        if i != j { matrix[j, i] += value }
      }
    }
    return matrix
  }

  /// Adds XᵀV⁻¹E_iV⁻¹X and XᵀV⁻¹E_iV⁻¹r of the participants of one pattern.
  private func add(
    _ pattern: VisitPattern, _ part: RestrictedLikelihood.Part,
    _ products: inout [Double], _ moments: inout [[Double]]
  ) {
    let p = likelihood.columns
    let columns = pattern.columns
    // The products are symmetric: what lies above the diagonal is filled in at the end.
    let targets = pattern.products.map { product in
      let (row, column) = (columns[product.row], columns[product.column])
      return max(row, column) * p + min(row, column)
    }
    let values = pattern.products.map { product in
      // An element off the diagonal of Σ z zᵀ that falls on that of the design stands for two.
      product.row != product.column && columns[product.row] == columns[product.column]
        ? 2 * product.value : product.value
    }
    forElements(pattern.visits, part.weight) { element, factors in
      let start = element * p * p
      for index in targets.indices {
        products[start + targets[index]] +=
          factors.values[pattern.products[index].places] * values[index]
      }
      for row in columns.indices {
        let place = pattern.places[row]
        var sum = 0.0
        for visit in pattern.visits.indices {
          sum += factors[place, visit] * part.cross[row, visit]
        }
        moments[element][columns[row]] += sum
      }
    }
  }

  /// Visits the matrices V⁻¹E_iV⁻¹ of a pattern, by the number of the element.
  func forElements(_ visits: [Int], _ weight: Matrix, _ visit: (Int, Matrix) -> Void) {
    var factors = Matrix(rows: visits.count, columns: visits.count)
    for a in visits.indices {
      for b in 0...a {
        let half = a == b ? 0.5 : 1
        for c in visits.indices {
          for d in visits.indices {
            factors[c, d] = half * (weight[a, c] * weight[b, d] + weight[b, c] * weight[a, d])
          }
        }
        visit(visits[a] * (visits[a] + 1) / 2 + visits[b], factors)
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

  /// Visits all pairs of elements a pattern has.
  ///
  /// E_ab = f(e_a e_bᵀ + e_b e_aᵀ), f one half on the diagonal. Elements are numbered over all
  /// visits, a to d within the pattern.
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
}

/// The sum of products of two lists of the same length.
@inline(__always)
func inner(_ one: [Double], _ two: [Double]) -> Double {
  var sum = 0.0
  for index in one.indices { sum += one[index] * two[index] }
  return sum
}

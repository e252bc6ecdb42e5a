/// The restricted likelihood of repeated measures as a function of the covariance elements.
///
/// F = −2ℓ = (N − p) log 2π + Σ log|V| + log|ΣXᵀV⁻¹X| + rᵀV⁻¹r. Source: Patterson and Thompson (1971),
/// Biometrika 58, 545-554; derivatives as in Lindstrom and Bates (1988), JASA 83, 1014-1022.
struct RestrictedLikelihood {
  struct Participant {
    var visits: [Int]
    var outcomes: [Double]
    /// The columns of the design that are not zero at every visit of this participant.
    var active: [Int]
    /// Those columns, one list per visit.
    var design: [[Double]]

    /// The elements of a vector of coefficients that belong to the active columns.
    func gather(_ vector: [Double]) -> [Double] { active.map { vector[$0] } }
  }

  /// What one participant contributes at a covariance matrix.
  struct Part {
    /// V⁻¹.
    var weight: Matrix
    /// V⁻¹X at the active columns, one list per visit.
    var weighted: [[Double]]
    /// V⁻¹r.
    var residual: [Double]
    /// V⁻¹X C XᵀV⁻¹.
    var hat: Matrix
  }

  struct State {
    var value: Double
    var coefficients: [Double]
    /// (ΣXᵀV⁻¹X)⁻¹.
    var covariance: Matrix
    var parts: [Part]
    /// ∂F/∂Σ as a symmetric matrix: the derivative along E is tr(G E).
    var gradient: Matrix
  }

  let participants: [Participant]
  let visits: Int
  let columns: Int
  let observations: Int

  init(_ rows: [RepeatedMeasure], _ design: VisitDesign) throws(StatisticsRefusal) {
    var groups: [String: [(Int, RepeatedMeasure)]] = [:]
    for row in rows {
      let visit = design.visits.firstIndex(of: row.visit) ?? 0
      groups[row.participant, default: []].append((visit, row))
    }
    participants = groups.keys.sorted().map { key in
      let own = (groups[key] ?? []).sorted { $0.0 < $1.0 }
      let rows = own.map { design.row($0.1, visit: $0.0) }
      let active = (0..<design.columns).filter { column in rows.contains { $0[column] != 0 } }
      return Participant(
        visits: own.map(\.0), outcomes: own.map(\.1.outcome), active: active,
        design: rows.map { row in active.map { row[$0] } })
    }
    for participant in participants {
      guard Set(participant.visits).count == participant.visits.count else {
        throw .parameterOutOfRange
      }
    }
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
    parts.reserveCapacity(participants.count)
    var weights: [[Int]: (Matrix, Double)] = [:]
    for participant in participants {
      if weights[participant.visits] == nil {
        let factor = try Cholesky(Self.block(sigma, participant.visits))
        weights[participant.visits] = (factor.inverse(), factor.logDeterminant)
      }
      guard let (weight, determinant) = weights[participant.visits] else { continue }
      logDeterminant.add(determinant)
      let weighted = Self.product(weight, participant.design)
      let active = participant.active
      for visit in weighted.indices {
        let row = participant.design[visit]
        let left = weighted[visit]
        for one in active.indices {
          moment[active[one]] += participant.outcomes[visit] * left[one]
          let factor = row[one]
          if factor == 0 { continue }
          let start = active[one] * columns
          for two in active.indices { normal.values[start + active[two]] += factor * left[two] }
        }
      }
      parts.append(Part(weight: weight, weighted: weighted, residual: [], hat: weight))
    }
    let factor = try Cholesky(normal)
    let coefficients = factor.solve(moment)
    let covariance = factor.inverse()
    var squares = CompensatedSum()
    var gradient = Matrix(rows: visits, columns: visits)
    for index in participants.indices {
      let participant = participants[index]
      let own = participant.gather(coefficients)
      let raw = participant.outcomes.indices.map {
        participant.outcomes[$0] - inner(participant.design[$0], own)
      }
      let residual = parts[index].weight.times(raw)
      parts[index].residual = residual
      squares.add(inner(raw, residual))
      let hat = Self.sandwich(parts[index].weighted, covariance, participant.active)
      parts[index].hat = hat
      for (one, row) in participant.visits.enumerated() {
        for (two, column) in participant.visits.enumerated() {
          gradient[row, column] +=
            parts[index].weight[one, two] - hat[one, two] - residual[one] * residual[two]
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

  /// W X with X as a list of rows.
  private static func product(_ weight: Matrix, _ rows: [[Double]]) -> [[Double]] {
    rows.indices.map { one in
      var sum = Array(repeating: 0.0, count: rows[one].count)
      for two in rows.indices {
        let factor = weight[one, two]
        for column in sum.indices { sum[column] += factor * rows[two][column] }
      }
      return sum
    }
  }

  /// A C Aᵀ with A as a list of rows over some columns of C.
  static func sandwich(_ rows: [[Double]], _ covariance: Matrix, _ active: [Int]) -> Matrix {
    var result = Matrix(rows: rows.count, columns: rows.count)
    var left = Array(repeating: 0.0, count: active.count)
    for one in rows.indices {
      for index in active.indices {
        let start = active[index] * covariance.columns
        var sum = 0.0
        for other in active.indices {
          sum += covariance.values[start + active[other]] * rows[one][other]
        }
        left[index] = sum
      }
      for two in 0...one {
        let value = inner(left, rows[two])
        result[one, two] = value
        result[two, one] = value
      }
    }
    return result
  }
}

/// The sum of products of two lists of the same length.
@inline(__always)
func inner(_ one: [Double], _ two: [Double]) -> Double {
  var sum = 0.0
  for index in one.indices { sum += one[index] * two[index] }
  return sum
}

/// The restricted likelihood of repeated measures as a function of the covariance elements.
///
/// F = −2ℓ = (N − p) log 2π + Σ log|V| + log|ΣXᵀV⁻¹X| + rᵀV⁻¹r. Source: Patterson and Thompson (1971),
/// Biometrika 58, 545-554; derivatives as in Lindstrom and Bates (1988), JASA 83, 1014-1022.
struct RestrictedLikelihood {
  struct Participant {
    var visits: [Int]
    var outcomes: [Double]
    var design: [[Double]]
  }

  /// What one participant contributes at a covariance matrix.
  struct Part {
    /// V⁻¹.
    var weight: Matrix
    /// V⁻¹X, one list per visit.
    var weighted: [[Double]]
    /// V⁻¹r.
    var residual: [Double]
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
      return Participant(
        visits: own.map(\.0), outcomes: own.map(\.1.outcome),
        design: own.map { design.row($0.1, visit: $0.0) })
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
      for (row, left) in zip(participant.design, weighted) {
        for one in 0..<columns where row[one] != 0 {
          for two in 0..<columns { normal[one, two] += row[one] * left[two] }
        }
      }
      for (outcome, left) in zip(participant.outcomes, weighted) {
        for column in 0..<columns { moment[column] += outcome * left[column] }
      }
      parts.append(Part(weight: weight, weighted: weighted, residual: []))
    }
    let factor = try Cholesky(normal)
    let coefficients = factor.solve(moment)
    let covariance = factor.inverse()
    var squares = CompensatedSum()
    var gradient = Matrix(rows: visits, columns: visits)
    for index in participants.indices {
      let participant = participants[index]
      let raw = zip(participant.outcomes, participant.design).map { outcome, row in
        outcome - zip(row, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let residual = parts[index].weight.times(raw)
      parts[index].residual = residual
      squares.add(zip(raw, residual).reduce(0) { $0 + $1.0 * $1.1 })
      let hat = Self.sandwich(parts[index].weighted, covariance)
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

  /// A C Aᵀ with A as a list of rows.
  static func sandwich(_ rows: [[Double]], _ covariance: Matrix) -> Matrix {
    var result = Matrix(rows: rows.count, columns: rows.count)
    for one in rows.indices {
      let left = covariance.times(rows[one])
      for two in 0...one {
        let value = zip(left, rows[two]).reduce(0) { $0 + $1.0 * $1.1 }
        result[one, two] = value
        result[two, one] = value
      }
    }
    return result
  }
}

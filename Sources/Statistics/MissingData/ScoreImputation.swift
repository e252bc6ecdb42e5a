/// One participant whose follow-up score is seen or missing.
public struct ScoredRow: Equatable, Sendable {
  /// A number of the participant that does not depend on the order of rows; it names the random stream.
  public var stream: UInt64
  /// The allocated arm.
  public var arm: String
  /// The score before treatment.
  public var baseline: Double
  /// Further numeric covariates, always in the same order.
  public var covariates: [Double]
  /// The score at follow-up, nil where missing.
  public var score: Double?

  /// A row from its parts.
  public init(
    stream: UInt64, arm: String, baseline: Double, covariates: [Double], score: Double?
  ) {
    self.stream = stream
    self.arm = arm
    self.baseline = baseline
    self.covariates = covariates
    self.score = score
  }
}

/// Multiple imputation of a follow-up score within arms, from the trial's own covariates.
///
/// In each arm y = β₀ + β₁ baseline + γᵀx + ε is fitted to those seen. For each data set σ² is drawn as the
/// residual sum of squares over χ²_{n−p}, β from N(β̂, σ²(XᵀX)⁻¹), and every missing y from its predictive
/// distribution. Source: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, example 5.1. Covariates
/// that do not vary in an arm are left out there.
public struct ScoreImputation: Sendable {
  /// For every data set, the scores imputed for rows without one, in the order of `missing`.
  public let sets: [[Double]]
  /// The rows that had no score, by their index in the rows given.
  public let missing: [Int]

  /// Imputes.
  /// - Parameters:
  ///   - key: recorded with the result; the same key gives the same numbers.
  ///   - count: how many data sets.
  /// - Throws: `tooFewObservations` when an arm with missing scores has too few that are seen.
  public init(_ rows: [ScoredRow], key: UInt64, count: Int) throws(StatisticsRefusal) {
    guard count > 1 else { throw .parameterOutOfRange }
    guard rows.allSatisfy({ $0.covariates.count == rows[0].covariates.count }) else {
      throw .lengthsDiffer
    }
    guard
      rows.allSatisfy({
        $0.baseline.isFinite && $0.covariates.allSatisfy(\.isFinite)
          && ($0.score?.isFinite ?? true)
      })
    else { throw .parameterOutOfRange }
    missing = rows.indices.filter { rows[$0].score == nil }
    var models: [String: ImputationModel] = [:]
    for (number, arm) in Set(missing.map { rows[$0].arm }).sorted().enumerated() {
      models[arm] = try ImputationModel(
        rows.filter { $0.arm == arm && $0.score != nil }.sorted { $0.stream < $1.stream },
        number: UInt64(number))
    }
    var sets: [[Double]] = []
    for set in 0..<UInt64(count) {
      let drawn = models.mapValues { $0.draw(key: key, set: set) }
      sets.append(
        missing.map { index in
          guard let model = models[rows[index].arm], let drawn = drawn[rows[index].arm] else {
            return 0
          }
          var chances = CounterStream(key: key &+ 1, set, rows[index].stream)
          return model.mean(of: rows[index], drawn.coefficients)
            + drawn.deviation * chances.normal()
        })
    }
    self.sets = sets
  }
}

private struct ImputationModel {
  private let number: UInt64
  private let used: [Int]
  private let centre: [Double]
  private let estimate: [Double]
  private let factor: Cholesky
  private let squares: Double
  private let degrees: Double

  init(_ rows: [ScoredRow], number: UInt64) throws(StatisticsRefusal) {
    self.number = number
    let values = rows.map { [$0.baseline] + $0.covariates }
    let size = Double(rows.count)
    guard let width = values.first?.count else { throw .tooFewObservations }
    let centre = (0..<width).map { column in
      CompensatedSum(values.lazy.map { $0[column] }).value / size
    }
    let used = (0..<width).filter { column in
      values.contains { abs($0[column] - centre[column]) > 1e-9 * (1 + abs(centre[column])) }
    }
    let columns = used.count + 1
    guard rows.count > columns + 1 else { throw .tooFewObservations }
    self.centre = centre
    self.used = used
    let design = values.map { row in [1] + used.map { row[$0] - centre[$0] } }
    var information = Matrix(rows: columns, columns: columns)
    var moments = Array(repeating: 0.0, count: columns)
    for (row, participant) in zip(design, rows) {
      for one in 0..<columns {
        moments[one] += row[one] * (participant.score ?? 0)
        for two in 0..<columns { information[one, two] += row[one] * row[two] }
      }
    }
    factor = try Cholesky(information)
    let estimate = factor.solve(moments)
    self.estimate = estimate
    squares =
      CompensatedSum(
        zip(design, rows).lazy.map { row, participant in
          square((participant.score ?? 0) - zip(row, estimate).reduce(0) { $0 + $1.0 * $1.1 })
        }
      ).value
    degrees = size - Double(columns)
  }

  func draw(key: UInt64, set: UInt64) -> (coefficients: [Double], deviation: Double) {
    var chances = CounterStream(key: key, set, number)
    let deviation = sqrt(squares / chances.chiSquare(degreesOfFreedom: degrees))
    // (XᵀX)⁻¹ = L⁻ᵀL⁻¹, so that L⁻ᵀz has that covariance.
    let shift = factor.solveTransposed(estimate.map { _ in chances.normal() })
    return (zip(estimate, shift).map { $0 + deviation * $1 }, deviation)
  }

  func mean(of row: ScoredRow, _ coefficients: [Double]) -> Double {
    let values = [row.baseline] + row.covariates
    var sum = coefficients[0]
    for (index, column) in used.enumerated() {
      sum += coefficients[index + 1] * (values[column] - centre[column])
    }
    return sum
  }
}

/// One participant in an analysis of covariance.
public struct AncovaRow: Equatable, Sendable {
  /// The allocated arm.
  public var arm: String
  /// The outcome, for example a change of score.
  public var outcome: Double
  /// Numeric covariates, always in the same order.
  public var covariates: [Double]
  /// Levels of factor covariates, always in the same order.
  public var factors: [String]

  /// A row from its parts.
  public init(arm: String, outcome: Double, covariates: [Double], factors: [String] = []) {
    self.arm = arm
    self.outcome = outcome
    self.covariates = covariates
    self.factors = factors
  }

  static func precedes(_ one: AncovaRow, _ two: AncovaRow) -> Bool {
    if one.arm != two.arm { return one.arm < two.arm }
    if one.outcome != two.outcome { return one.outcome < two.outcome }
    if one.covariates != two.covariates {
      return one.covariates.lexicographicallyPrecedes(two.covariates)
    }
    return one.factors.lexicographicallyPrecedes(two.factors)
  }
}

/// How the levels of factor covariates enter a least-squares mean.
public enum FactorWeights: Sendable {
  /// Every level alike.
  case equal
  /// By how often a level occurs in the rows analysed.
  case proportional
}

/// Analysis of covariance: arms compared at equal covariates.
///
/// y = arm + covariates + factors + error, by least squares. A least-squares mean is the fitted mean of
/// an arm at the mean of numeric covariates over the rows analysed and at averaged factor levels.
/// Source: Searle, Speed and Milliken (1980), The American Statistician 34, 216-221.
/// Accuracy: 1e-10 relative for covariates of ordinary scale (they are centred inside).
public struct Ancova: Equatable, Sendable {
  /// Rows analysed.
  public let count: Int
  /// The residual standard deviation.
  public let residualStandardDeviation: Double
  /// Its degrees of freedom.
  public let residualDegreesOfFreedom: Double
  /// The arms in alphabetical order.
  public let arms: [String]
  private let coefficients: [Double]
  private let unscaled: Matrix
  private let averages: [Double]

  /// Fits the model.
  public init(
    _ given: [AncovaRow], factorWeights: FactorWeights = .equal
  ) throws(StatisticsRefusal) {
    // Rows carry no key, so they are put in the order of their contents before anything is summed.
    let rows = given.sorted(by: AncovaRow.precedes)
    guard let first = rows.first else { throw .tooFewObservations }
    guard
      rows.allSatisfy({
        $0.covariates.count == first.covariates.count && $0.factors.count == first.factors.count
      })
    else { throw .lengthsDiffer }
    guard rows.allSatisfy({ $0.outcome.isFinite && $0.covariates.allSatisfy(\.isFinite) }) else {
      throw .parameterOutOfRange
    }
    let coding = AncovaCoding(rows, factorWeights)
    let size = coding.columns
    guard rows.count > size else { throw .tooFewObservations }
    var cross = Array(repeating: CompensatedSum(), count: size * size)
    var moment = Array(repeating: CompensatedSum(), count: size)
    let designs = rows.map { coding.row($0) }
    for (design, row) in zip(designs, rows) {
      for one in 0..<size where design[one] != 0 {
        moment[one].add(design[one] * row.outcome)
        for two in 0...one { cross[one * size + two].add(design[one] * design[two]) }
      }
    }
    var normal = Matrix(rows: size, columns: size)
    for one in 0..<size {
      for two in 0...one {
        normal[one, two] = cross[one * size + two].value
        normal[two, one] = normal[one, two]
      }
    }
    let factor = try Cholesky(normal)
    let solved = factor.solve(moment.map(\.value))
    let squares = CompensatedSum(
      zip(designs, rows).lazy.map { design, row in
        square(row.outcome - zip(design, solved).reduce(0) { $0 + $1.0 * $1.1 })
      }
    ).value
    count = rows.count
    arms = coding.arms
    coefficients = solved
    unscaled = factor.inverse()
    averages = coding.averages
    residualDegreesOfFreedom = Double(rows.count - size)
    // What rounding alone leaves of a perfect fit is no error to test by.
    let outcomeSquares = CompensatedSum(rows.lazy.map { square($0.outcome) }).value
    residualStandardDeviation =
      squares > 1e-26 * outcomeSquares ? sqrt(squares / residualDegreesOfFreedom) : 0
  }

  /// The least-squares mean of an arm; nil for an arm that is not in the data.
  public func leastSquaresMean(_ arm: String) -> LinearEstimate? {
    weights(arm).map { combination(arm, $0) }
  }

  /// The difference of two arms at equal covariates; nil for an arm that is not in the data.
  public func contrast(_ first: String, _ second: String) -> LinearEstimate? {
    guard let one = weights(first), let two = weights(second) else { return nil }
    return combination("\(first) - \(second)", zip(one, two).map { $0 - $1 })
  }

  private func weights(_ arm: String) -> [Double]? {
    guard arms.contains(arm) else { return nil }
    return arms.map { $0 == arm ? 1 : 0 } + averages
  }

  private func combination(_ label: String, _ weights: [Double]) -> LinearEstimate {
    LinearEstimate(
      label: label, estimate: zip(weights, coefficients).reduce(0) { $0 + $1.0 * $1.1 },
      standardError: residualStandardDeviation * sqrt(unscaled.quadratic(weights)),
      degreesOfFreedom: residualDegreesOfFreedom)
  }
}

/// Arms as cell means, covariates centred, factors against their first level.
private struct AncovaCoding {
  var arms: [String]
  var centres: [Double]
  var levels: [[String]]
  /// What the columns after the arms are at the point where arms are compared.
  var averages: [Double]

  init(_ rows: [AncovaRow], _ weights: FactorWeights) {
    let count = Double(rows.count)
    arms = Set(rows.map(\.arm)).sorted()
    centres = rows[0].covariates.indices.map { column in
      CompensatedSum(rows.lazy.map { $0.covariates[column] }).value / count
    }
    levels = rows[0].factors.indices.map { column in
      Set(rows.map { $0.factors[column] }).sorted()
    }
    averages = centres.map { _ in 0 }
    for (column, names) in levels.enumerated() {
      for name in names.dropFirst() {
        switch weights {
        case .equal: averages.append(1 / Double(names.count))
        case .proportional:
          averages.append(Double(rows.count { $0.factors[column] == name }) / count)
        }
      }
    }
  }

  var columns: Int { arms.count + averages.count }

  func row(_ row: AncovaRow) -> [Double] {
    var design = arms.map { $0 == row.arm ? 1.0 : 0 }
    for (value, centre) in zip(row.covariates, centres) { design.append(value - centre) }
    for (value, names) in zip(row.factors, levels) {
      for name in names.dropFirst() { design.append(value == name ? 1 : 0) }
    }
    return design
  }
}

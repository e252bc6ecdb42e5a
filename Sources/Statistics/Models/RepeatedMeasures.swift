/// One visit of one participant in a model for repeated measures.
public struct RepeatedMeasure: Equatable, Sendable {
  /// Whose measurement it is.
  public var participant: String
  /// The allocated arm.
  public var arm: String
  /// The visit; visits are ordered alphabetically.
  public var visit: String
  /// The outcome.
  public var outcome: Double
  /// The baseline value, whose slope differs by visit.
  public var baseline: Double
  /// Levels of factor covariates, always in the same order.
  public var factors: [String]

  /// A measurement from its parts.
  public init(
    participant: String, arm: String, visit: String, outcome: Double, baseline: Double,
    factors: [String] = []
  ) {
    self.participant = participant
    self.arm = arm
    self.visit = visit
    self.outcome = outcome
    self.baseline = baseline
    self.factors = factors
  }
}

/// The columns of arm × visit + baseline × visit + factors.
///
/// Arms by visits are cell means and the baseline is centred: a unimodular change from the usual coding
/// of differences, so that the restricted likelihood is the same number.
struct VisitDesign: Equatable, Sendable {
  let arms: [String]
  let visits: [String]
  let levels: [[String]]
  let baselineMean: Double

  init(_ rows: [RepeatedMeasure]) {
    arms = Set(rows.map(\.arm)).sorted()
    visits = Set(rows.map(\.visit)).sorted()
    levels = rows[0].factors.indices.map { column in
      Set(rows.map { $0.factors[column] }).sorted()
    }
    // Summed in key order, so that the mean does not depend on the order of rows.
    baselineMean = CompensatedSum(rows.map(\.baseline).sorted()).value / Double(rows.count)
  }

  var columns: Int {
    arms.count * visits.count + visits.count + levels.reduce(0) { $0 + $1.count - 1 }
  }

  /// Columns that do not vary within a participant, in the usual coding.
  var betweenColumns: Int { arms.count + 1 + levels.reduce(0) { $0 + $1.count - 1 } }

  func row(_ measure: RepeatedMeasure, visit: Int) -> [Double] {
    var row = Array(repeating: 0.0, count: columns)
    let arm = arms.firstIndex(of: measure.arm) ?? 0
    row[arm * visits.count + visit] = 1
    row[arms.count * visits.count + visit] = measure.baseline - baselineMean
    var column = (arms.count + 1) * visits.count
    for (value, names) in zip(measure.factors, levels) {
      for name in names.dropFirst() {
        row[column] = value == name ? 1 : 0
        column += 1
      }
    }
    return row
  }

  /// The coefficients of an arm's mean at a visit, at the mean baseline and equal factor levels.
  func mean(_ arm: String, _ visit: String) -> [Double]? {
    guard let arm = arms.firstIndex(of: arm), let visit = visits.firstIndex(of: visit) else {
      return nil
    }
    var weights = Array(repeating: 0.0, count: columns)
    weights[arm * visits.count + visit] = 1
    var column = (arms.count + 1) * visits.count
    for names in levels {
      for _ in names.dropFirst() {
        weights[column] = 1 / Double(names.count)
        column += 1
      }
    }
    return weights
  }
}

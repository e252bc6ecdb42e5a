/// The log-rank test of equal hazards, within strata when there are any.
///
/// At every event time the events of an arm are compared with their hypergeometric expectation.
/// Sources: Mantel (1966), Cancer Chemother. Rep. 50, 163-170; Peto and Peto (1972), JRSS A 135,
/// 185-207. χ² on (arms − 1) degrees of freedom.
public struct LogRank: Equatable, Sendable {
  /// The arms in alphabetical order.
  public let arms: [String]
  /// Events seen by arm.
  public let observed: [Double]
  /// Events expected by arm.
  public let expected: [Double]
  /// The covariance matrix of observed − expected.
  public let variance: Matrix
  /// The statistic.
  public let chiSquare: Double

  /// Its degrees of freedom.
  public var degreesOfFreedom: Int { arms.count - 1 }
  /// Its upper tail.
  public var p: Double { ChiSquare.tail(chiSquare, degreesOfFreedom: Double(degreesOfFreedom)) }

  /// Tests times of participants with their arms and strata.
  public init(
    _ times: [SurvivalTime], arms labels: [String], strata: [String]? = nil
  ) throws(StatisticsRefusal) {
    guard times.count == labels.count, strata.map({ $0.count == times.count }) ?? true else {
      throw .lengthsDiffer
    }
    guard times.allSatisfy({ $0.time.isFinite }) else { throw .parameterOutOfRange }
    let arms = Set(labels).sorted()
    guard arms.count > 1 else { throw .armWithoutParticipants }
    var sums = LogRankSums(arms.count)
    let numbers = labels.map { arms.firstIndex(of: $0) ?? 0 }
    let strata = strata ?? Array(repeating: "", count: times.count)
    for stratum in Set(strata).sorted() {
      let members = times.indices.filter { strata[$0] == stratum }
      sums.add(members.map { (times[$0], numbers[$0]) })
    }
    self.arms = arms
    observed = sums.observed
    let expectations = sums.expected.map(\.value)
    expected = expectations
    variance = sums.matrix
    // One arm is redundant: the last is left out.
    let size = arms.count - 1
    var reduced = Matrix(rows: size, columns: size)
    for row in 0..<size { for column in 0..<size { reduced[row, column] = variance[row, column] } }
    let excess = (0..<size).map { sums.observed[$0] - expectations[$0] }
    let solved = try Cholesky(reduced).forward(excess)
    chiSquare = solved.reduce(0) { $0 + $1 * $1 }
  }
}

private struct LogRankSums {
  var observed: [Double]
  var expected: [CompensatedSum]
  private var variance: [CompensatedSum]
  private let count: Int

  init(_ count: Int) {
    self.count = count
    observed = Array(repeating: 0, count: count)
    expected = Array(repeating: CompensatedSum(), count: count)
    variance = Array(repeating: CompensatedSum(), count: count * count)
  }

  var matrix: Matrix {
    var matrix = Matrix(rows: count, columns: count)
    for index in variance.indices { matrix[index / count, index % count] = variance[index].value }
    return matrix
  }

  mutating func add(_ members: [(time: SurvivalTime, arm: Int)]) {
    let sorted = members.sorted { $0.time.time < $1.time.time }
    var atRisk = Array(repeating: 0.0, count: count)
    for member in sorted { atRisk[member.arm] += 1 }
    var index = 0
    while index < sorted.count {
      let time = sorted[index].time.time
      var events = Array(repeating: 0.0, count: count)
      var leaving = Array(repeating: 0.0, count: count)
      while index < sorted.count, sorted[index].time.time == time {
        leaving[sorted[index].arm] += 1
        if sorted[index].time.isEvent { events[sorted[index].arm] += 1 }
        index += 1
      }
      add(events, atRisk)
      for arm in 0..<count { atRisk[arm] -= leaving[arm] }
    }
  }

  private mutating func add(_ events: [Double], _ atRisk: [Double]) {
    let total = events.reduce(0, +)
    guard total > 0 else { return }
    let size = atRisk.reduce(0, +)
    let spread = size > 1 ? total * (size - total) / (size - 1) : 0
    for arm in 0..<count {
      observed[arm] += events[arm]
      let share = atRisk[arm] / size
      expected[arm].add(total * share)
      for other in 0..<count {
        let diagonal = arm == other ? share : 0
        variance[arm * count + other].add(spread * (diagonal - share * atRisk[other] / size))
      }
    }
  }
}

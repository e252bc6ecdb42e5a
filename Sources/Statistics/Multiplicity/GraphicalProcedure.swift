/// Hypotheses with shares of the error rate, which pass their share on when rejected.
///
/// Source: Bretz, Maurer, Brannath and Posch (2009), A graphical approach to sequentially rejective
/// multiple test procedures, Stat. Med. 28, 586-604; with Simes tests: Bretz et al. (2011), Biometrical
/// Journal 53, 894-913.
public struct GraphicalProcedure: Equatable, Sendable {
  /// The share of α of each hypothesis; together at most 1.
  public let weights: [Double]
  /// Row i says where hypothesis i passes its share; each row sums to at most 1.
  public let transitions: [[Double]]

  /// Parses a graph.
  public init(weights: [Double], transitions: [[Double]]) throws(StatisticsRefusal) {
    guard !weights.isEmpty, transitions.count == weights.count,
      transitions.allSatisfy({ $0.count == weights.count })
    else { throw .lengthsDiffer }
    let slack = 1 + 1e-9
    guard weights.count <= hypothesesAtMost, weights.allSatisfy({ $0 >= 0 }),
      weights.reduce(0, +) <= slack,
      transitions.allSatisfy({ $0.allSatisfy { $0 >= 0 } && $0.reduce(0, +) <= slack }),
      transitions.indices.allSatisfy({ transitions[$0][$0] == 0 })
    else { throw .parameterOutOfRange }
    self.weights = weights
    self.transitions = transitions
  }

  /// The graph in which each of a number of hypotheses is tested only after the one before it.
  public static func fixedSequence(_ count: Int) throws(StatisticsRefusal) -> GraphicalProcedure {
    try GraphicalProcedure(
      weights: (0..<count).map { $0 == 0 ? 1 : 0 },
      transitions: (0..<count).map { row in (0..<count).map { $0 == row + 1 ? 1 : 0 } })
  }

  /// What a procedure found.
  public struct Outcome: Equatable, Sendable {
    /// p-values to compare with α itself.
    public var adjusted: [Double]
    /// Which hypotheses are rejected.
    public var rejected: [Bool]
    /// The shares left after all rejections.
    public var finalWeights: [Double]
  }

  /// The sequentially rejective procedure of weighted Bonferroni tests.
  public func bonferroni(_ p: [Double], alpha: Double) throws(StatisticsRefusal) -> Outcome {
    guard p.count == weights.count else { throw .lengthsDiffer }
    guard p.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { throw .parameterOutOfRange }
    var graph = Graph(weights: weights, transitions: transitions)
    var adjusted = Array(repeating: 1.0, count: p.count)
    var open = Set(p.indices)
    var largest = 0.0
    var kept = Graph(weights: weights, transitions: transitions)
    while !open.isEmpty {
      let next = open.sorted().min { graph.ratio(p, $0) < graph.ratio(p, $1) } ?? 0
      largest = max(largest, min(1, graph.ratio(p, next)))
      adjusted[next] = largest
      open.remove(next)
      graph.remove(next, keeping: open)
      if AdjustedPValues.rejected([largest], alpha: alpha)[0] { kept = graph }
    }
    return Outcome(
      adjusted: adjusted, rejected: AdjustedPValues.rejected(adjusted, alpha: alpha),
      finalWeights: kept.weights)
  }

  /// The closed procedure whose intersections are tested by weighted Simes tests.
  ///
  /// Valid under positive dependence of the p-values. Intersections are enumerated.
  public func simes(_ p: [Double], alpha: Double) throws(StatisticsRefusal) -> Outcome {
    guard p.count == weights.count else { throw .lengthsDiffer }
    guard p.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { throw .parameterOutOfRange }
    var adjusted = Array(repeating: 0.0, count: p.count)
    for mask in 1..<(1 << p.count) {
      let members = p.indices.filter { mask & (1 << $0) != 0 }
      var graph = Graph(weights: weights, transitions: transitions)
      var open = Set(p.indices)
      for outsider in p.indices where mask & (1 << outsider) == 0 {
        open.remove(outsider)
        graph.remove(outsider, keeping: open)
      }
      let value = Self.simes(members.map { p[$0] }, members.map { graph.weights[$0] })
      for member in members { adjusted[member] = max(adjusted[member], value) }
    }
    return Outcome(
      adjusted: adjusted, rejected: AdjustedPValues.rejected(adjusted, alpha: alpha),
      finalWeights: [])
  }

  /// min over i of p_i divided by the weight of all p-values not above it.
  private static func simes(_ p: [Double], _ weights: [Double]) -> Double {
    var smallest = 1.0
    for value in p {
      let weight = zip(p, weights).reduce(0) { $1.0 <= value ? $0 + $1.1 : $0 }
      if weight > 0 { smallest = min(smallest, value / weight) }
    }
    return smallest
  }
}

/// A graph from which hypotheses are taken out one by one.
private struct Graph {
  var weights: [Double]
  var transitions: [[Double]]

  func ratio(_ p: [Double], _ index: Int) -> Double {
    weights[index] > 0 ? p[index] / weights[index] : .infinity
  }

  /// Redirects shares and transitions around the one removed.
  ///
  /// Source: Bretz and others (2009), algorithm 1.
  mutating func remove(_ removed: Int, keeping open: Set<Int>) {
    let old = transitions
    for index in open {
      weights[index] += weights[removed] * old[removed][index]
      for other in open where other != index {
        let loop = old[index][removed] * old[removed][index]
        transitions[index][other] =
          loop < 1
          ? (old[index][other] + old[index][removed] * old[removed][other]) / (1 - loop) : 0
      }
    }
    weights[removed] = 0
  }
}

/// Intersections are enumerated: 2¹² of them are still quick.
private let hypothesesAtMost = 12

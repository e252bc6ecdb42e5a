import Statistics
import Testing

@Suite struct MultiplicityTests {
  static let families: [[Double]] = [
    [0.012, 0.03], [0.02, 0.001, 0.024], [0.04, 0.011, 0.02, 0.009], [0.5, 0.5, 0.01],
    [0.006, 0.013, 0.013, 0.02, 0.3],
  ]

  /// The closed procedure by enumeration: the largest p-value of all intersections with a member.
  private func closure(_ p: [Double], _ test: ([Double]) -> Double) -> [Double] {
    p.indices.map { index in
      (1..<(1 << p.count)).filter { $0 & (1 << index) != 0 }.map { mask in
        test(p.indices.filter { mask & (1 << $0) != 0 }.map { p[$0] })
      }.max() ?? 1
    }
  }

  @Test(arguments: families)
  func `Holm's procedure is the closure of Bonferroni tests`(p: [Double]) {
    let expected = closure(p) { min(1, Double($0.count) * ($0.min() ?? 1)) }
    for (got, wanted) in zip(AdjustedPValues.holm(p), expected) {
      #expect(abs(got - wanted) < 1e-15)
    }
  }

  @Test(arguments: families)
  func `Hommel's procedure is the closure of Simes tests`(p: [Double]) {
    let expected = closure(p) { members in
      let sorted = members.sorted()
      return sorted.indices.map { sorted[$0] * Double(sorted.count) / Double($0 + 1) }.min() ?? 1
    }
    for (got, wanted) in zip(AdjustedPValues.hommel(p), expected) {
      #expect(abs(got - wanted) < 1e-15)
    }
  }

  @Test(arguments: families)
  func `the graph of a fixed sequence gives what testing in order gives`(p: [Double]) throws {
    let graph = try GraphicalProcedure.fixedSequence(p.count)
    let outcome = try graph.bonferroni(p, alpha: 0.025)
    for (got, wanted) in zip(outcome.adjusted, AdjustedPValues.fixedSequence(p)) {
      #expect(abs(got - wanted) < 1e-15)
    }
  }

  @Test(arguments: families)
  func `Holm's procedure is the graph with equal shares`(p: [Double]) throws {
    let count = p.count
    let share = 1 / Double(count)
    let graph = try GraphicalProcedure(
      weights: p.map { _ in share },
      transitions: p.indices.map { row in
        p.indices.map { $0 == row ? 0 : 1 / Double(count - 1) }
      })
    let outcome = try graph.bonferroni(p, alpha: 0.025)
    for (got, wanted) in zip(outcome.adjusted, AdjustedPValues.holm(p)) {
      #expect(abs(got - wanted) < 1e-12)
    }
  }

  @Test func `a graph that gives away more than it has is refused`() {
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try GraphicalProcedure(weights: [0.6, 0.6], transitions: [[0, 1], [1, 0]])
    }
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try GraphicalProcedure(weights: [0.5, 0.5], transitions: [[0.5, 0.5], [1, 0]])
    }
    #expect(throws: StatisticsRefusal.lengthsDiffer) {
      try GraphicalProcedure(weights: [0.5, 0.5], transitions: [[0, 1]])
    }
  }

  @Test func `with one arm Dunnett's test is Student's`() throws {
    let p = try Dunnett.singleStep([2.1], correlation: 0, degreesOfFreedom: 17)[0]
    #expect(abs(p - StudentT.tail(2.1, degreesOfFreedom: 17)) < 1e-12)
  }

  @Test func `without correlation and with known variance Dunnett's test is Sidak's`() throws {
    let p = try Dunnett.singleStep([2, 2, 2], correlation: 0)[0]
    let one = Normal.cdf(2)
    #expect(abs(p - (1 - one * one * one)) < 1e-12)
  }
}

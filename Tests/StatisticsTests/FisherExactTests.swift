import Statistics
import Testing

@Suite struct FisherExactTests {
  static let tables: [(Int, Int, Int, Int)] = [
    (9, 67, 2, 66), (0, 67, 5, 66), (3, 10, 0, 10), (70, 170, 108, 195), (6, 133, 15, 134),
    (2, 7, 6, 7), (10, 10, 0, 20), (33, 60, 28, 58), (1, 20, 1, 20), (25, 66, 31, 67),
  ]

  /// P(X ≥ x) or P(X ≤ x) by multiplying out ratios of neighbouring tables: no logarithms, no gamma
  /// function.
  private func tail(_ cell: (Int, Int, Int, Int), _ ratio: Double, upper: Bool) -> Double {
    let (x1, n1, x2, n2) = cell
    let responders = x1 + x2
    let low = max(0, responders - n2)
    let high = min(n1, responders)
    var weight = 1.0
    var (inside, total) = (0.0, 0.0)
    for x in low...high {
      if x > low {
        weight *=
          ratio * Double(n1 - x + 1) / Double(x) * Double(responders - x + 1)
          / Double(n2 - responders + x)
      }
      total += weight
      if upper ? x >= x1 : x <= x1 { inside += weight }
    }
    return inside / total
  }

  @Test(arguments: tables)
  func `each limit of the odds ratio leaves exactly half of the error in its tail`(
    cell: (Int, Int, Int, Int)
  ) throws {
    let result = try FisherExact(
      BinomialSample(responders: cell.0, total: cell.1),
      BinomialSample(responders: cell.2, total: cell.3))
    if result.interval.lower > 0 {
      #expect(abs(tail(cell, result.interval.lower, upper: true) - 0.025) < 1e-11)
    }
    if result.interval.upper.isFinite {
      #expect(abs(tail(cell, result.interval.upper, upper: false) - 0.025) < 1e-11)
    }
    #expect(abs(result.pGreater - tail(cell, 1, upper: true)) < 1e-12)
    #expect(abs(result.pLess - tail(cell, 1, upper: false)) < 1e-12)
  }

  @Test func `exchanging the arms inverts the odds ratio and its limits`() throws {
    let one = BinomialSample(responders: 9, total: 67)
    let two = BinomialSample(responders: 2, total: 66)
    let forward = try FisherExact(one, two)
    let backward = try FisherExact(two, one)
    #expect(abs(forward.oddsRatio * backward.oddsRatio - 1) < 1e-9)
    #expect(abs(forward.interval.lower * backward.interval.upper - 1) < 1e-9)
    #expect(abs(forward.pTwoSided - backward.pTwoSided) < 1e-13)
  }
}

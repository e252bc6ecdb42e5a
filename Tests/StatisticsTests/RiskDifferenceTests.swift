import Statistics
import Testing

typealias IntervalMethod =
  @Sendable (BinomialSample, BinomialSample) throws -> ConfidenceInterval

@Suite struct RiskDifferenceTests {
  static let methods: [(String, IntervalMethod)] = [
    ("Miettinen-Nurminen", { try RiskDifference.miettinenNurminen($0, $1) }),
    ("Mee", { try RiskDifference.mee($0, $1) }),
    ("Newcombe", { try RiskDifference.newcombe($0, $1) }),
    (
      "Newcombe corrected", { try RiskDifference.newcombe($0, $1, continuityCorrected: true) }
    ),
    ("Wald", { try RiskDifference.wald($0, $1) }),
    ("Agresti-Caffo", { try RiskDifference.agrestiCaffo($0, $1) }),
    ("Chan-Zhang", { try ExactUnconditional.chanZhang($0, $1) }),
    ("Agresti-Min", { try ExactUnconditional.agrestiMin($0, $1) }),
  ]

  static let tables: [(BinomialSample, BinomialSample)] = {
    var tables: [(BinomialSample, BinomialSample)] = []
    for (x1, n1) in [(0, 7), (3, 7), (7, 7), (0, 12), (12, 12), (5, 12)] {
      for (x2, n2) in [(0, 9), (4, 9), (9, 9)] {
        tables.append(
          (BinomialSample(responders: x1, total: n1), BinomialSample(responders: x2, total: n2)))
      }
    }
    return tables
  }()

  @Test(arguments: methods.indices)
  func `exchanging the arms mirrors the interval`(method: Int) throws {
    for (one, two) in Self.tables {
      let forward = try Self.methods[method].1(one, two)
      let backward = try Self.methods[method].1(two, one)
      #expect(abs(forward.lower + backward.upper) < 1e-6, "\(Self.methods[method].0) \(one) \(two)")
      #expect(abs(forward.upper + backward.lower) < 1e-6)
    }
  }

  @Test(arguments: methods.indices)
  func `cells of nothing and of everything give finite limits in order`(method: Int) throws {
    for (one, two) in Self.tables {
      let interval = try Self.methods[method].1(one, two)
      #expect(interval.lower.isFinite && interval.upper.isFinite)
      #expect(interval.lower <= interval.upper)
    }
  }

  @Test func `the limits are exactly where the test stops rejecting`() throws {
    for (one, two) in Self.tables {
      let interval = try RiskDifference.miettinenNurminen(one, two)
      for limit in [interval.lower, interval.upper] where abs(limit) < 1 {
        let z = try RiskDifference.miettinenNurminenTest(one, two, margin: limit).z
        #expect(abs(abs(z) - 1.959963984540054) < 1e-7, "\(one) \(two)")
      }
    }
  }

  @Test func `restricted rates maximize the likelihood among rates with that difference`() throws {
    // Second method: the statistic recomputed with rates found by golden section on the likelihood.
    for (one, two) in Self.tables {
      for margin in [-0.3, -0.1, 0.05, 0.4] {
        let rate = likeliest(one, two, margin)
        let (n1, n2) = (Double(one.total), Double(two.total))
        let p1 = rate + margin
        let variance = max(0, p1 * (1 - p1)) / n1 + max(0, rate * (1 - rate)) / n2
        let expected = (one.proportion - two.proportion - margin) / variance.squareRoot()
        let z = try RiskDifference.farringtonManningTest(one, two, margin: margin).z
        #expect(abs(z - expected) < 1e-5 * (1 + abs(expected)), "\(one) \(two) \(margin)")
      }
    }
  }

  private func likeliest(
    _ one: BinomialSample, _ two: BinomialSample, _ margin: Double
  ) -> Double {
    func score(_ rate: Double) -> Double {
      let p1 = rate + margin
      func part(_ x: Double, _ n: Double, _ p: Double) -> Double { x / p - (n - x) / (1 - p) }
      return part(Double(one.responders), Double(one.total), p1)
        + part(Double(two.responders), Double(two.total), rate)
    }
    // The derivative of a concave function: bisection finds where it changes sign.
    var low = max(0, -margin)
    var high = min(1, 1 - margin)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if score(middle) > 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  @Test func `impossible tables are refused`() {
    let good = BinomialSample(responders: 1, total: 2)
    #expect(throws: StatisticsRefusal.countsOutOfRange) {
      try RiskDifference.mee(BinomialSample(responders: 3, total: 2), good)
    }
    #expect(throws: StatisticsRefusal.countsOutOfRange) {
      try RiskDifference.mee(BinomialSample(responders: -1, total: 2), good)
    }
    #expect(throws: StatisticsRefusal.armWithoutParticipants) {
      try RiskDifference.mee(good, BinomialSample(responders: 0, total: 0))
    }
    #expect(throws: StatisticsRefusal.levelOutOfRange) {
      try RiskDifference.mee(good, good, level: 1)
    }
    #expect(throws: StatisticsRefusal.marginOutOfRange) {
      try RiskDifference.farringtonManningTest(good, good, margin: -1)
    }
  }

  @Test func `the exact test agrees with adding up every table`() throws {
    // Second method: all 6 x 5 tables, comparator rates on a fine grid.
    let (one, two) = (
      BinomialSample(responders: 4, total: 5), BinomialSample(responders: 1, total: 4)
    )
    let margin = -0.1
    let seen = try RiskDifference.farringtonManningTest(one, two, margin: margin).z
    var best = 0.0
    for step in 0...4000 {
      let p2 = 0.1 + 0.9 * Double(step) / 4000
      var total = 0.0
      for x1 in 0...5 {
        for x2 in 0...4 {
          let z = try RiskDifference.farringtonManningTest(
            BinomialSample(responders: x1, total: 5), BinomialSample(responders: x2, total: 4),
            margin: margin
          ).z
          if z >= seen - 1e-9 {
            total +=
              Binomial.probability(x1, of: 5, rate: max(0, p2 + margin))
              * Binomial.probability(x2, of: 4, rate: p2)
          }
        }
      }
      best = max(best, total)
    }
    let p = try ExactUnconditional.pGreater(one, two, margin: margin)
    #expect(abs(p - best) < 1e-6)
  }
}

@Suite struct StratifiedScoreTests {
  static func strata(_ order: [Int]) -> [Stratum] {
    let counts = [(18, 30, 15, 31), (11, 22, 12, 20), (0, 6, 0, 5), (9, 9, 11, 11)]
    return order.map { index in
      let cell = counts[index]
      return Stratum(
        label: "S\(index)", experimental: BinomialSample(responders: cell.0, total: cell.1),
        comparator: BinomialSample(responders: cell.2, total: cell.3))
    }
  }

  @Test(arguments: StratumWeights.allCases)
  func `the order in which strata arrive changes nothing, not one bit`(
    weights: StratumWeights
  ) throws {
    let one = StratifiedScore(try StratifiedTable(Self.strata([0, 1, 2, 3])), weights: weights)
    let two = StratifiedScore(try StratifiedTable(Self.strata([2, 3, 1, 0])), weights: weights)
    #expect(try one.interval() == two.interval())
    #expect(one.estimate == two.estimate)
  }

  @Test func `exchanging the arms mirrors estimate and interval`() throws {
    let table = try StratifiedTable(Self.strata([0, 1, 2, 3]))
    let forward = StratifiedScore(table)
    let backward = StratifiedScore(table.swapped())
    #expect(abs(forward.estimate + backward.estimate) < 1e-12)
    #expect(abs(try forward.interval().lower + backward.interval().upper) < 1e-10)
  }

  @Test(arguments: StratumWeights.allCases)
  func `one stratum alone gives the unstratified interval`(weights: StratumWeights) throws {
    let stratum = Self.strata([0])[0]
    let alone = try RiskDifference.miettinenNurminen(stratum.experimental, stratum.comparator)
    let score = try StratifiedScore(try StratifiedTable([stratum]), weights: weights).interval()
    #expect(abs(alone.lower - score.lower) < 1e-11 && abs(alone.upper - score.upper) < 1e-11)
  }

  @Test func `the estimate with Mantel-Haenszel weights is Mantel and Haenszel's`() throws {
    let table = try StratifiedTable(Self.strata([0, 1, 2, 3]))
    let closed = try MantelHaenszel.sato(table).estimate
    #expect(abs(StratifiedScore(table).estimate - closed) < 1e-11)
  }

  @Test func `a table without any stratum that compares is refused`() {
    let empty = BinomialSample(responders: 0, total: 0)
    let some = BinomialSample(responders: 1, total: 4)
    #expect(throws: StatisticsRefusal.noInformativeStratum) {
      try StratifiedTable([Stratum(label: "A", experimental: empty, comparator: some)])
    }
  }
}

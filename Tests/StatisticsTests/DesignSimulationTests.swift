import Testing

@testable import Statistics

@Suite struct DesignSimulationTests {
  private static func plan(
    rates: [Double], perArm: Int = 300, fractions: [Double] = [1], dropout: Double = 0,
    clustering: DesignPlan.Clustering? = nil, futilityBelow: Double? = nil
  ) throws -> DesignPlan {
    try DesignPlan(
      rates: rates, perArm: perArm,
      tests: [
        DesignPlan.Test(
          id: "H1", first: 0, second: 1,
          claim: .noninferiority(try NoninferiorityMargin.forProportions(-0.10))),
        DesignPlan.Test(id: "H2", first: 0, second: 1, claim: .superiority(.higherIsBetter)),
      ],
      design: try GroupSequentialDesign(
        spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: fractions),
      dropout: dropout, clustering: clustering, futilityBelow: futilityBelow)
  }

  @Test func `advice on futility is given as often as the normal approximation says`() throws {
    // Conditional power below γ at t = 1/2 is z < √t (c + √(1 − t) Φ⁻¹(γ)); z is normal about the drift.
    for (rates, difference) in [([0.45, 0.45], 0.0), ([0.38, 0.45], -0.07)] {
      let plan = try Self.plan(rates: rates, fractions: [0.5, 1], futilityBelow: 0.1)
      var tally = DesignTally(plan)
      tally.simulate(plan, runs: 0..<4000, key: 8)
      let final = try #require(plan.design.bounds.last)
      let edge = 0.5.squareRoot() * (final + 0.5.squareRoot() * Normal.quantile(0.1))
      let variance = rates.map { $0 * (1 - $0) }.reduce(0, +) / 150
      let expected = Normal.cdf(edge - (difference + 0.10) / variance.squareRoot())
      let share = Double(tally.advised) / 4000
      #expect(abs(share - expected) < 4 * (expected * (1 - expected) / 4000).squareRoot() + 0.015)
      #expect(tally.advisedYetShown <= tally.advised)
    }
  }

  @Test func `advice on futility changes nothing of what is shown`() throws {
    let without = try Self.plan(rates: [0.45, 0.45], fractions: [0.5, 1])
    let with = try Self.plan(rates: [0.45, 0.45], fractions: [0.5, 1], futilityBelow: 0.5)
    var (one, two) = (DesignTally(without), DesignTally(with))
    one.simulate(without, runs: 0..<500, key: 9)
    two.simulate(with, runs: 0..<500, key: 9)
    #expect(one.shown == two.shown && one.advised == 0 && two.advised > 50)
    #expect(two.advisedYetShown > 0)
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try Self.plan(rates: [0.5, 0.4], futilityBelow: 1)
    }
  }

  @Test func `at the margin a claim is shown no more often than the error allows`() throws {
    for fractions in [[1.0], [0.5, 1]] {
      let plan = try Self.plan(rates: [0.40, 0.50], fractions: fractions)
      var tally = DesignTally(plan)
      tally.simulate(plan, runs: 0..<4000, key: 2)
      // 0.025 with four standard errors of 4000 runs.
      #expect(abs(tally.power(0) - 0.025) < 4 * (0.025 * 0.975 / 4000).squareRoot())
    }
  }

  @Test func `the power agrees with the normal approximation of the protocol`() throws {
    // 0.50 against 0.45 at −0.10 with 300 an arm: Φ(0.15/√(0.25/300 + 0.2475/300) − 1.96).
    let plan = try Self.plan(rates: [0.50, 0.45])
    var tally = DesignTally(plan)
    tally.simulate(plan, runs: 0..<4000, key: 3)
    let expected = Normal.cdf(0.15 / ((0.25 + 0.2475) / 300).squareRoot() - 1.959964)
    #expect(
      abs(tally.power(0) - expected) < 4 * (expected * (1 - expected) / 4000).squareRoot() + 0.005)
  }

  @Test func `a later hypothesis is never shown without the one before it`() throws {
    let plan = try Self.plan(rates: [0.55, 0.45], fractions: [0.5, 1])
    var tally = DesignTally(plan)
    tally.simulate(plan, runs: 0..<500, key: 4)
    for look in 1...2 {
      let first = tally.shown[0].prefix(look).reduce(0, +)
      #expect(tally.shown[1].prefix(look).reduce(0, +) <= first)
    }
  }

  @Test func `runs in any number of pieces and any order give the same counts`() throws {
    let plan = try Self.plan(
      rates: [0.5, 0.45], perArm: 60, dropout: 0.1,
      clustering: DesignPlan.Clustering(arm: 0, size: 6, correlation: 0.1))
    var whole = DesignTally(plan)
    whole.simulate(plan, runs: 0..<300, key: 5)
    var pieces = DesignTally(plan)
    for range in [200..<300, 0..<50, 50..<200] {
      var piece = DesignTally(plan)
      piece.simulate(plan, runs: range, key: 5)
      pieces.add(piece)
    }
    #expect(pieces == whole)
  }

  @Test func `numbers from a table are those of the distribution, at every edge`() {
    for (trials, rate) in [(1, 0.5), (10, 0.2), (150, 0.62), (300, 0.999)] {
      let table = BinomialTable(trials: trials, rate: rate)
      for count in 0...trials {
        let edge = Binomial.cdf(count, of: trials, rate: rate)
        let mass = Binomial.probability(count, of: trials, rate: rate)
        guard mass > 1e-9, edge < 1 - 1e-9 else { continue }
        // Just inside either end of the piece of the unit interval that belongs to the count.
        #expect(table.count(at: edge - mass * 0.01) == count)
        #expect(table.count(at: edge - mass * 0.99) == count)
        #expect(table.count(at: edge + 1e-12) == count + 1)
      }
      // Beyond what is left of the tail in binary numbers no count is needed, and none is out of the table.
      #expect(table.count(at: 1 - 0x1p-53) <= trials)
    }
  }

  @Test func `participants drawn one by one and by table have one distribution`() throws {
    let plain = try Self.plan(rates: [0.5, 0.45], perArm: 100)
    // A loss so rare that no run has one draws everybody singly.
    let single = try Self.plan(rates: [0.5, 0.45], perArm: 100, dropout: 1e-15)
    var (one, two) = (DesignTally(plain), DesignTally(single))
    one.simulate(plain, runs: 0..<4000, key: 10)
    two.simulate(single, runs: 0..<4000, key: 11)
    let error = (one.standardError(0) * one.standardError(0) * 2).squareRoot()
    #expect(abs(one.power(0) - two.power(0)) < 4 * error)
  }

  @Test func `clustering and losses cost power`() throws {
    func power(_ plan: DesignPlan) -> Double {
      var tally = DesignTally(plan)
      tally.simulate(plan, runs: 0..<3000, key: 6)
      return tally.power(0)
    }
    let plain = power(try Self.plan(rates: [0.5, 0.45]))
    #expect(power(try Self.plan(rates: [0.5, 0.45], dropout: 0.3)) < plain - 0.03)
    #expect(
      power(
        try Self.plan(
          rates: [0.5, 0.45],
          clustering: DesignPlan.Clustering(arm: 0, size: 20, correlation: 0.2))) < plain - 0.05)
  }

  @Test func `a plan that cannot be is refused`() throws {
    #expect(throws: StatisticsRefusal.parameterOutOfRange) { try Self.plan(rates: [0.5, 1]) }
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try Self.plan(rates: [0.5, 0.4], dropout: 1)
    }
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try Self.plan(
        rates: [0.5, 0.4], clustering: DesignPlan.Clustering(arm: 2, size: 5, correlation: 0.1))
    }
  }
}

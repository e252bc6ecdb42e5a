import Testing

@testable import Statistics

@Suite struct DesignSimulationTests {
  private static func plan(
    rates: [Double], perArm: Int = 300, fractions: [Double] = [1], dropout: Double = 0,
    clustering: DesignPlan.Clustering? = nil
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
      dropout: dropout, clustering: clustering)
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

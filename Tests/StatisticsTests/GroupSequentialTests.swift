import Statistics
import Testing

@Suite struct GroupSequentialTests {
  @Test func `the interim of the protocol spends 0.001525 and asks for 2.963, then 1.969`() throws {
    // trial.md 14.
    let design = try GroupSequentialDesign(
      spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: [0.5, 1])
    #expect(abs(design.cumulativeAlpha[0] - 0.001525) < 5e-7)
    #expect(abs(design.bounds[0] - 2.963) < 5e-4)
    #expect(abs(design.bounds[1] - 1.969) < 5e-4)
  }

  static let spendings: [SpendingFunction] = [
    .obrienFleming, .pocock, .kimDeMets(rho: 2), .hwangShihDeCani(gamma: -4),
    .hwangShihDeCani(gamma: 0), .hwangShihDeCani(gamma: 1),
  ]

  @Test(arguments: spendings)
  func `a spending function grows from nothing to the whole rate and no further`(
    spending: SpendingFunction
  ) {
    let spent = (0...20).map { spending.spent(0.025, at: Double($0) / 20) }
    #expect(spent[0] == 0 && spent[20] == 0.025)
    #expect(zip(spent, spent.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(spending.spent(0.025, at: 1.3) == 0.025)
  }

  @Test(arguments: spendings)
  func `under no effect the bounds are crossed exactly as often as was spent`(
    spending: SpendingFunction
  ) throws {
    let fractions = [0.13, 0.4, 0.45, 0.9, 1]
    let design = try GroupSequentialDesign(
      spending: spending, alphaOneSided: 0.025, informationFractions: fractions)
    for (crossed, spent) in zip(design.power(drift: 0), design.cumulativeAlpha) {
      #expect(abs(crossed - spent) < 1e-12)
    }
  }

  @Test func `two looks agree with a bivariate normal integral done another way`() throws {
    // Second method: P(Z₁ < b₁, Z₂ ≥ b₂) by Simpson's rule on Z₁ with 20000 steps.
    let design = try GroupSequentialDesign(
      spending: .pocock, alphaOneSided: 0.025, informationFractions: [0.3, 1])
    let (low, high) = (-9.0, design.bounds[0])
    let steps = 20000
    let width = (high - low) / Double(steps)
    var sum = 0.0
    for step in 0...steps {
      let z = low + width * Double(step)
      let weight = step == 0 || step == steps ? 1.0 : (step % 2 == 0 ? 2 : 4)
      let conditional = Normal.tail(
        (design.bounds[1] - 0.3.squareRoot() * z) / 0.7.squareRoot())
      sum += weight * Normal.density(z) * conditional
    }
    let total = sum * width / 3 + Normal.tail(design.bounds[0])
    #expect(abs(total - 0.025) < 1e-11)
  }

  @Test func `looks very close together and very far apart still spend what they must`() throws {
    let design = try GroupSequentialDesign(
      spending: .kimDeMets(rho: 1), alphaOneSided: 0.025,
      informationFractions: [0.001, 0.5, 0.5005, 0.99, 1])
    let crossed = design.power(drift: 0)
    #expect(abs((crossed.last ?? 0) - 0.025) < 1e-11)
    #expect(design.bounds.allSatisfy { $0 > 1.5 && $0 < 6 })
  }

  @Test func `information that does not grow is refused`() {
    for fractions in [[0.5, 0.5, 1], [0.6, 0.4], [0, 1], [], [0.5, 1.2]] {
      #expect(throws: StatisticsRefusal.informationNotIncreasing) {
        try GroupSequentialDesign(
          spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: fractions)
      }
    }
    #expect(throws: StatisticsRefusal.alphaOutOfRange) {
      try GroupSequentialDesign(
        spending: .obrienFleming, alphaOneSided: 0.5, informationFractions: [1])
    }
  }

  @Test func `conditional power with one look left has its closed form`() throws {
    let design = try GroupSequentialDesign(
      spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: [0.5, 1])
    let z = 1.7
    let trend = z / 0.5.squareRoot()
    let integrated = try design.conditionalPower(look: 1, z: z, theta: trend)
    let closed = ConditionalPower.currentTrend(
      z: z, fraction: 0.5, finalBound: design.bounds[1])
    #expect(abs(integrated - closed) < 1e-13)
  }

  @Test func `the sequential p-value is the rate at which the look is just significant`() throws {
    let p = try SequentialAnalysis.repeatedPValue(
      spending: .obrienFleming, informationFractions: [0.5, 1], look: 2, z: 2.3)
    let design = try GroupSequentialDesign(
      spending: .obrienFleming, alphaOneSided: p, informationFractions: [0.5, 1])
    #expect(abs(design.bounds[1] - 2.3) < 1e-8)
  }

  @Test func `the stage-wise interval of a trial that stops at once is the plain one`() throws {
    let design = try GroupSequentialDesign(
      spending: .pocock, alphaOneSided: 0.025, informationFractions: [0.5, 1])
    let drift = try SequentialAnalysis.drift(
      design: design, look: 1, z: 3, stagewisePValue: 0.025)
    #expect(abs(drift * 0.5.squareRoot() - (3 - 1.959963984540054)) < 1e-10)
  }

  @Test func `an interim verdict shows the repeated interval, wider than any plain one`() throws {
    let design = try GroupSequentialDesign(
      spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: [0.5, 1])
    let table = try Published.table(
      BinomialSample(responders: 90, total: 150), BinomialSample(responders: 70, total: 150))
    let verdict = try InterimVerdict(try hypothesis(), table: table, design: design, look: 1)
    let plain = try StratifiedScore(table).interval()
    #expect(verdict.repeatedInterval.lower < plain.lower)
    #expect(verdict.repeatedInterval.upper > plain.upper)
    #expect((verdict.verdict == .shown) == (verdict.repeatedInterval.lower > -0.10))
    #expect(verdict.sentence.contains("error spent 0.001525"))
    #expect(!verdict.sentence.contains("95 %"))
  }

  @Test func `a design that stops for futility keeps the power that was planned`() throws {
    for isBinding in [true, false] {
      let design = try FutilityDesign(
        alphaSpending: .obrienFleming, betaSpending: .hwangShihDeCani(gamma: -2),
        alphaOneSided: 0.025, beta: 0.1, informationFractions: [0.4, 0.8, 1],
        isBinding: isBinding)
      #expect(abs((design.cumulativePower.last ?? 0) - 0.9) < 1e-9)
      #expect(design.lower.last == design.upper.last)
      #expect(design.inflation > 1)
    }
  }

  private static func stratum(_ label: String, _ one: (Int, Int), _ two: (Int, Int)) -> Stratum {
    Stratum(
      label: label, experimental: BinomialSample(responders: one.0, total: one.1),
      comparator: BinomialSample(responders: two.0, total: two.1))
  }

  private static let looks: [[Stratum]] = [
    [stratum("a", (11, 20), (9, 21)), stratum("b", (6, 15), (8, 14))],
    [stratum("a", (25, 41), (19, 40)), stratum("b", (15, 31), (15, 29))],
  ]

  @Test func `strata over looks have the statistic of an interim verdict, and its interval`() throws
  {
    let plan = SequentialPlan(
      null: -0.1, direction: .higherIsBetter, spending: .pocock, alphaOneSided: 0.025,
      informationFractions: [0.5, 1])
    let tables = try Self.looks.map { try StratifiedTable($0) }
    let found = try SequentialComparison(strata: tables, plan)
    for (index, table) in tables.enumerated() {
      let verdict = try InterimVerdict(
        Hypothesis(
          id: "", first: "A", second: "B",
          claim: .noninferiority(try NoninferiorityMargin.forProportions(-0.1))),
        table: table, design: found.design, look: index + 1)
      #expect(abs(found.looks[index].z - verdict.z) < 1e-12)
      #expect(
        abs(found.looks[index].repeatedInterval.lower - verdict.repeatedInterval.lower) < 1e-9)
      #expect(
        abs(found.looks[index].repeatedInterval.upper - verdict.repeatedInterval.upper) < 1e-9)
    }
    let ending = try #require(found.ending)
    #expect(ending.interval.lower < ending.medianUnbiased)
    #expect(ending.medianUnbiased < ending.interval.upper)
    #expect((ending.p <= 0.025) == (ending.interval.lower >= -0.1))
  }

  @Test
  func `strata over looks: exchanged arms mirror every number, the order of strata changes none`()
    throws
  {
    func found(_ direction: OutcomeDirection, _ null: Double, _ looks: [[Stratum]]) throws
      -> SequentialComparison
    {
      try SequentialComparison(
        strata: looks.map { try StratifiedTable($0) },
        SequentialPlan(
          null: null, direction: direction, spending: .obrienFleming, alphaOneSided: 0.025,
          informationFractions: [0.5, 1]))
    }
    let plain = try found(.higherIsBetter, -0.1, Self.looks)
    #expect(try found(.higherIsBetter, -0.1, Self.looks.map { $0.reversed() }) == plain)
    let exchanged = try found(
      .lowerIsBetter, 0.1,
      Self.looks.map { look in
        look.map {
          Stratum(label: $0.label, experimental: $0.comparator, comparator: $0.experimental)
        }
      })
    for (one, other) in zip(plain.looks, exchanged.looks) {
      #expect(one.z == other.z && one.estimate == -other.estimate)
      #expect(one.repeatedInterval.lower == -other.repeatedInterval.upper)
    }
    #expect(plain.ending?.p == exchanged.ending?.p)
    #expect(plain.ending.map(\.medianUnbiased) == exchanged.ending.map { -$0.medianUnbiased })
  }
}

import Testing

@testable import Statistics

/// The same numbers by another way: exact sums, simulation with its error, and what must not change.
@Suite struct SecondMethodTests {
  private static let samples: [(BinomialSample, BinomialSample)] = [
    (108, 195, 70, 170), (9, 10, 3, 10), (40, 90, 25, 80),
  ].map {
    (BinomialSample(responders: $0.0, total: $0.1), BinomialSample(responders: $0.2, total: $0.3))
  }

  @Test func `ratios of exchanged arms are reciprocal`() throws {
    for (one, two) in Self.samples {
      for (forward, backward) in [
        (try RiskRatio.miettinenNurminen(one, two), try RiskRatio.miettinenNurminen(two, one)),
        (try RiskRatio.koopman(one, two), try RiskRatio.koopman(two, one)),
        (try RiskRatio.katz(one, two), try RiskRatio.katz(two, one)),
        (try OddsRatio.miettinenNurminen(one, two), try OddsRatio.miettinenNurminen(two, one)),
        (try OddsRatio.score(one, two), try OddsRatio.score(two, one)),
        (try OddsRatio.woolf(one, two), try OddsRatio.woolf(two, one)),
      ] {
        #expect(abs(forward.lower * backward.upper - 1) < 1e-8)
        #expect(abs(forward.upper * backward.lower - 1) < 1e-8)
      }
    }
  }

  @Test func `failures in place of responders invert the odds ratio and mirror the difference`()
    throws
  {
    for (one, two) in Self.samples {
      let (three, four) = (one.mirrored, two.mirrored)
      let odds = (try OddsRatio.score(one, two), try OddsRatio.score(three, four))
      #expect(abs(odds.0.lower * odds.1.upper - 1) < 1e-8)
      let difference = (
        try RiskDifference.miettinenNurminen(one, two),
        try RiskDifference.miettinenNurminen(three, four)
      )
      #expect(abs(difference.0.lower + difference.1.upper) < 1e-10)
    }
  }

  @Test func `limits of Clopper and Pearson leave half of the error in each binomial tail`() throws
  {
    for (responders, total) in [(3, 67), (1, 20), (19, 20), (60, 120)] {
      let found = try Proportion.clopperPearson(
        BinomialSample(responders: responders, total: total))
      let above = (responders...total).map {
        Binomial.probability($0, of: total, rate: found.lower)
      }.reduce(0, +)
      let below = (0...responders).map {
        Binomial.probability($0, of: total, rate: found.upper)
      }.reduce(0, +)
      #expect(abs(above - 0.025) < 1e-10 && abs(below - 0.025) < 1e-10)
    }
  }

  @Test func `limits of Wilson are where the score test of one proportion is just significant`()
    throws
  {
    let found = try Proportion.wilson(BinomialSample(responders: 13, total: 40))
    for limit in [found.lower, found.upper] {
      let z = (13.0 / 40 - limit) / (limit * (1 - limit) / 40).squareRoot()
      #expect(abs(abs(z) - 1.959963984540054) < 1e-9)
    }
  }

  @Test func `the Mantel-Haenszel test of one stratum is Pearson's without its last participant`()
    throws
  {
    let (one, two) = Self.samples[0]
    let table = try StratifiedTable([Stratum(label: "a", experimental: one, comparator: two)])
    let found = try MantelHaenszel.association(table)
    let cells = [
      [one.responders, one.total - one.responders], [two.responders, two.total - two.responders],
    ]
    .map { $0.map(Double.init) }
    let total = cells.joined().reduce(0, +)
    var pearson = 0.0
    for row in 0..<2 {
      for column in 0..<2 {
        let expected =
          (cells[row][0] + cells[row][1]) * (cells[0][column] + cells[1][column]) / total
        let off = cells[row][column] - expected
        pearson += off * off / expected
      }
    }
    #expect(abs(found.chiSquare - pearson * (total - 1) / total) < 1e-10)
    #expect(
      abs(found.oddsRatio - cells[0][0] * cells[1][1] / (cells[0][1] * cells[1][0])) < 1e-10)
  }

  @Test func `strata put together and taken apart: equal strata give the plain difference by Sato`()
    throws
  {
    let (one, two) = (
      BinomialSample(responders: 12, total: 40), BinomialSample(responders: 8, total: 40)
    )
    let strata = (0..<3).map { Stratum(label: "\($0)", experimental: one, comparator: two) }
    let found = try MantelHaenszel.sato(try StratifiedTable(strata))
    #expect(abs(found.estimate - 0.1) < 1e-14)
    let single = try MantelHaenszel.sato(try StratifiedTable([strata[0]]))
    #expect(abs(found.standardError - single.standardError / 3.0.squareRoot()) < 1e-12)
  }

  @Test func `the score interval covers as often as it says, by simulation`() throws {
    var covered = 0
    let runs = 4000
    for run in 0..<runs {
      var chances = CounterStream(key: 21, stream: UInt64(run))
      let one = (0..<60).count { _ in chances.uniform() < 0.55 }
      let two = (0..<60).count { _ in chances.uniform() < 0.45 }
      let found = try RiskDifference.miettinenNurminen(
        BinomialSample(responders: one, total: 60), BinomialSample(responders: two, total: 60))
      if found.contains(0.1) { covered += 1 }
    }
    // Exact coverage of the method here is within half a point of 95 %.
    let error = (0.95 * 0.05 / Double(runs)).squareRoot()
    #expect(abs(Double(covered) / Double(runs) - 0.95) < 4 * error + 0.005)
  }

  @Test func `the planned size has the planned power, by simulation`() throws {
    let size = try SampleSize.riskDifference(
      experimental: 0.5, comparator: 0.45, margin: -0.10, alphaOneSided: 0.025, beta: 0.1)
    let each = Int(size.experimental.rounded(.up))
    var shown = 0
    let runs = 4000
    let tables = [0.5, 0.45].map { BinomialTable(trials: each, rate: $0) }
    for run in 0..<runs {
      var chances = CounterStream(key: 22, stream: UInt64(run))
      let test = try RiskDifference.farringtonManningTest(
        BinomialSample(responders: tables[0].count(at: chances.uniform()), total: each),
        BinomialSample(responders: tables[1].count(at: chances.uniform()), total: each),
        margin: -0.10)
      if test.pGreater <= 0.025 { shown += 1 }
    }
    #expect(
      abs(Double(shown) / Double(runs) - 0.9) < 4 * (0.09 / Double(runs)).squareRoot() + 0.005)
  }

  @Test func `sizes of means and events follow from their quantiles and scale with them`() throws {
    let one = try SampleSize.meansNormal(
      difference: 0, margin: 3, standardDeviation: 10, alphaOneSided: 0.025, beta: 0.1)
    let half = try SampleSize.meansNormal(
      difference: 0, margin: 1.5, standardDeviation: 10, alphaOneSided: 0.025, beta: 0.1)
    #expect(abs(half.experimental - 4 * one.experimental) < 1e-8)
    // 2 (1.959964 + 1.281552)² (10/3)².
    #expect(abs(one.experimental - 2 * 3.2415155456 * 3.2415155456 * 100 / 9) < 1e-6)
    let student = try SampleSize.meansStudent(
      difference: 0, margin: 3, standardDeviation: 10, alphaOneSided: 0.025, beta: 0.1)
    #expect(student.experimental > one.experimental && student.experimental < one.experimental + 2)
    let twice = try SampleSize.events(hazardRatio: 2, alphaOneSided: 0.025, beta: 0.2)
    let halved = try SampleSize.events(hazardRatio: 0.5, alphaOneSided: 0.025, beta: 0.2)
    #expect(abs(twice - halved) < 1e-9)
  }

  @Test func `the restricted mean is the area under the curve, added up finely`() throws {
    var chances = CounterStream(key: 23, stream: 0)
    let times = (0..<80).map { _ in
      SurvivalTime(time: (chances.uniform() * 20).rounded(.up), isEvent: chances.uniform() < 0.7)
    }
    let curve = try KaplanMeier(times)
    let found = try curve.restrictedMean(to: 10)
    let steps = 100_000
    let area =
      (0..<steps).map { curve.step(at: (Double($0) + 0.5) * 10 / Double(steps)).survival }
      .reduce(0, +) * 10 / Double(steps)
    #expect(abs(found.mean - area) < 1e-3)
  }

  @Test func `scaled times change no survival test and shift no ratio`() throws {
    var chances = CounterStream(key: 24, stream: 0)
    let times = (0..<60).map { _ in
      SurvivalTime(time: (chances.uniform() * 30).rounded(.up), isEvent: chances.uniform() < 0.6)
    }
    let arms = times.indices.map { $0.isMultiple(of: 2) ? "A" : "B" }
    let scaled = times.map { SurvivalTime(time: $0.time * 7, isEvent: $0.isEvent) }
    let covariates = arms.map { [$0 == "A" ? 1.0 : 0] }
    #expect(try LogRank(times, arms: arms).chiSquare == LogRank(scaled, arms: arms).chiSquare)
    #expect(
      try CoxModel(times, covariates: covariates).coefficients
        == CoxModel(scaled, covariates: covariates).coefficients)
    let exchanged = arms.map { [$0 == "B" ? 1.0 : 0] }
    let (one, two) = (
      try CoxModel(times, covariates: covariates), try CoxModel(times, covariates: exchanged)
    )
    #expect(abs(one.coefficients[0] + two.coefficients[0]) < 1e-9)
  }

  @Test func `scores scaled and moved scale and keep a model for repeated measures`() throws {
    let rows = (0..<40).flatMap { person -> [RepeatedMeasure] in
      var chances = CounterStream(key: 25, stream: UInt64(person))
      let level = chances.normal()
      return (1...3).map { visit in
        RepeatedMeasure(
          participant: "\(person)", arm: person.isMultiple(of: 2) ? "A" : "B", visit: "V\(visit)",
          outcome: level + Double(visit) + chances.normal(), baseline: level * 2)
      }
    }
    let changed = rows.map {
      RepeatedMeasure(
        participant: $0.participant, arm: $0.arm, visit: $0.visit, outcome: 5 - 3 * $0.outcome,
        baseline: 100 + 10 * $0.baseline)
    }
    for method in [DegreesOfFreedomMethod.satterthwaite, .kenwardRogerLinear, .betweenWithin] {
      let one = try #require(
        try MixedModel(rows).contrast("A", "B", at: "V3", degreesOfFreedom: method))
      let two = try #require(
        try MixedModel(changed).contrast("A", "B", at: "V3", degreesOfFreedom: method))
      #expect(abs(two.estimate + 3 * one.estimate) < 1e-6)
      #expect(abs(two.standardError - 3 * one.standardError) < 1e-6)
      #expect(abs(two.degreesOfFreedom - one.degreesOfFreedom) < 1e-4)
    }
  }
}

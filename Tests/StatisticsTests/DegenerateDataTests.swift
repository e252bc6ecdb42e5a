import Testing

@testable import Statistics

/// Data at the edge give a result or a refusal by name; never something that is no number.
@Suite struct DegenerateDataTests {
  /// Every table of two arms of up to four participants.
  private static let tables: [(BinomialSample, BinomialSample)] = (1...4).flatMap { n1 in
    (1...4).flatMap { n2 in
      (0...n1).flatMap { x1 in
        (0...n2).map { x2 in
          (BinomialSample(responders: x1, total: n1), BinomialSample(responders: x2, total: n2))
        }
      }
    }
  }

  private static func check(
    _ name: String, _ one: BinomialSample, _ two: BinomialSample,
    _ interval: () throws -> ConfidenceInterval
  ) {
    do {
      let found = try interval()
      let place = "\(name) \(one.responders)/\(one.total) \(two.responders)/\(two.total)"
      #expect(!found.lower.isNaN && !found.upper.isNaN, "\(place)")
      #expect(found.lower <= found.upper, "\(place)")
    } catch {
      #expect(error is StatisticsRefusal, "\(name)")
    }
  }

  @Test func `every interval of every small table is ordered numbers or a refusal`() {
    for (one, two) in Self.tables {
      Self.check("Miettinen-Nurminen", one, two) { try RiskDifference.miettinenNurminen(one, two) }
      Self.check("Mee", one, two) { try RiskDifference.mee(one, two) }
      Self.check("Newcombe", one, two) { try RiskDifference.newcombe(one, two) }
      Self.check("Newcombe corrected", one, two) {
        try RiskDifference.newcombe(one, two, continuityCorrected: true)
      }
      Self.check("Wald", one, two) { try RiskDifference.wald(one, two) }
      Self.check("Agresti-Caffo", one, two) { try RiskDifference.agrestiCaffo(one, two) }
      Self.check("ratio", one, two) { try RiskRatio.miettinenNurminen(one, two) }
      Self.check("Koopman", one, two) { try RiskRatio.koopman(one, two) }
      Self.check("Katz", one, two) { try RiskRatio.katz(one, two) }
      Self.check("odds", one, two) { try OddsRatio.miettinenNurminen(one, two) }
      Self.check("odds score", one, two) { try OddsRatio.score(one, two) }
      Self.check("Woolf", one, two) { try OddsRatio.woolf(one, two) }
      Self.check("Chan-Zhang", one, two) { try ExactUnconditional.chanZhang(one, two) }
      Self.check("Fisher", one, two) { try FisherExact(one, two).interval }
      Self.check("Clopper-Pearson", one, two) { try Proportion.clopperPearson(one) }
      Self.check("Wilson", one, two) { try Proportion.wilson(one) }
    }
  }

  @Test func `every stratified method on two small strata gives ordered numbers or a refusal`()
    throws
  {
    for (index, first) in Self.tables.enumerated() where index.isMultiple(of: 5) {
      for (other, second) in Self.tables.enumerated() where other.isMultiple(of: 7) {
        let table = try StratifiedTable([
          Stratum(label: "a", experimental: first.0, comparator: first.1),
          Stratum(label: "b", experimental: second.0, comparator: second.1),
        ])
        Self.check("score", first.0, second.0) { try StratifiedScore(table).interval() }
        Self.check("Sato", first.0, second.0) { try MantelHaenszel.sato(table).interval }
        Self.check("Mantel-Haenszel", first.0, second.0) {
          try MantelHaenszel.association(table).interval
        }
        Self.check("Yan-Su", first.0, second.0) { try StratifiedNewcombe.yanSu(table).interval }
      }
    }
  }

  @Test func `everybody responded, and the common odds ratio is refused by name`() throws {
    let full = BinomialSample(responders: 5, total: 5)
    let table = try StratifiedTable([Stratum(label: "a", experimental: full, comparator: full)])
    #expect(throws: StatisticsRefusal.noInformativeStratum) {
      try MantelHaenszel.association(table)
    }
    let none = BinomialSample(responders: 0, total: 5)
    let apart = try MantelHaenszel.association(
      try StratifiedTable([Stratum(label: "a", experimental: full, comparator: none)]))
    #expect(apart.oddsRatio == .infinity && apart.interval.lower == 0)
  }

  private static func rows(_ outcomes: [Double], covariate: (Int) -> Double) -> [AncovaRow] {
    outcomes.enumerated().map { index, outcome in
      AncovaRow(
        arm: index.isMultiple(of: 2) ? "A" : "B", outcome: outcome,
        covariates: [covariate(index)])
    }
  }

  @Test func `scores that are all equal have a difference of zero, and nothing to test it by`()
    throws
  {
    let model = try Ancova(Self.rows(Array(repeating: 3, count: 12)) { Double($0) })
    let contrast = try #require(model.contrast("A", "B"))
    #expect(abs(contrast.estimate) < 1e-9 && contrast.standardError < 1e-9)
    let hypothesis = Hypothesis(
      id: "H", first: "A", second: "B", claim: .superiority(.higherIsBetter), scale: .score)
    #expect(throws: StatisticsRefusal.tooFewObservations) {
      try ComparisonResult(
        hypothesis, in: .full, estimate: 0, standardError: 0, degreesOfFreedom: 10)
    }
    // A covariate that never differs repeats the arms.
    #expect(throws: StatisticsRefusal.modelNotIdentified) {
      try Ancova(Self.rows([1, 2, 3, 4, 5, 6]) { _ in 1 })
    }
    #expect(throws: StatisticsRefusal.tooFewObservations) { try Ancova([]) }
    #expect(throws: StatisticsRefusal.self) { try SampleMoments(of: []) }
  }

  private static func measures(
    _ participants: Int, _ outcome: (Int, Int) -> Double?
  ) -> [RepeatedMeasure] {
    (0..<participants).flatMap { person in
      (1...3).compactMap { visit in
        outcome(person, visit).map {
          RepeatedMeasure(
            participant: "\(person)", arm: person.isMultiple(of: 2) ? "A" : "B",
            visit: "V\(visit)", outcome: $0, baseline: Double(person * person % 7))
        }
      }
    }
  }

  @Test func `repeated measures of nobody, of one and of equal scores are refused by name`() {
    #expect(throws: StatisticsRefusal.tooFewObservations) { try MixedModel([]) }
    #expect(throws: StatisticsRefusal.self) {
      try MixedModel(Self.measures(1) { 1.0 * Double($0 + $1) })
    }
    #expect(throws: StatisticsRefusal.self) { try MixedModel(Self.measures(20) { _, _ in 4 }) }
    // Nobody has two visits: how they vary together is not in the data.
    #expect(throws: StatisticsRefusal.self) {
      try MixedModel(
        Self.measures(30) { person, visit in
          visit == person % 3 + 1 ? Double(person * 7 % 11) : nil
        })
    }
  }

  @Test func `survival of nobody, of the censored alone and of one arm is told by name`() throws {
    let censored = (1...5).map { SurvivalTime(time: Double($0), isEvent: false) }
    #expect(throws: StatisticsRefusal.tooFewObservations) { try KaplanMeier([]) }
    let curve = try KaplanMeier(censored)
    #expect(curve.events == 0 && curve.steps.allSatisfy { $0.survival == 1 })
    #expect(try curve.time(survivalFallsTo: 0.5).time == nil)
    #expect(try curve.restrictedMean(to: 4).mean == 4)
    #expect(throws: StatisticsRefusal.tooFewObservations) {
      try CoxModel(censored, covariates: censored.map { [$0.time] })
    }
    #expect(throws: StatisticsRefusal.self) {
      try LogRank(censored, arms: ["A", "B", "A", "B", "A"])
    }
    let fallen = try KaplanMeier([SurvivalTime(time: 1, isEvent: true)])
    #expect(fallen.step(at: 2).survival == 0)
    #expect(try fallen.interval(fallen.step(at: 2)) == nil)
    #expect(try fallen.interval(fallen.step(at: 0.5))?.lower == 1)
    let events = censored.map { SurvivalTime(time: $0.time, isEvent: true) }
    #expect(throws: StatisticsRefusal.armWithoutParticipants) {
      try LogRank(events, arms: Array(repeating: "A", count: 5))
    }
    #expect(throws: StatisticsRefusal.self) {
      try CoxModel(events, covariates: events.map { _ in [1] })
    }
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try KaplanMeier([SurvivalTime(time: .nan, isEvent: true)])
    }
  }

  @Test func `rates, pools and indices of nothing are told by name`() throws {
    let none = try EventRate.exactPoisson(events: 0, exposure: 10)
    #expect(none.rate == 0 && none.interval.lower == 0 && none.interval.upper > 0)
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try EventRate.exactPoisson(events: 1, exposure: 0)
    }
    #expect(throws: StatisticsRefusal.tooFewObservations) {
      try RubinPool(estimates: [1], variances: [1])
    }
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try RubinPool(estimates: [1, 2], variances: [0, 0])
    }
    let alike = try RubinPool(estimates: [2, 2, 2], variances: [1, 1, 1])
    #expect(alike.degreesOfFreedom == .infinity && alike.totalVariance == 1)
    let nobody = try? BlindingIndex([[0, 0, 0], [0, 0, 0]])
    #expect(nobody?.overall?.value.isNaN != true)
  }
}

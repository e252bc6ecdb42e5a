import Statistics
import Testing

/// Comparisons with the counts of a published trial (Anand et al., NEJM 2023;388:2315).
enum Published {
  static let ketamine = BinomialSample(responders: 108, total: 195)
  static let ect = BinomialSample(responders: 70, total: 170)

  static func table(_ one: BinomialSample, _ two: BinomialSample) throws -> StratifiedTable {
    try StratifiedTable([Stratum(label: "all", experimental: one, comparator: two)])
  }
}

func hypothesis(_ id: String = "H1", margin: Double? = -0.10) throws -> Hypothesis {
  let claim: Claim =
    if let margin { .noninferiority(try .forProportions(margin)) } else {
      .superiority(.higherIsBetter)
    }
  return Hypothesis(id: id, first: "KAP", second: "ECT", claim: claim)
}

func result(
  id: String = "H1", margin: Double? = -0.10, in set: AnalysisSet = .full,
  _ one: (Int, Int), _ two: (Int, Int)
) throws -> ComparisonResult {
  try ComparisonResult(
    try hypothesis(id, margin: margin), in: set,
    table: try Published.table(
      BinomialSample(responders: one.0, total: one.1),
      BinomialSample(responders: two.0, total: two.1)))
}

@Suite struct NoninferiorityMarginTests {
  @Test func `a margin of zero is refused, because it asks for superiority`() {
    #expect(throws: MarginRefusal.zero) {
      try NoninferiorityMargin(parsing: 0, direction: .higherIsBetter)
    }
  }

  @Test func `a margin on the wrong side of zero is refused in both directions`() {
    #expect(throws: MarginRefusal.positiveThoughHigherIsBetter) {
      try NoninferiorityMargin(parsing: 0.1, direction: .higherIsBetter)
    }
    #expect(throws: MarginRefusal.negativeThoughLowerIsBetter) {
      try NoninferiorityMargin(parsing: -3, direction: .lowerIsBetter)
    }
  }

  @Test func `a margin that is no number, or that no difference reaches, is refused`() {
    #expect(throws: MarginRefusal.notANumber) {
      try NoninferiorityMargin(parsing: .nan, direction: .higherIsBetter)
    }
    #expect(throws: MarginRefusal.beyondProportions) {
      try NoninferiorityMargin.forProportions(-1)
    }
  }

  @Test func `every refusal of a margin is a sentence`() {
    let refusals: [MarginRefusal] = [
      .notANumber, .zero, .positiveThoughHigherIsBetter, .negativeThoughLowerIsBetter,
      .beyondProportions,
    ]
    #expect(Set(refusals.map(\.description)).count == refusals.count)
    #expect(refusals.allSatisfy { $0.description.hasSuffix(".") })
  }
}

@Suite struct ComparisonResultTests {
  @Test func `the check value of the protocol comes out`() throws {
    // trial.md 13.2: 108/195 versus 70/170 unstratified gives 0.1421 (0.0392, 0.2418).
    let result = try result((108, 195), (70, 170))
    #expect(abs(result.estimate - 0.1421) < 5e-5)
    #expect(abs(result.interval.lower - 0.0392) < 5e-5)
    #expect(abs(result.interval.upper - 0.2418) < 5e-5)
  }

  @Test func `a shown claim reads as the sentence of the design`() throws {
    let result = try result((108, 195), (70, 170))
    #expect(
      result.sentence
        == "KAP was noninferior to ECT: difference +14.2 points, 95 % interval 3.9 to 24.2, margin −10."
    )
  }

  @Test func `a claim that is not shown never reads as inferiority`() throws {
    let result = try result(margin: nil, (110, 200), (104, 200))
    #expect(result.verdict == .notShown)
    #expect(
      result.sentence
        == "Not shown: KAP superior to ECT. The 95 % interval −6.8 to 12.7 includes 0.")
  }

  @Test func `an interval wholly beyond the margin is told apart from one that includes it`() throws
  {
    let beyond = try result((10, 100), (80, 100))
    #expect(beyond.sentence.hasSuffix("lies wholly beyond the margin −10."))
    let within = try result((40, 100), (45, 100))
    #expect(within.sentence.hasSuffix("includes the margin −10."))
  }

  @Test func `p-value and interval agree on the verdict over a grid of tables`() throws {
    var shown = 0
    for x1 in stride(from: 0, through: 60, by: 3) {
      for x2 in stride(from: 0, through: 55, by: 5) {
        let result = try result((x1, 60), (x2, 55))
        #expect((result.pOneSided < 0.025) == (result.verdict == .shown))
        shown += result.verdict == .shown ? 1 : 0
      }
    }
    #expect(shown > 20)
  }

  @Test func `the hypothesis states its null difference in words`() throws {
    #expect(
      try hypothesis().sentence
        == "H1: KAP is noninferior to ECT; tested against the null hypothesis that the difference "
        + "KAP − ECT is at most −10 points.")
  }

  @Test func `where lower is better the upper limit decides`() throws {
    let margin = try NoninferiorityMargin(parsing: 3, direction: .lowerIsBetter)
    let hypothesis = Hypothesis(
      id: "S1", first: "KET", second: "ECT", claim: .noninferiority(margin), scale: .score)
    let near = try ComparisonResult(
      hypothesis, in: .full, estimate: 0.5, standardError: 1, degreesOfFreedom: 200)
    #expect(near.verdict == .shown)
    let far = try ComparisonResult(
      hypothesis, in: .full, estimate: 2, standardError: 1, degreesOfFreedom: 200)
    #expect(far.verdict == .notShown)
    #expect(far.pOneSided > 0.025)
  }

  @Test func `a stratum with an empty arm is dropped and named`() throws {
    let table = try StratifiedTable([
      Stratum(
        label: "SEV.OUT", experimental: BinomialSample(responders: 0, total: 0),
        comparator: BinomialSample(responders: 3, total: 7)),
      Stratum(
        label: "MOD.IN", experimental: BinomialSample(responders: 12, total: 20),
        comparator: BinomialSample(responders: 9, total: 21)),
    ])
    let result = try ComparisonResult(try hypothesis(), in: .full, table: table)
    #expect(result.droppedStrata == ["SEV.OUT"])
    let alone = try ComparisonResult(
      try hypothesis(), in: .full, table: try StratifiedTable(table.strata))
    #expect(result.interval == alone.interval)
  }
}

@Suite struct ConclusionTests {
  private func conclusion(
    _ id: String = "H1", full: (Int, Int), perProtocol: (Int, Int),
    rule: ConclusionRule = .fullSetAndPerProtocol
  ) throws -> Conclusion {
    try Conclusion(
      fullSet: try result(id: id, full, (50, 100)),
      perProtocol: try result(id: id, in: .perProtocol, perProtocol, (45, 90)),
      losses: [ArmLoss(arm: "KAP", randomized: 100, analysed: 97)], rule: rule)
  }

  @Test func `noninferiority is claimed only when both sets show it`() throws {
    #expect(try conclusion(full: (70, 100), perProtocol: (63, 90)).verdict == .shown)
    #expect(try conclusion(full: (70, 100), perProtocol: (40, 90)).verdict == .notShown)
    #expect(try conclusion(full: (45, 100), perProtocol: (63, 90)).verdict == .notShown)
  }

  @Test func `the rule comes with the definition and not from the reader`() throws {
    #expect(
      try conclusion(full: (70, 100), perProtocol: (40, 90), rule: .fullSet).verdict == .shown)
  }

  @Test func `a claim that only the full set shows says so`() throws {
    let sentence = try conclusion(full: (70, 100), perProtocol: (40, 90)).sentence
    #expect(sentence.hasPrefix("Not shown: KAP noninferior to ECT. The full set shows it"))
  }

  @Test func `results of different hypotheses or of the wrong sets make no conclusion`() throws {
    let full = try result(id: "H1", (70, 100), (50, 100))
    let other = try result(id: "H2", in: .perProtocol, (70, 100), (50, 100))
    #expect(throws: ConclusionRefusal.differentHypotheses) {
      try Conclusion(fullSet: full, perProtocol: other, losses: [], rule: .fullSet)
    }
    #expect(throws: ConclusionRefusal.wrongAnalysisSets) {
      try Conclusion(fullSet: full, perProtocol: full, losses: [], rule: .fullSet)
    }
  }

  @Test func `more analysed than randomized is refused`() throws {
    let full = try result((70, 100), (50, 100))
    let kept = try result(in: .perProtocol, (70, 100), (50, 100))
    #expect(throws: ConclusionRefusal.lossesImpossible) {
      try Conclusion(
        fullSet: full, perProtocol: kept,
        losses: [ArmLoss(arm: "KAP", randomized: 90, analysed: 100)], rule: .fullSet)
    }
  }

  @Test func `the loss between randomized and analysed is told by arm`() {
    #expect(
      ArmLoss(arm: "KAP", randomized: 300, analysed: 288).sentence
        == "KAP: 288 of 300 randomized were analysed, 12 (4.0 %) not.")
  }

  @Test func `after the first hypothesis not shown the later ones only describe`() throws {
    let good = ((70, 100), (63, 90))
    let bad = ((45, 100), (40, 90))
    let sequence = FixedSequence([
      try conclusion("H1", full: good.0, perProtocol: good.1),
      try conclusion("H2", full: bad.0, perProtocol: bad.1),
      try conclusion("H3", full: good.0, perProtocol: good.1),
    ])
    #expect(sequence.claimed == ["H1"])
    #expect(
      sequence.steps.map(\.standing)
        == [.tested(.shown), .tested(.notShown), .descriptive(after: "H2")])
    #expect(sequence.steps[2].sentence.hasPrefix("Descriptive only, because H2 was not shown"))
    #expect(!sequence.steps[2].sentence.contains("was noninferior"))
  }
}

@Suite struct WordingTests {
  @Test(arguments: [
    (0.05, "0.1"), (-0.04, "0.0"), (-0.06, "−0.1"), (12.25, "12.3"), (1.0 / 0, "∞"),
    (99.96, "100.0"),
  ])
  func `decimals are fixed and the minus sign is a minus sign`(value: Double, text: String) {
    #expect(Wording.decimal(value) == text)
  }

  @Test func `a p-value is never zero`() {
    #expect(Wording.pValue(1e-12) == "p < 0.0001")
    #expect(Wording.pValue(0.0312) == "p = 0.0312")
  }
}

import Statistics
import Testing

@Suite struct ModelTests {
  /// Thirty participants at three visits with a few gaps, made by arithmetic alone.
  static let rows: [RepeatedMeasure] = (0..<30).flatMap { number -> [RepeatedMeasure] in
    (0..<3).compactMap { visit in
      if (number * 5 + visit * 3) % 11 == 0 { return nil }
      let noise = Double((number * 37 + visit * 17) % 23) - 11
      let own = Double((number * 13) % 9) - 4
      return RepeatedMeasure(
        participant: "P\(100 + number)", arm: ["ECT", "KAP", "KET"][number % 3],
        visit: "V\(visit + 1)", outcome: -3 * Double(visit) + own + noise / 3,
        baseline: 25 + Double((number * 7) % 15), factors: [number % 2 == 0 ? "MOD" : "SEV"])
    }
  }

  @Test func `the order of rows changes no digit of a model for repeated measures`() throws {
    let one = try MixedModel(Self.rows)
    let two = try MixedModel(
      Self.rows.indices.sorted { ($0 * 29) % 83 < ($1 * 29) % 83 }.map { Self.rows[$0] })
    #expect(
      one.contrast("KAP", "ECT", at: "V3", degreesOfFreedom: .kenwardRogerLinear)
        == two.contrast("KAP", "ECT", at: "V3", degreesOfFreedom: .kenwardRogerLinear))
  }

  static let structures: [CovarianceStructure] = [
    .unstructured, .heterogeneousCompoundSymmetry, .heterogeneousToeplitz, .autoregressive,
  ]

  @Test(arguments: structures)
  func `the restricted likelihood is at its top: the gradient is zero`(
    structure: CovarianceStructure
  ) throws {
    #expect(try MixedModel(Self.rows, covariance: structure).gradient < 1e-6)
  }

  @Test func `a structure with fewer parameters never fits better`() throws {
    let free = try MixedModel(Self.rows).minusTwoLogLikelihood
    let toeplitz = try MixedModel(Self.rows, covariance: .heterogeneousToeplitz)
      .minusTwoLogLikelihood
    let symmetric = try MixedModel(Self.rows, covariance: .heterogeneousCompoundSymmetry)
      .minusTwoLogLikelihood
    #expect(free <= toeplitz + 1e-9 && toeplitz <= symmetric + 1e-9)
  }

  @Test func `with one visit the model is the analysis of covariance`() throws {
    let single = Self.rows.filter { $0.visit == "V2" }
    let mixed = try MixedModel(single)
    let plain = try Ancova(
      single.map {
        AncovaRow(
          arm: $0.arm, outcome: $0.outcome, covariates: [$0.baseline], factors: $0.factors)
      })
    let one = try #require(
      mixed.contrast("KAP", "ECT", at: "V2", degreesOfFreedom: .satterthwaite))
    let two = try #require(plain.contrast("KAP", "ECT"))
    #expect(abs(one.estimate - two.estimate) < 1e-10)
    #expect(abs(one.standardError - two.standardError) < 1e-9)
    #expect(abs(one.degreesOfFreedom - two.degreesOfFreedom) < 1e-6)
  }

  @Test func `two measurements of one participant at one visit are refused`() {
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try MixedModel(Self.rows + [Self.rows[0]])
    }
  }

  @Test func `an analysis of covariance without covariates is the comparison of means`() throws {
    let rows = (0..<20).map {
      AncovaRow(arm: $0 % 2 == 0 ? "A" : "B", outcome: Double(($0 * 7) % 13), covariates: [])
    }
    let contrast = try #require(try Ancova(rows).contrast("A", "B"))
    let means = try MeanDifference(
      pooled: try SampleMoments(of: rows.filter { $0.arm == "A" }.map(\.outcome)),
      try SampleMoments(of: rows.filter { $0.arm == "B" }.map(\.outcome)))
    #expect(abs(contrast.estimate - means.estimate) < 1e-13)
    #expect(abs(contrast.standardError - means.standardError) < 1e-13)
    #expect(contrast.degreesOfFreedom == 18)
  }

  @Test func `the order of rows changes no digit of an analysis of covariance`() throws {
    let rows = Self.rows.map {
      AncovaRow(
        arm: $0.arm, outcome: $0.outcome / 7, covariates: [$0.baseline / 3], factors: $0.factors)
    }
    let shuffled = rows.indices.sorted { ($0 * 29) % 83 < ($1 * 29) % 83 }.map { rows[$0] }
    #expect(try Ancova(rows) == Ancova(shuffled))
  }

  @Test func `a covariate that repeats another one is refused`() {
    let rows = (0..<12).map { number -> AncovaRow in
      let covariate = Double(number * number % 7)
      return AncovaRow(
        arm: number % 2 == 0 ? "A" : "B", outcome: Double(number % 5),
        covariates: [covariate, 2 * covariate])
    }
    #expect(throws: StatisticsRefusal.modelNotIdentified) { try Ancova(rows) }
  }

  @Test func `the model with a contrast refuses an arm it does not know`() throws {
    let model = try MixedModel(Self.rows)
    #expect(model.contrast("KAP", "XXX", at: "V1", degreesOfFreedom: .satterthwaite) == nil)
    #expect(model.leastSquaresMean("KAP", at: "V9", degreesOfFreedom: .satterthwaite) == nil)
  }

  @Test func `pooling identical estimates leaves nothing between the sets`() throws {
    let pool = try RubinPool(estimates: [1, 1, 1], variances: [2, 2, 2])
    #expect(pool.between == 0 && pool.totalVariance == 2)
    #expect(pool.degreesOfFreedom == .infinity)
  }
}

@Suite struct RerandomizationTests {
  @Test func `probabilities of all sequences of a scheme add up to one`() throws {
    var sums = [0.0, 0.0, 0.0]
    try SequenceEnumeration.randomAllocation(size: 9, inArmOne: 4) { sums[0] += $1 }
    try SequenceEnumeration.permutedBlocks(
      strata: ["A", "B", "A", "A", "B", "A", "A"], blockSize: 4
    ) { sums[1] += $1 }
    try SequenceEnumeration.biasedCoin(size: 10, probability: 2.0 / 3) { sums[2] += $1 }
    for sum in sums { #expect(abs(sum - 1) < 1e-12) }
  }

  @Test func `a design beyond a million sequences is refused and not half enumerated`() {
    var visited = 0
    #expect(throws: StatisticsRefusal.parameterOutOfRange) {
      try SequenceEnumeration.biasedCoin(size: 21, probability: 0.5) { _, _ in visited += 1 }
    }
    #expect(visited == 0)
  }
}

@Suite struct SafetyTests {
  @Test func `a participant counts once in a row however many events`() throws {
    func event(_ participant: String, _ term: String, serious: Bool = false) -> AdverseEvent {
      AdverseEvent(
        participant: participant, arm: "KET", organClass: "Nervous", preferredTerm: term,
        grade: 1, isSerious: serious)
    }
    let table = try AdverseEventTable(
      [event("1", "Headache"), event("1", "Headache"), event("1", "Dizziness", serious: true)],
      treated: [("KET", 10), ("ECT", 12)])
    let any = table.cells[0]
    #expect(any.participants == BinomialSample(responders: 1, total: 10) && any.events == 3)
    #expect(table.cells.map(\.row).filter { $0 == "Nervous / Headache" }.count == 2)
    #expect(table.cells[1].participants.responders == 0)
  }

  @Test func `exact limits of a rate put half of the error in each Poisson tail`() throws {
    let result = try EventRate.exactPoisson(events: 3, exposure: 10)
    func cdf(_ count: Int, _ mean: Double) -> Double {
      var term = 1.0
      var sum = 1.0
      for k in stride(from: 1, through: count, by: 1) {
        term *= mean / Double(k)
        sum += term
      }
      return sum * 2.718281828459045.power(-mean)
    }
    #expect(abs(cdf(3, 10 * result.interval.upper) - 0.025) < 1e-12)
    #expect(abs(1 - cdf(2, 10 * result.interval.lower) - 0.025) < 1e-12)
  }
}

extension Double {
  /// e to a power by its series, halved until it converges at once.
  fileprivate func power(_ exponent: Double) -> Double {
    let x = exponent / 1024
    var term = 1.0
    var sum = 1.0
    for k in 1...12 {
      term *= x / Double(k)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
  }
}

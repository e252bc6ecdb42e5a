import Testing

@testable import Statistics

@Suite struct SensitivityMethodTests {
  private static func rows(_ cells: [(String, Double, Int, Int)]) -> [BinaryRow] {
    cells.flatMap { arm, x, responders, total in
      (0..<total).map { BinaryRow(arm: arm, isResponder: $0 < responders, covariates: [x]) }
    }
  }

  @Test
  func `standardized to a covariate that is alike in both arms, the difference is the plain one`()
    throws
  {
    // Saturated by symmetry: each arm has the same share at both covariate values.
    let rows = Self.rows([("A", 0, 12, 20), ("A", 1, 12, 20), ("B", 0, 8, 20), ("B", 1, 8, 20)])
    let found = try #require(try StandardizedDifference(rows).difference("A", "B"))
    #expect(abs(found.estimate - 0.2) < 1e-12)
    // Var = Σ p q/n per arm, the influence function of two means: 0.6·0.4/40 + 0.4·0.6/40.
    #expect(abs(found.standardError - (0.012).squareRoot()) < 1e-12)
  }

  @Test func `exchanging the arms or scaling a covariate changes nothing but the sign`() throws {
    let cells = [
      ("A", 1.0, 9, 20), ("A", 4, 15, 22), ("B", 1, 5, 19), ("B", 4, 14, 25), ("C", 2, 7, 11),
    ]
    let rows = Self.rows(cells)
    let scaled = rows.map {
      BinaryRow(arm: $0.arm, isResponder: $0.isResponder, covariates: [-7 + 300 * $0.covariates[0]])
    }
    let one = try StandardizedDifference(rows)
    let other = try StandardizedDifference(scaled.reversed())
    let forward = try #require(one.difference("A", "B"))
    let backward = try #require(other.difference("B", "A"))
    #expect(abs(forward.estimate + backward.estimate) < 1e-12)
    #expect(abs(forward.standardError - backward.standardError) < 1e-12)
  }

  @Test func `responders separated from the others give a refusal and no number`() throws {
    let rows = Self.rows([("A", 0, 0, 10), ("A", 1, 10, 10), ("B", 0, 0, 10), ("B", 1, 10, 10)])
    #expect(throws: StatisticsRefusal.self) { try StandardizedDifference(rows) }
    #expect(throws: StatisticsRefusal.modelNotIdentified) {
      try StandardizedDifference(Self.rows([("A", 3, 4, 10), ("B", 3, 5, 10)]))
    }
    #expect(throws: StatisticsRefusal.tooFewObservations) {
      try StandardizedDifference(Self.rows([("A", 3, 1, 1)]))
    }
  }

  @Test func `clusters of one member give the plain difference, its variance and no correlation`()
    throws
  {
    let members = (0..<40).map { BinomialSample(responders: $0 < 24 ? 1 : 0, total: 1) }
    let found = try ClusteredDifference(
      clusters: members, other: BinomialSample(responders: 10, total: 40))
    // k/(k − 1) Σ (y − p̂)²/n² is p̂q̂/(n − 1) when every cluster has one member.
    let expected = (0.6 * 0.4 / 39 + 0.25 * 0.75 / 39).squareRoot()
    #expect(abs(found.estimate.estimate - 0.35) < 1e-14)
    #expect(abs(found.estimate.standardError - expected) < 1e-14)
    #expect(found.intraclassCorrelation == nil)
  }

  @Test func `clusters that are all or nothing have correlation one`() throws {
    let clusters = (0..<10).map { BinomialSample(responders: $0 < 6 ? 5 : 0, total: 5) }
    let found = try ClusteredDifference(
      clusters: clusters, other: BinomialSample(responders: 10, total: 40))
    #expect(abs(try #require(found.intraclassCorrelation) - 1) < 1e-12)
    // The design effect is then the size of a cluster, but for k/(k − 1).
    #expect(abs(try #require(found.designEffect) - 5 * 10 / 9) < 1e-12)
    #expect(throws: StatisticsRefusal.tooFewObservations) {
      try ClusteredDifference(
        clusters: [BinomialSample(responders: 1, total: 9)],
        other: BinomialSample(responders: 10, total: 40))
    }
  }

  @Test func `imputed scores follow the regression they come from`() throws {
    let rows = (0..<400).map { (index: Int) -> ScoredRow in
      let baseline: Double = 20 + Double(index % 20)
      var chances = CounterStream(key: 3, stream: UInt64(index))
      let noise: Double = 2 * chances.normal()
      let score: Double = 5 + 0.5 * baseline + noise
      return ScoredRow(
        stream: UInt64(index), arm: "A", baseline: baseline, covariates: [],
        score: index % 4 == 0 ? nil : score)
    }
    let found = try ScoreImputation(rows, key: 8, count: 40)
    #expect(found.missing.count == 100)
    var residuals: [Double] = []
    for set in found.sets {
      for (index, score) in zip(found.missing, set) {
        residuals.append(score - 5 - 0.5 * rows[index].baseline)
      }
    }
    let moments = try SampleMoments(of: residuals)
    // Simulation: the mean of 100 residuals of deviation 2, plus the error of the fit to 300.
    let bound: Double = 8 / 300.0.squareRoot()
    #expect(abs(moments.mean) < bound)
    #expect(abs(moments.standardDeviation - 2) < 0.2)
    #expect(try ScoreImputation(rows, key: 8, count: 40).sets == found.sets)
    #expect(try ScoreImputation(rows, key: 9, count: 40).sets != found.sets)
  }

  @Test func `scores imputed for a participant do not depend on who else comes first`() throws {
    let rows = (0..<60).map { (index: Int) -> ScoredRow in
      let score: Double? = index % 5 == 0 ? nil : Double(10 + index % 7)
      return ScoredRow(
        stream: UInt64(index), arm: index % 2 == 0 ? "A" : "B", baseline: Double(20 + index % 9),
        covariates: [Double(index % 3)], score: score)
    }
    let forward = try ScoreImputation(rows, key: 1, count: 5)
    let backward = try ScoreImputation(rows.reversed(), key: 1, count: 5)
    for (set, other) in zip(forward.sets, backward.sets) { #expect(set == other.reversed()) }
  }

  @Test func `a uniform stream has the moments of the uniform distribution`() {
    var stream = CounterStream(key: 5, stream: 6)
    let values = (0..<100_000).map { _ in stream.uniform() }
    let mean = values.reduce(0, +) / 100_000
    let square = values.reduce(0) { $0 + $1 * $1 } / 100_000
    // Five standard errors: √(1/12/n) and √(4/45/n).
    #expect(abs(mean - 0.5) < 5 * (1.0 / 12 / 100_000).squareRoot())
    #expect(abs(square - 1.0 / 3) < 5 * (4.0 / 45 / 100_000).squareRoot())
  }
}

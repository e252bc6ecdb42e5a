import Testing

@testable import Statistics

/// Every method on every kind of data at the edge: what it reports is a number, or it refuses by name.
///
/// A result is walked by reflection, so that no field is forgotten. Infinity is a number where it means
/// something (a bound that is never reached, an odds ratio over an empty cell); NaN never is.
@Suite struct EveryMethodTests {
  /// The place of the first NaN in a value, or nil.
  static func fault(_ value: Any, _ path: String = "") -> String? {
    if let number = value as? Double { return number.isNaN ? path : nil }
    for child in Mirror(reflecting: value).children {
      if let found = fault(child.value, path + "." + (child.label ?? "")) { return found }
    }
    return nil
  }

  /// Runs a method; on data of the plain kind it must answer, so that refusing everything is no way out.
  private static func check(_ name: String, isPlain: Bool = false, _ method: () throws -> Any) {
    do {
      let found = fault(try method())
      #expect(found == nil, "\(name): \(found ?? "")")
    } catch {
      #expect(!isPlain, "\(name): \(error)")
      #expect(error is StatisticsRefusal || error is MarginRefusal, "\(name): \(error)")
    }
  }

  @Test func `the walk finds a number that is none wherever it hides`() throws {
    #expect(Self.fault([1.0, 2.0]) == nil)
    #expect(Self.fault(["a": (1, Double?.some(.nan))]) != nil)
    #expect(
      Self.fault(
        LinearEstimate(label: "", estimate: 1, standardError: .nan, degreesOfFreedom: 1))
        == ".standardError")
  }

  private static let numbers: [Double] = [
    0, 1, -1, 0.5, -0.1, 3, 1e-300, 1e300, .infinity, -.infinity, .nan,
  ]
  private static let levels: [Double] = [0.95, 0.5, 1, 0, .nan, 1 - 1e-12]
  private static let samples = [
    (0, 0), (0, 1), (1, 1), (0, 9), (9, 9), (4, 9), (1, 200), (-1, 3), (4, 3),
  ].map { BinomialSample(responders: $0.0, total: $0.1) }

  @Test func `counts of any two arms, at any level and margin`() {
    for one in Self.samples {
      let place = "\(one.responders)/\(one.total)"
      for level in Self.levels {
        Self.check("Clopper-Pearson \(place)") { try Proportion.clopperPearson(one, level: level) }
        Self.check("Wilson \(place)") { try Proportion.wilson(one, level: level) }
        Self.check("Wilson corrected \(place)") {
          try Proportion.wilsonContinuityCorrected(one, level: level)
        }
      }
      for two in Self.samples {
        let place = "\(place) \(two.responders)/\(two.total)"
        for margin in Self.numbers {
          Self.check("Farrington-Manning \(place)") {
            let test = try RiskDifference.farringtonManningTest(one, two, margin: margin)
            return [test.z, test.pGreater, test.pLess]
          }
          if max(one.total, two.total) < 10 {
            Self.check("exact \(place)") {
              try ExactUnconditional.pGreater(one, two, margin: margin)
            }
          }
          Self.check("looks \(place)") {
            try SequentialComparison(
              rates: [(one, two), (two, one)],
              SequentialPlan(
                null: margin, direction: .lowerIsBetter, spending: .pocock, alphaOneSided: 0.025,
                informationFractions: [0.5, 1]))
          }
          Self.check("looks by stratum \(place)") {
            let look = [
              Stratum(label: "a", experimental: one, comparator: two),
              Stratum(label: "b", experimental: two, comparator: two),
            ]
            return try SequentialComparison(
              strata: [try StratifiedTable(look), try StratifiedTable(look + look)],
              SequentialPlan(
                null: margin, direction: .higherIsBetter, spending: .hwangShihDeCani(gamma: -4),
                alphaOneSided: 0.025, informationFractions: [0.5, 1]))
          }
        }
        Self.check("clusters \(place)") {
          try ClusteredDifference(clusters: [one, two, one], other: two)
        }
        Self.check("blinding \(place)") {
          try BlindingIndex([
            [one.responders, one.total, 0], [two.responders, 0, two.total],
          ])
        }
        for weights in StratumWeights.allCases {
          Self.check("strata \(place)") {
            let table = try StratifiedTable([
              Stratum(label: "a", experimental: one, comparator: two),
              Stratum(label: "b", experimental: two, comparator: one),
            ])
            let score = StratifiedScore(table, weights: weights)
            return (score.estimate, score.standardError, try score.interval())
          }
        }
      }
    }
    for events in [-1, 0, 1, 1_000_000] {
      for exposure in Self.numbers {
        Self.check("rate \(events) of \(exposure)") {
          try EventRate.exactPoisson(events: events, exposure: exposure)
        }
      }
    }
    Self.check("events of nobody") { try AdverseEventTable([], treated: [("A", 0)]) }
    Self.check("sequences without a statistic") {
      var test = RerandomizationTest(observed: 1)
      test.add(nil, probability: 1)
      return (test.pGreater, test.pLess, test.pTwoSided)
    }
    Self.check("events of no arm") { try AdverseEventTable([], treated: []) }
  }

  /// Outcomes of six participants, arms taking turns.
  private static let outcomes: [(String, [Double])] = [
    ("nobody", []), ("one", [1]), ("one each", [1, 2]), ("two of one arm", [1, 2, 3]),
    ("all equal", Array(repeating: 0.1, count: 9)),
    ("equal in each arm", [1, 2, 1, 2, 1, 2, 1, 2]),
    ("huge", [1e200, 1, 1e200, 3, -1e200, 7, 2, 9]),
    ("tiny", [1e-200, 0, 2e-200, 0, 3e-200, 1e-200]),
    ("far from zero", [1e9, 1e9 + 1, 1e9 + 3, 1e9 + 2, 1e9, 1e9 + 5, 1e9 + 1, 1e9]),
    ("no number", [1, .nan, 3, 4, 5, 6, 7, 8]), ("endless", [1, .infinity, 3, 4, 5, 6, 7, 8]),
    ("plain", [3, 5, 4, 8, 2, 9, 6, 7, 1, 4, 6, 2, 5, 3, 8, 1, 7, 4, 9, 6]),
  ]
  /// Covariates by participant.
  private static let covariates: [(String, @Sendable (Int) -> [Double])] = [
    ("none", { _ in [] }), ("constant", { _ in [5] }), ("the arm again", { [Double($0 % 2)] }),
    ("twice", { [Double($0), 2 * Double($0)] }), ("plain", { [Double($0 * $0 % 7)] }),
    ("no number", { [$0 == 1 ? .nan : 1.0 * Double($0)] }),
    ("of other lengths", { $0 == 0 ? [] : [1.0 * Double($0)] }),
  ]
  private static func arm(_ index: Int) -> String { index.isMultiple(of: 2) ? "A" : "B" }

  private static func told(_ estimate: LinearEstimate?) throws -> Any {
    guard let estimate else { return 0 }
    return (estimate, estimate.t(), estimate.p, try? estimate.interval())
  }

  @Test func `scores of any kind with covariates of any kind`() {
    for (kind, outcomes) in Self.outcomes {
      for (name, covariates) in Self.covariates {
        let place = "\(kind), covariates \(name)"
        let isPlain = kind == "plain" && name == "plain"
        let rows = outcomes.enumerated().map { index, outcome in
          AncovaRow(
            arm: Self.arm(index), outcome: outcome, covariates: covariates(index),
            factors: [index < 3 ? "x" : "y"])
        }
        Self.check("covariance \(place)", isPlain: isPlain) {
          let model = try Ancova(rows)
          return (model.residualStandardDeviation, try Self.told(model.contrast("A", "B")))
        }
        Self.check("absent arm \(place)") { try Self.told(Ancova(rows).contrast("A", "C")) }
        let binary = outcomes.enumerated().map { index, outcome in
          BinaryRow(arm: Self.arm(index), isResponder: outcome > 3, covariates: covariates(index))
        }
        Self.check("standardized \(place)", isPlain: isPlain) {
          let model = try StandardizedDifference(binary)
          return (model.proportions, try Self.told(model.difference("A", "B")))
        }
        let scored = outcomes.enumerated().map { index, outcome in
          ScoredRow(
            stream: UInt64(index), arm: Self.arm(index), baseline: Double(index % 3),
            covariates: covariates(index), score: index % 6 == 5 ? nil : outcome)
        }
        Self.check("imputed \(place)", isPlain: isPlain) {
          let imputation = try ScoreImputation(scored, key: 1, count: 3)
          let missing = imputation.missing.map { rows[$0] }
          let tipping = try TippingPoint(
            observed: scored.indices.filter { scored[$0].score != nil }.map { rows[$0] },
            missing: missing, imputations: imputation.sets, deltas: [0, 1], first: "A",
            second: "B", claim: .superiority(.higherIsBetter), completeDegreesOfFreedom: nil,
            isShifted: { _ in true })
          return (imputation.sets, tipping, try tipping.shifts.map { try Self.told($0.estimate) })
        }
      }
      let halves = [0, 1].map { half in
        Result { () throws(StatisticsRefusal) in
          try SampleMoments(of: outcomes.enumerated().filter { $0.0 % 2 == half }.map(\.1))
        }
      }
      let isPlain = kind == "plain"
      Self.check("Welch \(kind)", isPlain: isPlain) {
        let found = try MeanDifference(welch: halves[0].get(), halves[1].get())
        return (found, found.t, found.p, try found.interval())
      }
      Self.check("pooled \(kind)", isPlain: isPlain) {
        let found = try MeanDifference(pooled: halves[0].get(), halves[1].get())
        return (found, found.t, found.p, try found.interval())
      }
      Self.check("looks \(kind)", isPlain: isPlain) {
        let (one, two) = (try halves[0].get(), try halves[1].get())
        return try SequentialComparison(
          means: [(one, two), (one.joined(with: one), two.joined(with: two))],
          SequentialPlan(
            null: 0, direction: .higherIsBetter, spending: .obrienFleming, alphaOneSided: 0.025,
            informationFractions: [0.5, 1]))
      }
      for procedure in [
        AllocationProcedure.randomAllocation, .permutedBlocks(size: 4), .permutedBlocks(size: 3),
        .biasedCoin(probability: 0.7), .biasedCoin(probability: 1),
      ] where outcomes.allSatisfy(\.isFinite) {
        Self.check("allocated again \(kind)") {
          let arms = outcomes.indices.map { $0 % 2 }
          let found = try RerandomizedDifference(
            outcomes, arms: arms, strata: arms.map { _ in "" }, procedure: procedure, key: 1,
            samples: 10)
          return (found.test.pGreater, found.test.pLess, found.test.pTwoSided)
        }
      }
    }
  }

  @Test func `repeated measures of any kind in every structure`() {
    let structures: [CovarianceStructure] = [
      .unstructured, .heterogeneousCompoundSymmetry, .heterogeneousToeplitz, .autoregressive,
    ]
    let methods: [DegreesOfFreedomMethod] = [.satterthwaite, .kenwardRogerLinear, .betweenWithin]
    for (kind, outcomes) in Self.outcomes {
      let rows = outcomes.indices.flatMap { person in
        (0..<3).map { visit in
          RepeatedMeasure(
            participant: "\(person)", arm: Self.arm(person), visit: "V\(visit)",
            outcome: outcomes[(person + visit * visit) % outcomes.count],
            baseline: Double(person * person % 5))
        }
      }
      let sets: [(String, [RepeatedMeasure])] = [
        ("whole", rows), ("first visits", rows.filter { $0.visit == "V0" }),
        ("never two", rows.enumerated().filter { $0.0 % 4 == 0 }.map(\.1)),
        ("every row twice", rows + rows), ("one arm", rows.filter { $0.arm == "A" }),
      ]
      for (name, rows) in sets {
        for structure in structures {
          Self.check(
            "repeated \(kind), \(name)", isPlain: kind == "plain" && name == "whole"
          ) {
            let model = try MixedModel(rows, covariance: structure)
            return try methods.map {
              try Self.told(model.contrast("A", "B", at: "V0", degreesOfFreedom: $0))
            }
          }
        }
      }
      for strategy in [ReferenceStrategy.missingAtRandom, .jumpToReference, .copyIncrements] {
        Self.check("reference-based \(kind)", isPlain: kind == "plain") {
          let series = outcomes.indices.map { person in
            IncompleteSeries(
              participant: "\(person)", arm: Self.arm(person), baseline: Double(person % 3),
              outcomes: [
                outcomes[person],
                person % 3 == 0 ? nil : outcomes[(person + 1) % outcomes.count],
              ])
          }
          let found = try ReferenceBasedImputation(
            series, reference: "A", treatment: "B", strategy: strategy)
          return (found, found.p, try found.interval())
        }
      }
    }
  }

  @Test func `times of any kind, events of any kind`() {
    let times: [(String, [Double])] = Self.outcomes.map { ($0.0, $0.1.map(abs)) }
    let events: [(String, (Int) -> Bool)] = [
      ("all", { _ in true }), ("none", { _ in false }), ("of one arm", { $0 % 2 == 0 }),
      ("the last", { $0 == 5 }), ("some", { $0 % 3 != 0 }),
    ]
    for (kind, times) in times {
      for (name, event) in events {
        let rows = times.enumerated().map { SurvivalTime(time: $1, isEvent: event($0)) }
        let place = "\(kind), events \(name)"
        Self.check("curve \(place)", isPlain: kind == "plain") {
          let curve = try KaplanMeier(rows)
          return (
            curve, try curve.steps.map { try curve.interval($0) as Any },
            try curve.restrictedMean(to: 3), try curve.time(survivalFallsTo: 0.5)
          )
        }
        for strata in [nil, rows.indices.map { "\($0 % 3)" }, rows.indices.map { "\($0)" }] {
          let isPlain = kind == "plain" && name == "some" && strata == nil
          Self.check("log-rank \(place)", isPlain: isPlain) {
            let test = try LogRank(rows, arms: rows.indices.map(Self.arm), strata: strata)
            return (test, test.p)
          }
          for (covariate, values) in Self.covariates {
            for ties in [TiesMethod.efron, .breslow, .exact] {
              Self.check("hazards \(place), covariates \(covariate)") {
                try CoxModel(
                  rows, covariates: rows.indices.map { [Double($0 % 2)] + values($0) },
                  strata: strata, ties: ties)
              }
            }
          }
        }
      }
    }
  }

  @Test func `plans with any looks, rates and functions`() {
    let looks: [[Double]] = [
      [], [1], [0.5, 1], [0.5, 0.5], [1, 0.5], [1e-9, 1], [0.99, 1], [.nan, 1],
      [0.5, .infinity],
    ]
    let functions: [SpendingFunction] = [
      .obrienFleming, .pocock, .kimDeMets(rho: 1), .kimDeMets(rho: -2), .kimDeMets(rho: .nan),
      .hwangShihDeCani(gamma: 0), .hwangShihDeCani(gamma: -4), .hwangShihDeCani(gamma: -1e4),
    ]
    for fractions in looks {
      for alpha in [0.025, 0, 0.5, 1e-12, 0.49, .nan] {
        for spending in functions {
          let place = "\(fractions) \(alpha) \(spending)"
          let isPlain = fractions == [0.5, 1] && alpha == 0.025 && spending == .pocock
          Self.check("bounds \(place)", isPlain: isPlain) {
            let design = try GroupSequentialDesign(
              spending: spending, alphaOneSided: alpha, informationFractions: fractions)
            return (design, design.nominalAlpha, design.power(drift: 3))
          }
          Self.check("both sides \(place)", isPlain: isPlain) {
            try TwoSidedBounds.spending(
              spending, alphaTwoSided: alpha, informationFractions: fractions)
          }
          for beta in [0.1, 0.9, 0] {
            Self.check("futility \(place)", isPlain: isPlain && beta == 0.1) {
              try FutilityDesign(
                alphaSpending: .obrienFleming, betaSpending: spending, alphaOneSided: alpha,
                beta: beta, informationFractions: fractions, isBinding: beta == 0.1)
            }
          }
          for z in [0, 2.1, -50, 50, .infinity, .nan] {
            Self.check("repeated \(place) \(z)", isPlain: isPlain && z == 2.1) {
              try SequentialAnalysis.repeatedPValue(
                spending: spending, informationFractions: fractions, look: 1, z: z)
            }
            guard
              let design = try? GroupSequentialDesign(
                spending: spending, alphaOneSided: alpha, informationFractions: fractions)
            else { continue }
            Self.check("stage-wise \(place) \(z)", isPlain: isPlain && z == 2.1) {
              try SequentialAnalysis.stagewisePValue(design: design, look: 1, z: z)
            }
            Self.check("drift \(place) \(z)", isPlain: isPlain && z == 2.1) {
              try SequentialAnalysis.drift(design: design, look: 1, z: z, stagewisePValue: 0.5)
            }
            Self.check("outlook \(place) \(z)", isPlain: isPlain && z == 2.1) {
              try design.conditionalPower(look: 1, z: z, theta: z)
            }
          }
        }
      }
    }
    for shape in Self.numbers {
      for count in [0, 1, 3] {
        Self.check("shape \(shape)") {
          try GroupSequentialDesign(wangTsiatis: shape, alphaOneSided: 0.025, looks: count)
        }
        Self.check("shape both \(shape)") {
          try TwoSidedBounds.wangTsiatis(shape, alphaTwoSided: 0.05, looks: count)
        }
      }
    }
  }

  @Test func `sizes, pools and families of any numbers`() {
    for one in Self.numbers {
      for two in Self.numbers {
        let place = "\(one) \(two)"
        Self.check("size of shares \(place)") {
          try SampleSize.riskDifference(
            experimental: one, comparator: 0.4, margin: two, alphaOneSided: 0.025, beta: 0.1)
        }
        Self.check("size of means \(place)") {
          try SampleSize.meansNormal(
            difference: one, margin: two, standardDeviation: 9, alphaOneSided: 0.025, beta: 0.1)
        }
        Self.check("size by t \(place)") {
          try SampleSize.meansStudent(
            difference: one, margin: -1, standardDeviation: two, alphaOneSided: 0.025, beta: 0.1)
        }
        Self.check("events \(place)") {
          try SampleSize.events(hazardRatio: one, ratio: two, alphaOneSided: 0.025, beta: 0.1)
        }
        Self.check("size anew \(place)") {
          try SampleSizeReestimation(
            z: one, interimTotal: 50, plannedTotal: two, finalBound: 1.96, beta: 0.1,
            maximalIncrease: 2, promisingZone: 0.3...0.9)
        }
        Self.check("two claims \(place)") {
          try NoninferiorityThenSuperiority(
            estimate: one, standardError: two,
            margin: try NoninferiorityMargin(parsing: -0.1, direction: .higherIsBetter),
            alphaOneSided: 0.025)
        }
        Self.check("pool \(place)") {
          let pool = try RubinPool(
            estimates: [one, 1, 2], variances: [two, 1, 1], completeDegreesOfFreedom: 10)
          return (pool, pool.fractionMissing, try Self.told(pool.asEstimate))
        }
        Self.check("graph \(place)") {
          let graph = try GraphicalProcedure(
            weights: [one, 0.5], transitions: [[0, two], [1, 0]])
          return (
            try graph.bonferroni([0.01, two], alpha: 0.025),
            try graph.simes([0, two], alpha: 0.025)
          )
        }
        Self.check("Dunnett \(place)") {
          try Dunnett.singleStep([one, 2], correlation: 0.5, degreesOfFreedom: two)
        }
        Self.check("trend \(place)") {
          // Fractions are those of a plan, above 0.
          let fraction = min(1, max(0.1, two.isNaN ? 0.5 : two))
          let z = one.isNaN ? 0 : one
          return (
            ConditionalPower.currentTrend(z: z, fraction: fraction, finalBound: 2),
            ConditionalPower.predictive(z: z, fraction: fraction, finalBound: 2)
          )
        }
      }
    }
  }
}

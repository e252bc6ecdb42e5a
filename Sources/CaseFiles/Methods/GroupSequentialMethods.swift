import Statistics

extension CaseInputs {
  func spendingFunction() throws(CaseFileRefusal) -> SpendingFunction {
    let parameter = optionalNumber("parameter") ?? optionalNumber("gammaA")
    let name = try text("spending")
    switch name {
    case "LDOF", "asOF": return .obrienFleming
    case "LDPocock", "asP": return .pocock
    case "KimDeMets", "asKD":
      guard let parameter else { throw .inputMissing("parameter") }
      return .kimDeMets(rho: parameter)
    case "HSD", "asHSD":
      guard let parameter else { throw .inputMissing("parameter") }
      return .hwangShihDeCani(gamma: parameter)
    default: throw .inputMissing("spending")
    }
  }

  /// The plan of a trial with looks, its null difference under a key.
  func sequentialPlan(null key: String) throws -> SequentialPlan {
    try SequentialPlan(
      null: number(key), direction: .higherIsBetter, spending: spendingFunction(),
      alphaOneSided: number("alphaOneSided"),
      informationFractions: numbers("informationFractions"))
  }

  func spendingDesign() throws -> GroupSequentialDesign {
    try GroupSequentialDesign(
      spending: spendingFunction(), alphaOneSided: number("alphaOneSided"),
      informationFractions: numbers("informationFractions"))
  }
}

extension StatisticsMethods {
  static var groupSequential: [String: CaseMethod] {
    [
      "gs.bounds.efficacy": { inputs in
        let design = try inputs.spendingDesign()
        return .object([
          "zBounds": .numbers(design.bounds), "cumulativeAlpha": .numbers(design.cumulativeAlpha),
          "nominalPOneSided": .numbers(design.nominalAlpha),
        ])
      },
      "gs.bounds.wangTsiatis": { inputs in
        let design = try GroupSequentialDesign(
          wangTsiatis: try inputs.number("delta"),
          alphaOneSided: try inputs.number("alphaOneSided"), looks: try inputs.integer("stages"))
        return .object([
          "zBounds": .numbers(design.bounds),
          "constantAtFinal": .number(design.bounds.last ?? .nan),
        ])
      },
      "gs.bounds.wangTsiatis.constants": { inputs in
        let alpha = try inputs.number("alphaTwoSided")
        let looks = try inputs.integer("stages")
        func constant(_ delta: Double) throws -> JSONValue {
          let result = try TwoSidedBounds.wangTsiatis(delta, alphaTwoSided: alpha, looks: looks)
          return .number(result.bounds.last ?? .nan)
        }
        return .object(["pocock": try constant(0.5), "obrienFleming": try constant(0)])
      },
      "gs.bounds.twoSided": twoSided,
      "gs.bounds.efficacyAndFutility": futility,
      "gs.crossingProbabilities": crossings,
      "gs.conditionalPower": conditionalPower,
      "gs.predictivePower.flatPrior": { inputs in
        let fraction = try inputs.number("informationFraction")
        let z = try inputs.number("zInterim")
        let bound = try inputs.number("finalBound")
        return .object([
          "predictivePower": .number(
            ConditionalPower.predictive(z: z, fraction: fraction, finalBound: bound)),
          "conditionalPowerTrend": .number(
            ConditionalPower.currentTrend(z: z, fraction: fraction, finalBound: bound)),
        ])
      },
      "gs.sequentialPValue": { inputs in
        let p = try SequentialAnalysis.sequentialPValue(
          spending: try inputs.spendingFunction(),
          informationFractions: try inputs.numbers("informationFractions"),
          z: try inputs.numbers("zObserved"))
        return .object(["sequentialP": .number(p)])
      },
      "gs.analysis.riskDifference": analyseRates,
      "gs.analysis.meanDifference": analyseMeans,
    ]
  }

  private static let twoSided: CaseMethod = { inputs in
    let alpha = try inputs.number("alphaTwoSided")
    let looks = try inputs.integer("stages")
    let result: (bounds: [Double], cumulativeAlpha: [Double])
    switch try inputs.text("type") {
    case "P": result = try TwoSidedBounds.wangTsiatis(0.5, alphaTwoSided: alpha, looks: looks)
    case "OF": result = try TwoSidedBounds.wangTsiatis(0, alphaTwoSided: alpha, looks: looks)
    case "asP":
      result = try TwoSidedBounds.spending(
        .pocock, alphaTwoSided: alpha, informationFractions: equalFractions(looks))
    case "asOF":
      result = try TwoSidedBounds.spending(
        .obrienFleming, alphaTwoSided: alpha, informationFractions: equalFractions(looks))
    default: throw CaseFileRefusal.inputMissing("type")
    }
    return .object([
      "zBounds": .numbers(result.bounds), "cumulativeAlpha": .numbers(result.cumulativeAlpha),
    ])
  }

  private static func equalFractions(_ looks: Int) -> [Double] {
    (0..<looks).map { Double($0 + 1) / Double(looks) }
  }

  private static let futility: CaseMethod = { inputs in
    let design = try FutilityDesign(
      alphaSpending: try inputs.nested("alphaSpending").spendingFunction(),
      betaSpending: try inputs.nested("betaSpending").spendingFunction(),
      alphaOneSided: try inputs.number("alphaOneSided"), beta: try inputs.number("beta"),
      informationFractions: try inputs.numbers("informationFractions"),
      isBinding: inputs.values["binding"]?.bool ?? false)
    return .object([
      "upper": .numbers(design.upper), "lower": .numbers(design.lower),
      "maxInformationInflation": .number(design.inflation),
      "driftAtFinal": .number(design.driftAtFinal),
      "cumulativePowerH1": .numbers(design.cumulativePower),
      "cumulativeFutilityH1": .numbers(design.cumulativeFutility),
      "expectedInformationH0": .number(design.expectedInformationWithoutEffect),
      "expectedInformationH1": .number(design.expectedInformationAtDrift),
    ])
  }

  private static let crossings: CaseMethod = { inputs in
    let information = try inputs.numbers("information")
    let lower = try inputs.numbers("lower")
    let upper = try inputs.numbers("upper")
    let results = try inputs.numbers("theta").map {
      try CrossingProbabilities(
        drift: $0, information: information, lowerBounds: lower, upperBounds: upper)
    }
    return .object([
      "upperProb": .rows(results.map(\.upper)), "lowerProb": .rows(results.map(\.lower)),
      "expectedInformation": .numbers(results.map(\.expectedInformation)),
    ])
  }

  private static let conditionalPower: CaseMethod = { inputs in
    let information = try inputs.numbers("information")
    let bounds = try inputs.numbers("zBounds")
    let look = try inputs.integer("interim")
    let z = try inputs.number("zInterim")
    let stages = try inputs.numbers("theta").map {
      try ConditionalPower.crossings(
        look: look, z: z, theta: $0, bounds: bounds, information: information)
    }
    return .object([
      "conditionalPower": .numbers(stages.map { $0.reduce(0, +) }), "byStage": .rows(stages),
    ])
  }
}

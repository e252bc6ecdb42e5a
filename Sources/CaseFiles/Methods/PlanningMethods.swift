import Statistics

extension StatisticsMethods {
  static var planning: [String: CaseMethod] {
    [
      "samplesize.riskDifference.farringtonManning": { inputs in
        let arms = try SampleSize.riskDifference(
          experimental: try inputs.number("p1"), comparator: try inputs.number("p2"),
          margin: try inputs.number("margin"), ratio: try inputs.number("ratioN2toN1"),
          alphaOneSided: try inputs.number("alphaOneSided"), beta: try inputs.number("beta"))
        return .object(["n1": .number(arms.experimental), "n2": .number(arms.comparator)])
      },
      "samplesize.means": means,
      "samplesize.events.schoenfeld": { inputs in
        let events = try SampleSize.events(
          hazardRatio: try inputs.number("hazardRatio"), ratio: try inputs.number("ratio"),
          alphaOneSided: try inputs.number("alphaOneSided"), beta: try inputs.number("beta"))
        return .object(["events": .number(events)])
      },
      "samplesize.groupSequential.riskDifference": groupSequentialSize,
      "ssr.blinded.rate": { inputs in
        let arms = try SampleSize.blindedRiskDifference(
          pooled: BinomialSample(
            responders: try inputs.integer("pooledEvents"), total: try inputs.integer("pooledN")),
          plannedDifference: try inputs.number("planningDifference"),
          margin: try inputs.number("margin"),
          alphaOneSided: try inputs.number("alphaOneSided"), beta: try inputs.number("beta"))
        return .object(["n1": .number(arms.experimental), "n2": .number(arms.comparator)])
      },
      "ssr.unblinded.conditionalPower": reestimation,
    ]
  }

  private static let means: CaseMethod = { inputs in
    let ratio = 1 / (try inputs.number("ratioN1toN2"))
    let difference = try inputs.number("difference")
    let margin = try inputs.number("margin")
    let deviation = try inputs.number("sd")
    let alpha = try inputs.number("alphaOneSided")
    let beta = try inputs.number("beta")
    let normal = try SampleSize.meansNormal(
      difference: difference, margin: margin, standardDeviation: deviation, ratio: ratio,
      alphaOneSided: alpha, beta: beta)
    let student = try SampleSize.meansStudent(
      difference: difference, margin: margin, standardDeviation: deviation, ratio: ratio,
      alphaOneSided: alpha, beta: beta)
    return .object([
      "n1Normal": .number(normal.experimental), "n2Normal": .number(normal.comparator),
      "n1T": .number(student.experimental), "n2T": .number(student.comparator),
    ])
  }

  private static let groupSequentialSize: CaseMethod = { inputs in
    let design = try inputs.spendingDesign()
    let beta = try inputs.number("beta")
    let fixed = try SampleSize.riskDifference(
      experimental: try inputs.number("p1"), comparator: try inputs.number("p2"),
      margin: try inputs.number("margin"), alphaOneSided: design.alphaOneSided, beta: beta)
    let total = fixed.total * (try design.inflation(beta: beta))
    let cumulative = design.power(drift: design.drift(power: 1 - beta))
    let stops = cumulative.indices.map { cumulative[$0] - ($0 > 0 ? cumulative[$0 - 1] : 0) }
    let sizes = design.informationFractions.map { total * $0 }
    let expected = stops.indices.reduce(total) { $0 - stops[$1] * (total - sizes[$1]) }
    return .object([
      "maxN": .number(total), "stageN": .numbers(sizes), "expectedNH1": .number(expected),
      "earlyStop": .numbers(stops),
    ])
  }

  private static let reestimation: CaseMethod = { inputs in
    let sizes = try inputs.numbers("n")
    let zone = try inputs.numbers("promisingZone")
    let bounds = try inputs.numbers("zUpper")
    let result = try SampleSizeReestimation(
      z: try inputs.number("zInterim"), interimTotal: sizes[0], plannedTotal: sizes[1],
      finalBound: bounds[1], beta: try inputs.number("beta"),
      maximalIncrease: try inputs.number("maxIncrease"), promisingZone: zone[0]...zone[1])
    return .object([
      "conditionalPower": .number(result.conditionalPower), "n2": .number(result.total),
      "z2": .number(result.secondStageBound),
    ])
  }
}

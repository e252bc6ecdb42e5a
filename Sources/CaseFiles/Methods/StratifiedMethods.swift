import Statistics

extension CaseInputs {
  func stratifiedTable() throws -> StratifiedTable {
    var strata: [Stratum] = []
    for (index, inputs) in try nestedList("strata").enumerated() {
      let (one, two) = try inputs.arms()
      strata.append(Stratum(label: "\(index + 100)", experimental: one, comparator: two))
    }
    return try StratifiedTable(strata)
  }
}

extension StatisticsMethods {
  static var stratified: [String: CaseMethod] {
    [
      "rd.stratified.score.mantelHaenszel": score(.mantelHaenszel),
      "rd.stratified.score.inverseVariance": score(.inverseVariance),
      "rd.stratified.score.miettinenNurminenIterated": score(.iterated),
      "rd.stratified.mantelHaenszel.sato": { inputs in
        let result = try MantelHaenszel.sato(
          try inputs.stratifiedTable(), level: inputs.level())
        return .object([
          "estimate": .number(result.estimate), "se": .number(result.standardError),
          "lower": .number(result.interval.lower), "upper": .number(result.interval.upper),
        ])
      },
      "cmh.test": { inputs in
        let result = try MantelHaenszel.association(
          try inputs.stratifiedTable(), level: inputs.level())
        return .object([
          "chiSquare": .number(result.chiSquare), "df": .number(1), "p": .number(result.p),
          "oddsRatioMH": .number(result.oddsRatio), "orLower": .number(result.interval.lower),
          "orUpper": .number(result.interval.upper),
        ])
      },
      "rd.stratified.newcombe.yanSu": { inputs in
        let result = try StratifiedNewcombe.yanSu(
          try inputs.stratifiedTable(), level: inputs.level())
        return .interval(result.interval, estimate: result.estimate)
      },
    ]
  }

  private static func score(_ weights: StratumWeights) -> CaseMethod {
    { inputs in
      let isUnbiased = inputs.values["biasCorrection"]?.bool ?? true
      let score = StratifiedScore(
        try inputs.stratifiedTable(), weights: weights, variance: isUnbiased ? .unbiased : .plain)
      let interval = try score.interval(level: inputs.level())
      let test = try score.test(margin: try inputs.number("margin"))
      return .object([
        "estimate": .number(score.estimate), "lower": .number(interval.lower),
        "upper": .number(interval.upper), "zAtMargin": .number(test.z),
      ])
    }
  }
}

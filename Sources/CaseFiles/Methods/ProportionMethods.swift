import Statistics

extension CaseInputs {
  func arms() throws(CaseFileRefusal) -> (BinomialSample, BinomialSample) {
    (
      BinomialSample(responders: try integer("x1"), total: try integer("n1")),
      BinomialSample(responders: try integer("x2"), total: try integer("n2"))
    )
  }

  func level() -> Double { optionalNumber("level") ?? 0.95 }
}

extension JSONValue {
  static func interval(_ interval: ConfidenceInterval, estimate: Double? = nil) -> JSONValue {
    var fields: JSONObject = [
      "lower": .number(interval.lower), "upper": .number(interval.upper),
    ]
    if let estimate { fields["estimate"] = .number(estimate) }
    return .object(fields)
  }
}

extension StatisticsMethods {
  static var proportions: [String: CaseMethod] {
    [
      "rd.ci.wald": difference { try RiskDifference.wald($0, $1, level: $2) },
      "rd.ci.newcombe": difference { try RiskDifference.newcombe($0, $1, level: $2) },
      "rd.ci.newcombe.cc": difference {
        try RiskDifference.newcombe($0, $1, level: $2, continuityCorrected: true)
      },
      "rd.ci.miettinenNurminen": difference {
        try RiskDifference.miettinenNurminen($0, $1, level: $2)
      },
      "rd.ci.mee": difference { try RiskDifference.mee($0, $1, level: $2) },
      "rd.ci.agrestiCaffo": difference { try RiskDifference.agrestiCaffo($0, $1, level: $2) },
      "rd.ci.exactUnconditional.chanZhang": difference {
        try ExactUnconditional.chanZhang($0, $1, level: $2)
      },
      "rd.ci.exactUnconditional.agrestiMin": difference {
        try ExactUnconditional.agrestiMin($0, $1, level: $2)
      },
      "rr.ci.miettinenNurminen": ratio { try RiskRatio.miettinenNurminen($0, $1, level: $2) },
      "rr.ci.koopman": ratio { try RiskRatio.koopman($0, $1, level: $2) },
      "rr.ci.katzLog": ratio { try RiskRatio.katz($0, $1, level: $2) },
      "or.ci.miettinenNurminen": odds { try OddsRatio.miettinenNurminen($0, $1, level: $2) },
      "or.ci.score": odds { try OddsRatio.score($0, $1, level: $2) },
      "or.ci.woolfLog": odds { try OddsRatio.woolf($0, $1, level: $2) },
      "rd.test.farringtonManning": test {
        try RiskDifference.farringtonManningTest($0, $1, margin: $2)
      },
      "rd.test.miettinenNurminen": test {
        try RiskDifference.miettinenNurminenTest($0, $1, margin: $2)
      },
      "rd.test.exactUnconditional.score": { inputs in
        let (one, two) = try inputs.arms()
        let margin = try inputs.number("margin")
        let p = try ExactUnconditional.pGreater(one, two, margin: margin)
        return .object(["pOneSided": .number(p)])
      },
    ]
  }

  private typealias IntervalOfArms =
    @Sendable (BinomialSample, BinomialSample, Double) throws -> ConfidenceInterval

  private static func difference(_ interval: @escaping IntervalOfArms) -> CaseMethod {
    { inputs in
      let (one, two) = try inputs.arms()
      return .interval(
        try interval(one, two, inputs.level()), estimate: one.proportion - two.proportion)
    }
  }

  private static func ratio(_ interval: @escaping IntervalOfArms) -> CaseMethod {
    { inputs in
      let (one, two) = try inputs.arms()
      return .interval(
        try interval(one, two, inputs.level()), estimate: one.proportion / two.proportion)
    }
  }

  private static func odds(_ interval: @escaping IntervalOfArms) -> CaseMethod {
    { inputs in
      let (one, two) = try inputs.arms()
      let (p1, p2) = (one.proportion, two.proportion)
      return .interval(
        try interval(one, two, inputs.level()), estimate: p1 * (1 - p2) / (p2 * (1 - p1)))
    }
  }

  private static func test(
    _ test: @escaping @Sendable (BinomialSample, BinomialSample, Double) throws -> ScoreTest
  ) -> CaseMethod {
    { inputs in
      let (one, two) = try inputs.arms()
      let result = try test(one, two, try inputs.number("margin"))
      let isLess = inputs.optionalText("alternative") == "less"
      return .object([
        "z": .number(result.z), "pOneSided": .number(isLess ? result.pLess : result.pGreater),
      ])
    }
  }
}

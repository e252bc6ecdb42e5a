import Statistics

extension StatisticsMethods {
  static var missingData: [String: CaseMethod] {
    [
      "mi.rubinPool": rubin, "mi.tippingPoint.delta": tippingPoint,
      "imputation.conditionalMean.mar": conditionalMean(.missingAtRandom),
      "imputation.conditionalMean.jumpToReference": conditionalMean(.jumpToReference),
      "imputation.conditionalMean.copyReference": conditionalMean(.copyReference),
      "imputation.conditionalMean.copyIncrements": conditionalMean(.copyIncrements),
    ]
  }

  private static let rubin: CaseMethod = { inputs in
    let pool = try RubinPool(
      estimates: try inputs.numbers("estimates"), variances: try inputs.numbers("variances"),
      completeDegreesOfFreedom: inputs.optionalNumber("dfComplete"))
    let estimate = pool.asEstimate
    let interval = try estimate.interval(level: inputs.level())
    return .object([
      "estimate": .number(pool.estimate), "within": .number(pool.within),
      "between": .number(pool.between), "totalVariance": .number(pool.totalVariance),
      "se": .number(estimate.standardError), "relativeIncrease": .number(pool.relativeIncrease),
      "fractionMissingInfo": .number(pool.fractionMissing), "df": .number(pool.degreesOfFreedom),
      "t": .number(estimate.t()), "p": .number(estimate.p), "lower": .number(interval.lower),
      "upper": .number(interval.upper),
    ])
  }

  private static let tippingPoint: CaseMethod = { inputs in
    let table = try inputs.table(try inputs.text("data"))
      .keeping("VISIT", in: [try inputs.text("visit")])
    let names = try inputs.texts("covariates")
    let covariates = try names.map { try table.numbers($0) }
    let arms = try table.texts(try inputs.text("factor"))
    let participants = try table.texts("USUBJID")
    let outcomes = try table.numbers(try inputs.text("response"))
    func row(_ index: Int) -> AncovaRow {
      AncovaRow(
        arm: arms[index], outcome: outcomes[index] ?? 0,
        covariates: covariates.map { $0[index] ?? .nan })
    }
    let imputations = try inputs.nested("imputations")
    let missing = try imputations.texts("subjects").map { name throws(CaseFileRefusal) -> Int in
      guard let index = participants.firstIndex(of: name) else {
        throw CaseFileRefusal.inputMissing(name)
      }
      return index
    }
    let isLower = try inputs.text("direction").hasPrefix("lower")
    let margin = try NoninferiorityMargin(
      parsing: try inputs.number("margin"),
      direction: isLower ? .lowerIsBetter : .higherIsBetter)
    let shifted = try inputs.text("deltaArm")
    let result = try TippingPoint(
      observed: outcomes.indices.filter { outcomes[$0] != nil }.map(row),
      missing: missing.map(row), imputations: try imputations.rows("values"),
      deltas: try inputs.numbers("deltas"), first: try inputs.text("contrast"),
      second: try inputs.text("reference"), claim: .noninferiority(margin),
      completeDegreesOfFreedom: inputs.optionalNumber("dfComplete"),
      isShifted: { shifted == "all" || $0 == shifted })
    let results = try result.shifts.map { shift -> JSONValue in
      let interval = try shift.estimate.interval()
      return .object([
        "delta": .number(shift.delta), "estimate": .number(shift.estimate.estimate),
        "se": .number(shift.estimate.standardError),
        "df": .number(shift.estimate.degreesOfFreedom), "lower": .number(interval.lower),
        "upper": .number(interval.upper),
        "pSuperiority": .number(
          StudentT.cdf(
            shift.estimate.t(), degreesOfFreedom: shift.estimate.degreesOfFreedom)),
        "pNoninferiorityMargin3": .number(shift.estimate.pOneSided(margin: margin)),
      ])
    }
    return .object([
      "results": .list(results),
      "tippingPointOnGrid": result.tippingPoint().map(JSONValue.number) ?? .null,
    ])
  }

  private static func conditionalMean(_ strategy: ReferenceStrategy) -> CaseMethod {
    { inputs in
      let arms = try inputs.texts("arms")
      let reference = try inputs.text("reference")
      let table = try inputs.table(try inputs.text("data")).keeping("ARM", in: arms)
      let result = try ReferenceBasedImputation(
        try series(table), reference: reference,
        treatment: arms.first { $0 != reference } ?? reference, strategy: strategy)
      let interval = try result.interval(level: inputs.level())
      return .object([
        "estimate": .number(result.estimate), "se": .number(result.standardError),
        "lower": .number(interval.lower), "upper": .number(interval.upper),
        "p": .number(result.p), "lsmeanReference": .number(result.referenceMean),
        "lsmeanTreatment": .number(result.treatmentMean),
      ])
    }
  }

  /// One series per participant from the long file, visits in alphabetical order.
  private static func series(_ table: DataTable) throws -> [IncompleteSeries] {
    let participants = try table.texts("USUBJID")
    let arms = try table.texts("ARM")
    let visits = try table.texts("VISIT")
    let names = Set(visits).sorted()
    let outcomes = try table.numbers("CHG")
    let baselines = try table.numbers("BASE")
    var series: [String: IncompleteSeries] = [:]
    for row in participants.indices {
      let key = participants[row]
      var own =
        series[key]
        ?? IncompleteSeries(
          participant: key, arm: arms[row], baseline: baselines[row] ?? .nan,
          outcomes: names.map { _ in nil })
      if let visit = names.firstIndex(of: visits[row]) { own.outcomes[visit] = outcomes[row] }
      series[key] = own
    }
    return series.keys.sorted().compactMap { series[$0] }
  }
}

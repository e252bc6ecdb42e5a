import Statistics

extension JSONValue {
  fileprivate static func mean(_ estimate: LinearEstimate) -> JSONValue {
    .object([
      "arm": .text(estimate.label), "estimate": .number(estimate.estimate),
      "se": .number(estimate.standardError), "df": .number(estimate.degreesOfFreedom),
    ])
  }

  fileprivate static func contrast(_ estimate: LinearEstimate, level: Double) throws -> JSONValue {
    let interval = try estimate.interval(level: level)
    return .object([
      "contrast": .text(estimate.label), "estimate": .number(estimate.estimate),
      "se": .number(estimate.standardError), "df": .number(estimate.degreesOfFreedom),
      "lower": .number(interval.lower), "upper": .number(interval.upper),
      "t": .number(estimate.t()), "p": .number(estimate.p),
    ])
  }
}

extension StatisticsMethods {
  static var continuous: [String: CaseMethod] {
    [
      "mean.difference.pooled": means { try MeanDifference(pooled: $0, $1) },
      "mean.difference.welch": means { try MeanDifference(welch: $0, $1) },
      "ancova.lsmeans": leastSquaresMeans, "ancova.noninferiority": ancovaNoninferiority,
      "mmrm.us.Satterthwaite": mixed(.unstructured, .satterthwaite),
      "mmrm.us.KenwardRogerLinear": mixed(.unstructured, .kenwardRogerLinear),
      "mmrm.us.BetweenWithin": mixed(.unstructured, .betweenWithin),
      "mmrm.csh.Satterthwaite": mixed(.heterogeneousCompoundSymmetry, .satterthwaite),
      "mmrm.ar1.Satterthwaite": mixed(.autoregressive, .satterthwaite),
      "mmrm.toeph.Satterthwaite": mixed(.heterogeneousToeplitz, .satterthwaite),
    ]
  }

  private static func means(
    _ compare: @escaping @Sendable (SampleMoments, SampleMoments) throws -> MeanDifference
  ) -> CaseMethod {
    { inputs in
      let summary = try inputs.nested("summary")
      func moments(_ arm: String) throws -> SampleMoments {
        SampleMoments(
          count: try summary.number("n" + arm), mean: try summary.number("mean" + arm),
          standardDeviation: try summary.number("sd" + arm))
      }
      let result = try compare(try moments("1"), try moments("2"))
      let interval = try result.interval(level: inputs.level())
      return .object([
        "estimate": .number(result.estimate), "se": .number(result.standardError),
        "df": .number(result.degreesOfFreedom), "t": .number(result.t), "p": .number(result.p),
        "lower": .number(interval.lower), "upper": .number(interval.upper),
      ])
    }
  }

  private static func ancova(_ inputs: CaseInputs) throws -> Ancova {
    let response = try inputs.text("response")
    let table = try inputs.table(try inputs.text("data"))
      .selecting(inputs.optionalText("select")).observed(response)
    let names = try inputs.texts("covariates")
    let outcomes = try table.numbers(response)
    let arms = try table.texts(inputs.optionalText("factor") ?? "ARM")
    // A column whose every value is a number is a numeric covariate, any other a factor.
    var numeric: [[Double]] = []
    var factors: [[String]] = []
    for name in names {
      let values = try table.numbers(name).compactMap { $0 }
      if values.count == table.rows.count {
        numeric.append(values)
      } else {
        factors.append(try table.texts(name))
      }
    }
    let rows = outcomes.indices.map { row in
      AncovaRow(
        arm: arms[row], outcome: outcomes[row] ?? .nan, covariates: numeric.map { $0[row] },
        factors: factors.map { $0[row] })
    }
    let isProportional = inputs.optionalText("lsmeansWeights") == "proportional"
    return try Ancova(rows, factorWeights: isProportional ? .proportional : .equal)
  }

  private static let leastSquaresMeans: CaseMethod = { inputs in
    let model = try ancova(inputs)
    let reference = inputs.optionalText("reference") ?? "ECT"
    let contrasts = model.arms.filter { $0 != reference }
      .compactMap { model.contrast($0, reference) }
    return .object([
      "n": .number(Double(model.count)),
      "residualSD": .number(model.residualStandardDeviation),
      "residualDF": .number(model.residualDegreesOfFreedom),
      "lsmeans": .list(model.arms.compactMap(model.leastSquaresMean).map(JSONValue.mean)),
      "contrasts": .list(try contrasts.map { try .contrast($0, level: inputs.level()) }),
    ])
  }

  private static let ancovaNoninferiority: CaseMethod = { inputs in
    let model = try ancova(inputs)
    let isLower = try inputs.text("direction").hasPrefix("lower")
    let margin = try NoninferiorityMargin(
      parsing: try inputs.number("margin"),
      direction: isLower ? .lowerIsBetter : .higherIsBetter)
    let contrasts = model.arms.filter { $0 != "ECT" }.compactMap { model.contrast($0, "ECT") }
    let tests: [JSONValue] = contrasts.map {
      .object([
        "contrast": .text($0.label), "t": .number($0.t(against: margin.value)),
        "df": .number($0.degreesOfFreedom), "pOneSided": .number($0.pOneSided(margin: margin)),
      ])
    }
    return .object(["tests": .list(tests)])
  }

  private static func mixed(
    _ structure: CovarianceStructure, _ method: DegreesOfFreedomMethod
  ) -> CaseMethod {
    { inputs in
      let table = try inputs.table(try inputs.text("data")).observed("CHG")
      let model = try MixedModel(try repeatedMeasures(table), covariance: structure)
      let visit = try inputs.text("visit")
      let reference = try inputs.text("reference")
      let means = model.arms.compactMap {
        model.leastSquaresMean($0, at: visit, degreesOfFreedom: method)
      }
      let contrasts = model.arms.filter { $0 != reference }.compactMap {
        model.contrast($0, reference, at: visit, degreesOfFreedom: method)
      }
      return .object([
        "nObservations": .number(Double(model.observations)),
        "minus2RemlLogLik": .number(model.minusTwoLogLikelihood),
        "covarianceMatrix": .rows(model.covarianceMatrix.lists),
        "lsmeans": .list(means.map(JSONValue.mean)),
        "contrasts": .list(try contrasts.map { try .contrast($0, level: inputs.level()) }),
      ])
    }
  }

  /// The rows of the trials' long files: change from baseline by visit.
  static func repeatedMeasures(_ table: DataTable) throws -> [RepeatedMeasure] {
    let participants = try table.texts("USUBJID")
    let arms = try table.texts("ARM")
    let visits = try table.texts("VISIT")
    let outcomes = try table.numbers("CHG")
    let baselines = try table.numbers("BASE")
    let sites = try table.texts("SITE")
    let severities = try table.texts("SEVERITY")
    return participants.indices.map {
      RepeatedMeasure(
        participant: participants[$0], arm: arms[$0], visit: visits[$0],
        outcome: outcomes[$0] ?? .nan, baseline: baselines[$0] ?? .nan,
        factors: [sites[$0], severities[$0]])
    }
  }
}

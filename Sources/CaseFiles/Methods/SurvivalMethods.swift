import Foundation
import Statistics

/// Times with the columns that a case may ask for beside them.
private struct SurvivalRows {
  var times: [SurvivalTime]
  var arms: [String]
  var strata: [String]?
  var table: DataTable?

  /// Rows of the data file, or of the lists in the case itself.
  init(_ inputs: CaseInputs) throws {
    guard let file = inputs.optionalText("data") else {
      let events = try inputs.numbers("event")
      times = zip(try inputs.numbers("time"), events).map {
        SurvivalTime(time: $0, isEvent: $1 == 1)
      }
      arms = inputs.values["group"] == nil ? events.map { _ in "" } : try inputs.texts("group")
      return
    }
    var table = try inputs.table(file).selecting(inputs.optionalText("select"))
    if inputs.values["arms"]?.list != nil {
      table = try table.keeping("ARM", in: try inputs.texts("arms"))
    }
    let events = try table.numbers("EVENT")
    times = zip(try table.numbers("TIME"), events).map {
      SurvivalTime(time: $0 ?? .nan, isEvent: $1 == 1)
    }
    arms = try table.texts("ARM")
    strata = try inputs.optionalText("strata").map { try table.texts($0) }
    self.table = table
  }
}

extension StatisticsMethods {
  static var survival: [String: CaseMethod] {
    [
      "km.estimate": kaplanMeier, "km.rmst": restrictedMean, "logrank": logRank,
      "logrank.stratified": logRank, "cox.efron": cox, "cox.breslow": cox, "cox.exact": cox,
      "cox.efron.stratified": cox, "cox.breslow.stratified": cox,
      "cox.efron.stratified.covariate": cox,
    ]
  }

  private static let kaplanMeier: CaseMethod = { inputs in
    let curve = try KaplanMeier(try SurvivalRows(inputs).times)
    let limits: SurvivalLimits
    switch try inputs.text("ciType") {
    case "log-log": limits = .logLog
    case "log": limits = .log
    case "plain": limits = .plain
    default: throw CaseFileRefusal.inputMissing("ciType")
    }
    let level = inputs.level()
    if inputs.values["allSteps"]?.bool == true { return try allSteps(curve, limits, level) }
    let times = try inputs.numbers("times")
    let steps = times.map { curve.step(at: $0) }
    let intervals = try steps.map { try curve.interval($0, limits: limits, level: level) }
    let quantiles = try [0.75, 0.5, 0.25].map {
      try curve.time(survivalFallsTo: $0, limits: limits, level: level)
    }
    func list(_ values: [Double?]) -> JSONValue {
      .list(values.map { $0.map(JSONValue.number) ?? .null })
    }
    return .object([
      "n": .number(Double(curve.count)), "events": .number(Double(curve.events)),
      "survival": .numbers(steps.map(\.survival)),
      "seGreenwood": .numbers(steps.map(\.standardError)),
      "lower": .numbers(intervals.map { $0?.lower ?? .nan }),
      "upper": .numbers(intervals.map { $0?.upper ?? .nan }),
      "atRisk": .numbers(times.map { Double(curve.atRisk(at: $0)) }),
      "quantiles": list(quantiles.map(\.time)), "quantileLower": list(quantiles.map(\.lower)),
      "quantileUpper": list(quantiles.map(\.upper)),
    ])
  }

  private static func allSteps(
    _ curve: KaplanMeier, _ limits: SurvivalLimits, _ level: Double
  ) throws -> JSONValue {
    let intervals = try curve.steps.map { try curve.interval($0, limits: limits, level: level) }
    return .object([
      "times": .numbers(curve.steps.map(\.time)),
      "survival": .numbers(curve.steps.map(\.survival)),
      "lower": .numbers(intervals.map { $0?.lower ?? .nan }),
      "upper": .numbers(intervals.map { $0?.upper ?? .nan }),
      "nRisk": .numbers(curve.steps.map { Double($0.atRisk) }),
      "nEvent": .numbers(curve.steps.map { Double($0.events) }),
    ])
  }

  private static let restrictedMean: CaseMethod = { inputs in
    let rows = try SurvivalRows(inputs)
    let arms = Set(rows.arms).sorted()
    let means = try arms.map { arm in
      let members = rows.times.indices.filter { rows.arms[$0] == arm }
      return try KaplanMeier(members.map { rows.times[$0] })
        .restrictedMean(to: try inputs.number("tau"))
    }
    return .object([
      "arms": .list(arms.map { .text($0) }), "rmst": .numbers(means.map(\.mean)),
      "se": .numbers(means.map(\.standardError)),
    ])
  }

  private static let logRank: CaseMethod = { inputs in
    let rows = try SurvivalRows(inputs)
    let test = try LogRank(rows.times, arms: rows.arms, strata: rows.strata)
    return .object([
      "arms": .list(test.arms.map { .text($0) }), "observed": .numbers(test.observed),
      "expected": .numbers(test.expected), "variance": .rows(test.variance.lists),
      "chiSquare": .number(test.chiSquare), "df": .number(Double(test.degreesOfFreedom)),
      "p": .number(test.p),
    ])
  }

  private static let cox: CaseMethod = { inputs in
    let rows = try SurvivalRows(inputs)
    let reference = try inputs.text("reference")
    let arms = Set(rows.arms).subtracting([reference]).sorted()
    let names = inputs.values["covariates"] == nil ? [] : try inputs.texts("covariates")
    let columns = try names.map { name -> [Double] in
      guard let table = rows.table else { throw CaseFileRefusal.columnMissing(name) }
      return try table.numbers(name).map { $0 ?? .nan }
    }
    let covariates = rows.arms.indices.map { row in
      arms.map { rows.arms[row] == $0 ? 1.0 : 0 } + columns.map { $0[row] }
    }
    let ties: TiesMethod
    switch try inputs.text("ties") {
    case "efron": ties = .efron
    case "breslow": ties = .breslow
    case "exact": ties = .exact
    default: throw CaseFileRefusal.inputMissing("ties")
    }
    let model = try CoxModel(rows.times, covariates: covariates, strata: rows.strata, ties: ties)
    let half = Normal.tailQuantile((1 - inputs.level()) / 2)
    let pairs = Array(zip(model.coefficients, model.standardErrors))
    return .object([
      "coefNames": .list((arms.map { "ARM" + $0 } + names).map { .text($0) }),
      "coef": .numbers(model.coefficients), "se": .numbers(model.standardErrors),
      "vcov": .rows(model.covariance.lists),
      "hazardRatio": .numbers(pairs.map { exp($0.0) }),
      "lower": .numbers(pairs.map { exp($0.0 - half * $0.1) }),
      "upper": .numbers(pairs.map { exp($0.0 + half * $0.1) }),
      "logLikNull": .number(model.logLikelihoodNull), "logLik": .number(model.logLikelihood),
      "scoreChiSquare": .number(model.scoreChiSquare),
      // The source prints this field to two decimals.
      "waldChiSquare": .number((model.waldChiSquare * 100).rounded() / 100),
      "lrChiSquare": .number(model.likelihoodRatioChiSquare),
    ])
  }
}

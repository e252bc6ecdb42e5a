import Foundation
import Statistics

/// One thing to compute, with who else computes it.
struct StatisticsTask {
  var name: String
  /// Seconds to reach, from the specification of the statistics, section 4.
  var goal: Double
  /// How many evaluations one call of the work is.
  var divisor = 1.0
  var rival: RivalProgram.Task?
  /// The values to compare with the rival's, in its order.
  var work: () throws -> [Double]
}

/// What is measured.
enum StatisticsTasks {
  static func all(folder: String) throws -> [StatisticsTask] {
    try proportions() + [bounds(), interim(), mmrm(folder), simulation(), survival(folder)]
  }

  private static func proportions() throws -> [StatisticsTask] {
    let one = BinomialSample(responders: 108, total: 195)
    let two = BinomialSample(responders: 70, total: 170)
    let table = try StratifiedTable(
      (0..<6).map { number in
        Stratum(
          label: "\(number)",
          experimental: BinomialSample(responders: 20 + number, total: 40 + 2 * number),
          comparator: BinomialSample(responders: 15 + number, total: 38 + number))
      })
    return [
      StatisticsTask(
        name: "score interval", goal: 20e-6,
        rival: RivalProgram.Task(
          name: "statsmodels", isR: false, task: "score", repeats: 200, file: nil)
      ) {
        let found = try RiskDifference.miettinenNurminen(one, two)
        return [found.lower, found.upper]
      },
      StatisticsTask(
        name: "stratified score interval, 6 strata", goal: 200e-6,
        rival: RivalProgram.Task(
          name: "straightforward program in Python", isR: false, task: "stratified", repeats: 20,
          file: nil)
      ) {
        let found = try StratifiedScore(table).interval()
        return [found.lower, found.upper]
      },
      StatisticsTask(
        name: "exact unconditional interval, 200 an arm", goal: 1,
        rival: RivalProgram.Task(
          name: "straightforward program in Python", isR: false, task: "exact", repeats: 1,
          file: nil)
      ) {
        let found = try ExactUnconditional.chanZhang(
          BinomialSample(responders: 108, total: 200), BinomialSample(responders: 90, total: 200))
        return [found.lower, found.upper]
      },
    ]
  }

  private static func bounds() -> StatisticsTask {
    StatisticsTask(
      name: "O'Brien-Fleming bounds, 5 looks", goal: 0.2e-3,
      rival: RivalProgram.Task(name: "rpact", isR: true, task: "bounds", repeats: 20, file: nil)
    ) {
      try GroupSequentialDesign(
        spending: .obrienFleming, alphaOneSided: 0.025,
        informationFractions: [0.2, 0.4, 0.6, 0.8, 1]
      ).bounds
    }
  }

  private static func interim() -> StatisticsTask {
    StatisticsTask(
      name: "interim analysis, 3 stages", goal: 10e-3,
      rival: RivalProgram.Task(name: "rpact", isR: true, task: "interim", repeats: 2, file: nil)
    ) {
      let fractions = [0.4, 0.7, 1.0]
      let design = try GroupSequentialDesign(
        spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: fractions)
      let stages = [(23, 20, 40), (41, 35, 70), (58, 51, 100)]
      var last = 0.0
      for (look, stage) in stages.enumerated() {
        let one = BinomialSample(responders: stage.0, total: stage.2)
        let two = BinomialSample(responders: stage.1, total: stage.2)
        last = try RiskDifference.farringtonManningTest(one, two, margin: -0.1).z
        _ = try SequentialAnalysis.repeatedPValue(
          spending: .obrienFleming, informationFractions: fractions, look: look + 1, z: last)
        _ = try RiskDifference.mee(one, two, level: 1 - 2 * Normal.tail(design.bounds[look]))
      }
      for share in [0.025, 0.5, 0.975] {
        _ = try SequentialAnalysis.drift(design: design, look: 3, z: last, stagewisePValue: share)
      }
      return [try SequentialAnalysis.stagewisePValue(design: design, look: 3, z: last)]
    }
  }

  private static func mmrm(_ folder: String) throws -> StatisticsTask {
    let rows = repeated(400)
    let file = folder + "/repeated.csv"
    let lines = rows.map { "\($0.participant),\($0.arm),\($0.visit),\($0.baseline),\($0.outcome)" }
    try (["ID,ARM,VISIT,BASE,CHG"] + lines).joined(separator: "\n")
      .write(toFile: file, atomically: true, encoding: .utf8)
    return StatisticsTask(
      name: "MMRM 400 × 6 unstructured, Satterthwaite", goal: 20e-3,
      rival: RivalProgram.Task(
        name: "nlme, without degrees of freedom", isR: true, task: "mmrm", repeats: 1, file: file)
    ) {
      let model = try MixedModel(rows)
      let found = model.contrast("KAP", "ECT", at: "V6", degreesOfFreedom: .satterthwaite)
      return [found?.estimate ?? 0, model.minusTwoLogLikelihood]
    }
  }

  private static func simulation() throws -> StatisticsTask {
    let plan = try plan()
    let runs = 20_000
    var name = StatisticsTask(name: "3-stage simulated trial", goal: 1e-6) {
      var tally = DesignTally(plan)
      tally.simulate(plan, runs: 0..<runs, key: 1)
      return [tally.power(0)]
    }
    name.divisor = Double(runs)
    name.rival = RivalProgram.Task(
      name: "rpact", isR: true, task: "simulation", repeats: 20_000, file: nil)
    return name
  }

  private static func survival(_ folder: String) throws -> StatisticsTask {
    var chances = CounterStream(key: 7, stream: 1)
    let arms = (0..<600).map { $0 % 2 == 0 ? "KAP" : "ECT" }
    let sites = (0..<600).map { "S\($0 % 5)" }
    let times = arms.map { arm in
      let day = (-log(chances.uniform()) * (arm == "KAP" ? 120 : 90)).rounded(.up)
      return SurvivalTime(time: min(day, 180), isEvent: day <= 180)
    }
    let file = folder + "/survival.csv"
    let lines = arms.indices.map {
      "\(arms[$0]),\(sites[$0]),\(times[$0].time),\(times[$0].isEvent ? 1 : 0)"
    }
    try (["ARM,SITE,TIME,EVENT"] + lines).joined(separator: "\n")
      .write(toFile: file, atomically: true, encoding: .utf8)
    return StatisticsTask(
      name: "survival of 600: curves, log-rank, Cox, 5 strata", goal: 5e-3,
      rival: RivalProgram.Task(
        name: "survival", isR: true, task: "survival", repeats: 20, file: file)
    ) {
      for arm in ["KAP", "ECT"] {
        _ = try KaplanMeier(zip(times, arms).filter { $0.1 == arm }.map(\.0))
      }
      let test = try LogRank(times, arms: arms, strata: sites)
      let cox = try CoxModel(times, covariates: arms.map { [$0 == "KAP" ? 1 : 0] }, strata: sites)
      return [cox.coefficients[0], test.chiSquare]
    }
  }

  /// A noninferiority trial of three stages, 300 an arm.
  static func plan() throws -> DesignPlan {
    try DesignPlan(
      rates: [0.5, 0.45], perArm: 300,
      tests: [
        DesignPlan.Test(
          id: "H1", first: 0, second: 1,
          claim: .noninferiority(try NoninferiorityMargin.forProportions(-0.10)))
      ],
      design: try GroupSequentialDesign(
        spending: .obrienFleming, alphaOneSided: 0.025, informationFractions: [1.0 / 3, 2.0 / 3, 1])
    )
  }

  /// Invented scores at six visits, a tenth of them missing.
  static func repeated(_ participants: Int) -> [RepeatedMeasure] {
    (0..<participants).flatMap { number -> [RepeatedMeasure] in
      var chances = CounterStream(key: 3, stream: UInt64(number))
      let arm = ["KET", "KAP", "ECT"][number % 3]
      let level = 4 * chances.normal()
      let baseline = (32 + 5 * chances.normal()).rounded()
      return (1...6).compactMap { visit in
        let score =
          level - 2 * Double(visit) + 0.2 * (baseline - 32) + (arm == "KAP" ? -1 : 0)
          + (1 + 0.3 * Double(visit)) * chances.normal()
        guard chances.uniform() < 0.9 else { return nil }
        return RepeatedMeasure(
          participant: "P\(number)", arm: arm, visit: "V\(visit)", outcome: score,
          baseline: baseline)
      }
    }
  }
}

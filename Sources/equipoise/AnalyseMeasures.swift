import ArgumentParser
import Statistics

/// Every interval of two proportions side by side.
struct AnalyseMeasures: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measures",
    abstract: "Risk difference, risk ratio and odds ratio with every interval, for comparison.",
    discussion: """
      Example: equipoise analyse measures --experimental 108/195 --comparator 70/170

      With strata: --stratum SEV:40/90:25/80 --stratum MOD:68/105:45/90, which gives the common \
      difference by every choice of weights and the common odds ratio.

      No margin: which method decides is written in the protocol before data are seen.
      """)

  @OptionGroup var counts: CountArguments
  @Option(help: "The two-sided level of intervals.", transform: PlainNumber.read) var level = 0.95

  func validate() throws {
    guard level > 0.5, level < 1 else {
      throw ValidationError("\(StatisticsRefusal.levelOutOfRange)")
    }
  }

  func run() throws {
    try ModelRefusal.told {
      if let experimental = counts.experimental, let comparator = counts.comparator {
        try printPlain(experimental, comparator)
      } else {
        try printStratified(StratifiedTable(counts.strata))
      }
    }
  }

  private func printStratified(_ table: StratifiedTable) throws {
    var lines = [["measure", "method", "estimate", "lower", "upper"]]
    func add(_ measure: String, _ name: String, _ find: () throws -> (Double, ConfidenceInterval))
      throws
    {
      do {
        let (estimate, interval) = try find()
        lines.append(
          [measure, name]
            + [estimate, interval.lower, interval.upper].map { Wording.decimal($0, places: 6) })
      } catch StatisticsRefusal.parameterOutOfRange, StatisticsRefusal.noInformativeStratum {
        lines.append([measure, name] + Array(repeating: "not defined", count: 3))
      }
    }
    let scores: [(String, StratumWeights)] = [
      ("score, Mantel-Haenszel weights", .mantelHaenszel),
      ("score, inverse variance", .inverseVariance),
      ("score, Miettinen-Nurminen weights", .iterated),
    ]
    for (name, weights) in scores {
      try add("risk difference", name) {
        let score = StratifiedScore(table, weights: weights)
        return (score.estimate, try score.interval(level: level))
      }
    }
    try add("risk difference", "Mantel-Haenszel, Sato") {
      let found = try MantelHaenszel.sato(table, level: level)
      return (found.estimate, found.interval)
    }
    try add("risk difference", "Yan-Su") {
      let found = try StratifiedNewcombe.yanSu(table, level: level)
      return (found.estimate, found.interval)
    }
    try add("odds ratio", "Mantel-Haenszel") {
      let found = try MantelHaenszel.association(table, level: level)
      return (found.oddsRatio, found.interval)
    }
    print(TerminalText.table(lines, rightAligned: [2, 3, 4]), terminator: "")
    if let test = try? MantelHaenszel.association(table, level: level) {
      print(
        "Cochran-Mantel-Haenszel: chi-square \(Wording.decimal(test.chiSquare, places: 6)) on 1 degree of "
          + "freedom, two-sided \(Wording.pValue(test.p))")
    }
    if !table.dropped.isEmpty {
      let names = table.dropped.map(TerminalText.plain).joined(separator: ", ")
      print("Left out, because one arm is empty there: \(names).")
    }
  }

  private func printPlain(_ one: BinomialSample, _ two: BinomialSample) throws {
    typealias Interval = () throws -> ConfidenceInterval
    let level = level
    let methods: [(measure: String, name: String, interval: Interval)] = [
      (
        "risk difference", "Miettinen-Nurminen",
        { try RiskDifference.miettinenNurminen(one, two, level: level) }
      ),
      ("risk difference", "Mee", { try RiskDifference.mee(one, two, level: level) }),
      ("risk difference", "Newcombe", { try RiskDifference.newcombe(one, two, level: level) }),
      (
        "risk difference", "Newcombe, continuity corrected",
        { try RiskDifference.newcombe(one, two, level: level, continuityCorrected: true) }
      ),
      ("risk difference", "Wald", { try RiskDifference.wald(one, two, level: level) }),
      (
        "risk difference", "Agresti-Caffo",
        { try RiskDifference.agrestiCaffo(one, two, level: level) }
      ),
      (
        "risk ratio", "Miettinen-Nurminen",
        { try RiskRatio.miettinenNurminen(one, two, level: level) }
      ),
      ("risk ratio", "Koopman", { try RiskRatio.koopman(one, two, level: level) }),
      ("risk ratio", "Katz", { try RiskRatio.katz(one, two, level: level) }),
      (
        "odds ratio", "Miettinen-Nurminen",
        { try OddsRatio.miettinenNurminen(one, two, level: level) }
      ),
      ("odds ratio", "score", { try OddsRatio.score(one, two, level: level) }),
      ("odds ratio", "Woolf", { try OddsRatio.woolf(one, two, level: level) }),
    ]
    var lines = [["measure", "method", "lower", "upper"]]
    for method in methods {
      do {
        let found = try method.interval()
        lines.append([
          method.measure, method.name, Wording.decimal(found.lower, places: 6),
          Wording.decimal(found.upper, places: 6),
        ])
      } catch StatisticsRefusal.parameterOutOfRange {
        // A method that needs every cell filled says so, and the others are still given.
        lines.append([method.measure, method.name, "not defined", "not defined"])
      }
    }
    let difference = try RiskDifference.estimate(one, two)
    print("difference \(Wording.decimal(difference, places: 6))\n")
    print(TerminalText.table(lines, rightAligned: [2, 3]), terminator: "")
  }
}

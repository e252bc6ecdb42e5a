import ArgumentParser
import Statistics

/// What is assumed after the last visit seen, as written on a command line.
enum StrategyName: String, ExpressibleByArgument, CaseIterable {
  case missingAtRandom = "missing-at-random"
  case jumpToReference = "jump-to-reference"
  case copyReference = "copy-reference"
  case copyIncrements = "copy-increments"

  var strategy: ReferenceStrategy {
    switch self {
    case .missingAtRandom: .missingAtRandom
    case .jumpToReference: .jumpToReference
    case .copyReference: .copyReference
    case .copyIncrements: .copyIncrements
    }
  }
}

/// Compares arms at the last visit when those who left are taken to behave like the comparator.
struct AnalyseReferenceBased: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference-based",
    abstract: "Mean scores at the last visit, missing ones taken from the comparator's course.",
    discussion: """
      Example: equipoise analyse reference-based trial.csv --participant USUBJID --arm ARM --visit \
      VISIT --outcome CHG --baseline BASE --experimental KAP --comparator ECT --strategy \
      jump-to-reference --lower-is-better --superiority

      One row for each participant and visit, visits in the order of their texts; rows of other arms \
      are left out. A missing last visit becomes its conditional mean under the strategy; the \
      standard error leaves out one participant at a time, which takes a while. Direction and margin \
      are as in “equipoise help analyse means”. For noninferiority these strategies pull arms \
      together and so favour the claim: they are sensitivity analyses of superiority.
      """)

  @OptionGroup var rows: ModelTableArguments
  @OptionGroup var comparison: ScoreArguments
  @OptionGroup var columns: VisitColumns
  @Option(
    help: "missing-at-random, jump-to-reference, copy-reference or copy-increments.")
  var strategy: StrategyName

  func run() throws {
    let series = try series()
    try ModelRefusal.told {
      let found = try ReferenceBasedImputation(
        series, reference: rows.comparator, treatment: rows.experimental,
        strategy: strategy.strategy)
      let text = try comparison.text(
        LinearEstimate(
          label: "", estimate: found.estimate, standardError: found.standardError,
          degreesOfFreedom: .infinity), rows, scale: .score,
        method:
          "\(series.count) participants, \(strategy.rawValue), jackknife; Carpenter, Roger and "
          + "Kenward (2013), Wolbers and others (2022)")
      let means = [
        [TerminalText.plain(rows.experimental), Wording.decimal(found.treatmentMean, places: 4)],
        [TerminalText.plain(rows.comparator), Wording.decimal(found.referenceMean, places: 4)],
      ]
      print(
        text + "\n" + TerminalText.table([["arm", "mean"]] + means, rightAligned: [1]),
        terminator: "")
    }
  }

  private func series() throws -> [IncompleteSeries] {
    let table = try rows.table()
    let compared = [rows.experimental, rows.comparator]
    let visits = try columns.rows(of: table, arm: rows.arm).filter { compared.contains($0.arm) }
    let names = Set(visits.map(\.visit)).sorted()
    var series: [String: IncompleteSeries] = [:]
    for visit in visits {
      guard let baseline = visit.baseline else { throw ImputationRefusal.covariateMissing }
      var own =
        series[visit.participant]
        ?? IncompleteSeries(
          participant: visit.participant, arm: visit.arm, baseline: baseline,
          outcomes: names.map { _ in nil })
      if let place = names.firstIndex(of: visit.visit) { own.outcomes[place] = visit.outcome }
      series[visit.participant] = own
    }
    return series.keys.sorted().compactMap { series[$0] }
  }
}

/// Joins estimates of imputed data sets.
struct AnalysePool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool",
    abstract: "Joins estimates of imputed data sets by Rubin's rules.",
    discussion: """
      Example: equipoise analyse pool --estimates=-2.1,-1.8,-2.6 --variances 0.92,0.95,0.9 \
      --lower-is-better --margin 3

      An estimate is experimental arm − comparator, a variance the square of its standard error. \
      Direction and margin are as in “equipoise help analyse means”.
      """)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The estimate of each set.", valueName: "e,e,..."),
    transform: NumberList.read)
  var estimates: [Double]
  @Option(
    help: ArgumentHelp("The variance of each.", valueName: "v,v,..."), transform: NumberList.read)
  var variances: [Double]
  @Option(help: "Degrees of freedom if nothing were missing.", transform: PlainNumber.read)
  var completeDegrees: Double?
  @OptionGroup var comparison: ScoreArguments
  @Option(help: "The experimental arm's name in the sentences.")
  var experimentalName = "Experimental arm"
  @Option(help: "The comparator's name in the sentences.") var comparatorName = "comparator"

  func validate() throws {
    guard variances.allSatisfy({ $0 >= 0 }) else {
      throw ValidationError("A variance is the square of a standard error and not below 0.")
    }
    guard completeDegrees.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--complete-degrees lies above 0.")
    }
  }

  func run() throws {
    try ModelRefusal.told {
      let pool = try RubinPool(
        estimates: estimates, variances: variances, completeDegreesOfFreedom: completeDegrees)
      print(
        try comparison.text(
          pool.asEstimate, experimental: experimentalName, comparator: comparatorName,
          scale: .score,
          method: "within \(number(pool.within)), between \(number(pool.between)), share of "
            + "information missing \(number(pool.fractionMissing)); Rubin (1987)"
            + (completeDegrees == nil ? "" : ", Barnard and Rubin (1999)")),
        terminator: "")
    }
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 6) }
}

import ArgumentParser
import Statistics

/// Compares two arms with the data of the looks taken so far.
struct AnalyseLooks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "looks",
    abstract: "Compares two arms in a trial with looks, while it goes on and when it has stopped.",
    discussion: """
      Example: equipoise analyse looks --information 0.4,0.7,1 --alpha 0.025 --stage 23/40:20/40 \
      --stage 18/30:15/30 --margin -0.10

      A stage holds the participants that came since the look before: experimental arm, then \
      comparator. Responders are written 23/40:20/40, or with strata \
      SEV:9/18:7/17,MOD:14/22:13/23, which gives the difference of the primary analysis (score \
      method, Mantel-Haenszel weights); mean scores, with --scores, as \
      participants,mean,standard deviation: 30,-14.1,8.8:30,-12.9,9.1.

      A difference is experimental arm − comparator. The margin is negative where higher is better \
      and positive where lower is better (--lower-is-better); the other sign is refused. While the \
      trial goes on only the repeated interval is given, which holds however often one looks. Once \
      a bound is crossed, or the last look taken, the stage-wise p-value, interval and \
      median-unbiased estimate follow. Information is that of the plan.
      """)

  @Option(
    help: ArgumentHelp(
      "The information fractions of the looks planned, growing, the last at most 1.",
      valueName: "t1,t2,..."),
    transform: PlanArguments.fractions)
  var information: [Double]
  @Option(
    help: "The one-sided error rate of the whole trial, for example 0.025.",
    transform: PlainNumber.read)
  var alpha: Double
  @Option(help: PlanArguments.spendingHelp, transform: PlanArguments.spending)
  var spending = SpendingFunction.obrienFleming
  @Option(
    help: ArgumentHelp(
      "The responders since the look before. Once a look.",
      valueName: "x/n:x/n or label:x/n:x/n,..."),
    transform: StageText.counts)
  var stage: [StageText.Counts] = []
  // Read unconditionally: a negative mean would otherwise be taken for an option.
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The scores since the look before. Once a look.", valueName: "n,mean,sd:n,mean,sd"),
    transform: StageText.scores)
  var scores: [StageText.Scores] = []
  @Option(
    parsing: .unconditional,
    help: "The noninferiority margin with its sign: a proportion, or points of a score.",
    transform: PlainNumber.read)
  var margin: Double?
  @Flag(help: "Test superiority, at a difference of zero, in place of noninferiority.")
  var superiority = false
  @Flag var direction = DirectionFlag.higherIsBetter
  @Option(help: "The experimental arm's name in the sentences.")
  var experimentalName = "Experimental arm"
  @Option(help: "The comparator's name in the sentences.") var comparatorName = "comparator"

  func validate() throws {
    guard stage.isEmpty != scores.isEmpty else {
      throw ValidationError("Give the looks taken, either all as --stage or all as --scores.")
    }
    guard max(stage.count, scores.count) <= information.count else {
      throw ValidationError("There are more looks taken than planned with --information.")
    }
    guard Set(stage.map(\.isStratified)).count < 2 else {
      throw ValidationError("Give strata at every look or at none.")
    }
    _ = try claim()
  }

  private func claim() throws -> Claim {
    try ComparisonArguments.claim(
      margin: margin, superiority: superiority, direction.direction, isProportion: scores.isEmpty)
  }

  func run() throws {
    try ModelRefusal.told {
      let claim = try claim()
      let (result, dropped) = try result(claim)
      let hypothesis = Hypothesis(
        id: "Hypothesis", first: TerminalText.plain(experimentalName),
        second: TerminalText.plain(comparatorName), claim: claim,
        scale: scores.isEmpty ? .proportion : .score)
      print(LooksText(hypothesis, result, dropped: dropped).text, terminator: "")
    }
  }

  /// The comparison, and the strata that say nothing at the last look taken.
  private func result(_ claim: Claim) throws -> (SequentialComparison, [String]) {
    let plan = SequentialPlan(
      null: claim.nullDifference, direction: claim.direction, spending: spending,
      alphaOneSided: alpha, informationFractions: information)
    guard scores.isEmpty else {
      return (try SequentialComparison(means: StageText.cumulative(scores), plan), [])
    }
    let looks = StageText.cumulative(stage)
    guard stage.contains(where: \.isStratified) else {
      let arms = looks.flatMap { $0 }.map { ($0.experimental, $0.comparator) }
      return (try SequentialComparison(rates: arms, plan), [])
    }
    let tables = try looks.map { try StratifiedTable($0) }
    return (try SequentialComparison(strata: tables, plan), tables.last?.dropped ?? [])
  }
}

/// Looks in words: the finding first.
struct LooksText {
  private let hypothesis: Hypothesis
  private let result: SequentialComparison
  private let dropped: [String]

  init(_ hypothesis: Hypothesis, _ result: SequentialComparison, dropped: [String] = []) {
    self.hypothesis = hypothesis
    self.result = result
    self.dropped = dropped
  }

  var text: String {
    finding + "\n\n" + table + "\n" + outlook + leftOut + hypothesis.sentence + "\n"
  }

  private var leftOut: String {
    let names = dropped.map(TerminalText.plain).joined(separator: ", ")
    return names.isEmpty ? "" : "Left out, because one arm is empty there: \(names).\n"
  }

  private var finding: String {
    let planned = result.design.bounds.count
    guard let end = result.ending else {
      return "The bound was not crossed at look \(result.looks.count) of \(planned): the trial "
        + "goes on. Nothing is concluded yet."
    }
    let level = Wording.number((end.interval.level * 1e10).rounded() / 1e8)
    let shown =
      end.isCrossed
      ? "\(hypothesis.first) was \(hypothesis.claim.adjective) to \(hypothesis.second)"
      : "Not shown: \(hypothesis.first) \(hypothesis.claim.adjective) to \(hypothesis.second)"
    return "\(shown), at look \(end.look) of \(planned): median-unbiased difference "
      + "\(number(end.medianUnbiased)), \(level) % interval \(number(end.interval.lower)) to "
      + "\(number(end.interval.upper)), one-sided p = \(Wording.decimal(end.p, places: 6)) "
      + "(stage-wise ordering)."
  }

  private var table: String {
    var rows = [
      [
        "look", "information", "error spent", "statistic", "bound", "repeated interval",
        "repeated p",
      ]
    ]
    for (index, look) in result.looks.enumerated() {
      rows.append([
        "\(index + 1)", Wording.number(result.design.informationFractions[index]),
        Wording.decimal(result.design.cumulativeAlpha[index], places: 6), number(look.z),
        number(result.design.bounds[index]),
        "\(number(look.repeatedInterval.lower)) to \(number(look.repeatedInterval.upper))",
        Wording.decimal(look.repeatedPValue, places: 6),
      ])
    }
    return TerminalText.table(rows, rightAligned: [1, 2, 3, 4, 5, 6])
  }

  /// What later looks are likely to show, while there are any.
  private var outlook: String {
    guard result.ending == nil, let look = result.looks.last,
      let trend = look.conditionalPower, let null = look.conditionalRejection
    else { return "" }
    var text =
      "Chance that a later look crosses its bound: \(number(trend)) if the trend goes on, "
      + "\(number(null)) at the null difference"
    if result.looks.count == result.design.bounds.count - 1, let bound = result.design.bounds.last {
      let fraction = result.design.informationFractions[result.looks.count - 1]
      let predictive = ConditionalPower.predictive(
        z: look.z, fraction: fraction, finalBound: bound)
      text += ", \(number(predictive)) averaged over what the data leave open"
    }
    return text + ". Advice, not a bound.\n"
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }
}

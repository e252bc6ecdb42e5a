import ArgumentParser
import Statistics

/// Compares mean scores with missing ones imputed, and moved against the conclusion.
struct AnalyseImputation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imputation",
    abstract: "Mean scores with missing ones imputed within arms, and the tipping point.",
    discussion: """
      Example: equipoise analyse imputation trial.csv --where VISIT=V6 --participant USUBJID --arm ARM \
      --outcome CHG --baseline BASE --experimental KAP --comparator ECT --lower-is-better --margin 3 \
      --shift 0,2,4,6,8,10

      A missing outcome is drawn from a model of its own arm on baseline and covariates, --sets times \
      by --key; arms are compared at equal covariates in every set and joined by Rubin’s rules. \
      Imputations made elsewhere are read with --imputations: a file with the same participant column \
      and one column a set, its name beginning with “set”.

      Direction and margin are as in “equipoise help analyse means”. Each --shift is added to \
      imputed outcomes of the arm --shifted (the experimental one where not said, the comparator, or \
      all), in the direction that harms the conclusion: above 0 where lower is better, below 0 where \
      higher is; for the comparator the signs change. A shift that would help is refused.
      """)

  @OptionGroup var rows: ModelTableArguments
  @OptionGroup var comparison: ScoreArguments
  @Option(help: "The column that holds the participant.") var participant: String
  @Option(help: "The column that holds the outcome.") var outcome: String
  @Option(help: "The column that holds the score before treatment.") var baseline: String
  @Option(help: "A column with a numeric covariate. May be repeated.") var covariate: [String] = []
  @Option(help: "How many imputed sets, 2 to 10000.") var sets = 50
  @Option(help: "The key of the random streams, a whole number.") var key: UInt64 = 1
  @Option(help: "A file with imputed outcomes.", completion: .file(extensions: ["csv"]))
  var imputations: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Shifts of imputed outcomes.", valueName: "d,d,..."),
    transform: NumberList.read)
  var shift: [Double] = []
  @Option(help: "The arm whose imputed outcomes are moved, or all.") var shifted: String?
  @Option(
    help: "Degrees of freedom if nothing were missing; those of the model where not said.",
    transform: PlainNumber.read)
  var completeDegrees: Double?

  func validate() throws {
    guard (2...10_000).contains(sets) else {
      throw ValidationError("--sets takes a number from 2 to 10000.")
    }
    guard completeDegrees.map({ $0 > 0 }) ?? true else {
      throw ValidationError("--complete-degrees lies above 0.")
    }
    let arm = shifted ?? rows.experimental
    guard [rows.experimental, rows.comparator, "all"].contains(arm) else {
      throw ValidationError("--shifted names one of the two arms, or all.")
    }
    guard arm == "all" || shift.allSatisfy({ $0 == 0 || ($0 > 0) == isHarmedFromAbove(arm) }) else {
      throw ValidationError(
        "A shift must harm the conclusion. Where higher is better that is below 0 for the "
          + "experimental arm and above 0 for the comparator; where lower is better "
          + "(--lower-is-better) the other way round.")
    }
  }

  /// Whether larger outcomes of an arm speak against the claim.
  private func isHarmedFromAbove(_ arm: String) -> Bool {
    switch comparison.direction {
    case .higherIsBetter: arm == rows.comparator
    case .lowerIsBetter: arm == rows.experimental
    }
  }

  func run() throws {
    let people = try people()
    try ModelRefusal.told {
      let missing = people.filter { $0.outcome == nil }
      let values = try imputed(people, missing)
      let claim = try comparison.claim(isProportion: false)
      let degrees =
        completeDegrees
        ?? Double(people.count - Set(people.map(\.arm)).count - 1 - covariate.count)
      let arm = shifted ?? rows.experimental
      let result = try TippingPoint(
        observed: people.filter { $0.outcome != nil }.map(\.row), missing: missing.map(\.row),
        imputations: values, deltas: [0] + shift.filter { $0 != 0 }.sorted { abs($0) < abs($1) },
        first: rows.experimental,
        second: rows.comparator, claim: claim, completeDegreesOfFreedom: degrees,
        isShifted: { arm == "all" || $0 == arm })
      let source =
        imputations == nil
        ? "\(values.count) sets drawn with key \(key)" : "\(values.count) sets given"
      print(
        try comparison.text(
          result.shifts[0].estimate, rows, scale: .score,
          method:
            "\(missing.count) of \(people.count) imputed, \(source); analysis of covariance in "
            + "each, joined by Rubin (1987) with degrees of freedom of Barnard and Rubin (1999)"),
        terminator: "")
      if !shift.isEmpty { print("\n" + (try tipping(result)), terminator: "") }
    }
  }

  private func tipping(_ result: TippingPoint) throws -> String {
    let alpha = (1 - comparison.level) / 2
    var lines = [["shift", "difference", "interval", "one-sided p"]]
    for found in result.shifts {
      let interval = try found.estimate.interval(level: comparison.level)
      lines.append([
        Wording.number(found.delta), number(found.estimate.estimate),
        "\(number(interval.lower)) to \(number(interval.upper))",
        Wording.decimal(found.estimate.pOneSided(claim: result.claim), places: 6),
      ])
    }
    let tip =
      result.tippingPoint(alphaOneSided: alpha).map {
        $0 == 0
          ? "Not shown without any shift."
          : "The conclusion is lost at a shift of \(Wording.number($0))."
      } ?? "The conclusion holds at every shift."
    return tip + "\n" + TerminalText.table(lines, rightAligned: [0, 1, 2, 3])
      + "Ratitch, O’Kelly and Tosiello (2013).\n"
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }

  /// One participant.
  private struct Person {
    var name: String
    var arm: String
    var baseline: Double
    var covariates: [Double]
    var outcome: Double?

    var row: AncovaRow {
      AncovaRow(arm: arm, outcome: outcome ?? 0, covariates: [baseline] + covariates)
    }
  }

  /// The participants in key order, so that the order of rows changes nothing.
  private func people() throws -> [Person] {
    let table = try rows.table()
    let names = try table.texts(participant)
    let arms = try table.texts(rows.arm)
    let outcomes = try table.numbers(outcome)
    let baselines = try table.numbers(baseline)
    let covariates = try covariate.map { try table.numbers($0) }
    guard Set(names).count == names.count else { throw ImputationRefusal.participantTwice }
    return try names.indices.map { row in
      let known = covariates.compactMap { $0[row] }
      guard let baseline = baselines[row], known.count == covariates.count else {
        throw ImputationRefusal.covariateMissing
      }
      return Person(
        name: names[row], arm: arms[row], baseline: baseline, covariates: known,
        outcome: outcomes[row])
    }.sorted { $0.name < $1.name }
  }

  /// The imputed outcomes of the missing, set by set.
  private func imputed(_ people: [Person], _ missing: [Person]) throws -> [[Double]] {
    guard let imputations else {
      return try ScoreImputation(
        people.enumerated().map { index, person in
          ScoredRow(
            stream: UInt64(index), arm: person.arm, baseline: person.baseline,
            covariates: person.covariates, score: person.outcome)
        }, key: key, count: sets
      ).sets
    }
    let table = try ModelTable(InputFile(imputations).text())
    let names = try table.texts(participant)
    let places = try missing.map { person in
      guard let place = names.firstIndex(of: person.name) else {
        throw ImputationRefusal.participantNotImputed
      }
      return place
    }
    return try table.columns.filter { $0.hasPrefix("set") }.map { column in
      let values = try table.numbers(column)
      return try places.map { place in
        guard let value = values[place] else { throw ImputationRefusal.participantNotImputed }
        return value
      }
    }
  }
}

/// Why nothing was imputed; values and participants are never named.
enum ImputationRefusal: Error, Equatable, CustomStringConvertible {
  /// A participant has two rows.
  case participantTwice
  /// A baseline or covariate is missing.
  case covariateMissing
  /// A participant without an outcome has no imputed one in the file given.
  case participantNotImputed

  var description: String {
    switch self {
    case .participantTwice:
      "A participant has two rows. Nothing was analysed. Keep one visit, with --where."
    case .covariateMissing:
      "A participant has no baseline or covariate. Nothing was analysed: only outcomes are imputed. "
        + "Complete the file, or leave the covariate out."
    case .participantNotImputed:
      "A participant without an outcome is not in every set of the file of imputations. Nothing was "
        + "analysed. Complete that file."
    }
  }
}

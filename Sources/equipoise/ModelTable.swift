import ArgumentParser
import CaseFiles
import Statistics

/// The file of an analysis by a model, its arms and who is compared.
struct ModelTableArguments: ParsableArguments {
  @Argument(help: "The file, with a header.", completion: .file(extensions: ["csv"]))
  var file: String

  @Option(help: "The column that holds the arm.")
  var arm: String

  @Option(help: "The text of the experimental arm in its column.")
  var experimental: String

  @Option(help: "The text of the comparator in its column.")
  var comparator: String

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Keep the rows in which a column has this text. May be repeated.", valueName: "column=text"))
  var kept: [String] = []

  @Flag(help: "Leave rows of other arms out of the model; they inform it otherwise.")
  var twoArmsOnly = false

  func validate() throws {
    guard experimental != comparator else {
      throw ValidationError("The two arms have one text. Name two arms.")
    }
    guard kept.allSatisfy({ $0.contains("=") && !$0.hasPrefix("=") }) else {
      throw ValidationError("Write --where as COLUMN=TEXT, for example VISIT=V6.")
    }
  }

  /// The rows of the file that enter the model.
  func table() throws -> ModelTable {
    var table = try ModelTable(InputFile(file).text())
    for condition in kept {
      let parts = condition.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let texts = try table.texts(String(parts[0]))
      table = table.keeping(texts.indices.filter { texts[$0] == parts[1] })
    }
    let arms = try table.texts(arm)
    for name in [experimental, comparator] where !arms.contains(name) {
      throw ModelTableRefusal.armAbsent(TerminalText.plain(name))
    }
    let compared = [experimental, comparator]
    return twoArmsOnly ? table.keeping(arms.indices.filter { compared.contains(arms[$0]) }) : table
  }
}

/// The rows of a file, each with the line it stands on.
struct ModelTable {
  private let table: DataTable
  private let kept: [Int]

  init(_ text: String) throws(ModelTableRefusal) {
    let table = DataTable(csv: text)
    guard !table.rows.isEmpty else { throw .empty }
    // A short row would shift every value after the gap into another column.
    if let ragged = table.rows.firstIndex(where: { $0.count != table.columns.count }) {
      throw .rowOfOtherLength(line: ragged + 2)
    }
    self.table = table
    kept = Array(table.rows.indices)
  }

  private init(_ table: DataTable, _ kept: [Int]) {
    self.table = table
    self.kept = kept
  }

  /// The names of the columns in file order.
  var columns: [String] { table.columns }

  /// How many rows.
  var count: Int { kept.count }

  /// The line of the file on which a row stands.
  func line(of row: Int) -> Int { kept[row] + 2 }

  /// Some of the rows.
  func keeping(_ rows: [Int]) -> ModelTable { ModelTable(table, rows.map { kept[$0] }) }

  /// The texts of a column.
  func texts(_ column: String) throws -> [String] {
    let texts = try table.texts(column)
    return kept.map { texts[$0] }
  }

  /// The numbers of a column; nil where the field is empty, `.` or `NA`.
  func numbers(_ column: String) throws -> [Double?] {
    try zip(try texts(column), kept).map { text, line in
      if ["", ".", "NA"].contains(text) { return nil }
      guard let number = Double(text), number.isFinite else {
        throw ModelTableRefusal.noNumber(line: line + 2, column: TerminalText.plain(column))
      }
      return number
    }
  }

  /// A column of yes and no: 1 and 0, and nothing else.
  func truths(_ column: String) throws -> [Bool?] {
    try zip(try numbers(column), kept).map { number, line in
      guard let number else { return nil }
      guard number == 0 || number == 1 else {
        throw ModelTableRefusal.noYesOrNo(line: line + 2, column: TerminalText.plain(column))
      }
      return number == 1
    }
  }
}

/// Why a file was not analysed; lines and columns are named, values never.
enum ModelTableRefusal: Error, Equatable, CustomStringConvertible {
  /// There is no header, or no row below it.
  case empty
  /// A row has more or fewer fields than the header.
  case rowOfOtherLength(line: Int)
  /// A field of a column of numbers is none.
  case noNumber(line: Int, column: String)
  /// A field of a column of yes and no is neither 1 nor 0.
  case noYesOrNo(line: Int, column: String)
  /// No row has the arm named.
  case armAbsent(String)
  /// No row has the visit named.
  case visitAbsent
  /// A participant has two rows of one visit.
  case visitTwice(line: Int)

  var description: String {
    switch self {
    case .empty:
      "The file has no rows. Nothing was analysed. Give one with a header and a row for each "
        + "participant."
    case .rowOfOtherLength(let line):
      "Line \(line) has another number of fields than the header. Nothing was analysed. Correct "
        + "the file."
    case .noNumber(let line, let column):
      "Line \(line) has no number in the column \(column). Nothing was analysed. Write a number, "
        + "or leave the field empty where there is none."
    case .noYesOrNo(let line, let column):
      "Line \(line) has neither 1 nor 0 in the column \(column). Nothing was analysed. Write 1 "
        + "for yes and 0 for no."
    case .armAbsent(let arm):
      "No row has the arm \(arm). Nothing was analysed. Name arms as the file does."
    case .visitAbsent:
      "No row has the visit named with --at. Nothing was analysed. Name a visit as the file does."
    case .visitTwice(let line):
      "Line \(line) repeats a visit of a participant. Nothing was analysed. Give every visit of a "
        + "participant one row."
    }
  }
}

/// What is claimed of a mean score, and at which level.
struct ScoreArguments: ParsableArguments {
  // Read unconditionally: a negative margin would otherwise be taken for an option.
  @Option(
    parsing: .unconditional,
    help: """
      The noninferiority margin in points of the outcome, with its sign: negative where higher is \
      better, positive where lower is better.
      """,
    transform: PlainNumber.read)
  var margin: Double?

  @Flag(help: "Test superiority, at a difference of zero, in place of noninferiority.")
  var superiority = false

  @Flag var direction = DirectionFlag.higherIsBetter

  @Option(
    help: "The two-sided level of the interval; 0.95 pairs with a one-sided 0.025.",
    transform: PlainNumber.read)
  var level = 0.95

  func validate() throws {
    guard level > 0.5, level < 1 else {
      throw ValidationError("\(StatisticsRefusal.levelOutOfRange)")
    }
    _ = try claim(isProportion: false)
  }

  /// The claim, or the reason why none can be tested so.
  func claim(isProportion: Bool) throws -> Claim {
    try ComparisonArguments.claim(
      margin: margin, superiority: superiority, direction.direction, isProportion: isProportion)
  }

  /// The finding about an estimate: the sentence first, then the numbers.
  func text(
    _ estimate: LinearEstimate, _ arms: ModelTableArguments, scale: OutcomeScale, method: String
  ) throws -> String {
    try text(
      estimate, experimental: arms.experimental, comparator: arms.comparator, scale: scale,
      method: method)
  }

  /// The finding about an estimate of two arms by their names.
  func text(
    _ estimate: LinearEstimate, experimental: String, comparator: String, scale: OutcomeScale,
    method: String
  ) throws -> String {
    let hypothesis = Hypothesis(
      id: "Hypothesis", first: TerminalText.plain(experimental),
      second: TerminalText.plain(comparator),
      claim: try claim(isProportion: scale == .proportion), scale: scale)
    return try EstimateText(estimate, hypothesis, level: level, method: method).text
  }
}

/// An estimate with its standard error in words: the sentence first, then the numbers.
struct EstimateText {
  let text: String

  init(
    _ estimate: LinearEstimate, _ hypothesis: Hypothesis, level: Double, method: String
  ) throws {
    // 1 − 0.95 leaves a rounding error that would show in the level printed.
    let alpha = ((1 - level) / 2 * 1e12).rounded() / 1e12
    let result = try ComparisonResult(
      hypothesis, in: .full, estimate: estimate.estimate, standardError: estimate.standardError,
      degreesOfFreedom: estimate.degreesOfFreedom, alphaOneSided: alpha)
    let null = hypothesis.claim.nullDifference
    let degrees =
      estimate.degreesOfFreedom.isFinite
      ? "t = \(Wording.decimal(estimate.t(against: null), places: 4)) on "
        + "\(Wording.decimal(estimate.degreesOfFreedom, places: 2)) degrees of freedom"
      : "z = \(Wording.decimal(estimate.t(against: null), places: 4))"
    text = """
      \(result.sentence)

      difference \(Wording.decimal(estimate.estimate, places: 4)), standard error \
      \(Wording.decimal(estimate.standardError, places: 4)), \(Wording.number(level * 100)) % interval \
      \(Wording.decimal(result.interval.lower, places: 4)) to \
      \(Wording.decimal(result.interval.upper, places: 4))
      test at \(Wording.number(null)): \(degrees), one-sided \(Wording.pValue(result.pOneSided))
      \(method)
      \(hypothesis.sentence)

      """
  }
}

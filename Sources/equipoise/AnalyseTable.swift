import ArgumentParser
import CaseFiles
import Statistics

/// Compares two proportions from a file with one row for each participant.
struct AnalyseTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csv",
    abstract: "Compares two arms from a file with one row for each participant.",
    discussion: """
      Example: equipoise analyse csv trial.csv --arm TRT --response RESP --experimental KAP \
      --comparator ECT --stratify SEV --margin -0.10

      Rows of other arms are left out. A missing response stops the analysis unless --missing \
      says how it counts.
      """)

  /// How a participant without a response counts.
  enum Missing: String, ExpressibleByArgument, CaseIterable {
    case excluded
    case nonresponse
  }

  @Argument(help: "The file, with a header.", completion: .file(extensions: ["csv"]))
  var file: String

  @Option(help: "The column that holds the arm.")
  var arm: String

  @Option(help: "The column that holds the response.")
  var response: String

  @Option(help: "The text of the experimental arm in its column.")
  var experimental: String

  @Option(help: "The text of the comparator in its column.")
  var comparator: String

  @Option(help: "A column to stratify by. May be repeated.")
  var stratify: [String] = []

  @Option(help: "The text of a response in its column.")
  var responder = "1"

  @Option(help: "The text of no response in its column.")
  var nonresponder = "0"

  @Option(help: "How participants without a response count: excluded or nonresponse.")
  var missing: Missing?

  @OptionGroup var comparison: ComparisonArguments

  func validate() throws {
    guard experimental != comparator else {
      throw ValidationError("The two arms have one text. Name two arms.")
    }
    guard responder != nonresponder else {
      throw ValidationError("Response and no response have one text. Give each its own.")
    }
  }

  func run() throws {
    let table = DataTable(csv: try InputFile(file).text())
    let counted = try CountedRows(table, by: self)
    if counted.missing > 0 {
      guard let missing else { throw TableRefusal.responseMissing(counted.missing) }
      let rows = TerminalText.count(counted.missing, "participant")
      print("\(rows) without a response: \(missing.rawValue).\n")
    }
    do {
      let text = try ComparisonText(
        comparison.hypothesis(), StratifiedTable(counted.strata), level: comparison.level)
      print(text.text, terminator: "")
    } catch let refusal as StatisticsRefusal {
      throw ValidationError(refusal.description)
    }
  }
}

/// The responders of both arms, stratum by stratum.
struct CountedRows {
  private(set) var strata: [Stratum] = []
  private(set) var missing = 0

  init(_ table: DataTable, by command: AnalyseTable) throws {
    // A short row would shift every value after the gap into another column.
    if let ragged = table.rows.firstIndex(where: { $0.count != table.columns.count }) {
      throw TableRefusal.rowOfOtherLength(line: ragged + 2)
    }
    let arms = try table.texts(command.arm)
    let responses = try table.texts(command.response)
    let factors = try command.stratify.map { try table.texts($0) }
    var byLabel: [String: Stratum] = [:]
    let compared = [command.experimental, command.comparator]
    for row in arms.indices where compared.contains(arms[row]) {
      let label = factors.isEmpty ? "all" : factors.map { $0[row] }.joined(separator: ", ")
      let isResponder: Bool
      switch responses[row] {
      case command.responder: isResponder = true
      case command.nonresponder: isResponder = false
      case "", "NA", ".":
        missing += 1
        guard command.missing == .nonresponse else { continue }
        isResponder = false
      default: throw TableRefusal.unknownResponse(line: row + 2)
      }
      let none = BinomialSample(responders: 0, total: 0)
      var stratum =
        byLabel[label] ?? Stratum(label: label, experimental: none, comparator: none)
      if arms[row] == command.experimental {
        stratum.experimental.count(isResponder)
      } else {
        stratum.comparator.count(isResponder)
      }
      byLabel[label] = stratum
    }
    strata = byLabel.values.sorted { $0.label < $1.label }
  }
}

extension BinomialSample {
  fileprivate mutating func count(_ isResponder: Bool) {
    total += 1
    if isResponder { responders += 1 }
  }
}

/// Why a file was not analysed; lines are named, values never.
enum TableRefusal: Error, Equatable, CustomStringConvertible {
  /// A row has more or fewer fields than the header.
  case rowOfOtherLength(line: Int)
  /// A response is neither of the two texts and not missing.
  case unknownResponse(line: Int)
  /// Responses are missing and nobody said how they count.
  case responseMissing(Int)

  var description: String {
    switch self {
    case .rowOfOtherLength(let line):
      "Line \(line) has another number of fields than the header. Nothing was analysed. Correct "
        + "the file."
    case .unknownResponse(let line):
      "Line \(line) has a response that is neither text given. Nothing was analysed. Name the "
        + "texts with --responder and --nonresponder."
    case .responseMissing(let rows):
      "\(TerminalText.count(rows, "participant")) of these arms without a response. Nothing was "
        + "analysed. Say with --missing whether they are excluded or count as nonresponse."
    }
  }
}

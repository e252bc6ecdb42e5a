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

      With --provider, participants of one therapist in the experimental arm are alike, and whoever \
      has none stands alone; such a comparison has no strata.
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

  @Option(help: "The column that holds who treated, in the experimental arm.")
  var provider: String?

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
    guard provider == nil || stratify.isEmpty else {
      throw ValidationError("A comparison by provider has no strata. Leave out one of the two.")
    }
    guard responder != nonresponder else {
      throw ValidationError("Response and no response have one text. Give each its own.")
    }
  }

  func run() throws {
    let table = try ModelTable(InputFile(file).text())
    let counted = try CountedRows(table, by: self)
    if counted.missing > 0 {
      guard let missing else { throw TableRefusal.responseMissing(counted.missing) }
      let rows = TerminalText.count(counted.missing, "participant")
      print("\(rows) without a response: \(missing.rawValue).\n")
    }
    try ModelRefusal.told {
      let table = try StratifiedTable(counted.strata)
      let text =
        provider == nil
        ? try ComparisonText(comparison.hypothesis(), table, level: comparison.level).text
        : try ClusteredText(counted.providers, table.comparator, comparison).text
      print(text, terminator: "")
    }
  }
}

/// The responders of both arms, stratum by stratum.
struct CountedRows {
  private(set) var strata: [Stratum] = []
  /// The experimental arm by provider; whoever has none is a provider of one.
  private(set) var providers: [BinomialSample] = []
  private(set) var missing = 0

  init(_ table: ModelTable, by command: AnalyseTable) throws {
    let arms = try table.texts(command.arm)
    let responses = try table.texts(command.response)
    let treated = try command.provider.map { try table.texts($0) }
    var byProvider: [String: BinomialSample] = [:]
    let factors = try command.stratify.map { try table.texts($0) }
    for name in [command.experimental, command.comparator] where !arms.contains(name) {
      throw ModelTableRefusal.armAbsent(TerminalText.plain(name))
    }
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
        let provider = treated?[row] ?? ""
        if ["", "NA", "."].contains(provider) {
          providers.append(BinomialSample(responders: isResponder ? 1 : 0, total: 1))
        } else {
          byProvider[provider, default: none].count(isResponder)
        }
      } else {
        stratum.comparator.count(isResponder)
      }
      byLabel[label] = stratum
    }
    providers += byProvider.keys.sorted().compactMap { byProvider[$0] }
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
  /// A response is neither of the two texts and not missing.
  case unknownResponse(line: Int)
  /// Responses are missing and nobody said how they count.
  case responseMissing(Int)

  var description: String {
    switch self {
    case .unknownResponse(let line):
      "Line \(line) has a response that is neither text given. Nothing was analysed. Name the "
        + "texts with --responder and --nonresponder."
    case .responseMissing(let rows):
      "\(TerminalText.count(rows, "participant")) of these arms without a response. Nothing was "
        + "analysed. Say with --missing whether they are excluded or count as nonresponse."
    }
  }
}

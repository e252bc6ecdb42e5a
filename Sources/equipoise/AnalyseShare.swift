import ArgumentParser
import Statistics

/// One share with its limits.
struct AnalyseShare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "share",
    abstract: "Limits for the share of participants with something, from one count.",
    discussion: """
      Example: equipoise analyse share 3/120

      No comparison and no margin. The exact interval (Clopper and Pearson) keeps its level always, \
      Wilson’s on average.
      """)

  @Argument(help: "Participants with it of those looked at, as x/n.", transform: ArmCounts.read)
  var sample: BinomialSample
  @Option(help: "The two-sided level.", transform: PlainNumber.read) var level = 0.95

  func run() throws {
    try ModelRefusal.told {
      let exact = try Proportion.clopperPearson(sample, level: level)
      let wilson = try Proportion.wilson(sample, level: level)
      print(
        """
        share \(number(sample.proportion)), \(Wording.number(level * 100)) % limits
        exact (Clopper and Pearson 1934) \(number(exact.lower)) to \(number(exact.upper))
        score (Wilson 1927) \(number(wilson.lower)) to \(number(wilson.upper))
        """)
    }
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 6) }
}

/// A rate of events with its limits.
struct AnalyseRate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rate",
    abstract: "Exact limits for a rate of events over exposure.",
    discussion: """
      Example: equipoise analyse rate --events 5 --exposure 123.4

      Events are counted, several of one participant included; exposure is in the unit in which the \
      rate is wanted, such as patient-years. No comparison and no margin.
      """)

  @Option(help: "How many events.") var events: Int
  @Option(help: "The exposure, above 0.", transform: PlainNumber.read) var exposure: Double
  @Option(help: "The two-sided level.", transform: PlainNumber.read) var level = 0.95

  func run() throws {
    try ModelRefusal.told {
      let found = try EventRate.exactPoisson(events: events, exposure: exposure, level: level)
      print(
        "rate \(number(found.rate)), \(Wording.number(level * 100)) % limits "
          + "\(number(found.interval.lower)) to \(number(found.interval.upper)) (Garwood 1936)")
    }
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 6) }
}

/// Adverse events by organ class, term and arm.
struct AnalyseEvents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Participants with adverse events by organ class, term and arm, with exact limits.",
    discussion: """
      Example: equipoise analyse events ae.csv --participant USUBJID --arm ARM --class SOC --term PT \
      --grade GRADE --serious SER --treated KAP:120 --treated ECT:118

      One row for each event; the grade is 1 to 5, serious is 1 or 0. Shares are of participants \
      treated, who are told with --treated because those without an event are not in the file. A \
      participant counts once in a row. No claim and no margin.
      """)

  @Argument(help: "The file, with a header.", completion: .file(extensions: ["csv"]))
  var file: String
  @Option(help: "The column that holds the participant.") var participant: String
  @Option(help: "The column that holds the arm.") var arm: String
  @Option(name: .customLong("class"), help: "The column that holds the system organ class.")
  var organClass: String
  @Option(help: "The column that holds the preferred term.") var term: String
  @Option(help: "The column that holds the grade, 1 to 5.") var grade: String
  @Option(help: "The column that holds 1 for serious and 0 for not.") var serious: String
  @Option(
    help: ArgumentHelp("Participants treated in an arm. Once an arm.", valueName: "arm:n"),
    transform: Self.treated)
  var treated: [Treated]
  @Option(help: "The two-sided level.", transform: PlainNumber.read) var level = 0.95

  /// The participants of an arm.
  struct Treated {
    var arm: String
    var participants: Int
  }

  @Sendable private static func treated(_ text: String) throws -> Treated {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 1, let count = parts.last.flatMap({ Int($0) }),
      (1...ArmCounts.mostParticipants).contains(count)
    else {
      throw ValidationError("Write ARM:n with the participants treated, for example KAP:120.")
    }
    return Treated(arm: parts.dropLast().joined(separator: ":"), participants: count)
  }

  func validate() throws {
    guard Set(treated.map(\.arm)).count == treated.count else {
      throw ValidationError("Two rows have one arm. Give every arm once.")
    }
  }

  func run() throws {
    try ModelRefusal.told {
      let table = try AdverseEventTable(
        events(), treated: treated.map { ($0.arm, $0.participants) }, level: level)
      var rows = [["", "arm", "participants", "events", "per cent", "limits"]]
      for cell in table.cells {
        rows.append([
          TerminalText.plain(cell.row), TerminalText.plain(cell.arm),
          "\(cell.participants.responders) of \(cell.participants.total)", "\(cell.events)",
          percent(cell.participants.proportion),
          "\(percent(cell.interval.lower)) to \(percent(cell.interval.upper))",
        ])
      }
      print(TerminalText.table(rows, rightAligned: [2, 3, 4, 5]), terminator: "")
      print("\(Wording.number(level * 100)) % limits of Clopper and Pearson (1934).")
    }
  }

  private func percent(_ share: Double) -> String { Wording.decimal(100 * share, places: 2) }

  private func events() throws -> [AdverseEvent] {
    let table = try ModelTable(InputFile(file).text())
    let people = try table.texts(participant)
    let arms = try table.texts(arm)
    let classes = try table.texts(organClass)
    let terms = try table.texts(term)
    let grades = try table.numbers(grade)
    let truths = try table.truths(serious)
    return try people.indices.map { row in
      guard treated.contains(where: { $0.arm == arms[row] }) else {
        throw EventRefusal.armNotTreated(line: row + 2)
      }
      guard let grade = grades[row], (1...5).contains(grade), grade == grade.rounded() else {
        throw EventRefusal.noGrade(line: row + 2)
      }
      guard let isSerious = truths[row] else { throw EventRefusal.noSeriousness(line: row + 2) }
      return AdverseEvent(
        participant: people[row], arm: arms[row], organClass: classes[row],
        preferredTerm: terms[row], grade: Int(grade), isSerious: isSerious)
    }
  }
}

/// Why events were not counted; lines are named, values never.
enum EventRefusal: Error, Equatable, CustomStringConvertible {
  /// An event is of an arm whose participants nobody told.
  case armNotTreated(line: Int)
  /// The grade is none.
  case noGrade(line: Int)
  /// Nobody said whether the event is serious.
  case noSeriousness(line: Int)

  var description: String {
    switch self {
    case .armNotTreated(let line):
      "Line \(line) has an arm without --treated. Nothing was analysed. Say how many were treated "
        + "in every arm of the file."
    case .noGrade(let line):
      "Line \(line) has no grade from 1 to 5. Nothing was analysed. Correct the file."
    case .noSeriousness(let line):
      "Line \(line) does not say whether the event is serious. Nothing was analysed. Write 1 or 0."
    }
  }
}

import ArgumentParser
import Statistics

/// How well the arm was guessed.
struct AnalyseBlinding: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blinding",
    abstract: "Blinding indices of Bang and James from guesses of the arm.",
    discussion: """
      Example: equipoise analyse blinding --guesses DRUG:82,25,170 --guesses PLACEBO:27,29,83

      After the arm stand the guesses that named each arm, in the order in which the arms are given, \
      and last how many did not know. From a file: equipoise analyse blinding guesses.csv --arm ARM \
      --guess GUESS, where a guess is the text of an arm or that of --unknown.

      No claim and no margin: an index per arm near 0 is what chance gives, 1 means that everybody \
      guessed right, −1 that everybody guessed wrong. James’s index lies from 0, everybody \
      guessed right, to 1, nobody knew.
      """)

  @Argument(help: "A file, with a header.", completion: .file(extensions: ["csv"]))
  var file: String?
  @Option(
    help: ArgumentHelp("Guesses of one arm. Once an arm.", valueName: "arm:n,n,...,unknown"),
    transform: GuessRow.read)
  var guesses: [GuessRow] = []
  @Option(help: "The column that holds the arm.") var arm: String?
  @Option(help: "The column that holds the guess.") var guess: String?
  @Option(help: "The text of a guess that names no arm.") var unknown = "DK"
  @Option(help: "The two-sided level of intervals.", transform: PlainNumber.read) var level = 0.95

  func validate() throws {
    guard level > 0.5, level < 1 else {
      throw ValidationError("\(StatisticsRefusal.levelOutOfRange)")
    }
    if file == nil {
      guard guesses.count > 1, arm == nil, guess == nil else {
        throw ValidationError(
          "Give at least two arms, as --guesses DRUG:82,25,170, or a file with --arm and --guess.")
      }
      guard guesses.allSatisfy({ $0.counts.count == guesses.count + 1 }) else {
        throw ValidationError(
          "Every arm needs a count for each of the \(guesses.count) arms, and one for not knowing.")
      }
      guard Set(guesses.map(\.arm)).count == guesses.count else {
        throw ValidationError("Two rows have one arm. Give every arm once.")
      }
    } else {
      guard guesses.isEmpty, arm != nil, guess != nil else {
        throw ValidationError("With a file give --arm and --guess, and no --guesses.")
      }
    }
  }

  func run() throws {
    try ModelRefusal.told {
      let rows = try file.map(rows(of:)) ?? guesses
      let index = try BlindingIndex(rows.map(\.counts))
      var lines = [["arm", "guesses", "right", "wrong", "not known", "index", "interval"]]
      for (row, found) in zip(rows, index.arms) {
        let interval = try found.index?.interval(level: level)
        lines.append([
          TerminalText.plain(row.arm), "\(found.total)", "\(found.correct)", "\(found.incorrect)",
          "\(found.unknown)", found.index.map { number($0.value) } ?? "not defined",
          interval.map { "\(number($0.lower)) to \(number($0.upper))" } ?? "not defined",
        ])
      }
      print(TerminalText.table(lines, rightAligned: [1, 2, 3, 4, 5, 6]), terminator: "")
      print("Bang, Ni and Davis (2004), per arm; \(Wording.number(level * 100)) % intervals.")
      print(try james(index.overall))
    }
  }

  private func james(_ overall: BlindingIndex.Estimate?) throws -> String {
    guard let overall else {
      return "James and others (1996), overall: not defined, since no two guesses could disagree."
    }
    let interval = try overall.interval(level: level)
    return "James and others (1996), overall: \(number(overall.value))"
      + (interval.map { ", \(number($0.lower)) to \(number($0.upper))" } ?? "") + "."
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }

  private func rows(of file: String) throws -> [GuessRow] {
    let table = try ModelTable(InputFile(file).text())
    let arms = try table.texts(arm ?? "")
    let guesses = try table.texts(guess ?? "")
    let names = Set(arms).sorted()
    var counts = names.map { _ in Array(repeating: 0, count: names.count + 1) }
    var left = 0
    for (line, (arm, guess)) in zip(arms, guesses).enumerated() {
      guard let row = names.firstIndex(of: arm) else { continue }
      if guess == unknown {
        counts[row][names.count] += 1
      } else if let column = names.firstIndex(of: guess) {
        counts[row][column] += 1
      } else if ["", ".", "NA"].contains(guess) {
        left += 1
      } else {
        throw GuessRefusal.unknownGuess(line: line + 2)
      }
    }
    if left > 0 { print("\(TerminalText.count(left, "row")) without a guess: left out.\n") }
    return zip(names, counts).map { GuessRow(arm: $0, counts: $1) }
  }
}

/// The guesses about one arm.
struct GuessRow {
  var arm: String
  /// By arm guessed, then not known.
  var counts: [Int]

  /// `DRUG:82,25,170`; the arm itself may hold colons.
  @Sendable static func read(_ text: String) throws -> GuessRow {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let counts = (parts.last ?? "").split(separator: ",", omittingEmptySubsequences: false)
      .map { Int($0) }
    let whole = counts.compactMap { $0 }.filter { (0...ArmCounts.mostParticipants).contains($0) }
    guard parts.count > 1, whole.count == counts.count else {
      throw ValidationError(
        "Write ARM:n,n,...,unknown in whole numbers, for example DRUG:82,25,170.")
    }
    return GuessRow(arm: parts.dropLast().joined(separator: ":"), counts: whole)
  }
}

/// Why guesses were not counted; lines are named, values never.
enum GuessRefusal: Error, Equatable, CustomStringConvertible {
  /// A guess is neither an arm nor the text for not knowing.
  case unknownGuess(line: Int)

  var description: String {
    switch self {
    case .unknownGuess(let line):
      "Line \(line) has a guess that is no arm of the file and not the text of --unknown. Nothing "
        + "was analysed. Correct the file or name the text."
    }
  }
}

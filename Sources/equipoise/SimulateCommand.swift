import ArgumentParser
import Randomization
import Statistics

/// Tries out a randomization scheme before it is committed to.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulates a randomization scheme and prints means over the runs.",
    discussion: """
      The same scheme, key, mix, runs and participants give the same table on any machine; \
      without a key a fresh one is drawn and printed.
      """)

  @Argument(help: "The scheme as JSON.", completion: .file(extensions: ["json"]))
  var scheme: String

  @Option(help: "The number of runs, 1 to 1000000.")
  var runs: Int

  @Option(help: "The number of participants in each run, 1 to 100000.")
  var participants: Int

  @Option(
    help: "The key as 64 hexadecimal digits.", transform: SimulationKey.init(parsing:))
  var key: SimulationKey?

  @Option(
    help: ArgumentHelp(
      "How frequent the levels of a factor are; equally where not said. May be repeated.",
      valueName: "factor=w1,w2,..."),
    transform: LevelWeights.init(parsing:))
  var mix: [LevelWeights] = []

  func validate() throws {
    guard Set(mix.map(\.factor)).count == mix.count else {
      throw ValidationError("Two mixes name one factor. Give every factor once.")
    }
    guard (1...1_000_000).contains(runs) else {
      throw ValidationError("--runs must be a whole number from 1 to 1000000.")
    }
    guard (1...100_000).contains(participants) else {
      throw ValidationError("--participants must be a whole number from 1 to 100000.")
    }
  }

  func run() throws {
    let scheme = try Scheme(parsing: [UInt8](InputFile(scheme).bytes))
    let key = key ?? SimulationKey.fresh()
    let simulation = try SchemeSimulation(
      scheme, key: key.bytes, runs: runs, participants: participants,
      mix: Dictionary(mix.map { ($0.factor, $0.weights) }, uniquingKeysWith: { first, _ in first }))
    print(
      "\(scheme.method.name), \(TerminalText.count(runs, "run")) of "
        + TerminalText.count(participants, "participant"))
    print("key \(key.hex)\n")
    print(table(scheme, simulation), terminator: "")
    for advisory in scheme.advisories(plannedParticipants: participants) {
      print("\n\(advisory)")
    }
  }

  private func table(_ scheme: Scheme, _ simulation: SchemeSimulation) -> String {
    var rows = [["", "mean", "standard error"]]
    func add(_ name: String, _ quantity: (SimulationRun) -> Double) {
      let summary = simulation.summary(of: quantity)
      rows.append([
        name, Wording.decimal(summary.mean, places: 4),
        Wording.decimal(summary.standardError, places: 4),
      ])
    }
    for (index, arm) in scheme.arms.enumerated() {
      add("allocated to \(TerminalText.plain(arm.id.text))") { Double($0.counts[index]) }
    }
    add("imbalance at the end") { Double($0.final) }
    add("largest imbalance") { Double($0.max) }
    add("allocations in perfect balance") { Double($0.balanced) }
    add("share guessed by an observer of the past", \.guess)
    add("largest arm probability", \.predictable)
    add("share of certain allocations", \.deterministic)
    return TerminalText.table(rows, rightAligned: [1, 2])
  }
}

/// How frequent the levels of one factor are.
struct LevelWeights {
  /// The factor.
  let factor: Label
  /// A weight for each level, in the order of the scheme.
  let weights: [Int]

  /// `site=5,3,2`.
  @Sendable init(parsing text: String) throws {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    let numbers = parts.last?.split(separator: ",", omittingEmptySubsequences: false)
    let weights = (numbers ?? []).compactMap { Int($0) }
    guard parts.count == 2, weights.count == numbers?.count else {
      throw ValidationError("Write a factor and a whole number for each level, as site=5,3,2.")
    }
    factor = Label(String(parts[0]))
    self.weights = weights
  }
}

/// The key a simulation can be repeated from.
struct SimulationKey {
  /// The 32 bytes.
  let bytes: [UInt8]

  /// The key written as 64 hexadecimal digits.
  @Sendable init(parsing text: String) throws {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == 64, text.count == 64 else {
      throw ValidationError("Write the key as 64 hexadecimal digits, or leave it out.")
    }
    bytes = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// A key nobody has used.
  static func fresh() -> SimulationKey {
    var source = SystemRandomNumberGenerator()
    return SimulationKey(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &source) })
  }

  /// The key as digits.
  var hex: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

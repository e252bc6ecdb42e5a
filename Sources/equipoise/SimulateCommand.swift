import ArgumentParser
import Conduct
import Foundation
import Randomization
import Statistics

/// Tries out randomization schemes before one of them is committed to.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulates randomization schemes side by side and prints means over the runs.",
    discussion: """
      The same schemes, key, mix, runs and participants give the same table on any machine and \
      with any number of threads; without a key a fresh one is drawn and printed. Ctrl-C cancels: \
      then nothing is printed and no file is written.
      """)

  @Argument(help: "The schemes as JSON.", completion: .file(extensions: ["json"]))
  var schemes: [String]

  // A number below 0 is refused by its range, not taken for an option.
  @Option(parsing: .unconditional, help: "The number of runs, 1 to 1000000.")
  var runs: Int

  @Option(
    parsing: .unconditional, help: "The number of participants in each run, 1 to 100000.")
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

  @Option(help: "How many threads work; all processors where not said.")
  var threads: Int?

  @Option(help: "Also writes the table to this file.", completion: .file(extensions: ["csv"]))
  var csv: String?

  @Option(help: "Also draws imbalance, predictability and balance into this folder.")
  var pictures: String?

  func validate() throws {
    guard !schemes.isEmpty else {
      throw ValidationError("Name at least one scheme.")
    }
    guard Set(mix.map(\.factor)).count == mix.count else {
      throw ValidationError("Two mixes name one factor. Give every factor once.")
    }
    guard (1...1_000_000).contains(runs) else {
      throw ValidationError("--runs must be a whole number from 1 to 1000000.")
    }
    guard (1...100_000).contains(participants) else {
      throw ValidationError("--participants must be a whole number from 1 to 100000.")
    }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads must be a whole number from 1 to 1024.")
    }
  }

  func run() async throws {
    let candidates = try schemes.map(SchemeFile.read)
    let key = key ?? SimulationKey.fresh()
    let known = Set(candidates.flatMap { $0.factors.map(\.id) })
    guard mix.allSatisfy({ known.contains($0.factor) }) else { throw SimulationRefusal.mix }
    let plans = try candidates.map { try plan($0, key: key) }
    let files = SimulationFiles(csv: csv, pictures: pictures)
    try files.check()
    let (runs, total) = (runs, runs * candidates.count)
    let workers = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let work = Task {
      var line = ProgressLine(total: total)
      defer { line.clear() }
      var simulations: [SchemeSimulation] = []
      for (index, plan) in plans.enumerated() {
        simulations.append(
          try await SchemeSimulation(plan, runs: runs, workers: workers) { done in
            line.tell(index * runs + done)
          })
      }
      return simulations
    }
    let interrupt = Interrupt { work.cancel() }
    defer { interrupt.forget() }
    let simulations: [SchemeSimulation]
    do {
      simulations = try await work.value
    } catch is CancellationError {
      TerminalText.complain("The simulation is cancelled. No table was printed, no file written.")
      throw ExitCode(130)
    }
    try tell(candidates, simulations, key: key, files)
  }

  private func plan(_ scheme: Scheme, key: SimulationKey) throws -> SimulationPlan {
    // Several schemes may differ in their factors: each takes what is its own.
    let known = Set(scheme.factors.map(\.id))
    let weights = mix.filter { known.contains($0.factor) }
    return try SimulationPlan(
      scheme, key: key.bytes, participants: participants,
      mix: Dictionary(
        weights.map { ($0.factor, $0.weights) }, uniquingKeysWith: { first, _ in first }))
  }

  private func tell(
    _ candidates: [Scheme], _ simulations: [SchemeSimulation], key: SimulationKey,
    _ files: SimulationFiles
  ) throws {
    let table = SimulationText(candidates, simulations)
    let size =
      "\(TerminalText.count(runs, "run")) of \(TerminalText.count(participants, "participant"))"
    if candidates.count == 1 {
      print("\(candidates[0].method.name), \(size)")
    } else {
      for (index, (path, scheme)) in zip(schemes, candidates).enumerated() {
        print("\(index + 1)  \(TerminalText.plain(path)): \(scheme.methodInWords)")
      }
      print(size)
    }
    print("key \(key.hex)\n")
    print(table.text, terminator: "")
    for (index, scheme) in candidates.enumerated() {
      for advisory in scheme.advisories(plannedParticipants: participants) {
        print("\n" + (candidates.count == 1 ? "" : "\(index + 1): ") + "\(advisory)")
      }
    }
    let simulated = zip(candidates, simulations).enumerated().map { index, pair in
      (number: index + 1, scheme: pair.0, simulation: pair.1)
    }
    try files.write(
      SimulationReport(
        key: key.bytes,
        mix: Dictionary(
          mix.map { ($0.factor.text, $0.weights) }, uniquingKeysWith: { first, _ in first }),
        simulated))
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

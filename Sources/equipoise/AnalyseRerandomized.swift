import ArgumentParser
import Statistics

/// How participants were allocated, as written on a command line.
enum ProcedureText {
  /// `random-allocation`, `blocks:4`, `coin:0.667`, `complete`.
  @Sendable static func read(_ text: String) throws -> AllocationProcedure {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    switch (parts.first, parts.dropFirst().first) {
    case ("random-allocation", nil): return .randomAllocation
    case ("complete", nil): return .biasedCoin(probability: 0.5)
    case ("blocks", let size?):
      if let size = Int(size) { return .permutedBlocks(size: size) }
    case ("coin", let probability?):
      return .biasedCoin(probability: try PlainNumber.read(probability))
    case (_, _): break
    }
    throw ValidationError("Name blocks:SIZE, random-allocation, coin:PROBABILITY or complete.")
  }
}

/// Tests a difference under the procedure that allocated participants.
struct AnalyseRerandomized: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerandomized",
    abstract: "Tests a difference of means by allocating the participants of a file again.",
    discussion: """
      Example: equipoise analyse rerandomized trial.csv --arm ARM --outcome CHG --experimental KAP \
      --comparator ECT --procedure blocks:4 --stratify SITE

      Rows stand in the order of allocation, every participant one, and outcomes are complete: a \
      row left out would change what the procedure did. For shares the outcome is 1 or 0. The test \
      is of no difference at all for anybody, in either direction and beside both one-sided ones; it \
      has no margin. At most a million sequences are enumerated; of more, --samples are drawn by \
      --key, and p = (b + 1)/(m + 1). A trial of Equipoise is tested under its own scheme in the \
      report of the trial.
      """)

  @OptionGroup var rows: ModelTableArguments
  @Option(help: "The column that holds the outcome.") var outcome: String
  @Option(help: "A column to stratify by, with blocks. May be repeated.") var stratify: [String] =
    []
  @Option(
    help: ArgumentHelp(
      "How participants were allocated: blocks:SIZE, random-allocation, coin:PROBABILITY or complete.",
      valueName: "procedure"),
    transform: ProcedureText.read)
  var procedure: AllocationProcedure
  @Option(help: "The key of the random streams, a whole number.") var key: UInt64 = 1
  @Option(help: "How many sequences are drawn where there are too many, 100 to 10000000.")
  var samples = 20_000

  func validate() throws {
    guard (100...10_000_000).contains(samples) else {
      throw ValidationError("--samples takes a number from 100 to 10000000.")
    }
    switch procedure {
    case .permutedBlocks: break
    case .randomAllocation, .biasedCoin:
      guard stratify.isEmpty else {
        throw ValidationError("Only blocks are within strata here. Leave out --stratify.")
      }
    }
  }

  func run() throws {
    let table = try rows.table()
    let arms = try table.texts(rows.arm)
    if let other = arms.firstIndex(where: { $0 != rows.experimental && $0 != rows.comparator }) {
      throw RerandomizationRefusal.otherArm(row: other + 1)
    }
    let outcomes = try table.numbers(outcome)
    if let gap = outcomes.firstIndex(of: nil) {
      throw RerandomizationRefusal.noOutcome(row: gap + 1)
    }
    let strata = try stratify.map { try table.texts($0) }
    try ModelRefusal.told {
      let result = try RerandomizedDifference(
        outcomes.compactMap { $0 }, arms: arms.map { $0 == rows.experimental ? 1 : 0 },
        strata: arms.indices.map { row in strata.map { $0[row] }.joined(separator: ", ") },
        procedure: procedure, key: key, samples: samples)
      let test = result.test
      let names = (TerminalText.plain(rows.experimental), TerminalText.plain(rows.comparator))
      let how =
        result.isEnumerated
        ? "all \(test.sequences) sequences enumerated"
        : "\(samples) sequences drawn with key \(key), p = (b + 1)/(m + 1)"
      print(
        """
        difference \(names.0) − \(names.1) \(number(test.observed)), two-sided p = \(p(test.pTwoSided))
        one-sided: p = \(p(test.pGreater)) for more in \(names.0), p = \(p(test.pLess)) for less
        \(how)\(test.undefinedMass > 0 ? "; \(number(test.undefinedMass)) of the probability left an arm empty" : "")
        Rosenberger and Lachin (2016), chapter 6\(stratify.isEmpty ? "" : "; differences within strata weighed by n₁n₀/n")
        """)
    }
  }

  private func number(_ value: Double) -> String { Wording.decimal(value, places: 4) }
  private func p(_ value: Double) -> String { Wording.decimal(value, places: 6) }
}

/// Why a file was not allocated again; rows are named, values never.
enum RerandomizationRefusal: Error, Equatable, CustomStringConvertible {
  /// A row has neither of the two arms.
  case otherArm(row: Int)
  /// A row has no outcome.
  case noOutcome(row: Int)

  var description: String {
    switch self {
    case .otherArm(let row):
      "The row \(row) has neither of the two arms. Nothing was analysed: leaving it out would change "
        + "what the procedure did. Give a file of two arms."
    case .noOutcome(let row):
      "The row \(row) has no outcome. Nothing was analysed: leaving it out would change what the "
        + "procedure did. Say first how the missing count, and write it into the file."
    }
  }
}

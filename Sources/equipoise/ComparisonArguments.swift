import ArgumentParser
import Statistics

/// Which way the outcome is good, as a flag.
enum DirectionFlag: String, EnumerableFlag {
  case higherIsBetter
  case lowerIsBetter

  /// The direction of the science.
  var direction: OutcomeDirection {
    switch self {
    case .higherIsBetter: .higherIsBetter
    case .lowerIsBetter: .lowerIsBetter
    }
  }

  static func help(for value: DirectionFlag) -> ArgumentHelp? {
    switch value {
    case .higherIsBetter: "Responding is good; the margin is negative."
    case .lowerIsBetter: "Responding is bad, such as a relapse; the margin is positive."
    }
  }
}

/// What is claimed and at which level: the part all comparisons share.
struct ComparisonArguments: ParsableArguments {
  // Read unconditionally: a negative margin would otherwise be taken for an option.
  @Option(
    parsing: .unconditional,
    help: "The noninferiority margin as a proportion with its sign, for example -0.10.",
    transform: PlainNumber.read)
  var margin: Double?

  @Flag(help: "Test superiority, at a difference of zero, in place of noninferiority.")
  var superiority = false

  @Flag var direction = DirectionFlag.higherIsBetter

  @Option(
    help: "The two-sided level of the interval; 0.95 pairs with a one-sided 0.025.",
    transform: PlainNumber.read)
  var level = 0.95

  @Option(help: "The experimental arm's name in the sentences.")
  var experimentalName = "Experimental arm"

  @Option(help: "The comparator's name in the sentences.")
  var comparatorName = "comparator"

  func validate() throws {
    guard level > 0.5, level < 1 else {
      throw ValidationError("\(StatisticsRefusal.levelOutOfRange)")
    }
    _ = try claim()
  }

  /// The claim, or the reason why none can be tested so.
  func claim() throws -> Claim {
    try Self.claim(
      margin: margin, superiority: superiority, direction.direction, isProportion: true)
  }

  /// A claim as it is written, for proportions or for scores.
  static func claim(
    margin: Double?, superiority: Bool, _ direction: OutcomeDirection, isProportion: Bool
  ) throws -> Claim {
    switch (margin, superiority) {
    case (nil, false):
      throw ValidationError(
        "State what is claimed: --margin with its sign for noninferiority, or --superiority.")
    case (.some, true):
      throw ValidationError("A superiority test has no margin. Leave out one of the two.")
    case (nil, true): return .superiority(direction)
    case (let margin?, false):
      do {
        return .noninferiority(try parsed(margin, direction, isProportion))
      } catch {
        throw ValidationError(error.description)
      }
    }
  }

  private static func parsed(
    _ margin: Double, _ direction: OutcomeDirection, _ isProportion: Bool
  ) throws(MarginRefusal) -> NoninferiorityMargin {
    let parsed = try NoninferiorityMargin(parsing: margin, direction: direction)
    guard !isProportion || abs(margin) < 1 else { throw .beyondProportions }
    return parsed
  }

  /// The hypothesis under the names given.
  func hypothesis() throws -> Hypothesis {
    Hypothesis(
      id: "Hypothesis", first: TerminalText.plain(experimentalName),
      second: TerminalText.plain(comparatorName), claim: try claim())
  }
}

/// A number written plainly, with either minus sign.
enum PlainNumber {
  /// The number, or a sentence on how to write it.
  @Sendable static func read(_ text: String) throws -> Double {
    let ascii = String(text.map { $0 == "\u{2212}" ? "-" : $0 })
    guard let number = Double(ascii), number.isFinite else {
      throw ValidationError("Write a plain number such as -0.10 or 0.95.")
    }
    return number
  }
}

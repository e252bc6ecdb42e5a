import ArgumentParser
import Statistics

/// Compares two proportions given as counts.
struct AnalyseCounts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counts",
    abstract: "Compares two arms from the counts of responders.",
    discussion: """
      Example: equipoise analyse counts --experimental 108/195 --comparator 70/170 --margin -0.10

      With strata: --stratum SEV:40/90:25/80 --stratum MOD:68/105:45/90 --margin -0.10
      """)

  @Option(
    help: ArgumentHelp(
      "Responders of the experimental arm of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var experimental: BinomialSample?

  @Option(
    help: ArgumentHelp(
      "Responders of the comparator of those analysed.", valueName: "responders/analysed"),
    transform: ArmCounts.read)
  var comparator: BinomialSample?

  @Option(
    help: ArgumentHelp(
      "One stratum: experimental arm, then comparator. May be repeated.",
      valueName: "label:x/n:x/n"),
    transform: ArmCounts.stratum)
  var stratum: [Stratum] = []

  @OptionGroup var comparison: ComparisonArguments

  func validate() throws {
    if stratum.isEmpty {
      guard experimental != nil, comparator != nil else {
        throw ValidationError(
          "Give both arms, as --experimental 108/195 --comparator 70/170, or every stratum.")
      }
    } else {
      guard experimental == nil, comparator == nil else {
        throw ValidationError("Give either both arms or strata, not both.")
      }
      guard Set(stratum.map(\.label)).count == stratum.count else {
        throw ValidationError("Two strata have one label. Give every stratum once.")
      }
    }
  }

  func run() throws {
    var strata = stratum
    if let experimental, let comparator {
      strata = [Stratum(label: "all", experimental: experimental, comparator: comparator)]
    }
    do {
      let table = try StratifiedTable(strata)
      let text = try ComparisonText(
        comparison.hypothesis(), table, level: comparison.level)
      print(text.text, terminator: "")
    } catch let refusal as StatisticsRefusal {
      throw ValidationError(refusal.description)
    }
  }
}

/// Counts as they are written on a command line.
enum ArmCounts {
  /// More participants than any trial has; the sums over strata stay far from overflow.
  static let mostParticipants = 100_000_000

  /// `108/195`.
  @Sendable static func read(_ text: String) throws -> BinomialSample {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let responders = parts[0], let total = parts[1],
      (0...mostParticipants).contains(total), (0...total).contains(responders)
    else {
      throw ValidationError(
        "Write responders/analysed in whole numbers, the first not above the second, for example "
          + "108/195.")
    }
    return BinomialSample(responders: responders, total: total)
  }

  /// `SEV:40/90:25/80`; the label itself may hold colons.
  @Sendable static func stratum(_ text: String) throws -> Stratum {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3 else {
      throw ValidationError("Write LABEL:responders/analysed:responders/analysed.")
    }
    return Stratum(
      label: parts.dropLast(2).joined(separator: ":"),
      experimental: try read(String(parts[parts.count - 2])),
      comparator: try read(String(parts[parts.count - 1])))
  }
}

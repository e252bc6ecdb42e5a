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

  @OptionGroup var counts: CountArguments
  @OptionGroup var comparison: ComparisonArguments

  func run() throws {
    try ModelRefusal.told {
      let table = try StratifiedTable(counts.strata)
      let text = try ComparisonText(comparison.hypothesis(), table, level: comparison.level)
      print(text.text, terminator: "")
    }
  }
}

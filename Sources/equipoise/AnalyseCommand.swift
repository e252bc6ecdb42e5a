import ArgumentParser

/// Analyses of counts, of a file, and of a plan.
struct AnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Compares two arms at a margin, or works out the bounds of a plan with looks.",
    discussion: """
      An analysis that was carried out ends with status 0, whatever it shows: that a claim was not \
      shown is a result, too.
      """,
    subcommands: [AnalyseCounts.self, AnalyseTable.self, AnalyseBounds.self])
}

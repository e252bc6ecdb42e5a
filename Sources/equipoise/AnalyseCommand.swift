import ArgumentParser

/// Analyses of counts, of a file, and of a plan.
struct AnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Compares two arms at a margin, or works out the bounds of a plan with looks.",
    discussion: """
      A difference is always experimental arm − comparator, and a margin has the sign of what is \
      worse: negative where higher is better, positive where lower is better (--lower-is-better). A \
      margin of the other sign would turn the claim into another one, and is refused.

      An analysis that was carried out ends with status 0, whatever it shows: that a claim was not \
      shown is a result, too.
      """,
    subcommands: [
      AnalyseCounts.self, AnalyseExact.self, AnalyseMeasures.self, AnalyseTable.self,
      AnalyseLogistic.self, AnalyseMeans.self, AnalyseRepeated.self, AnalyseSurvival.self,
      AnalysePValues.self, AnalyseBounds.self,
    ])
}

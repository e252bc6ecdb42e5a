import ArgumentParser

/// Analyses of counts, of a file, and of a plan.
struct AnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Any method of the statistics on counts, numbers or a file of yours.",
    discussion: """
      A difference is always experimental arm − comparator, and a margin has the sign of what is \
      worse: negative where higher is better, positive where lower is better (--lower-is-better). A \
      margin of the other sign would turn the claim into another one, and is refused.

      An analysis that was carried out ends with status 0, whatever it shows: that a claim was not \
      shown is a result, too.
      """,
    subcommands: [
      AnalyseCounts.self, AnalyseExact.self, AnalyseMeasures.self, AnalyseTable.self,
      AnalyseClustered.self,
      AnalyseLogistic.self, AnalyseMeans.self, AnalyseRepeated.self, AnalyseImputation.self,
      AnalyseReferenceBased.self, AnalysePool.self, AnalyseSurvival.self,
      AnalyseRerandomized.self, AnalyseEstimate.self, AnalysePValues.self, AnalyseGraph.self,
      AnalyseDunnett.self, AnalyseBounds.self, AnalyseLooks.self, AnalyseBlinding.self,
      AnalyseShare.self, AnalyseRate.self, AnalyseEvents.self,
    ])
}

import Conduct
import Pages
import Statistics
import Store
import Web

/// Trials that were not conducted here, analysed by the same code.
enum PublishedTrials {
  /// The counts of ELEKT-D: 108 of 195 responded to ketamine, 70 of 170 to ECT, margin −10.
  ///
  /// Source: Anand et al. (2023), N Engl J Med 388:2315, primary outcome.
  static var elektD: ResultModel {
    get throws {
      let table = try StratifiedTable([
        Stratum(
          label: "all", experimental: BinomialSample(responders: 108, total: 195),
          comparator: BinomialSample(responders: 70, total: 170))
      ])
      let hypothesis = Statistics.Hypothesis(
        id: "H1", first: "Ketamine", second: "ECT",
        claim: .noninferiority(try NoninferiorityMargin.forProportions(-0.10)))
      let full = try ComparisonResult(hypothesis, in: .full, table: table)
      return ResultReport.model(
        [
          ResultFinding(
            full: full, fullWords: "published counts, 108/195 and 70/170",
            sentence: full.sentence, standing: .tested(full.verdict))
        ],
        ResultReport.Source(
          frame: PageFrame(study: "ELEKT-D, published counts"),
          lead: ["Anand et al., N Engl J Med 2023;388:2315", "participants who began treatment"],
          computed: [
            "Only the published counts of responders enter; the trial was conducted by others."
          ], facts: [],
          pictureTitle: "Difference in response after treatment, percentage points"))
    }
  }

  /// The reference trial A, read by the import and analysed by the hypotheses of KAP-ECT.
  static var trialA: ResultModel {
    get throws {
      let csv = EmbeddedExamples.trialA
      return ResultReport.model(
        from: try TableAnalysis.trialA(csv),
        ResultReport.Source(
          frame: PageFrame(study: "Reference trial A, imported from a table", isTraining: true),
          lead: ["hypotheses and margin of KAP-ECT", "invented data"],
          computed: [
            "Response is a fall of the MADRS by half or more at V6, the last visit on treatment; strata by severity. Participants without that score are left out of the full set, and count as non-responders in the second analysis."
          ], facts: [Fact(name: "Table", value: Digests.sha256(of: csv), isCode: true)],
          beside: .missingAsFailure))
    }
  }
}

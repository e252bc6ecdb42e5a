import Statistics
import StudyModel

/// The hypotheses in their order, in both sets.
enum PrimarySection {
  static func section(_ trial: AnalysedTrial, _ analysis: TrialAnalysis) -> ReportSection {
    var section = ReportSection(id: "primary", title: "Primary comparisons in both sets")
    section.findings = analysis.sequence.steps.map(\.sentence)
    let method = Self.method(analysis)
    let fullCount = analysis.flow.reduce(0) { $0 + $1.analysed }
    let perProtocol = analysis.flow.reduce(0) { $0 + $1.perProtocol }
    section.tables = [
      table(
        "primary-full", "Full set", analysis.sequence.steps.map { ($0, $0.conclusion.fullSet) },
        trial.trace(
          method, "\(trial.setName(trial.plan.fullSet)), endpoint known",
          fullCount)),
      table(
        "primary-per-protocol", "Per-protocol set",
        analysis.sequence.steps.map { ($0, $0.conclusion.perProtocol) },
        trial.trace(
          method, trial.setName(trial.plan.perProtocolSet), perProtocol)),
      worst(analysis, trial),
    ]
    if !trial.source.holdsTreatment {
      section.refusals.append(
        "Adherence is not read before unblinding: the per-protocol set here is everybody rated on a usable day."
      )
    }
    if !trial.source.undecided.isEmpty {
      section.refusals.append(
        "Participants with a confirmed deviation of which nobody said whether it excludes: \(trial.source.undecided.count). They are counted in the per-protocol set."
      )
    }
    let dropped = Set(analysis.sequence.steps.flatMap(\.conclusion.fullSet.droppedStrata)).sorted()
    if !dropped.isEmpty {
      section.refusals.append(
        "Strata with an empty arm say nothing of a difference and were left out: \(dropped.joined(separator: ", "))."
      )
    }
    return section
  }

  /// The method at the level at which the hypotheses are tested.
  private static func method(_ analysis: TrialAnalysis) -> String {
    ComparisonRows.scoreMethod(
      level: analysis.sequence.steps.first?.conclusion.fullSet.interval.level ?? 0.95)
  }

  private static func worst(_ analysis: TrialAnalysis, _ trial: AnalysedTrial) -> ReportTable {
    table(
      "primary-missing-none", "Everybody of the full set, unknown response counted as none",
      zip(analysis.sequence.steps, analysis.missingAsFailure).map { ($0, $1) },
      trial.trace(
        method(analysis), trial.setName(trial.plan.fullSet), trial.fullSet.count))
  }

  private static func table(
    _ id: String, _ caption: String, _ results: [(FixedSequence.Step, ComparisonResult)],
    _ trace: Trace
  ) -> ReportTable {
    ReportTable(
      id: id, caption: caption,
      columns: [
        .words("Hypothesis"), .words("Comparison"), .words("Null hypothesis and claim"),
        .numbers("Difference, points"), .numbers("Lower limit"), .numbers("Upper limit"),
        .numbers("One-sided p"), .words("Standing"),
      ],
      rows: results.map { step, result in
        let hypothesis = result.hypothesis
        return [
          ReportCell(hypothesis.id), ReportCell("\(hypothesis.first) − \(hypothesis.second)"),
          ReportCell(hypothesis.sentence),
          ReportCell(100 * result.estimate, Wording.signed(100 * result.estimate)),
          ReportCell(100 * result.interval.lower, Wording.decimal(100 * result.interval.lower)),
          ReportCell(100 * result.interval.upper, Wording.decimal(100 * result.interval.upper)),
          ReportCell(result.pOneSided, Wording.pValue(result.pOneSided)),
          ReportCell(standing(step.standing)),
        ]
      }, trace: trace)
  }

  private static func standing(_ standing: FixedSequence.Standing) -> String {
    switch standing {
    case .tested(.shown): "shown"
    case .tested(.notShown): "not shown"
    case .descriptive(let id): "descriptive, after \(id)"
    }
  }
}

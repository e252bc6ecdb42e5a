import Statistics
import StudyModel

/// The group sequential plan with the looks that were taken.
enum LookSection {
  static func section(_ trial: AnalysedTrial) -> ReportSection? {
    guard
      let hypothesis = trial.definition.hypotheses.min(by: { $0.order < $1.order })
    else { return nil }
    var section = ReportSection(id: "looks", title: "Interim looks and boundaries")
    do throws(StatisticsRefusal) {
      guard let design = try design(trial.definition, hypothesis) else { return nil }
      let fractions = design.informationFractions
      var statistics: [Double?] = fractions.map { _ in nil }
      for (index, snapshot) in trial.source.looks.prefix(fractions.count - 1).enumerated() {
        // By the same rules as at the end: a look that decided otherwise would test another variable.
        let look = try? AnalysedTrial(trial.source.at(snapshot))
        statistics[index] = look.flatMap { statistic($0.records($0.fullSet), hypothesis, $0) }
      }
      statistics[fractions.count - 1] = statistic(
        trial.records(trial.fullSet), hypothesis, trial)
      section.figures = [
        .boundaries(
          ReportFigure.Boundaries(
            id: "boundaries",
            finding: finding(hypothesis, design, statistics),
            looks: fractions.indices.map {
              ReportFigure.Boundaries.Look(
                information: fractions[$0], bound: design.bounds[$0], statistic: statistics[$0])
            }))
      ]
      section.findings = [finding(hypothesis, design, statistics)]
      section.tables = [table(design, statistics, trial, hypothesis)]
    } catch {
      section.refuse("Boundaries", error)
    }
    return section
  }

  /// The planned looks by planned number, with the end; nil where no efficacy look is planned.
  static func design(
    _ definition: StudyDefinition, _ hypothesis: StudyModel.Hypothesis
  ) throws(StatisticsRefusal) -> GroupSequentialDesign? {
    EfficacyPlan.fractions(definition).count < 2
      ? nil : try EfficacyPlan.design(definition, hypothesis)
  }

  private static func statistic(
    _ records: [EndpointRecord], _ hypothesis: StudyModel.Hypothesis, _ trial: AnalysedTrial
  ) -> Double? {
    guard let claim = try? TrialAnalysis.claim(of: hypothesis.objective),
      let table = try? EndpointCounts(records, arms: trial.source.arms).table(
        hypothesis.first.text, hypothesis.second.text, perProtocol: false),
      let test = try? StratifiedScore(table).test(margin: claim.nullDifference), test.z.isFinite
    else { return nil }
    return test.z
  }

  private static func finding(
    _ hypothesis: StudyModel.Hypothesis, _ design: GroupSequentialDesign, _ statistics: [Double?]
  ) -> String {
    let crossed = zip(design.bounds, statistics).contains { bound, z in
      z.map { $0 >= bound } ?? false
    }
    return crossed
      ? "The boundary of \(hypothesis.id) was crossed."
      : "The boundary of \(hypothesis.id) was not crossed."
  }

  private static func table(
    _ design: GroupSequentialDesign, _ statistics: [Double?], _ trial: AnalysedTrial,
    _ hypothesis: StudyModel.Hypothesis
  ) -> ReportTable {
    ReportTable(
      id: "boundaries", caption: "Looks at \(hypothesis.id)",
      columns: [
        .numbers("Information"), .numbers("Error spent"), .numbers("Bound"),
        .numbers("Statistic"),
      ],
      rows: design.bounds.indices.map { index in
        [
          ReportCell(
            design.informationFractions[index],
            Wording.decimal(design.informationFractions[index], places: 2)),
          ReportCell(
            design.cumulativeAlpha[index],
            Wording.decimal(design.cumulativeAlpha[index], places: 6)),
          ReportCell(design.bounds[index], Wording.decimal(design.bounds[index], places: 3)),
          statistics[index].map { ReportCell($0, Wording.decimal($0, places: 3)) }
            ?? ReportCell("not taken"),
        ]
      },
      trace: trial.trace(
        "Bounds by planned number, \(EfficacyPlan.spending(trial.definition).title).",
        trial.setName(trial.plan.fullSet), trial.fullSet.count))
  }
}

import Statistics
import StudyModel

/// Who came, who was randomized and who was lost, by arm.
enum FlowSection {
  static func section(_ trial: AnalysedTrial, _ analysis: TrialAnalysis) -> ReportSection {
    var section = ReportSection(id: "flow", title: "Participants and losses")
    let randomized = analysis.flow.reduce(0) { $0 + $1.randomized }
    let analysed = analysis.flow.reduce(0) { $0 + $1.analysed }
    section.findings = [
      "\(analysis.consented) consented, \(randomized) were randomized, \(analysed) have a known primary endpoint."
    ]
    section.tables = [
      ReportTable(
        id: "flow", caption: "Loss between randomized and analysed, by arm",
        columns: [.words("")] + analysis.flow.map { .numbers($0.arm) },
        rows: [
          row("Randomized", analysis.flow.map(\.randomized)),
          row(trial.setName(trial.plan.fullSet), count(trial, \.inFullSet)),
          row("Withdrew", analysis.flow.map(\.withdrawn)),
          row("Lost to follow-up", analysis.flow.map(\.lost)),
          row("Died", analysis.flow.map(\.died)),
          row("Counts as non-response by an intercurrent event", count(trial, \.isFailure)),
          row("Primary endpoint known", analysis.flow.map(\.analysed)),
          row(
            "Lost between randomized and analysed",
            analysis.flow.map { $0.randomized - $0.analysed }),
          row(trial.setName(trial.plan.perProtocolSet), analysis.flow.map(\.perProtocol)),
          row(trial.setName(trial.plan.safetySet), count(trial, \.inSafetySet)),
        ],
        trace: trial.trace(
          "Counts of participants by allocated arm; CONSORT 2010, item 13.", "randomized",
          randomized))
    ]
    return section
  }

  private static func row(_ title: String, _ counts: [Int]) -> [ReportCell] {
    [ReportCell(title)] + counts.map { ReportCell($0) }
  }

  private static func count(
    _ trial: AnalysedTrial, _ holds: (AnalysedParticipant) -> Bool
  ) -> [Int] {
    trial.arms.map { arm in trial.participants.count { $0.arm == arm && holds($0) } }
  }
}

import Statistics
import StudyModel

/// The first comparison by stratum and by site: described, not tested.
enum SubgroupSection {
  static func section(_ trial: AnalysedTrial) -> ReportSection {
    var section = ReportSection(id: "subgroups", title: "By stratum and by site")
    guard let pair = trial.pairs.first else { return section }
    let people = trial.fullSet.filter {
      $0.outcome != nil && ($0.arm == pair.first || $0.arm == pair.second)
    }
    section.findings = [
      "Groups are described and not tested; differences between them may be chance."
    ]
    for (id, title, group) in [
      ("forest-strata", "stratum", \AnalysedParticipant.stratum),
      ("forest-sites", "site", \AnalysedParticipant.site),
    ] {
      var rows: [ReportFigure.Forest.Row] = []
      for label in Set(people.map { $0[keyPath: group] }).sorted() {
        let members = people.filter { $0[keyPath: group] == label }
        if let row = row(label, members, pair) {
          rows.append(row)
        } else {
          section.refusals.append("\(label): one arm has nobody, so that nothing is compared.")
        }
      }
      if let all = overall(people, pair, trial) { rows.append(all) }
      section.figures.append(
        .forest(
          ReportFigure.Forest(
            id: id, finding: "\(pair.label) by \(title): difference in response, points.",
            margin: margin(trial), rows: rows)))
      section.tables.append(table(id, title, pair, rows, people.count, trial))
    }
    return section
  }

  private static func row(
    _ label: String, _ people: [AnalysedParticipant], _ pair: AnalysedTrial.ArmPair
  ) -> ReportFigure.Forest.Row? {
    func sample(_ arm: String) -> BinomialSample {
      let members = people.filter { $0.arm == arm }
      return BinomialSample(
        responders: members.count { $0.outcome == true }, total: members.count)
    }
    let (one, two) = (sample(pair.first), sample(pair.second))
    guard one.total > 0, two.total > 0,
      let estimate = try? RiskDifference.estimate(one, two),
      let interval = try? RiskDifference.miettinenNurminen(one, two)
    else { return nil }
    return ReportFigure.Forest.Row(
      label: label, counts: "\(one.responders)/\(one.total), \(two.responders)/\(two.total)",
      estimate: 100 * estimate, lower: 100 * interval.lower, upper: 100 * interval.upper,
      isOverall: false)
  }

  /// Everybody, stratified as the primary comparison is.
  private static func overall(
    _ people: [AnalysedParticipant], _ pair: AnalysedTrial.ArmPair, _ trial: AnalysedTrial
  ) -> ReportFigure.Forest.Row? {
    guard let whole = row("All", people, pair),
      let found = try? ComparisonRows.score(pair, trial.records(people), trial.source.arms)
    else { return nil }
    return ReportFigure.Forest.Row(
      label: "All", counts: whole.counts, estimate: 100 * found.estimate,
      lower: 100 * found.interval.lower, upper: 100 * found.interval.upper, isOverall: true)
  }

  private static func margin(_ trial: AnalysedTrial) -> Double? {
    switch trial.definition.hypotheses.min(by: { $0.order < $1.order })?.objective {
    case .noninferiority(let margin): Double(margin.text(decimals: 12)).map { -100 * abs($0) }
    case .superiority, nil: nil
    }
  }

  private static func table(
    _ id: String, _ title: String, _ pair: AnalysedTrial.ArmPair,
    _ rows: [ReportFigure.Forest.Row], _ count: Int, _ trial: AnalysedTrial
  ) -> ReportTable {
    ReportTable(
      id: id, caption: "\(pair.label) by \(title)",
      columns: ComparisonRows.columns.enumerated().map {
        $0.offset == 0 ? .words("Group") : $0.element
      },
      rows: rows.map { row in
        ComparisonRows.row(
          row.label, row.counts, row.estimate / 100,
          ConfidenceInterval(lower: row.lower / 100, upper: row.upper / 100, level: 0.95))
      },
      trace: trial.trace(
        "Score interval within each group, not stratified further, and “All” stratified as the primary comparison; Miettinen and Nurminen (1985).",
        "\(trial.setName(trial.plan.fullSet)), endpoint known", count))
  }
}

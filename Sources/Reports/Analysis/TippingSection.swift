import Statistics
import StudyModel

/// How far missing scores must lie from what was imputed before a conclusion is lost.
enum TippingSection {
  /// Points of the score by which imputed values are moved.
  static let shifts: [Double] = [0, 2, 4, 6, 8, 10, 12]

  static func section(_ trial: AnalysedTrial, _ imputed: ImputedTrial?) -> ReportSection {
    var section = ReportSection(id: "tipping", title: "Tipping points of missing scores")
    guard let imputed else {
      section.refusals.append("Nothing was imputed, so that nothing can be shifted.")
      return section
    }
    for hypothesis in trial.definition.hypotheses.sorted(by: { $0.order < $1.order }) {
      let pair = AnalysedTrial.ArmPair(first: hypothesis.first.text, second: hypothesis.second.text)
      do throws(StatisticsRefusal) {
        let map = try map(of: hypothesis, pair, imputed)
        section.findings.append(map.finding)
        section.figures.append(.tipping(map))
        section.tables.append(table(hypothesis.id, map, trial))
      } catch {
        section.refuse("Tipping points of \(hypothesis.id)", error)
      }
    }
    return section
  }

  private static func map(
    of hypothesis: StudyModel.Hypothesis, _ pair: AnalysedTrial.ArmPair, _ imputed: ImputedTrial
  ) throws(StatisticsRefusal) -> ReportFigure.Tipping {
    let edge: Double
    switch hypothesis.objective {
    case .noninferiority(let margin): edge = -abs(Double(margin.text(decimals: 12)) ?? 0)
    case .superiority: edge = 0
    }
    var limits: [[Double]] = []
    for first in shifts {
      var row: [Double] = []
      for second in shifts {
        // A higher score is worse: up in the first arm and down in the second harms the claim.
        let pool = try imputed.pooled(pair, shifts: [pair.first: first, pair.second: -second])
        row.append(100 * (try pool.asEstimate.interval().lower))
      }
      limits.append(row)
    }
    return ReportFigure.Tipping(
      id: "tipping-\(hypothesis.id)", finding: finding(hypothesis, limits, 100 * edge),
      first: pair.first, second: pair.second, firstShifts: shifts, secondShifts: shifts,
      limits: limits, edge: 100 * edge)
  }

  private static func finding(
    _ hypothesis: StudyModel.Hypothesis, _ limits: [[Double]], _ edge: Double
  ) -> String {
    guard let start = limits.first?.first, start > edge else {
      return "\(hypothesis.id) is not shown with imputed values, so that no shift can lose it."
    }
    let lost = shifts.indices.first { limits[$0][$0] <= edge }
    guard let lost else {
      return
        "\(hypothesis.id) holds at every shift up to \(Wording.number(shifts.last ?? 0)) points against it in both arms."
    }
    return
      "\(hypothesis.id) is lost when missing scores lie \(Wording.number(shifts[lost])) points against it in both arms."
  }

  private static func table(
    _ id: String, _ map: ReportFigure.Tipping, _ trial: AnalysedTrial
  ) -> ReportTable {
    ReportTable(
      id: map.id,
      caption:
        "\(id), lower limit in points: \(map.first) worse by rows, \(map.second) better by columns",
      columns: [.words("Points")] + map.secondShifts.map { .numbers(Wording.number($0)) },
      rows: zip(map.firstShifts, map.limits).map { shift, limits in
        [ReportCell(shift, Wording.number(shift))]
          + limits.map { ReportCell($0, Wording.decimal($0)) }
      },
      trace: trial.trace(
        "Imputed scores, and only they, moved against the claim; pooled anew at each pair of shifts. Ratitch, O'Kelly and Tosiello (2013), Pharmaceutical Statistics 12, 337-347.",
        trial.setName(trial.plan.fullSet), trial.fullSet.count))
  }
}

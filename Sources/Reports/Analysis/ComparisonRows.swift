import Statistics
import StudyModel

/// Comparisons of proportions as rows of a table.
struct ComparisonRows {
  static let columns: [ReportColumn] = [
    .words("Comparison"), .words("Responders of analysed"), .numbers("Difference, points"),
    .numbers("Lower limit"), .numbers("Upper limit"),
  ]
  /// The method of the primary analysis, with its source.
  static let scoreMethod = scoreMethod(level: 0.95)

  /// The same at a level, which looks at efficacy change.
  static func scoreMethod(level: Double) -> String {
    "Score interval of the difference of proportions with Mantel-Haenszel weights; Miettinen and Nurminen (1985), Stat. Med. 4, 213-226. Two-sided \(Wording.number((level * 1e4).rounded() / 1e2)) %."
  }

  /// Differences in points of per cent.
  static func row(
    _ label: String, _ counts: String, _ estimate: Double, _ interval: ConfidenceInterval
  ) -> [ReportCell] {
    [
      ReportCell(label), ReportCell(counts),
      ReportCell(100 * estimate, Wording.signed(100 * estimate)),
      ReportCell(100 * interval.lower, Wording.decimal(100 * interval.lower)),
      ReportCell(100 * interval.upper, Wording.decimal(100 * interval.upper)),
    ]
  }

  /// The stratified difference of one pair among people whose outcome is known.
  static func score(
    _ pair: AnalysedTrial.ArmPair, _ records: [EndpointRecord], _ arms: [String: String]
  ) throws(StatisticsRefusal) -> (counts: String, estimate: Double, interval: ConfidenceInterval) {
    let table = try EndpointCounts(records, arms: arms)
      .table(pair.first, pair.second, perProtocol: false)
    let score = StratifiedScore(table)
    return (
      Self.counts(table), score.estimate,
      try score.interval(criticalValue: Normal.tailQuantile(0.025))
    )
  }

  static func counts(_ table: StratifiedTable) -> String {
    "\(table.experimental.responders)/\(table.experimental.total) and "
      + "\(table.comparator.responders)/\(table.comparator.total)"
  }
}

extension ReportSection {
  /// Notes why a comparison is not given.
  mutating func refuse(_ what: String, _ refusal: StatisticsRefusal) {
    refusals.append("\(what): \(refusal.description)")
  }
}

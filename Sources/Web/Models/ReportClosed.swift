public import Pages
import Pictures
public import Reports
import Statistics

/// Interim reports as pages, for the server and for files of their own.
public enum InterimPages {
  /// The closed report: arms under letters, every pair both ways round.
  public static func closed(
    _ report: InterimReport, frame: PageFrame, back: Link? = nil, watermark: String
  ) -> ClosedReportModel {
    let crossed = report.comparisons.filter(\.isCrossed)
    let facts =
      [
        Fact(name: "Data cut-off", value: Times.utc(report.cutOff)),
        Fact(name: "Snapshot", value: String(report.snapshot)),
        Fact(name: "Fingerprint", value: report.fingerprint, isCode: true),
      ] + versions(report.planVersion, report.versions)
    guard !report.comparisons.isEmpty else {
      return ClosedReportModel(
        frame: frame, back: back, title: "snapshot \(report.snapshot)", watermark: watermark,
        facts: facts, answer: "A look at safety: no arms were compared and no error was spent.",
        sentences: [], tables: [flow(report)] + safety(report), method: report.amended ?? [],
        signatures: [])
    }
    let look = (report.efficacyLook ?? 1) - 1
    let bound = report.bounds.indices.contains(look) ? report.bounds[look] : 0
    return ClosedReportModel(
      frame: frame, back: back, title: "snapshot \(report.snapshot)", watermark: watermark,
      facts: facts,
      answer: crossed.isEmpty
        ? "No comparison crossed the bound."
        : crossed.count == 1
          ? "1 comparison crossed the bound." : "\(crossed.count) comparisons crossed the bound.",
      sentences: crossed.map(\.sentence) + futility(report),
      boundary: picture(report, bound, look: look),
      boundaryTable: bounds(report), tables: [comparisons(report), flow(report)] + safety(report),
      method: [
        "Every pair of letters is compared at the margin of the study, both ways round, so that no row tells which arm a letter stands for.",
        "Repeated intervals: score method with Mantel-Haenszel weights at the bound of this look. Bounds: \(report.spending ?? SpendingFunction.obrienFleming.title).",
      ] + (report.amended ?? [])
        + (report.futilityAdviceBelow == nil
          ? []
          : [
            "Conditional power: the chance of crossing a later bound should the trend seen go on (Lan and Wittes 1988)."
          ]),
      signatures: [])
  }

  /// Which protocol version the look follows, and under which ones its data were entered.
  static func versions(_ plan: String?, _ counts: [VersionCount]?) -> [Fact] {
    let entered = (counts ?? []).map { "\($0.version): \($0.entries)" }.joined(separator: ", ")
    return [
      Fact(name: "Plan of protocol version", value: plan ?? ""),
      Fact(name: "Entries by protocol version", value: entered),
    ].filter { !$0.value.isEmpty }
  }

  /// The plan's advice on futility, for every pair alike.
  private static func futility(_ report: InterimReport) -> [String] {
    guard let below = report.futilityAdviceBelow else { return [] }
    let low = report.comparisons.filter { $0.conditionalPower.map { $0 < below } ?? false }
      .map { "\($0.first) − \($0.second)" }
    let limit = Wording.decimal(below * 100, places: 0)
    return [
      (low.isEmpty
        ? "No pair has a conditional power below \(limit) %."
        : "Conditional power below \(limit) %: \(low.joined(separator: ", ")).")
        + " For the pair of its first hypothesis the plan then advises to stop for futility. The advice binds nobody, and going on costs no error."
    ]
  }

  private static func picture(
    _ report: InterimReport, _ bound: Double, look taken: Int
  ) -> BoundaryPicture {
    let largest = report.comparisons.map(\.z).max()
    return BoundaryPicture(
      finding: largest.map {
        "The largest statistic of the look is \(Wording.decimal($0, places: 3)), the bound \(Wording.decimal(bound, places: 3))."
      } ?? "No comparison was made.",
      numbers: zip(report.plannedInformation, report.bounds).map {
        "at information \(Wording.number($0)) bound \(Wording.decimal($1, places: 3))"
      }.joined(separator: ", ") + ".",
      looks: zip(report.plannedInformation, report.bounds).enumerated().map { index, look in
        BoundaryPicture.Look(
          information: look.0, bound: look.1, statistic: index == taken ? largest : nil)
      })
  }

  private static func bounds(_ report: InterimReport) -> DataTable {
    DataTable(
      caption: "Bounds of the plan",
      columns: [
        DataColumn(title: "Look"), DataColumn(title: "Information", isNumeric: true),
        DataColumn(title: "Bound", isNumeric: true),
      ],
      rows: zip(report.plannedInformation, report.bounds).enumerated().map { index, look in
        DataRow(cells: [
          String(index + 1), Wording.number(look.0), Wording.decimal(look.1, places: 3),
        ])
      })
  }

  private static func comparisons(_ report: InterimReport) -> DataTable {
    let isAdvised = report.futilityAdviceBelow != nil
    return DataTable(
      caption: "Every pair of letters at the margin, first minus second, percentage points",
      columns: [
        DataColumn(title: "Pair"), DataColumn(title: "Difference", isNumeric: true),
        DataColumn(title: "Repeated interval", isNumeric: true),
        DataColumn(title: "Statistic", isNumeric: true),
        DataColumn(title: "Bound", isNumeric: true), DataColumn(title: "Bound crossed"),
      ] + (isAdvised ? [DataColumn(title: "Conditional power", isNumeric: true)] : []),
      rows: report.comparisons.map { pair in
        DataRow(
          cells: [
            "\(pair.first) − \(pair.second)", Wording.signed(pair.estimate * 100),
            "\(Wording.decimal(pair.lower * 100)) to \(Wording.decimal(pair.upper * 100))",
            Wording.decimal(pair.z, places: 3), Wording.decimal(pair.bound, places: 3),
            pair.isCrossed ? "yes" : "no",
          ]
            + (isAdvised
              ? [pair.conditionalPower.map { Wording.decimal($0 * 100) + " %" } ?? "–"] : []))
      })
  }

  private static func flow(_ report: InterimReport) -> DataTable {
    DataTable(
      caption: "Participants by letter",
      columns: [DataColumn(title: "Arm")]
        + ["Randomized", "Analysed", "Responded", "Withdrawn", "Lost", "Died"].map {
          DataColumn(title: $0, isNumeric: true)
        },
      rows: report.flow.map { arm in
        DataRow(
          cells: [arm.arm]
            + [arm.randomized, arm.analysed, arm.responders, arm.withdrawn, arm.lost, arm.died]
            .map { String($0) })
      })
  }
}

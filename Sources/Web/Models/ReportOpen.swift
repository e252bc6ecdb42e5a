public import Pages
public import Reports

extension InterimPages {
  /// The open report: made of data without arms, it has no place for one.
  public static func open(
    _ report: OpenReport, frame: PageFrame, back: Link? = nil, software: String = ""
  ) -> OpenReportModel {
    OpenReportModel(
      frame: frame, back: back, title: "snapshot \(report.snapshot)",
      facts: [
        Fact(name: "Data cut-off", value: Times.utc(report.cutOff)),
        Fact(name: "Snapshot", value: String(report.snapshot)),
      ] + versions(report.planVersion, report.versions)
        + (software.isEmpty ? [] : [Fact(name: "Software", value: software, isCode: true)]),
      sentences: [
        "\(report.randomized) of \(report.planned) planned participants are randomized.",
        "\(report.consented) consented; \(report.withdrawn) withdrew after randomization.",
      ], enrolmentTable: months(report), retention: ratings(report), quality: sites(report),
      forms: report.forms.map(forms), safety: report.events.map(events),
      method: [
        "All arms together. The report is made from data of the open class, which hold no arm; ratings are counted, never read."
      ]
        + (report.events == nil
          ? []
          : [
            "Adverse events are counted over all arms, as the protocol allows; small counts are not told."
          ]),
      signatures: [])
  }

  private static func months(_ report: OpenReport) -> DataTable {
    DataTable(
      caption: "Randomized by the end of each month, all sites",
      columns: [DataColumn(title: "Month"), DataColumn(title: "Randomized", isNumeric: true)],
      rows: report.byMonth.map { DataRow(cells: [$0.month, String($0.randomized)]) },
      empty: "Nobody is randomized yet.")
  }

  private static func ratings(_ report: OpenReport) -> DataTable {
    DataTable(
      caption: "Primary ratings handed in by visit, all arms together",
      columns: [
        DataColumn(title: "Visit"), DataColumn(title: "Handed in", isNumeric: true),
        DataColumn(title: "Randomized so far", isNumeric: true),
      ],
      rows: report.ratings.map {
        DataRow(cells: [$0.visit, String($0.rated), String($0.randomized)])
      }, empty: "No rating was handed in yet.")
  }

  private static func forms(_ counts: [OpenReport.FormCount]) -> DataTable {
    DataTable(
      caption: "Forms of the open class handed in, all participants and protocol versions together",
      columns: [
        DataColumn(title: "Form"), DataColumn(title: "Title"),
        DataColumn(title: "Handed in", isNumeric: true),
      ],
      rows: counts.map {
        DataRow(cells: [$0.form, $0.title, $0.entries.map { String($0) } ?? "few"])
      }, note: "few: fewer than the smallest number the plan shows in open reports.",
      empty: "No form was handed in yet.")
  }

  private static func events(_ pooled: PooledEvents) -> DataTable {
    DataTable(
      caption: "Randomized participants with adverse events by organ class, all arms together",
      columns: [
        DataColumn(title: "System organ class"), DataColumn(title: "Participants", isNumeric: true),
      ],
      rows: pooled.rows.map {
        DataRow(cells: [$0.organClass, $0.participants.map { String($0) } ?? "< \(pooled.least)"])
      }, empty: "No adverse event was handed in yet.")
  }

  private static func sites(_ report: OpenReport) -> DataTable {
    DataTable(
      caption: "Randomized by site",
      columns: [DataColumn(title: "Site"), DataColumn(title: "Randomized", isNumeric: true)],
      rows: report.bySite.map { DataRow(cells: [$0.site, String($0.randomized)]) },
      empty: "No site is open yet.")
  }
}

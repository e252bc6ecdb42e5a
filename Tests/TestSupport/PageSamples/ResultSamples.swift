import Pages
import Pictures

/// The further parts of a result, with every picture they can hold.
struct ResultSamples {
  let words: (String) -> String

  private func t(_ text: String) -> String { words(text) }

  var sections: [ResultSection] {
    [
      section("subgroups", t("By stratum and by site"), .forest(forest)),
      section("repeated", t("Scores over time"), .profile(profile)),
      section("times", t("Time to events"), .survival(survival)),
      section("tipping", t("Tipping points of missing scores"), .tipping(tipping)),
      ResultSection(
        id: t("safety"), title: t("Adverse events"), findings: [], figures: [], tables: [],
        refusals: [t("Adverse events tell treatments and are not read before unblinding.")]),
    ]
  }

  private func section(_ id: String, _ title: String, _ figure: ResultFigure) -> ResultSection {
    ResultSection(
      id: t(id), title: title, findings: [t("Groups are described and not tested.")],
      figures: [
        NamedFigure(
          id: t(id), figure: figure,
          file: Link(
            text: t("Picture as a file"), href: t("/result/files/\(id).svg"), context: t(id)))
      ],
      tables: [
        TracedTable(
          id: t(id),
          table: DataTable(
            caption: t("Table of \(id)"),
            columns: [
              DataColumn(title: t("Group")), DataColumn(title: t("Difference"), isNumeric: true),
            ], rows: [DataRow(cells: [t("MOD.IN"), t("+12.0")])]),
          trace: [
            Fact(name: t("Method"), value: t("Miettinen and Nurminen (1985)")),
            Fact(name: t("Participants"), value: t("412")),
          ],
          file: Link(
            text: t("Table as CSV"), href: t("/result/files/\(id).csv"), context: t(id)))
      ], refusals: [])
  }

  private var forest: ForestPicture {
    ForestPicture(
      finding: t("KAP − ECT by stratum."), margin: -10,
      rows: [
        ForestPicture.Row(
          label: t("MOD.IN"), counts: t("20/40, 15/38"), estimate: 10.5, lower: -11.4,
          upper: 31.2, isOverall: false),
        ForestPicture.Row(
          label: t("SEV.OUT"), counts: t("24/60, 31/61"), estimate: -10.8, lower: -27.7,
          upper: 7, isOverall: false),
        ForestPicture.Row(
          label: t("All"), counts: t("184/300, 138/300"), estimate: 15.3, lower: 7.4, upper: 23.1,
          isOverall: true),
      ])
  }

  private var profile: ProfilePicture {
    ProfilePicture(
      finding: t("Mean of QIDS-SR16 with 95 % interval by arm and visit."),
      unit: t("QIDS-SR16"), visits: [t("A1"), t("A2"), t("EOT"), t("F6")],
      lines: [t("KET"), t("KAP"), t("ECT")].enumerated().map { number, arm in
        ProfilePicture.Line(
          label: arm,
          points: (0..<4).map { visit in
            let mean = 16 - 2 * Double(visit) - Double(number)
            return ProfilePicture.Point(
              visit: visit, mean: mean, lower: mean - 1.2, upper: mean + 1.2)
          })
      })
  }

  private var survival: SurvivalPicture {
    SurvivalPicture(
      finding: t("Share without relapse, by arm."), days: [0, 60, 120, 180],
      lines: [t("KET"), t("KAP"), t("ECT")].enumerated().map { number, arm in
        SurvivalPicture.Line(
          label: arm,
          steps: [
            SurvivalPicture.Step(day: 31 + Double(number), share: 0.9),
            SurvivalPicture.Step(day: 92, share: 0.7 - 0.1 * Double(number)),
          ], atRisk: [140, 120, 96, 60])
      })
  }

  private var tipping: TippingPicture {
    TippingPicture(
      finding: t("H1 is lost when missing scores lie 8 points against it in both arms."),
      first: t("KAP"), second: t("ECT"), firstShifts: [0, 4, 8, 12],
      secondShifts: [0, 4, 8, 12],
      limits: (0..<4).map { row in (0..<4).map { -4 - 1.6 * Double(row + $0) } }, edge: -10)
  }
}

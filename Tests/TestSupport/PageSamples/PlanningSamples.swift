import Pages
import Pictures

extension Samples {
  var planning: [(name: String, page: any PageModel)] {
    [(name: "planning", page: plan), (name: "design-report", page: designReport)]
  }

  private func analysing() -> PageFrame {
    frame("S. Statistician", "statistician", place: "study", sections: ["Planning", "Result"])
  }

  private var looks: DataTable {
    DataTable(
      caption: t("Looks at the hypotheses, each with its full error"),
      columns: [DataColumn(title: t("Look")), DataColumn(title: t("Bound"), isNumeric: true)],
      rows: [DataRow(cells: [t("1"), t("2.963")]), DataRow(cells: [t("end"), t("1.969")])])
  }

  private var plan: PlanningModel {
    PlanningModel(
      frame: analysing(), lead: t("definition 1.0 · 300 participants in each arm"),
      arms: DataTable(
        caption: t("Arms as the protocol assumes them"),
        columns: [DataColumn(title: t("Arm")), DataColumn(title: t("Response"), isNumeric: true)],
        rows: [DataRow(cells: [t("A"), t("45.0")]), DataRow(cells: [t("B"), t("50.0")])]),
      stated: [Fact(name: t("Power of H1 as stated"), value: t("> 0.99"))],
      boundaries: BoundaryPicture(
        finding: t("A hypothesis is shown at a look once its statistic reaches the bound."),
        numbers: t("2.963 at 0.5; 1.969 at 1"),
        looks: [
          BoundaryPicture.Look(information: 0.5, bound: 2.963, statistic: nil),
          BoundaryPicture.Look(information: 1, bound: 1.969, statistic: nil),
        ]), looks: looks,
      sizeFields: [
        EntryField(
          name: t("margin"), label: t("Margin"), control: .decimal(text: t("-0.10"), size: 6),
          hint: t("Responding is good, so a margin is negative."))
      ], sizeAction: t("/planning"),
      size: [t("310 in the experimental arm and 310 in the comparator, 620 together.")],
      progress: SimulationProgress(
        chip: .inProgress, sentence: t("4 200 of 20 000 runs are done (21 %)."),
        links: [Link(text: t("Look again"), href: t("/planning"))],
        cancel: form("/planning/simulation/cancel")),
      reports: [Link(text: t("Report of simulation 1"), href: t("/planning/reports/1"))],
      simulate: Link(text: t("Simulate the design…"), href: t("/planning/simulation")))
  }

  private var designReport: DesignReportModel {
    DesignReportModel(
      frame: analysing(), back: Link(text: t("Planning"), href: t("/planning")),
      title: t("Simulation 1 of the design"),
      lead: t("20000 simulated trials of 300 participants in each arm."),
      power: PowerPicture(
        finding: t("H1 is shown in 99.4 % of the simulated trials."), numbers: t("H1 99.4 %"),
        rows: [
          PowerPicture.Row(
            label: t("H1: A − B"), byLook: [0.71, 0.28], share: t("99.4 % ± 0.05")),
          PowerPicture.Row(label: t("H2: C − B"), byLook: [0, 0.4], share: t("40.0 % ± 0.35")),
        ]),
      hypotheses: DataTable(
        caption: t("Share of 20000 simulated trials in which each hypothesis is shown"),
        columns: [
          DataColumn(title: t("Hypothesis")), DataColumn(title: t("Shown"), isNumeric: true),
        ],
        rows: [DataRow(cells: [t("H1"), t("99.4 %")])]), looks: looks,
      futility: [t("Stopping for futility would be advised in 0.2 % of the trials.")],
      facts: [Fact(name: t("Key"), value: t("1"), isCode: true)],
      files: [Link(text: t("All figures as CSV"), href: t("/planning/reports/1/design.csv"))])
  }
}

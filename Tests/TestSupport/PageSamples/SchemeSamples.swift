import Pages
import Pictures

extension Samples {
  var schemes: [(name: String, page: any PageModel)] {
    [
      (name: "scheme-candidates", page: candidates), (name: "scheme-candidate", page: candidate),
      (name: "simulation-report", page: report),
    ]
  }

  private func managing() -> PageFrame {
    frame(
      "R. Manager", "randomization manager", place: "study", sections: ["Randomization", "History"])
  }

  private var candidates: RandomizationSetupModel {
    RandomizationSetupModel(
      frame: managing(), chip: .state(.off, t("not committed")),
      lead: t("Nothing is committed to yet. Draft candidates, simulate them, commit to one."),
      facts: [Fact(name: t("Ratio"), value: t("1 : 1 : 1"))],
      steps: [
        StepRow(title: t("Simulation and commitment"), state: .current),
        StepRow(title: t("In force"), state: .waiting),
      ],
      candidates: [
        CandidateRow(
          candidate: Link(text: t("Candidate 1"), href: t("/randomization/drafts/1")),
          method: t("permuted blocks of 6, 9"), ratio: t("1 : 1 : 1"),
          chip: .state(.good, t("simulated")), advisories: t("1")),
        CandidateRow(
          candidate: Link(text: t("Candidate 2"), href: t("/randomization/drafts/2")),
          method: t("big stick, imbalance up to 3"), ratio: t("1 : 1 : 1"),
          chip: .state(.calm, t("not simulated")), advisories: t("nothing")),
      ],
      candidateLinks: [
        Link(text: t("Draft a candidate…"), href: t("/randomization/drafts")),
        Link(text: t("Simulate the candidates…"), href: t("/randomization/simulation")),
      ],
      progress: SimulationProgress(
        chip: .inProgress, sentence: t("1 200 of 5 000 runs are done (24 %)."),
        links: [Link(text: t("Look again"), href: t("/randomization"))],
        cancel: form("/randomization/simulation/cancel")),
      epochs: DataTable(
        caption: t("Schemes committed to"), columns: [DataColumn(title: t("Epoch"))],
        rows: [DataRow(cells: [t("1")])]), commitments: [])
  }

  private var candidate: SchemeCandidateModel {
    SchemeCandidateModel(
      frame: managing(), back: Link(text: t("Randomization"), href: t("/randomization")),
      title: t("Candidate 2"), lead: t("big stick, imbalance up to 3"),
      chip: .state(.good, t("simulated")),
      facts: [
        Fact(name: t("Epoch"), value: t("2")),
        Fact(name: t("Factors"), value: t("site (12 levels); severity (MOD, SEV)")),
      ],
      advisories: [t("There is one block size only: whoever learns it can foresee the end.")],
      differences: [t("The arm KET is closed to new participants.")], isAmendment: true,
      links: [Link(text: t("Commit to it…"), href: t("/randomization/drafts/2/commit"))],
      withdraw: form("/randomization/drafts/2/withdraw"))
  }

  private var report: SimulationReportModel {
    let names = [t("1: permuted blocks of 6, 9"), t("2: big stick, imbalance up to 3")]
    return SimulationReportModel(
      frame: managing(), back: Link(text: t("Randomization"), href: t("/randomization")),
      title: t("Simulation 1"), lead: t("1000 simulated trials of 900 participants."),
      comparison: DataTable(
        caption: t("Means over 1000 simulated trials ± standard error"),
        columns: [DataColumn(title: t("Quantity"))]
          + names.map { DataColumn(title: $0, isNumeric: true) },
        rows: [DataRow(cells: [t("Imbalance at the end"), t("6.10 ± 0.09"), t("9.80 ± 0.11")])]),
      file: Link(
        text: t("All figures as CSV"), href: t("/randomization/reports/1/simulation.csv"),
        context: t("simulation 1")),
      imbalance: ImbalancePicture(
        finding: t("The arms end nearest to one another with blocks."), numbers: t("6.1; 9.8"),
        width: 1,
        rows: names.map {
          ImbalancePicture.Row(
            label: $0, shares: [0.1, 0.2, 0.3, 0.2, 0.1, 0.1], mean: t("mean 6.10 ± 0.09"))
        }),
      predictability: PredictabilityPicture(
        finding: t("The next arm is guessed least often with the big stick."),
        numbers: t("49 %; 44 %"), chance: 33.3,
        points: [
          PredictabilityPicture.Point(
            sign: t("1"), label: t("permuted blocks of 6, 9"), certain: 14, guessed: 49),
          PredictabilityPicture.Point(
            sign: t("2"), label: t("big stick, imbalance up to 3"), certain: 6, guessed: 44),
        ]),
      balance: ArmBalancePicture(
        finding: t("In 9 of 10 trials every arm ends within 9 participants of its plan."),
        numbers: t("−9 to 9"),
        rows: names.map {
          ArmBalancePicture.Row(
            label: $0,
            arms: [
              ArmBalancePicture.Arm(label: t("KET, ratio 1"), mean: 0.1, low: -8, high: 9),
              ArmBalancePicture.Arm(label: t("KAP, ratio 1"), mean: -0.2, low: -9, high: 8),
            ])
        }),
      arms: DataTable(
        caption: t("Participants by arm"), columns: [DataColumn(title: t("Arm"))],
        rows: [DataRow(cells: [t("1: KET")])]),
      facts: [Fact(name: t("Key"), value: t("0b0b0b"), isCode: true)])
  }
}

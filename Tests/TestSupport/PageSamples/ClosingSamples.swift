public import Pages
import Pictures

extension Samples {
  var closing: [(name: String, page: any PageModel)] {
    [
      (name: "lock", page: lock), (name: "locked", page: locked),
      (name: "unblinding", page: unblinding), (name: "exports", page: exports),
      (name: "result", page: result), (name: "result-without-flow", page: resultWithoutFlow),
      (name: "result-dry-run", page: dryRun),
    ]
  }

  private func steps(current: Int) -> [StepRow] {
    let titles = [
      t("All participants in an end state or past day 223"),
      t("Queries, verification, coding and stock"),
      t("Casebooks signed"), t("Blind data review"), t("Statistical analysis plan final"),
      t("Soft lock"),
      t("Hard lock by two people"), t("Final unblinding"), t("Archive"),
    ]
    return titles.enumerated().map { index, title in
      StepRow(
        title: title, state: index < current ? .done : index == current ? .current : .waiting,
        detail: index < current
          ? t("A. Statistician, 10 March 2029, 10:00 (Berlin)")
          : index == current
            ? t("needs a data manager and a statistician") : t("waits for the step before"),
        open: index == current ? [Link(text: t("0 open queries"), href: t("/queries"))] : [])
    }
  }

  private var lock: LockModel {
    LockModel(
      frame: statistician(2),
      lead: t("Six of nine steps are done. The hard lock needs two people."),
      steps: steps(current: 6),
      act: ActForm(
        form: form("/lock/hard"), button: t("Lock the study for all 12 sites"),
        whatHappens: [
          t("Nobody can change data afterwards. A snapshot is made and its manifest printed."),
          t("All sites are told that the study is locked."),
        ],
        cannotBeUndone: t(
          "Only two people can unlock it, for ever visible, and never after unblinding."),
        compare: [
          Fact(name: t("Records"), value: t("1 204 881")), Fact(name: t("Sites"), value: t("12")),
        ],
        compared: t("I have compared the counts with the review."), isDestructive: true,
        signers: [
          Signature(
            name: t("D. Manager"), role: t("data manager"),
            time: t("12 March 2029, 09:00 (Berlin)"),
            meaning: t("I lock the study."), digest: t("7c1e40b2 … 09af"))
        ], waitingFor: t("A statistician is missing. The signature lapses at 13 March 2029, 09:00.")
      ))
  }

  private var locked: LockModel {
    LockModel(
      frame: statistician(2), lead: t("The study is locked since 12 March 2029."),
      steps: steps(current: 7),
      certificate: [
        Fact(name: t("Snapshot"), value: t("7c1e 40b2 5566 09af"), isCode: true),
        Fact(name: t("Manifest"), value: t("0aa1 33dd 8be2 77f0"), isCode: true),
      ], certificateLinks: [Link(text: t("Unlock…"), href: t("/lock/unlock"))])
  }

  private var unblinding: UnblindingModel {
    UnblindingModel(
      frame: frame(
        "P. Lead", "sponsor lead", place: "study",
        sections: ["Sites", "Enrolment", "Accounts", "Reports", "Lock"], current: 4),
      back: Link(text: t("Lock"), href: t("/lock")), chip: .waiting(t("a second person")),
      lead: t("The study is hard locked and the analysis plan is final."),
      steps: [
        StepRow(title: t("Hard lock"), state: .done, detail: t("12 March 2029")),
        StepRow(title: t("First person: sponsor lead"), state: .current),
        StepRow(title: t("Second person: randomization manager"), state: .waiting),
      ],
      facts: [
        Fact(name: t("Snapshot"), value: t("7c1e 40b2 5566 09af"), isCode: true),
        Fact(name: t("Plan"), value: t("91ff 20ab 4410 cc12"), isCode: true),
      ],
      act: ActForm(
        form: form("/unblinding"), button: t("Unblind the study"),
        whatHappens: [t("The allocations join the locked snapshot as a separate file.")],
        cannotBeUndone: t("There is no unlock after unblinding."),
        compare: [Fact(name: t("Participants"), value: t("900"))],
        compared: t("I have compared the digests with the certificate."), isDestructive: true,
        waitingFor: t("The randomization manager signs after you, within 24 hours.")))
  }

  private var exports: ExportsModel {
    ExportsModel(
      frame: statistician(3), contentClass: .state(.due, t("outcome, without arms")), isDummy: true,
      facts: [
        Fact(name: t("Snapshot"), value: t("7c1e 40b2 5566 09af"), isCode: true),
        Fact(name: t("Purpose"), value: t("programming of the analysis")),
      ],
      files: [
        ExportFileRow(
          name: t("dm.xpt"), href: t("/exports/7/dm.xpt"), rows: t("900"), size: t("412 kB"),
          hash: t("3f0a9d0c77e1b2a4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c")),
        ExportFileRow(
          name: t("qs.csv"), href: t("/exports/7/qs.csv"), rows: t("211 402"), size: t("31 MB"),
          hash: t("aa0a9d0c77e1b2a4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c"),
          finding: t("QSORRES is longer than 200 in 3 rows")),
      ], manifestHash: t("0aa133dd 8be277f0 3f0a9d0c 77e1b2a4"),
      download: Link(text: t("Download 84 files (212 MB)"), href: t("/exports/7.zip")),
      progress: ExportProgress(
        done: 61, count: 84, left: t("about 40 seconds left"),
        refresh: Link(text: t("Read again"), href: t("/exports")), cancel: form("/exports/8/stop")),
      notes: [t("3 rows of QS are longer than the format allows; they are split.")],
      create: ActForm(
        form: form("/exports"), button: t("Make the export"),
        whatHappens: [
          t("A snapshot is read and written to files; it is recorded with its purpose.")
        ],
        fields: [
          EntryField(
            name: t("purpose"), label: t("Purpose"), control: .text(text: "", maximum: 200))
        ], authentication: .password),
      earlier: DataTable(
        caption: t("Earlier exports"),
        columns: [DataColumn(title: t("Made")), DataColumn(title: t("Purpose"))],
        rows: [], empty: t("No earlier export.")))
  }

  /// The result of the simulated study.
  public var result: ResultModel {
    ResultModel(
      frame: statistician(0),
      lead: [
        t("Full analysis set, 899 participants"), t("lock 1 of 12 March 2029"),
        t("snapshot 7c1e 40b2 … 09af"),
        t("definition 1.3"), t("simulated data"),
      ], answer: t("KAP was noninferior to ECT."), isShown: true,
      support: [
        t(
          "61.3 % responded with KAP and 46.0 % with ECT: difference +15.3 points, 95 % interval 7.4 to 23.1, margin −10."
        ),
        t("Shown in the full set and in the per-protocol set, as required for the claim."),
      ], pictureTitle: t("Difference in response at end of treatment, percentage points"),
      picture: intervals,
      pictureNotes: [
        t(
          "H4 and H5 read the intervals of H1 and H2 against no difference and are not drawn again. Intervals: score method."
        )
      ],
      tableCaption: t(
        "Hypotheses in order of testing, one-sided α 0.025; each is tested only when all before it are shown"
      ),
      hypotheses: [
        HypothesisRow(
          order: 1, text: t("H1 KAP noninferior to ECT, margin −10"), difference: t("+15.3"),
          interval: t("7.4 to 23.1"), pValue: t("< 0.0001"), conclusion: .shown),
        HypothesisRow(
          order: 2, text: t("H2 ketamine noninferior to ECT, margin −10"), difference: t("+4.2"),
          interval: t("−3.8 to 12.1"), pValue: t("0.0002"), conclusion: .shown),
        HypothesisRow(
          order: 3, text: t("H3 KAP superior to ketamine"), difference: t("+11.2"),
          interval: t("3.2 to 19.0"),
          pValue: t("0.0030"), conclusion: .shown),
        HypothesisRow(
          order: 4, text: t("H4 KAP superior to ECT"), difference: t("+15.3"),
          interval: t("7.4 to 23.1"),
          pValue: t("< 0.0001"), conclusion: .shown),
        HypothesisRow(
          order: 5, text: t("H5 ketamine superior to ECT"), difference: t("+4.2"),
          interval: t("−3.8 to 12.1"),
          pValue: t("0.1539"), conclusion: .notShown),
      ], flow: flow,
      tables: [
        DataTable(
          caption: t("Sensitivity of H1"),
          columns: [
            DataColumn(title: t("Analysis")), DataColumn(title: t("Difference"), isNumeric: true),
            DataColumn(title: t("95 % interval"), isNumeric: true),
          ],
          rows: [
            DataRow(cells: [t("per protocol"), t("+14.7"), t("6.1 to 23.0")]),
            DataRow(cells: [t("therapist clustering"), t("+15.3"), t("5.9 to 24.6")]),
          ])
      ],
      computed: [
        t("Stratified score method with weights over severity and setting, sites pooled.")
      ],
      computedFacts: [
        Fact(name: t("Code version"), value: t("equipoise 1.0.0"), isCode: true),
        Fact(name: t("Manifest"), value: t("0aa133dd"), isCode: true),
      ],
      links: [
        Link(text: t("Table as CSV"), href: t("/result.csv")),
        Link(text: t("Picture as SVG"), href: t("/result.svg")),
      ])
  }

  private var dryRun: ResultModel {
    var model = result
    model.falseBand = t("FALSE RESULT: dry run with invented arms. Nothing here is true.")
    model.sections = ResultSamples(words: t).sections
    model.tables = []
    return model
  }

  private var resultWithoutFlow: ResultModel {
    var model = result
    model.isShown = false
    model.answer = t("Not shown: KAP noninferior to ECT.")
    model.hypotheses[4].conclusion = .notTested
    model.picture.rows[2].isTested = false
    model.flow = nil
    model.flowFault = t("The flow is not drawn: the box “randomized” does not add up.")
    return model
  }

  private var intervals: IntervalPicture {
    IntervalPicture(
      finding: t("KAP was noninferior to ECT: difference +15.3 points, 95 % interval 7.4 to 23.1."),
      numbers: t(
        "H1 15.3 (7.4 to 23.1), H2 4.2 (−3.8 to 12.1), H3 11.2 (3.2 to 19.0); margin −10."),
      margin: -10,
      rows: [
        IntervalPicture.Row(
          code: t("H1"), comparison: t("KAP − ECT"),
          intervals: [
            IntervalPicture.Interval(
              set: .full, label: t("full set, 184/300 and 138/300"), estimate: 15.3, lower: 7.4,
              upper: 23.1),
            IntervalPicture.Interval(
              set: .perProtocol, label: t("per protocol, 161/258 and 126/264"), estimate: 14.7,
              lower: 6.1,
              upper: 23.0),
          ], hasMargin: true, isTested: true),
        IntervalPicture.Row(
          code: t("H2"), comparison: t("ketamine − ECT"),
          intervals: [
            IntervalPicture.Interval(
              set: .full, label: t("full set, 150/299 and 138/300"), estimate: 4.2, lower: -3.8,
              upper: 12.1),
            IntervalPicture.Interval(
              set: .perProtocol, label: t("per protocol, 138/262 and 126/264"), estimate: 4.9,
              lower: -3.6,
              upper: 13.4),
          ], hasMargin: true, isTested: true),
        IntervalPicture.Row(
          code: t("H3"), comparison: t("KAP − ketamine"),
          intervals: [
            IntervalPicture.Interval(
              set: .full, label: t("full set, 184/300 and 150/299"), estimate: 11.2, lower: 3.2,
              upper: 19.0)
          ], hasMargin: false, isTested: true),
      ], favoursLeft: t("favours the second named"), favoursRight: t("favours the first named"),
      besideLabel: t("per protocol"), intervalTitle: t("95 % interval"))
  }

  private var flow: FlowPicture? {
    try? FlowPicture(
      finding: t("1 240 were assessed, 900 randomized, 899 analysed."),
      numbers: t("300 allocated to each arm; in the full set 300, 299 and 300."), assessed: 1_240,
      excluded: [
        FlowLoss(t("not eligible"), 251), FlowLoss(t("declined"), 74),
        FlowLoss(t("window lapsed"), 15),
      ], randomized: 900,
      after: .byArm([
        arm("KAP", received: 281, full: 300, perProtocol: 258),
        arm("ketamine", received: 285, full: 299, perProtocol: 262),
        arm("ECT", received: 276, full: 300, perProtocol: 264),
      ]))
  }

  private func arm(_ label: String, received: Int, full: Int, perProtocol: Int) -> FlowArm {
    FlowArm(
      label: t(label), allocated: 300, received: received,
      notReceived: [FlowLoss(t("declined"), 300 - received - 4), FlowLoss(t("logistics"), 4)],
      followed: 271, notFollowed: [FlowLoss(t("lost"), 17), FlowLoss(t("withdrawn"), 12)],
      full: full,
      notFull: full == 300 ? [] : [FlowLoss(t("consent not valid"), 300 - full)],
      perProtocol: perProtocol)
  }
}

import Pages

extension Samples {
  var randomization: [(name: String, page: any PageModel)] {
    [
      (name: "randomize-not-yet", page: notYet), (name: "randomize-ready", page: ready),
      (name: "receipt", page: receipt), (name: "acknowledgements", page: acknowledgements),
      (name: "acknowledge", page: acknowledge), (name: "reveal", page: reveal),
      (name: "already-read", page: alreadyRead), (name: "randomization-setup", page: setup),
    ]
  }

  private var met: [CheckGroup] {
    [
      CheckGroup(
        title: t("Study and site"),
        items: [
          CheckItem(
            sentence: t("Study and site are enrolling"), detail: t("since 3 May 2027"),
            code: t("RND-01")),
          CheckItem(
            sentence: t("Places are left at this site"), detail: t("and in the study"),
            code: t("RND-13")),
        ]),
      CheckGroup(
        title: t("Consent and eligibility"),
        items: [
          CheckItem(
            sentence: t("Consent version 2.1 is signed"), detail: t("30 August 2027, 09:12"),
            code: t("RND-02")),
          CheckItem(
            sentence: t("104-0038 is eligible and not randomized"), detail: t("since 10 September"),
            code: t("RND-03")),
          CheckItem(
            sentence: t("Eligibility is signed"),
            detail: t("by an investigator, 10 September, after the last change"), code: t("RND-04")),
          CheckItem(
            sentence: t("No other participant looks like the same person"),
            detail: t("compared 13 September"), code: t("RND-11")),
        ]),
      CheckGroup(
        title: t("Baseline"),
        items: [
          CheckItem(
            sentence: t("Baseline forms are submitted, nothing blocks"), detail: t("14 of 14"),
            code: t("RND-05")),
          CheckItem(
            sentence: t("Stratification values agree with their sources"),
            detail: t("site, severity, setting"), code: t("RND-07")),
          CheckItem(sentence: t("Pregnancy test is not required"), code: t("RND-08")),
          CheckItem(
            sentence: t("C-SSRS needs no further review"), detail: t("13 September"),
            code: t("RND-09")),
        ]),
      CheckGroup(
        title: t("You"),
        items: [
          CheckItem(
            sentence: t("You may randomize at this site"), detail: t("coordinator, blinded"),
            code: t("RND-12"))
        ]),
    ]
  }

  private var notYet: RandomizeModel {
    RandomizeModel(
      frame: coordinator(1), back: Link(text: t("104-0038"), href: t("/p/104-0038")),
      key: t("104-0038"),
      lead: t("Eligible since 10 September 2027 · day 12 of 28 since screening"),
      unmet: [
        CheckItem(
          sentence: t("The baseline rating is 9 days old"),
          detail: t("It may be at most 7. Earliest free slot: tomorrow, 10:00."),
          link: Link(text: t("Book a central rating"), href: t("/p/104-0038/rating")),
          code: t("RND-06")),
        CheckItem(
          sentence: t("Treatment slots are not confirmed"),
          detail: t(
            "The treatment team confirms that every arm could start by day 7. No answer yet."),
          link: Link(text: t("Ask the treatment team again"), href: t("/p/104-0038/slots")),
          code: t("RND-10")),
      ],
      comesLast: CheckItem(
        sentence: t("You confirm who you are"),
        detail: t("Password and code, on this page, when all others are met."), code: t("RND-14"),
        isBlocking: false), met: met, total: 14,
      confirm: [
        Fact(name: t("Participant"), value: t("104-0038")),
        Fact(name: t("Site"), value: t("104 Lindenhof")),
      ],
      settings: settings, form: form("/p/104-0038/randomize"),
      checkAgain: Link(text: t("Check again"), href: t("/p/104-0038/randomize")))
  }

  private var settings: [Choice] {
    [Choice(code: t("IN"), label: t("inpatient")), Choice(code: t("OUT"), label: t("outpatient"))]
  }

  private var ready: RandomizeModel {
    var model = notYet
    model.unmet = []
    model.comesLast = nil
    model.setting = t("OUT")
    return model
  }

  private var receipt: ReceiptModel {
    ReceiptModel(
      frame: coordinator(1), key: t("104-0037"), number: t("R-482913"),
      time: t("14 September 2027, 10:42 (Berlin)"),
      nextVisit: t("A1, 20 to 24 September 2027"),
      participant: Link(text: t("104-0037"), href: t("/p/104-0037")),
      file: Link(text: t("Ledger receipt"), href: t("/p/104-0037/receipt")),
      home: Link(text: t("Today"), href: t("/today")))
  }

  private var acknowledgements: AcknowledgementListModel {
    AcknowledgementListModel(
      frame: treatment(),
      rows: [
        AcknowledgementRow(
          key: t("104-0037"), number: t("R-482913"),
          requested: t("10:42 by the coordinator of site 104"),
          chip: .state(.due, t("since 25 minutes")),
          act: Link(text: t("Read…"), href: t("/a/104-0037")))
      ], limit: t("Each is to be read within 4 hours in working time."),
      read: [
        DataRow(cells: [t("104-0031"), t("R-473306"), t("31 August 2027, 11:02 by T. Treatment")])
      ])
  }

  private var acknowledge: AcknowledgeModel {
    AcknowledgeModel(
      frame: treatment(), back: Link(text: t("Allocations"), href: t("/a")), key: t("104-0037"),
      number: t("R-482913"), requestedBy: t("the coordinator of site 104"),
      requestedAt: t("14 September 2027, 10:42 (Berlin)"), form: form("/a/104-0037"))
  }

  private var reveal: RevealModel {
    RevealModel(
      frame: treatment(), key: t("104-0037"), number: t("R-482913"),
      shown: t("14 September 2027, 10:48 (Berlin)"), armName: t("Ketamine alone"),
      armDetail: t(
        "6 infusions of ketamine in 3 weeks, with standard psychoeducation, without psychotherapy sessions"
      ),
      requested: t("10:42 by the coordinator of site 104"),
      firstTreatment: t("17 to 21 September 2027 (day 3 to 7)"), form: form("/a/104-0037/read"))
  }

  private var alreadyRead: AlreadyReadModel {
    AlreadyReadModel(
      frame: treatment(), back: Link(text: t("Allocations"), href: t("/a")), key: t("104-0037"),
      number: t("R-482913"), read: t("14 September 2027, 10:48 (Berlin) by you"),
      treatmentFile: Link(text: t("treatment file"), href: t("/t/104-0037")))
  }

  private var setup: RandomizationSetupModel {
    RandomizationSetupModel(
      frame: frame(
        "R. Manager", "randomization manager", place: "study",
        sections: ["Randomization", "History"]),
      chip: .state(.due, t("waits for a second person")),
      lead: t("Permuted blocks in 48 strata. Drawn by position; no list exists."),
      facts: [
        Fact(name: t("Method"), value: t("stratified permuted blocks, random sizes")),
        Fact(name: t("Ratio"), value: t("1:1:1")), Fact(name: t("Planned"), value: t("900")),
      ],
      steps: [
        StepRow(
          title: t("Draft checked"), state: .done,
          detail: t("R. Manager, 2 May 2027, 09:00 (Berlin)")),
        StepRow(
          title: t("Second person activates"), state: .current, detail: t("S. Second, until 9 May")),
        StepRow(title: t("Public chance is added"), state: .waiting, detail: t("round 4 812 334")),
        StepRow(title: t("In force"), state: .waiting),
      ], commitments: [Fact(name: t("Commitment"), value: t("7c1e 40b2 5566 09af"), isCode: true)],
      act: ActForm(
        form: form("/randomization/activate"), button: t("Activate the randomization"),
        whatHappens: [t("The seed is sealed and its commitment is published.")],
        cannotBeUndone: t("The method cannot be changed once the first participant is randomized."),
        compare: [Fact(name: t("Configuration"), value: t("7c1e 40b2"), isCode: true)],
        compared: t("I have compared the digest with the signed paper."),
        signers: [
          Signature(
            name: t("R. Manager"), role: t("randomization manager"),
            time: t("2 May 2027, 09:00 (Berlin)"),
            meaning: t("I have checked the configuration."), digest: t("7c1e40b2 … 09af"))
        ], waitingFor: t("Waits for a second person until 9 May 2027, 09:00 (Berlin).")))
  }
}

import Pages
import Pictures

extension Samples {
  var study: [(name: String, page: any PageModel)] {
    [
      (name: "queries", page: openQueries), (name: "query", page: query),
      (name: "enrolment", page: enrolment),
      (name: "sites", page: sites), (name: "site", page: site), (name: "history", page: history),
      (name: "accounts", page: accounts), (name: "account", page: account),
      (name: "interims", page: interims), (name: "interim", page: interim),
      (name: "closed-report", page: closedReport), (name: "open-report", page: openReport),
    ]
  }

  private func lead(_ current: Int) -> PageFrame {
    frame(
      "P. Lead", "sponsor lead", place: "study",
      sections: ["Sites", "Enrolment", "Accounts", "Reports", "History"], current: current)
  }

  private var openQueries: QueriesModel {
    QueriesModel(
      frame: coordinator(2),
      ages: [
        Link(text: t("2 up to 7 days"), href: t("/q?age=7")),
        Link(text: t("1 over 30 days"), href: t("/q?age=30")),
      ], shown: t("3 of 3 queries"),
      rows: [
        QueryListRow(
          age: t("34 days"), place: t("104-0019 · SCR · LAB · ALT"), href: t("/q/11"),
          text: t("The unit is missing. Please check."), waitsFor: t("coordinator"), chip: .query(1)
        ),
        QueryListRow(
          age: t("6 days"), place: t("104-0031 · A1 · CM · end"), href: t("/q/17"),
          text: t("Start of sertraline is after its end. Please check."),
          waitsFor: t("data manager"),
          chip: .answered),
      ], export: Link(text: t("These queries as CSV"), href: t("/q.csv")))
  }

  private var query: QueryModel {
    QueryModel(
      frame: coordinator(2), back: Link(text: t("Queries"), href: t("/q")),
      place: t("104-0031 · A1 · CM · end of sertraline"), chip: .query(1),
      value: t("1 August 2027"),
      entry: Link(text: t("Open the form at this field"), href: t("/p/104-0031/A1/CM#f-end")),
      thread: [
        QueryMessage(
          author: t("D. Manager, data manager"), time: t("8 September 2027, 15:10 (Berlin)"),
          text: t("Start of sertraline is after its end. Please check."))
      ], answer: form("/q/17/answer"), judge: form("/q/17/close"), canClose: true, canReopen: true)
  }

  private var sites: SitesModel {
    SitesModel(
      frame: lead(0),
      rows: [
        SiteRow(
          key: t("101"), name: t("Nordheim"), href: t("/sites/101"), zone: t("Europe/Berlin"),
          chip: .state(.good, t("active")), randomized: t("61 of 75"), protocolVersion: t("1.0")),
        SiteRow(
          key: t("104"), name: t("Lindenhof"), href: t("/sites/104"), zone: t("Europe/Berlin"),
          chip: .state(.bad, t("suspended")), randomized: t("36 of 75"), protocolVersion: t("1.0")),
        SiteRow(
          key: t("112"), name: t("Ribera"), href: t("/sites/112"), zone: t("Europe/Madrid"),
          chip: .state(.due, t("initiated")), randomized: t("0 of 75"), protocolVersion: t("1.0"),
          act: Link(text: t("Activate…"), href: t("/sites/112"))),
      ], newSite: Link(text: t("New site"), href: t("/sites/new")))
  }

  private var enrolment: ListPageModel {
    ListPageModel(
      frame: lead(1), back: Link(text: t("All sections"), href: t("/sections")),
      title: t("Enrolment"), lead: t("The study as a whole, over all arms"),
      facts: [
        Fact(name: t("Consented"), value: t("131")),
        Fact(name: t("Randomized"), value: t("97 of 900")),
      ],
      tables: [
        DataTable(
          caption: t("Enrolment by site"),
          columns: [
            DataColumn(title: t("Site")), DataColumn(title: t("Consented"), isNumeric: true),
            DataColumn(title: t("Randomized"), isNumeric: true),
            DataColumn(title: t("At most"), isNumeric: true),
          ],
          rows: [
            DataRow(cells: [t("101 Nordheim"), t("80"), t("61"), t("75")]),
            DataRow(cells: [t("104 Lindenhof"), t("51"), t("36"), t("75")]),
          ])
      ])
  }

  private var site: SiteModel {
    SiteModel(
      frame: lead(0), back: Link(text: t("Sites"), href: t("/sites")), name: t("112 Ribera"),
      chip: .state(.due, t("initiated")),
      facts: [
        Fact(name: t("Time zone"), value: t("Europe/Madrid")),
        Fact(name: t("Protocol"), value: t("1.0")),
        Fact(name: t("Staff"), value: t("9 people"), href: t("/sites/112/staff")),
      ],
      unmet: [
        CheckItem(
          sentence: t("No pharmacist is trained"),
          detail: t("One is needed for every required role."),
          link: Link(text: t("Staff of 112"), href: t("/sites/112/staff")), code: t("SITE-03"))
      ],
      met: [
        CheckGroup(
          title: t("Approvals"),
          items: [
            CheckItem(
              sentence: t("Ethics approval"), detail: t("2 April 2027"), code: t("SITE-01")),
            CheckItem(sentence: t("Contract is signed"), code: t("SITE-02")),
          ])
      ])
  }

  private var rows: [HistoryRow] {
    [
      HistoryRow(
        number: 3, time: t("14 Sep 2027, 10:42 (Berlin)"), person: t("M. Coordinator, coordinator"),
        object: t("104-0037 · randomization number"), new: t("R-482913")),
      HistoryRow(
        number: 2, time: t("14 Sep 2027, 09:12 (Berlin)"), person: t("M. Coordinator, coordinator"),
        object: t("104-0031 · A1 · CM · end"), old: t("2027-08-01"), new: t("2027-09-01"),
        reason: t("typing error")),
    ]
  }

  private var history: HistoryModel {
    HistoryModel(
      frame: coordinator(1), back: Link(text: t("104-0031"), href: t("/p/104-0031")),
      subject: t("site 104"),
      shown: t("2 of 2 changes"), rows: rows,
      pages: [Link(text: t("Earlier"), href: t("/h?before=2"))],
      verified: t("The chain of these changes was checked at 10:00: every link holds."),
      export: Link(text: t("Table as CSV"), href: t("/h.csv")))
  }

  private var accounts: AccountsModel {
    AccountsModel(
      frame: lead(2),
      rows: [
        AccountRow(
          name: t("M. Coordinator"), user: t("m.coordinator"), href: t("/accounts/1"),
          roles: t("coordinator at site 104"), chip: .state(.good, t("active")),
          lastSignIn: t("14 September 2027, 08:41 (Berlin)"), training: t("complete")),
        AccountRow(
          name: t("S. Second"), user: t("s.second"), href: t("/accounts/2"),
          roles: t("pharmacist at site 112"),
          chip: .waiting(t("a second person")), lastSignIn: "", training: t("part 2 missing")),
      ], links: [Link(text: t("New account"), href: t("/accounts/new"))])
  }

  private var account: AccountModel {
    AccountModel(
      frame: lead(2), back: Link(text: t("Accounts"), href: t("/accounts")), name: t("S. Second"),
      chip: .waiting(t("a second person")),
      facts: [Fact(name: t("User name"), value: t("s.second"), isCode: true)],
      grants: DataTable(
        caption: t("Roles of S. Second"),
        columns: [
          DataColumn(title: t("Role")), DataColumn(title: t("Place")),
          DataColumn(title: t("Since")),
        ],
        rows: [DataRow(cells: [t("pharmacist"), t("site 112"), ""])],
        note: t("Approved by two people.")),
      acts: [
        ActForm(
          form: form("/accounts/2/grant"), button: t("Grant the role"),
          whatHappens: [t("The person can sign in to site 112 from now on.")],
          fields: [
            EntryField(
              name: t("reason"), label: t("Reason"), control: .text(text: "", maximum: 200))
          ], authentication: .password)
      ])
  }

  private func committee(_ current: Int) -> PageFrame {
    frame(
      "D. Member", "committee member", place: "monitoring committee",
      sections: ["Reports", "Meetings"], current: current)
  }

  private var interims: InterimsModel {
    InterimsModel(
      frame: committee(0),
      rows: [
        InterimRow(
          title: t("Safety review 3"), href: t("/i/3"), cutOff: t("1 June 2028"),
          snapshot: t("7c1e … 09af"),
          chip: .state(.good, t("released")), act: Link(text: t("Read"), href: t("/i/3"))),
        InterimRow(
          title: t("Efficacy interim"), cutOff: t("when 450 have reached day 41"),
          chip: .state(.off, t("planned"))),
      ], lead: t("Six safety reviews and one efficacy interim are planned."))
  }

  private var interim: InterimModel {
    InterimModel(
      frame: committee(0), back: Link(text: t("Interim reports"), href: t("/i")),
      title: t("Efficacy interim"),
      chip: .waiting(t("a second person")),
      facts: [
        Fact(name: t("Data cut-off"), value: t("1 June 2028, 00:00 UTC")),
        Fact(name: t("Snapshot"), value: t("7c1e 40b2 5566 09af"), isCode: true),
      ],
      steps: [
        StepRow(title: t("Snapshot"), state: .done, detail: t("1 June 2028, 00:05 UTC")),
        StepRow(title: t("Build both reports"), state: .done, detail: t("U. Statistician")),
        StepRow(
          title: t("Second person checks"), state: .current, detail: t("until 15 June"),
          open: [Link(text: t("2 remarks"), href: t("/i/4/remarks"))]),
        StepRow(title: t("Release to the committee"), state: .waiting),
      ], reports: [Link(text: t("Open report"), href: t("/i/4/open"))],
      act: ActForm(
        form: form("/i/4/check"), button: t("Confirm the check"),
        whatHappens: [t("Both reports become readable for the committee after release.")]))
  }

  private var closedReport: ClosedReportModel {
    ClosedReportModel(
      frame: committee(0), back: Link(text: t("Efficacy interim"), href: t("/i/4")),
      title: t("efficacy interim"),
      watermark: t("Confidential, read by D. Member on 20 June 2028, 14:03 (Berlin). Do not copy."),
      facts: [
        Fact(name: t("Data cut-off"), value: t("1 June 2028, 00:00 UTC")),
        Fact(name: t("Snapshot"), value: t("7c1e 40b2 5566 09af"), isCode: true),
      ], answer: t("The bound was not crossed at half of the information."),
      sentences: [t("Statistic 2.41, bound 2.96. The trial goes on as planned.")],
      boundary: BoundaryPicture(
        finding: t("The bound was not crossed: statistic 2.41, bound 2.96."),
        numbers: t("Look 1 at 0.50: statistic 2.41, bound 2.96. Look 2 at 1: bound 1.97."),
        looks: [
          BoundaryPicture.Look(information: 0.5, bound: 2.963, futility: 0.3, statistic: 2.41),
          BoundaryPicture.Look(information: 1, bound: 1.969, futility: 1.969, statistic: nil),
        ]),
      boundaryTable: DataTable(
        caption: t("Looks"),
        columns: [
          DataColumn(title: t("Information")), DataColumn(title: t("Bound"), isNumeric: true),
          DataColumn(title: t("Statistic"), isNumeric: true),
        ],
        rows: [
          DataRow(cells: [t("0.50"), t("2.963"), t("2.410")]),
          DataRow(cells: [t("1.00"), t("1.969"), ""]),
        ]),
      tables: [
        DataTable(
          caption: t("Response at end of treatment, 447 participants"),
          columns: [
            DataColumn(title: t("Arm")), DataColumn(title: t("n"), isNumeric: true),
            DataColumn(title: t("Response"), isNumeric: true),
            DataColumn(title: t("%"), isNumeric: true),
          ],
          rows: [
            DataRow(cells: [t("A"), t("149"), t("68"), t("45.6")]),
            DataRow(cells: [t("B"), t("149"), t("91"), t("61.1")]),
            DataRow(cells: [t("C"), t("149"), t("74"), t("49.7")]),
          ])
      ], method: [t("Score method, stratified by severity and setting.")],
      signatures: [
        Signature(
          name: t("U. Statistician"), role: t("independent statistician"),
          time: t("8 June 2028, 10:00 UTC"),
          meaning: t("I have built this report from the snapshot."), digest: t("7c1e40b2 … 09af"))
      ],
      recommendation: ActForm(
        form: form("/i/4/recommend"), button: t("Record the recommendation"),
        whatHappens: [t("The sponsor receives the recommendation without any number by arm.")],
        fields: [
          EntryField(
            name: t("recommendation"), label: t("Recommendation"),
            control: .code(
              choices: [
                Choice(code: t("CONTINUE"), label: t("continue")),
                Choice(code: t("PAUSE"), label: t("pause")),
              ], selected: ""))
        ]))
  }

  private var openReport: OpenReportModel {
    OpenReportModel(
      frame: lead(3), back: Link(text: t("Efficacy interim"), href: t("/i/4")),
      title: t("efficacy interim"),
      facts: [
        Fact(name: t("Data cut-off"), value: t("1 June 2028, 00:00 UTC")),
        Fact(name: t("Snapshot"), value: t("7c1e 40b2 5566 09af"), isCode: true),
      ],
      sentences: [
        t("412 of 900 participants are randomized, 31 fewer than planned for this day."),
        t("94.2 % of the visits that were due were done."),
        t("The committee recommends to continue without change."),
      ],
      enrolment: EnrolmentPicture(
        finding: t("412 participants were randomized by 14 September, 31 fewer than planned."),
        numbers: t("Planned 900 by May 2028; 412 on 14 September 2027."), target: 900,
        plannedEnd: 1000,
        actual: [
          EnrolmentPicture.Point(day: 30, count: 12), EnrolmentPicture.Point(day: 60, count: 38),
          EnrolmentPicture.Point(day: 120, count: 90), EnrolmentPicture.Point(day: 200, count: 161),
          EnrolmentPicture.Point(day: 300, count: 255),
          EnrolmentPicture.Point(day: 400, count: 340),
          EnrolmentPicture.Point(day: 480, count: 412),
        ], actualLabel: t("412 on 14 Sep"),
        months: [
          EnrolmentPicture.Month(day: 0, label: t("May 2026")),
          EnrolmentPicture.Month(day: 245, label: t("Jan 2027")),
          EnrolmentPicture.Month(day: 610, label: t("Jan 2028")),
          EnrolmentPicture.Month(day: 976, label: t("Jan 2029")),
        ],
        forecast: EnrolmentPicture.Forecast(
          innerDays: 1040...1090, outerDays: 1010...1140,
          label: t("full between March and June 2029"))),
      enrolmentTable: DataTable(
        caption: t("Randomized by month"),
        columns: [DataColumn(title: t("Month")), DataColumn(title: t("Total"), isNumeric: true)],
        rows: [DataRow(cells: [t("September 2027"), t("412")])]),
      retention: DataTable(
        caption: t("Visits done of visits due, 412 participants"),
        columns: [
          DataColumn(title: t("Visit")), DataColumn(title: t("Due"), isNumeric: true),
          DataColumn(title: t("Done"), isNumeric: true), DataColumn(title: t("%"), isNumeric: true),
        ],
        rows: [
          DataRow(cells: [t("A1"), t("409"), t("398"), t("97.3")]),
          DataRow(cells: [t("EOT"), t("371"), t("344"), t("92.7")]),
        ]),
      quality: DataTable(
        caption: t("Open queries by age"),
        columns: [DataColumn(title: t("Age")), DataColumn(title: t("Queries"), isNumeric: true)],
        rows: [
          DataRow(cells: [t("0 to 7 days"), t("41")]), DataRow(cells: [t("over 30 days"), t("6")]),
        ]),
      forms: DataTable(
        caption: t("Forms of the open class handed in, all participants together"),
        columns: [
          DataColumn(title: t("Form")), DataColumn(title: t("Title")),
          DataColumn(title: t("Handed in"), isNumeric: true),
        ],
        rows: [
          DataRow(cells: [t("DM"), t("Demographics"), t("508")]),
          DataRow(cells: [t("SAEIN"), t("First notice of a serious event"), t("few")]),
        ], note: t("few: fewer than the smallest number the plan shows in open reports.")),
      safety: DataTable(
        caption: t("Adverse events by organ class, 412 participants"),
        columns: [
          DataColumn(title: t("Organ class")),
          DataColumn(title: t("Participants"), isNumeric: true),
        ],
        rows: [
          DataRow(cells: [t("Nervous system disorders"), t("118")]),
          DataRow(cells: [t("Eye disorders"), t("< 5")]),
        ], note: t("Cells under 5 are not shown.")), method: [t("Counts over all arms together.")],
      signatures: [])
  }
}

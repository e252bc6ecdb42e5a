import Pages
import Pictures

extension Samples {
  var participants: [(name: String, page: any PageModel)] {
    [
      (name: "work-home", page: workHome),
      (name: "coordinator-home", page: home), (name: "coordinator-home-empty", page: emptyHome),
      (name: "participants", page: list), (name: "participants-empty", page: emptyList),
      (name: "participant", page: participant), (name: "new-participant", page: newParticipant),
      (name: "visit", page: visit),
    ]
  }

  private var home: CoordinatorHomeModel {
    CoordinatorHomeModel(
      frame: coordinator(0, status: "The consent of 104-0039 is saved. Screening can begin."),
      date: t("Tuesday 14 September 2027"), work: work,
      waiting: [
        WaitingRow(
          key: t("104-0038"), href: t("/p/104-0038"), what: t("Treatment slot confirmation"),
          detail: t("asked this morning"), waitsFor: t("the treatment team"),
          chip: .state(.calm, t("since 09:05"))),
        WaitingRow(
          key: t("104-0034"), href: t("/p/104-0034"), what: t("Eligibility signature"),
          detail: t("all criteria answered"), waitsFor: t("Dr. Investigator"),
          chip: .state(.due, t("since 3 days"))),
      ], week: week,
      weekTable: DataTable(
        caption: t("Windows and bookings this week, 4 participants"),
        columns: [
          DataColumn(title: t("Visit")), DataColumn(title: t("Window")),
          DataColumn(title: t("Booked")),
        ],
        rows: [
          DataRow(cells: [t("104-0031 A2"), t("13 to 17 Sep"), t("today 11:30")]),
          DataRow(cells: [t("104-0037 RND"), t("11 to 17 Sep"), t("–")]),
          DataRow(cells: [t("104-0028 A1"), t("15 to 19 Sep"), t("16 Sep 10:00")]),
          DataRow(cells: [t("104-0035 BL"), t("10 to 14 Sep"), t("today 16:30")]),
        ]), figuresTitle: t("Site 104"),
      figures: [
        Figure(name: t("Randomized"), value: t("36"), rest: t("of 75 planned")),
        Figure(name: t("In screening"), value: t("4")),
        Figure(
          name: t("Open queries"), value: t("3"), rest: t("oldest 6 days"), href: t("/queries")),
      ], newParticipant: Link(text: t("New participant"), href: t("/p/new")))
  }

  private var work: [WorkRow] {
    [
      WorkRow(
        key: t("104-0019"), href: t("/p/104-0019"), what: t("EOT visit not done"),
        detail: t("central rating and 9 forms"), until: t("closed 13 September"),
        chip: .overdue(days: 1), act: Link(text: t("Record why"), href: t("/p/104-0019/EOT"))),
      WorkRow(
        key: t("104-0031"), href: t("/p/104-0031"),
        what: t("A2 visit at 11:30: C-SSRS, medication"),
        detail: t("questionnaire submitted, rating booked 14:00"), until: t("13 to 17 September"),
        chip: .dueToday, act: Link(text: t("Start A2"), href: t("/p/104-0031/A2"))),
      WorkRow(
        key: t("104-0037"), href: t("/p/104-0037"), what: t("Randomize"),
        detail: t("all 14 preconditions are met"), until: t("rating valid until 17 September"),
        chip: .ready, act: Link(text: t("Randomize…"), href: t("/p/104-0037/randomize"))),
      WorkRow(
        key: t("104-0022"), href: t("/p/104-0022"), what: t("F1 questionnaires not sent yet"),
        detail: t("reminded twice, telephone allowed"), until: t("6 to 20 September"),
        chip: .due(daysLeft: 6), act: Link(text: t("Note a call"), href: t("/p/104-0022/F1"))),
    ]
  }

  private var alert: WorkRow {
    WorkRow(
      key: t("104-0031"), href: t("/p/104-0031"), what: t("Alert: suicidal thoughts, A1"),
      detail: t("item 12 is 3"), until: t("by 14 Sep 2027, 10:45 (Berlin)"),
      chip: .state(.bad, t("time has passed")), act: Link(text: t("Act…"), href: t("/alerts/7")))
  }

  private var workHome: WorkHomeModel {
    WorkHomeModel(
      frame: coordinator(0), title: t("Tuesday 14 September 2027"), work: [alert],
      sections: [
        SectionRow(
          link: Link(text: t("Participants"), href: t("/p")), purpose: t("Everybody in your reach.")
        )
      ])
  }

  private var emptyHome: CoordinatorHomeModel {
    CoordinatorHomeModel(
      frame: coordinator(0), date: t("Tuesday 14 September 2027"), work: [], waiting: [],
      figuresTitle: t("Site 104"),
      figures: [Figure(name: t("Randomized"), value: t("0"), rest: t("of 75 planned"))])
  }

  private var week: TimelinePicture {
    TimelinePicture(
      finding: t("Four windows are open this week; three visits are booked."),
      numbers: t("104-0031 A2 today 11:30, 104-0037 RND, 104-0028 A1 Thursday, 104-0035 BL today."),
      rows: [
        TimelinePicture.Row(
          code: t("104-0031 A2"), firstDay: 0, lastDay: 4, state: .booked(on: 1)),
        TimelinePicture.Row(code: t("104-0037 RND"), firstDay: 0, lastDay: 4, state: .toCome),
        TimelinePicture.Row(
          code: t("104-0028 A1"), firstDay: 2, lastDay: 4, state: .booked(on: 3)),
        TimelinePicture.Row(
          code: t("104-0035 BL"), firstDay: 0, lastDay: 1, state: .booked(on: 1.2)),
      ],
      marks: [
        TimelinePicture.Mark(day: 0, label: t("Mon 13"), shortLabel: t("Mon")),
        TimelinePicture.Mark(day: 1, label: t("Tue 14"), shortLabel: t("Tue")),
        TimelinePicture.Mark(day: 2, label: t("Wed 15"), shortLabel: t("Wed")),
        TimelinePicture.Mark(day: 3, label: t("Thu 16"), shortLabel: t("Thu")),
        TimelinePicture.Mark(day: 4, label: t("Fri 17"), shortLabel: t("Fri")),
      ], today: 1.43, todayLabel: t("now"))
  }

  private var list: ParticipantListModel {
    ParticipantListModel(
      frame: coordinator(1),
      rows: [
        ParticipantRow(
          key: t("104-0019"), href: t("/p/104-0019"), chip: .state(.calm, t("in follow-up")),
          day: t("day 35"),
          next: t("EOT, closed 13 Sep"), nextChip: .overdue(days: 1)),
        ParticipantRow(
          key: t("104-0031"), href: t("/p/104-0031"), chip: .state(.calm, t("in follow-up")),
          day: t("day 15"),
          next: t("A2, 13 to 17 Sep"), nextChip: .dueToday, queries: 1),
        ParticipantRow(
          key: t("104-0037"), href: t("/p/104-0037"), chip: .state(.good, t("eligible")), day: "",
          next: t("RND, until 17 Sep"), nextChip: .ready),
        ParticipantRow(
          key: t("104-0038"), href: t("/p/104-0038"), chip: .state(.good, t("eligible")), day: "",
          next: t("RND, until 20 Sep"), nextChip: .waiting(t("the treatment team"))),
        ParticipantRow(
          key: t("104-0039"), href: t("/p/104-0039"), chip: .state(.calm, t("in screening")),
          day: "",
          next: t("SCR, until 12 Oct"), nextChip: .due(daysLeft: 28)),
      ], shown: t("5 of 39 participants"),
      states: [
        Choice(code: t("screening"), label: t("in screening")),
        Choice(code: t("followed"), label: t("in follow-up")),
      ], selectedState: t("followed"), searched: t("104-00"), filterAction: t("/p"),
      pages: [Link(text: t("Later rows"), href: t("/p?from=50"))],
      newParticipant: Link(text: t("New participant"), href: t("/p/new")))
  }

  private var emptyList: ParticipantListModel {
    ParticipantListModel(
      frame: coordinator(1), rows: [], shown: t("0 of 0 participants"), states: [],
      filterAction: t("/p"),
      newParticipant: Link(text: t("New participant"), href: t("/p/new")))
  }

  private var participant: ParticipantModel {
    ParticipantModel(
      frame: coordinator(1), back: Link(text: t("Participants"), href: t("/p")), key: t("104-0031"),
      chip: .state(.calm, t("in follow-up")),
      lead: [
        t("Day 15 since randomization"), t("number R-473306"), t("consent version 2.1, in force"),
      ], alerts: [alert],
      next: NextStep(
        what: t("A2 visit today at 11:30."),
        rest: t("C-SSRS and medication are open; the window closes on 17 September."),
        act: Link(text: t("Start A2"), href: t("/p/104-0031/A2"))), timeline: timeline,
      timelineTable: DataTable(
        caption: t("Outcome visits of 104-0031"),
        columns: [
          DataColumn(title: t("Visit")), DataColumn(title: t("Window")),
          DataColumn(title: t("Target")),
          DataColumn(title: t("State")),
        ],
        rows: [
          DataRow(cells: [t("A1"), t("5 to 9 Sep"), t("7 Sep"), t("done 7 Sep")]),
          DataRow(cells: [t("A2"), t("12 to 16 Sep"), t("14 Sep"), t("booked 14 Sep 11:30")]),
        ]),
      formColumns: [t("C-SSRS"), t("Questionnaire"), t("Central rating"), t("Other forms")],
      visits: visits,
      visitsToCome: [
        VisitRow(
          code: t("A3"), href: t("/p/104-0031/A3"), name: t("assessment 3"),
          window: t("19 to 23 Sep"),
          cells: [
            FormCell(chip: .notDue), FormCell(chip: .notDue), FormCell(), FormCell(chip: .notDue),
          ], done: "")
      ],
      queries: [
        QueryRow(
          place: t("A1 · CM"), href: t("/q/17"),
          text: t("Start of sertraline is after its end. Please check."),
          author: t("data manager, 8 September"), chip: .state(.due, t("6 days old")))
      ],
      deviations: [
        DataRow(cells: [
          t("8 September 2027"), t("visit window"), t("SCR was done 1 day before its window."),
        ])
      ],
      history: [
        HistoryRow(
          number: 214, time: t("14 Sep 2027, 09:12 (Berlin)"),
          person: t("M. Coordinator, coordinator"),
          object: t("A1 · CM · end"), old: t("2027-08-01"), new: t("2027-09-01"),
          reason: t("typing error"))
      ],
      links: [
        Link(text: t("History"), href: t("/p/104-0031/history")),
        Link(text: t("Identity and contact"), href: t("/p/104-0031/identity")),
        Link(text: t("Withdrawal or loss of contact"), href: t("/p/104-0031/withdrawal")),
      ])
  }

  private var timeline: TimelinePicture {
    TimelinePicture(
      finding: t("Today is day 15: A2 is booked for today, six visits are to come."),
      numbers: t("BL, RND and A1 are done; A2 13 to 17; A3 20 to 24; EOT 27 to 34; F6 195 to 223."),
      rows: [
        TimelinePicture.Row(
          code: t("BL"), firstDay: -7, lastDay: 0, target: -3, state: .done(on: -5)),
        TimelinePicture.Row(code: t("RND"), firstDay: 0, lastDay: 0, state: .done(on: 0)),
        TimelinePicture.Row(
          code: t("A1"), firstDay: 6, lastDay: 10, target: 8, state: .done(on: 7)),
        TimelinePicture.Row(
          code: t("A2"), firstDay: 13, lastDay: 17, target: 15, state: .booked(on: 15),
          label: t("12 to 16 Sep, booked today 11:30")),
        TimelinePicture.Row(
          code: t("A3"), firstDay: 20, lastDay: 24, target: 22, state: .toCome,
          label: t("19 to 23 Sep")),
        TimelinePicture.Row(
          code: t("EOT"), firstDay: 27, lastDay: 34, target: 29, state: .missed,
          label: t("26 Sep to 3 Oct")),
        TimelinePicture.Row(
          code: t("F1"), firstDay: 52, lastDay: 66, target: 59, state: .toCome,
          label: t("21 Oct to 4 Nov")),
        TimelinePicture.Row(
          code: t("F2"), firstDay: 82, lastDay: 96, target: 89, state: .toCome,
          label: t("20 Nov to 4 Dec")),
        TimelinePicture.Row(
          code: t("F3"), firstDay: 109, lastDay: 129, target: 119, state: .toCome,
          label: t("17 Dec to 6 Jan")),
        TimelinePicture.Row(
          code: t("F6"), firstDay: 195, lastDay: 223, target: 209, state: .toCome,
          label: t("12 Mar to 9 Apr 2028")),
      ],
      marks: [
        TimelinePicture.Mark(day: 0, label: t("day 0"), shortLabel: t("0")),
        TimelinePicture.Mark(day: 30, label: t("30"), shortLabel: ""),
        TimelinePicture.Mark(day: 60, label: t("60"), shortLabel: t("60")),
        TimelinePicture.Mark(day: 90, label: t("90"), shortLabel: ""),
        TimelinePicture.Mark(day: 120, label: t("120"), shortLabel: t("120")),
        TimelinePicture.Mark(day: 150, label: t("150"), shortLabel: ""),
        TimelinePicture.Mark(day: 180, label: t("180"), shortLabel: t("180")),
        TimelinePicture.Mark(day: 210, label: t("210"), shortLabel: ""),
      ], today: 15, todayLabel: t("today"))
  }

  private var visits: [VisitRow] {
    [
      VisitRow(
        code: t("A2"), href: t("/p/104-0031/A2"), name: t("assessment 2"),
        window: t("12 to 16 Sep"),
        cells: [
          FormCell(chip: .dueToday, href: t("/p/104-0031/A2/CSSRSS"), name: t("C-SSRS at A2")),
          FormCell(chip: .submitted), FormCell(chip: .booked(t("14:00"))),
          FormCell(chip: .dueToday, href: t("/p/104-0031/A2/CM"), name: t("other forms at A2")),
        ], done: t("begun today")),
      VisitRow(
        code: t("A1"), href: t("/p/104-0031/A1"), name: t("assessment 1"), window: t("5 to 9 Sep"),
        cells: [
          FormCell(chip: .submitted, href: t("/p/104-0031/A1/CSSRSS"), name: t("C-SSRS at A1")),
          FormCell(chip: .submitted), FormCell(),
          FormCell(chip: .query(1), href: t("/p/104-0031/A1/CM"), name: t("other forms at A1")),
        ], done: t("7 September")),
      VisitRow(
        code: t("BL"), href: t("/p/104-0031/BL"), name: t("baseline"), window: t("23 to 30 Aug"),
        cells: [
          FormCell(chip: .verified, href: t("/p/104-0031/BL/CSSRSS"), name: t("C-SSRS at BL")),
          FormCell(chip: .submitted), FormCell(chip: .done), FormCell(chip: .signed),
        ], done: t("25 August")),
    ]
  }

  private var newParticipant: NewParticipantModel {
    NewParticipantModel(
      frame: coordinator(1), back: Link(text: t("Participants"), href: t("/p")),
      site: t("Site 104 Lindenhof"),
      fields: [
        EntryField(
          name: t("icf_ver"), label: t("Version of the consent"),
          control: .code(
            choices: [
              Choice(code: t("2.1"), label: t("in force")),
              Choice(code: t("2.0"), label: t("before")),
            ],
            selected: t("2.1"))),
        EntryField(
          name: t("icf_dt"), label: t("Signed at"),
          control: .dateTime(
            DateText(day: t("14"), month: t("9"), year: t("2027"), time: t("09:10"))),
          hint: t("The time written beside the signature, Berlin.")),
        EntryField(
          name: t("opt_recording"), label: t("Agrees to recordings of sessions"),
          control: .boolean(true)),
        EntryField(
          name: t("opt_future"), label: t("Agrees to later research"), control: .boolean(nil)),
        EntryField(
          name: t("opt_remote"), label: t("Agrees to visits by telephone"), control: .boolean(nil)),
      ], faults: [], form: form("/p"), consentInForce: t("2.1"))
  }

  private var visit: VisitModel {
    VisitModel(
      frame: coordinator(1), back: Link(text: t("104-0031"), href: t("/p/104-0031")),
      key: t("104-0031"),
      code: t("A2"), name: t("assessment 2"), chip: .dueToday,
      window: t("12 to 16 September, target 14 September (day 15)"),
      forms: [
        VisitFormRow(
          title: t("C-SSRS since last visit"), href: t("/p/104-0031/A2/CSSRSS"), by: t("you"),
          chip: .dueToday,
          act: Link(text: t("Start"), href: t("/p/104-0031/A2/CSSRSS"))),
        VisitFormRow(
          title: t("Concomitant medication"), href: t("/p/104-0031/A2/CM"), by: t("you"),
          chip: .inProgress,
          detail: t("draft kept 09:40 by you"),
          act: Link(text: t("Go on"), href: t("/p/104-0031/A2/CM"))),
        VisitFormRow(title: t("Questionnaire"), by: t("the participant"), chip: .submitted),
        VisitFormRow(title: t("Central rating"), by: t("a rater"), chip: .booked(t("14:00"))),
      ], links: [Link(text: t("The visit was not done"), href: t("/p/104-0031/A2/not-done"))])
  }
}

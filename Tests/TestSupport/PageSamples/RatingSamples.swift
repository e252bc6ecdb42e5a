import Pages

extension Samples {
  var ratings: [(name: String, page: any PageModel)] {
    [
      (name: "rating-booking", page: booking), (name: "rater-desk", page: desk),
      (name: "rating-form", page: rating), (name: "rating-review", page: review),
      (name: "blinding-record", page: blindingRecord), (name: "questionnaire", page: questionnaire),
      (name: "questionnaire-list", page: questionnaireList),
      (name: "questionnaire-review", page: questionnaireReview),
      (name: "questionnaire-thanks", page: thanks),
    ]
  }

  private var script: String {
    t("Please tell me nothing about your treatment, where it takes place or who treats you.")
  }

  private var booking: RatingBookingModel {
    RatingBookingModel(
      frame: coordinator(1), back: Link(text: t("104-0038"), href: t("/p/104-0038")),
      key: t("104-0038"),
      visit: t("EOT end of treatment phase"), window: t("14 to 21 September 2027"),
      zone: t("Berlin time"), days: offered, selected: t("s2-11"),
      booked: t("This rating is booked for Thursday 16 September 2027, 10:00."),
      languages: [
        Choice(code: t("de"), label: t("German")), Choice(code: t("en"), label: t("English")),
      ],
      language: t("de"), form: form("/p/104-0038/rating"),
      reason: EntryField(
        name: t("reason"), label: t("Why it is moved"), control: .text(text: "", maximum: 500),
        hint: t("The audit trail keeps it. No name, no treatment.")),
      acts: [
        ActForm(
          form: form("/p/104-0038/rating/call-link"), button: t("Save the link"),
          whatHappens: [t("The rater reads it beside the time.")],
          fields: [
            EntryField(
              name: t("call_link"), label: t("Where the call is joined"),
              control: .text(text: t("https://call.example/7"), maximum: 500), isOptional: true)
          ], authentication: .notNeeded, title: t("The call")),
        ActForm(
          form: form("/p/104-0038/rating/cancel"), button: t("Cancel this rating"),
          whatHappens: [t("The rater finds it no more on the desk.")],
          fields: [
            EntryField(
              name: t("cancel_reason"), label: t("Why it is cancelled"),
              control: .text(text: "", maximum: 500))
          ], authentication: .notNeeded, isDestructive: true, title: t("Cancel it")),
      ])
  }

  /// Of eight hours of a day four or five are left.
  private var offered: [SlotDay] {
    let days = [
      (t("Thursday 16 September 2027"), [9, 10, 13, 15]),
      (t("Friday 17 September 2027"), [10, 11, 12, 14, 16]),
      (t("Saturday 18 September 2027"), [9, 12, 15, 16]),
      (t("Sunday 19 September 2027"), [11, 13, 14, 15, 16]),
      (t("Monday 20 September 2027"), [9, 10, 11, 14]),
    ]
    return days.enumerated().map { index, day in
      SlotDay(
        date: day.0,
        slots: day.1.map { hour in
          Choice(code: t("s\(index + 1)-\(hour)"), label: t(hour < 10 ? "09:00" : "\(hour):00"))
        })
    }
  }

  private var desk: RaterDeskModel {
    let battery = t("MADRS, CGI, YMRS, BPRSP")
    return RaterDeskModel(
      frame: rater(), date: t("Tuesday 14 September 2027"), zone: t("Madrid time"),
      next: RaterTask(
        token: t("A-7QX4M2KD"), time: t("11:00 (Madrid, UTC+02:00)"), startsIn: t("in 24 minutes"),
        language: t("German"),
        instruments: battery, minutes: t("about 50 minutes"),
        open: Link(text: t("Open A-7QX4M2KD"), href: t("/r/A-7QX4M2KD")),
        call: Link(
          text: t("Join the call"), href: t("https://call.example/7"), context: t("A-7QX4M2KD"),
          isOutside: true)), script: script,
      today: [
        RaterRow(
          token: t("A-7QX4M2KD"), href: t("/r/A-7QX4M2KD"), start: t("11:00"),
          language: t("German"),
          instruments: battery, chip: .state(.due, t("in 24 minutes")),
          call: Link(
            text: t("Join the call"), href: t("https://call.example/7"), context: t("A-7QX4M2KD"),
            isOutside: true)),
        RaterRow(
          token: t("A-K2R9CT5W"), href: t("/r/A-K2R9CT5W"), start: t("14:00"),
          language: t("English"),
          instruments: battery, chip: .state(.off, t("later today"))),
        RaterRow(
          token: t("A-W5D3H8YB"), href: t("/r/A-W5D3H8YB"), start: t("16:30"),
          language: t("German"),
          instruments: battery, chip: .state(.off, t("later today"))),
      ],
      unfinished: [
        RaterRow(
          token: t("A-3HN8VQ1Z"), href: t("/r/A-3HN8VQ1Z"), start: t("yesterday 15:00"),
          language: t("English"),
          instruments: t("CGI: 1 of 2 answered"), chip: .inProgress,
          act: Link(text: t("Go on"), href: t("/r/A-3HN8VQ1Z")))
      ],
      later: [
        RaterRow(
          token: t("A-9BX2KF6P"), href: t("/r/A-9BX2KF6P"), start: t("15 Sep, 10:00"),
          language: t("English"), instruments: battery, chip: .ready)
      ], record: Link(text: t("Tell it in the blinding record"), href: t("/r/record")))
  }

  private var rating: RatingFormModel {
    let titles = [
      t("Apparent sadness"), t("Reported sadness"), t("Inner tension"), t("Reduced sleep"),
      t("Reduced appetite"),
      t("Concentration"), t("Lassitude"), t("Inability to feel"), t("Pessimistic thoughts"),
      t("Suicidal thoughts"),
    ]
    return RatingFormModel(
      frame: rater(), back: Link(text: t("Desk"), href: t("/desk")), token: t("A-7QX4M2KD"),
      instrument: t("MADRS"), lead: t("Started 11:02, by video · draft kept 11:14"), script: script,
      steps: [
        RatingStep(
          title: t("MADRS"), href: t("/r/1/MADRS"), isCurrent: true, answered: t("2 of 10")),
        RatingStep(title: t("CGI"), href: t("/r/1/CGI"), answered: t("0 of 2")),
      ],
      items: titles.enumerated().map { index, title in
        RatingItemRow(
          number: index + 1, title: title, href: t("/r/1/MADRS/\(index + 1)"),
          answer: index == 0 ? t("4") : index == 2 ? t("3") : "", isCurrent: index == 3,
          isRefused: index == 1)
      },
      item: RatingItem(
        number: 4, title: t("Reduced sleep"),
        hint: t(
          "Compared with the person’s own nights when well. Odd numbers lie between two anchors."),
        choices: [
          RatingChoice(code: t("0"), anchor: t("Nights as when well")),
          RatingChoice(code: t("1"), between: t("between 0 and 2")),
          RatingChoice(code: t("2"), anchor: t("A little worse than when well")),
          RatingChoice(code: t("3"), between: t("between 2 and 4")),
          RatingChoice(code: t("4"), anchor: t("Clearly shorter or broken, two hours or more")),
          RatingChoice(code: t("5"), between: t("between 4 and 6")),
          RatingChoice(code: t("6"), anchor: t("Hardly any sleep")),
        ], selected: t("4"),
        missing: MissingValue(codes: [
          Choice(code: t("ND"), label: t("not done")), Choice(code: t("RF"), label: t("refused")),
        ])), previous: Link(text: t("Previous item"), href: t("/r/1/MADRS/3")),
      form: form("/r/1/MADRS/4", version: "7"),
      faults: [
        Fault(
          field: "",
          sentence: t(
            "Item 2, reported sadness, has no answer. Choose 0 to 6, or say why there is no value."),
          href: t("/r/1/MADRS/2"))
      ])
  }

  private var review: RatingReviewModel {
    RatingReviewModel(
      frame: rater(), back: Link(text: t("Last item"), href: t("/r/1/CGI/2")),
      token: t("A-7QX4M2KD"),
      instruments: [
        RatingSummary(
          title: t("MADRS"), answered: t("9 of 10"),
          unanswered: [Link(text: t("2. Reported sadness"), href: t("/r/1/MADRS/2"))]),
        RatingSummary(title: t("CGI"), answered: t("2 of 2"), total: t("7")),
      ], form: form("/r/1/submit", version: "9"))
  }

  private var blindingRecord: BlindingRecordModel {
    let arms = [
      Choice(code: t("KET"), label: t("ketamine alone")),
      Choice(code: t("KAP"), label: t("ketamine-assisted psychotherapy")),
      Choice(code: t("ECT"), label: t("electroconvulsive therapy")),
    ]
    return BlindingRecordModel(
      frame: rater(), back: Link(text: t("Desk"), href: t("/desk")), token: t("A-7QX4M2KD"),
      submitted: t("Ratings submitted 14 September 2027, 11:58 (Madrid)"),
      fields: [
        EntryField(
          name: t("guess"), label: t("Which treatment do you believe the person has?"),
          control: .code(
            choices: arms + [Choice(code: t("DK"), label: t("do not know"))], selected: t("DK"))),
        EntryField(
          name: t("certainty"), label: t("How certain are you?"),
          control: .code(
            choices: [
              Choice(code: t("1"), label: t("not at all")),
              Choice(code: t("3"), label: t("somewhat")),
              Choice(code: t("5"), label: t("completely")),
            ], selected: "")),
        EntryField(
          name: t("disclosed"), label: t("Did anybody tell you?"),
          control: .code(
            choices: [
              Choice(code: t("N"), label: t("nobody")),
              Choice(code: t("PART"), label: t("the participant")),
              Choice(code: t("STAFF"), label: t("staff")),
            ], selected: "")),
        EntryField(
          name: t("note"), label: t("Note"), control: .text(text: "", maximum: 300),
          isOptional: true),
      ], form: form("/r/1/record"))
  }

  private var help: HelpLine {
    HelpLine(
      text: t("Need help now? Call your study team, day and night:"), number: t("000 000 0104"),
      href: t("tel:0000000104"))
  }

  private var question: Question {
    Question(
      name: t("q4"), title: t("Sleeping too much"), hint: t("In the past 7 days"),
      choices: [
        Choice(code: t("0"), label: t("I sleep 8 hours or less in a day and a night")),
        Choice(code: t("1"), label: t("Up to 10 hours, naps included")),
        Choice(code: t("2"), label: t("Up to 12 hours, naps included")),
        Choice(code: t("3"), label: t("More than 12 hours, naps included")),
      ], selected: t("1"))
  }

  private var questionnaire: QuestionnaireModel {
    QuestionnaireModel(
      frame: plain("Lindenhof study"), position: t("Question 4 of 16"), answered: 3, count: 16,
      kept: t("kept 09:14"), questions: [question], back: Link(text: t("Back"), href: t("/me/3")),
      button: t("Continue"),
      form: form("/me/4"), help: help, pause: Link(text: t("Pause"), href: t("/me")))
  }

  private var questionnaireList: QuestionnaireModel {
    var second = question
    second.name = t("q5")
    second.title = t("Feeling sad")
    second.selected = ""
    return QuestionnaireModel(
      frame: plain("Lindenhof study"), position: t("Questions 4 and 5 of 16"), answered: 3,
      count: 16,
      questions: [question, second], button: t("Continue"), form: form("/me/4"),
      faults: [
        Fault(
          field: t("q5"),
          sentence: t("Question 5 has no answer yet. You may also choose “prefer not to answer”."))
      ], help: help)
  }

  private var questionnaireReview: QuestionnaireReviewModel {
    QuestionnaireReviewModel(
      frame: plain("Lindenhof study"),
      answers: [
        ReviewedAnswer(
          question: t("Sleeping too much"), answer: t("Up to 10 hours, naps included"),
          change: Link(text: t("Change"), href: t("/me/4"), context: t("sleeping too much"))),
        ReviewedAnswer(
          question: t("Feeling sad"), answer: t("I prefer not to answer"),
          change: Link(text: t("Change"), href: t("/me/5"), context: t("feeling sad"))),
      ], form: form("/me/send"), help: help)
  }

  private var thanks: QuestionnaireThanksModel {
    QuestionnaireThanksModel(
      frame: plain("Lindenhof study"), title: t("Thank you"),
      support: [t("You wrote that life feels hard at the moment. You can talk to somebody now.")],
      next: t("Your answers have arrived. The next questions come on 21 September."), help: help)
  }
}

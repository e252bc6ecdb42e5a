import Pages
import Pictures

extension Samples {
  var capture: [(name: String, page: any PageModel)] {
    [
      (name: "form-entry", page: entry), (name: "form-entry-faults", page: entryWithFaults),
      (name: "form-entry-change", page: entryWithChange),
      (name: "form-entry-locked", page: lockedEntry), (name: "form-conflict", page: conflict),
      (name: "form-entry-draft", page: draftEntry), (name: "entry-list", page: entryList),
      (name: "site-stock", page: siteStock), (name: "site-forms", page: siteForms),
      (name: "alerts", page: alerts), (name: "serious-event", page: seriousEvent),
      (name: "sign-form", page: signForm),
    ]
  }

  private var missing: MissingValue {
    MissingValue(codes: [
      Choice(code: t("ND"), label: t("not done")), Choice(code: t("UK"), label: t("unknown")),
      Choice(code: t("NA"), label: t("not applicable")), Choice(code: t("RF"), label: t("refused")),
    ])
  }

  private func vitals(systolic: String, fault: String = "") -> [FieldSection] {
    [
      FieldSection(
        fields: [
          EntryField(
            name: t("vdate"), label: t("Date of the visit"),
            control: .date(DateText(day: t("14"), month: t("9"), year: t("2027"))),
            studyDay: t("Day 15, inside the window (12 to 16 September).")),
          EntryField(name: t("done"), label: t("Was it done?"), control: .boolean(true)),
        ]),
      FieldSection(
        title: t("Vital signs"), hint: t("After five minutes of rest, sitting."),
        fields: [
          EntryField(
            name: t("sbp"), label: t("Systolic pressure"),
            control: .integer(text: t(systolic), size: 3),
            unit: t("mmHg"), range: t("60 to 260"), missing: missing, fault: fault,
            marks: FieldMarks(
              earlier: 3, earlierHref: t("/h/sbp"), queries: 1, queriesHref: t("/q/sbp"),
              verifiedBy: t("by the monitor on 12 September"),
              history: [
                EarlierValue(
                  value: t("182"), saved: t("saved 14 September, 10:02 by M. Coordinator"),
                  replaced: t("replaced 15 September, 09:00 by M. Coordinator: typing error"))
              ],
              corrections: [
                FieldCorrection(
                  value: t("168"), words: t("correction 3 of version 1; evidence: recording 17"),
                  void: t("changed on 15 September")),
                FieldCorrection(
                  value: t("171"), words: t("correction 4 of version 2; evidence: recording 18")),
              ])),
          EntryField(
            name: t("temp"), label: t("Temperature"), control: .decimal(text: t("39.8"), size: 4),
            unit: t("°C"),
            range: t("34.0 to 42.0"), isOptional: true, missing: missing,
            warning: t("39.8 is unusual. Keep it with a reason, or correct it.")),
          EntryField(
            name: t("interp"), label: t("ECG"),
            control: .code(
              choices: [
                Choice(code: t("N"), label: t("normal")),
                Choice(code: t("ABN"), label: t("abnormal")),
                Choice(code: t("ABNCS"), label: t("abnormal, clinically significant")),
              ], selected: t("N"))),
          EntryField(
            name: t("basis"), label: t("Which applies?"),
            control: .multiple(
              choices: [
                Choice(code: t("1"), label: t("tired")), Choice(code: t("2"), label: t("pain")),
                Choice(code: t("3"), label: t("neither")),
              ], selected: [t("1"), t("2")]), isOptional: true),
          EntryField(
            name: t("bmi"), label: t("Body mass index"), control: .calculated(text: t("24.6")),
            unit: t("kg/m²")),
          EntryField(
            name: t("height"), label: t("Height"), control: .integer(text: t("172"), size: 3),
            unit: t("cm"),
            frozen: t("Frozen since 2 September because the visit is signed.")),
          EntryField(
            name: t("note"), label: t("Remarks"), control: .lines(text: t("none"), maximum: 300),
            hint: t("No name, no treatment."), isOptional: true),
        ]),
    ]
  }

  private var entry: FormEntryModel {
    FormEntryModel(
      frame: coordinator(1), back: Link(text: t("A2 of 104-0031"), href: t("/p/104-0031/A2")),
      key: t("104-0031"), visit: t("A2"), formTitle: t("Vital signs"), chip: .inProgress,
      saved: t("Draft kept 10:42 on this server."),
      facts: [
        Fact(name: t("Visit"), value: t("A2 assessment 2")),
        Fact(name: t("Window"), value: t("12 to 16 September")),
        Fact(name: t("Version"), value: t("3")),
      ], links: [Link(text: t("History of this form"), href: t("/h"))],
      sections: vitals(systolic: "128"),
      form: form("/p/104-0031/A2/VS", version: "3"))
  }

  private var entryWithFaults: FormEntryModel {
    var model = entry
    let sentence = t("Systolic pressure is 310. It must be between 60 and 260 mmHg.")
    model.sections = vitals(systolic: "310", fault: sentence)
    model.faults = [
      Fault(field: t("sbp"), sentence: sentence),
      Fault(
        field: t("vdate"), sentence: t("The visit is dated before the consent. Check both dates.")),
    ]
    model.saved = t("Not saved. What you typed is still here.")
    return model
  }

  private var draftEntry: FormEntryModel {
    var model = entry
    model.draft = t("This is your draft of 10:42. It is not saved as data.")
    model.keepsDraft = true
    model.acts = [
      ActForm(
        form: form("/p/104-0031/A2/VS/verify", version: "3"), button: t("Verified"),
        whatHappens: [t("A later change undoes it.")],
        fields: [
          EntryField(
            name: t("fields"), label: t("Fields compared"),
            control: .multiple(
              choices: [Choice(code: t("sbp"), label: t("Systolic pressure"))], selected: []),
            isOptional: true)
        ], authentication: .notNeeded, title: t("Source verification"))
    ]
    return model
  }

  private var entryList: EntryListModel {
    EntryListModel(
      frame: coordinator(1), back: Link(text: t("A2 of 104-0031"), href: t("/p/104-0031/A2")),
      key: t("104-0031"), formTitle: t("Concomitant medication"), visit: t("A2"),
      columns: [t("Drug"), t("Start")],
      rows: [
        EntryListRow(
          link: Link(text: t("1"), href: t("/p/104-0031/A2/CM/1")),
          answers: [t("Sertraline"), t("2027-03")], chip: .submitted,
          detail: t("14 September, 10:42 by M. Coordinator")),
        EntryListRow(
          link: Link(text: t("2"), href: t("/p/104-0031/A2/CM/2")),
          answers: [t("Lorazepam"), t("2027")], chip: .state(.off, t("voided")),
          detail: t("15 September, 08:00 by M. Coordinator")),
      ], add: Link(text: t("Add one more"), href: t("/p/104-0031/A2/CM/new")))
  }

  private var siteStock: EntryListModel {
    EntryListModel(
      frame: coordinator(1), back: Link(text: t("Site forms"), href: t("/site-forms")),
      key: t("104 Sydney"), formTitle: t("Stock and accountability"), visit: "",
      stock: StockPicture(
        finding: t("7 kits can be used. 1 kit expired and still there."),
        numbers: t("15 received; there 8, of them 1 expired; 4 dispensed"),
        rows: [
          StockPicture.Row(label: t("To be used"), count: 7, kind: .usable),
          StockPicture.Row(label: t("Expired"), count: 1, kind: .pressing),
          StockPicture.Row(label: t("Dispensed"), count: 4, kind: .gone),
          StockPicture.Row(label: t("Returned"), count: 0, kind: .gone),
          StockPicture.Row(label: t("Destroyed"), count: 3, kind: .gone),
        ]), columns: [t("Kit"), t("Lot"), t("Expiry")],
      rows: [
        EntryListRow(
          link: Link(text: t("1"), href: t("/sites/104/forms/ACCT")),
          answers: [t("K-0001"), t("L-88"), t("2028-01-31")], chip: .submitted,
          detail: t("14 September, 10:42 by P. Pharmacist"))
      ], add: Link(text: t("Add one more"), href: t("/sites/104/forms/ACCT?number=new")))
  }

  private var siteForms: WorkListModel {
    WorkListModel(
      frame: coordinator(1), title: t("Site forms"),
      lead: t("What is entered about a site as a whole, and not about a participant"),
      nothing: t("There is no site yet."),
      columns: [t("Form"), t("Entries"), t("Last saved")],
      rows: [
        WorkListRow(
          participant: Link(
            text: t("104"), href: t("/sites/104/forms/ACCT/all"),
            context: t("Stock and accountability")),
          texts: [t("Stock and accountability"), t("15"), t("14 September, 10:42")],
          chip: .state(.good, t("in use")),
          act: Link(text: t("Open"), href: t("/sites/104/forms/ACCT/all"), context: t("104")))
      ], firstColumn: t("Site"))
  }

  private var alerts: WorkListModel {
    WorkListModel(
      frame: coordinator(1), title: t("Alerts"), lead: t("1 to act on"),
      nothing: t("No alert was raised."), columns: [t("Alert"), t("Act by")],
      rows: [
        WorkListRow(
          participant: Link(text: t("104-0031"), href: t("/p/104-0031")),
          texts: [t("SI_HIGH, A2"), t("14 September 2027, 10:57 (Berlin)")],
          chip: .state(.bad, t("little time left")),
          act: Link(text: t("Act…"), href: t("/alerts/1"), context: t("104-0031"))),
        WorkListRow(
          participant: Link(text: t("104-0032"), href: t("/p/104-0032")),
          texts: [t("SI_POSITIVE, A1"), t("13 September 2027, 24:00 (Berlin)")], chip: .done),
      ], firstColumn: t("Participant"), links: [Link(text: t("All"), href: t("/alerts"))])
  }

  private var seriousEvent: SeriousEventModel {
    SeriousEventModel(
      frame: coordinator(1), back: Link(text: t("Safety"), href: t("/safety")),
      title: t("Serious event, 104-0031"),
      picture: ClockPicture(
        finding: t("No reporting time has passed unmet."),
        numbers: t("Triage by the sponsor: 4 hours left"),
        rows: [
          ClockPicture.Row(
            label: t("Triage by the sponsor"), left: t("4 hours left"), share: 0.83,
            state: .running),
          ClockPicture.Row(
            label: t("Suspected, unexpected, fatal or life-threatening, follow-up"),
            left: t("made 3 hours before the limit"), share: 0.87,
            state: .met),
        ]),
      clocks: [
        SeriousEventModel.Clock(
          title: t("Triage by the sponsor"), start: t("14 September 2027, 10:57 (London)"),
          due: t("15 September 2027, 10:57 (London)"), met: "",
          chip: .state(.bad, t("little time left")),
          change: Link(
            text: t("Change the start…"), href: t("/safety/start"),
            context: t("Triage by the sponsor")))
      ], expectedness: [Fact(name: t("Expected"), value: t("No"))],
      judge: ActForm(
        form: form("/safety/expectedness"), button: t("Record the judgement"),
        whatHappens: [t("Reporting times that follow start with it.")],
        fields: [
          EntryField(
            name: t("reference"), label: t("Reference document"),
            control: .text(text: "", maximum: 200))
        ], authentication: .notNeeded),
      versions: [
        SeriousEventModel.Version(
          title: t("First report"), state: t("Entered 14 September 2027, signed."),
          facts: [Fact(name: t("Serious because of"), value: t("Hospital stay"))])
      ])
  }

  private var entryWithChange: FormEntryModel {
    var model = entry
    model.chip = .submitted
    model.saved = t("Saved 10:42 by you, version 3.")
    model.changes = ChangeReason(
      changes: [ValueChange(field: t("Systolic pressure"), old: t("128"), new: t("118"))],
      choices: [
        Choice(code: t("typing"), label: t("typing error")),
        Choice(code: t("source"), label: t("source corrected")),
        Choice(code: t("later"), label: t("source found later")),
        Choice(code: t("other"), label: t("other")),
      ], selected: t("typing"), text: t("misread"), fault: t("Choose why the value changes."))
    return model
  }

  private var lockedEntry: FormEntryModel {
    var model = entry
    model.chip = .locked
    model.closed = t("Locked since 12 March 2029. Nobody can change data; they can be read.")
    model.signatures = [
      Signature(
        name: t("Dr. I. Investigator"), role: t("investigator"),
        time: t("2 March 2029, 14:02 (Berlin)"),
        meaning: t("I have reviewed these data and confirm them."), digest: t("7c1e40b2 … 09af")),
      Signature(
        name: t("Dr. I. Investigator"), role: t("investigator"),
        time: t("1 March 2029, 09:00 (Berlin)"),
        meaning: t("I have reviewed these data and confirm them."), digest: t("11aa02cd … 77f0"),
        voided: t("a value was changed by M. Coordinator on 1 March 2029")),
    ]
    return model
  }

  private var conflict: ConflictModel {
    ConflictModel(
      frame: coordinator(1), back: Link(text: t("Vital signs"), href: t("/p/104-0031/A2/VS")),
      key: t("104-0031"), formTitle: t("Vital signs, A2"),
      savedBy: t("V. Other saved version 4 at 10:41 while you were typing"),
      rows: [
        ConflictRow(
          field: t("sbp"), label: t("Systolic pressure"), stored: t("126"), typed: t("128"),
          before: t("120")),
        ConflictRow(field: t("hr"), label: t("Heart rate"), stored: t("72"), typed: t("27")),
      ], form: form("/p/104-0031/A2/VS/conflict", version: "4"),
      taken: [Fact(name: t("Temperature"), value: t("36.8"))])
  }

  private var signForm: SignFormModel {
    SignFormModel(
      frame: coordinator(1), back: Link(text: t("Eligibility"), href: t("/p/104-0034/SCR/ELIG")),
      key: t("104-0034"), formTitle: t("Eligibility, SCR"), meaning: t("I confirm eligibility."),
      facts: [
        Fact(name: t("Version"), value: t("2, saved 11 September 2027, 15:20 (Berlin)")),
        Fact(name: t("Entered by"), value: t("M. Coordinator")),
      ], digest: t("7c1e40b2 … 09af"), signatures: [], form: form("/sign", version: "2"))
  }
}

import Pages
import Pictures

extension Samples {
  var disclosure: [(name: String, page: any PageModel)] {
    [
      (name: "disclosed", page: disclosed), (name: "notices", page: notices),
      (name: "envelopes", page: envelopes), (name: "envelope-codes", page: codes),
      (name: "corrections", page: corrections), (name: "disclosures", page: disclosures),
      (name: "unblinding-report", page: unblindingReport),
      (name: "unblinding-assessment", page: unblindingAssessment),
      (name: "questionnaire-link", page: questionnaireLink),
    ]
  }

  private func physician() -> PageFrame {
    frame(
      "P. Physician", "on-call physician", place: "study", sections: ["Emergency", "Envelopes"])
  }

  private func manager() -> PageFrame {
    frame(
      "R. Manager", "randomization manager", place: "study",
      sections: ["Randomization", "Corrections", "Envelope codes"], current: 1)
  }

  private var digits: String { String(repeating: "7c1e40b2", count: 8) }

  private var disclosed: DisclosedModel {
    DisclosedModel(
      frame: physician(), back: Link(text: t("Emergency"), href: t("/emergency")),
      key: t("104-0037"), shown: t("14 September 2027, 03:12 (London)"),
      armName: t("Ketamine alone"), armDetail: t("Arm KET"),
      proof: [
        Fact(name: t("Ledger entry"), value: t("37")),
        Fact(name: t("Seal"), value: t(digits), isCode: true),
        Fact(name: t("Seal key"), value: t(digits), isCode: true),
      ],
      check: t("printf %s arm/v1KET | openssl dgst -sha256 -mac HMAC -macopt hexkey:" + digits),
      told: t("The investigator and the medical monitor are told that you opened it."))
  }

  private func unblindedManager() -> PageFrame {
    frame(
      "U. Manager", "data manager, unblinded", place: "study",
      sections: ["Home", "Deviations", "Disclosures", "Audit trail"], current: 2)
  }

  private var disclosures: DisclosuresModel {
    DisclosuresModel(
      frame: unblindedManager(),
      facts: [
        Fact(name: t("Read at the sites as planned"), value: t("37")),
        Fact(name: t("Other planned"), value: t("2")), Fact(name: t("Not planned"), value: t("3")),
        Fact(
          name: t("All of them"), value: t("disclosures.csv"), href: t("/disclosures/report.csv")),
      ],
      rows: [
        DisclosureListRow(
          kind: t("Emergency"), time: t("14 September 2027, 03:12 (London)"),
          chip: .state(.due, t("not planned")), participant: t("104-0037"),
          person: t("P. Physician"), role: t("On-call physician"),
          why: t("Care depends on it; unconscious on arrival"),
          followed: t("told: investigator, medical_monitor; read by nobody yet"), act: nil),
        DisclosureListRow(
          kind: t("Report of a case"), time: t("20 September 2027, 10:40 (London)"),
          chip: .state(.good, t("planned")), participant: t("101-0009"), person: t("S. Officer"),
          role: t("Safety officer"), why: t("expectedness of the event; SAE-0007"),
          followed: t(""), act: nil),
        DisclosureListRow(
          kind: t("By accident"), time: t("2 October 2027, 09:05 (London)"),
          chip: .state(.due, t("not planned")), participant: t("102-0011"), person: t("A. Rater"),
          role: t("Central rater"),
          why: t("The arm; the participant spoke of it before the script line was read"),
          followed: t("rates this participant no more; impact not assessed yet"),
          act: Link(
            text: t("Report 1…"), href: t("/disclosures/reports/1"), context: t("102-0011"))),
        DisclosureListRow(
          kind: t("To a rater"), time: t("4 October 2027, 16:30 (London)"),
          chip: .state(.due, t("not planned")), participant: t("104-0002"), person: t("B. Rater"),
          role: t("Central rater, Cognition assessor"), why: t("Disclosed by: Participant; EOT"),
          followed: t("rates this participant no more; IMP-UNBL draft"), act: nil),
        DisclosureListRow(
          kind: t("Interim look"), time: t("1 November 2027, 00:00 (London)"),
          chip: .state(.good, t("planned")), participant: t("all"), person: t("I. Statistician"),
          role: t("Independent statistician"), why: t("efficacy-1"),
          followed: t("released 2027-11-05T09:00:00Z by U. Manager"), act: nil),
      ])
  }

  private var questionnaireLink: ActPageModel {
    ActPageModel(
      frame: coordinator(1), back: Link(text: t("A1 of 104-0031"), href: t("/p/104-0031/A1")),
      title: t("Questionnaire link, 104-0031"), notice: t("This link is shown once."),
      handOut: HandOut(
        label: t("Address of the questionnaire"), address: t("https://trial.example/q/1-7QX4M2KD"),
        picture: QRCode("https://trial.example/q/1-7QX4M2KD"),
        open: Link(text: t("Open it on this device"), href: t("/q/1-7QX4M2KD"))))
  }

  private var unblindingReport: ActPageModel {
    ActPageModel(
      frame: coordinator(0), back: Link(text: t("Home"), href: t("/")),
      title: t("Report that you learnt an arm"),
      lead: t("For you, who may not know it. Write it here and tell nobody."),
      act: ActForm(
        form: form("/unblinding-report"), button: t("Send the report"),
        whatHappens: [t("You do not see it again."), t("Nothing you read changes by it.")],
        cannotBeUndone: t("A report is not taken back."),
        fields: [
          EntryField(
            name: t("about"), label: t("Participant key"),
            control: .text(text: t("104-0037"), maximum: 8),
            hint: t("Such as 101-0001. Empty where it is about several."), isOptional: true),
          EntryField(
            name: t("learnt"), label: t("What you learnt"),
            control: .code(
              choices: [
                Choice(code: t("ARM"), label: t("The arm")),
                Choice(code: t("GUESSABLE"), label: t("Something that lets it be guessed")),
              ], selected: t("ARM"))),
          EntryField(
            name: t("how"), label: t("How"),
            control: .lines(text: t("A letter to the participant lay open."), maximum: 1000),
            hint: t("From whom or from what, without a name.")),
          EntryField(
            name: t("at"), label: t("When"),
            control: .dateTime(
              DateText(day: t("14"), month: t("9"), year: t("2027"), time: t("09:30"))),
            hint: t("By the clock of Europe/Berlin.")),
        ], authentication: .notNeeded))
  }

  private var unblindingAssessment: ActPageModel {
    ActPageModel(
      frame: unblindedManager(), back: Link(text: t("Disclosures"), href: t("/disclosures")),
      title: t("Accidental unblinding, report 1"),
      facts: [
        Fact(name: t("Participant"), value: t("102-0011")),
        Fact(name: t("Learnt by"), value: t("A. Rater, central rater")),
        Fact(name: t("What was learnt"), value: t("The arm")),
        Fact(name: t("How"), value: t("The participant spoke of it.")),
      ],
      act: ActForm(
        form: form("/disclosures/reports/1"), button: t("Record the assessment"),
        whatHappens: [t("Your assessment stays beside the report.")],
        fields: [
          EntryField(
            name: t("impact"), label: t("Impact"), control: .lines(text: t(""), maximum: 1000),
            hint: t("What it means for ratings and data. Name no arm.")),
          EntryField(
            name: t("action"), label: t("What was done"),
            control: .lines(text: t(""), maximum: 1000)),
        ], authentication: .notNeeded))
  }

  private var notices: NoticesModel {
    NoticesModel(
      frame: treatment(),
      rows: [
        NoticeRow(
          key: t("104-0037"), time: t("14 September 2027, 03:12 (Berlin)"),
          chip: .state(.due, t("not read yet")),
          act: Link(text: t("Read…"), href: t("/notices/a"), context: t("104-0037"))),
        NoticeRow(
          key: t("104-0021"), time: t("2 August 2027, 22:40 (Berlin)"),
          chip: .state(.good, t("read")), act: nil),
      ])
  }

  private var envelopes: EnvelopesModel {
    EnvelopesModel(
      frame: physician(),
      files: [
        Link(text: t("Download"), href: t("/envelopes/101"), context: t("101 London")),
        Link(text: t("Download"), href: t("/envelopes/104"), context: t("104 Utrecht")),
      ], enter: Link(text: t("Enter an opening…"), href: t("/envelopes/opened")))
  }

  private var codes: CodeSheetModel {
    CodeSheetModel(
      frame: manager(), back: Link(text: t("Envelope codes"), href: t("/envelope-codes")),
      place: t("KAP-ECT, site 104"), signedBy: t(digits),
      cards: [
        Fact(name: t("104-0001"), value: t("7KQ2M-9XD4T-1B0CV-HH3ZR"), isCode: true),
        Fact(name: t("104-0002"), value: t("Q0V1N-2CC8Y-M7T6K-4ARWE"), isCode: true),
      ])
  }

  private var corrections: CorrectionsModel {
    CorrectionsModel(
      frame: manager(),
      corrections: [
        DataRow(cells: [
          t("104-0012"), t("Stratum corrected"), t("A value was entered wrongly"),
          t("104 MOD OUT"), t("104 SEV OUT"), t("rating form compared"),
          t("3 September 2027, 10:02 (London)"),
        ])
      ],
      disclosures: [
        DataRow(cells: [
          t("104-0037"), t("Emergency"), t("page"), t("An overdose or an interaction"),
          t("unconscious on arrival"), t("P. Physician"), t("14 September 2027, 03:12 (London)"),
          t("14 September 2027, 03:12 (London)"),
        ])
      ],
      acts: [
        Link(text: t("Record a randomization in error…"), href: t("/corrections/void")),
        Link(text: t("Correct a stratum…"), href: t("/corrections/stratum")),
      ])
  }
}

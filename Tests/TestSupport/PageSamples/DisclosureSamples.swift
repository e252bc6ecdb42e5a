import Pages

extension Samples {
  var disclosure: [(name: String, page: any PageModel)] {
    [
      (name: "disclosed", page: disclosed), (name: "notices", page: notices),
      (name: "envelopes", page: envelopes), (name: "envelope-codes", page: codes),
      (name: "corrections", page: corrections),
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

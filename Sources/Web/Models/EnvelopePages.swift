import Conduct
import Pages
import Store
import StudyModel

/// The envelope files of the sites, openings entered afterwards, and the sheets of codes.
enum EnvelopePages {
  static func list(_ call: Call) throws -> EnvelopesModel {
    let actor = try call.actor
    return EnvelopesModel(
      frame: call.site.frame(for: call),
      files: actor.definition.sites.filter { reaches($0.key, actor) }.map { site in
        Link(text: "Download", href: "/envelopes/\(site.key)", context: "\(site.key) \(site.title)")
      }, enter: Link(text: "Enter an opening…", href: "/envelopes/opened"))
  }

  private static func reaches(_ site: SiteKey, _ actor: Actor) -> Bool {
    switch actor.sites {
    case .all: true
    case .site(let own): own == site
    }
  }

  static func site(_ call: Call) throws(ActRefusal) -> SiteKey {
    guard let site = try? SiteKey(parsing: call.parameter("site")) else { throw .notFound }
    return site
  }

  static func download(_ call: Call) async throws -> Answer {
    let site = try site(call)
    let actor = try call.actor
    let file = try await call.installation.envelopeFile(of: site, as: actor)
    return .file(
      file.bytes, name: "\(actor.trial.key)-\(site)-envelopes.json", type: "application/json")
  }

  // MARK: Openings entered afterwards

  static func opening(_ call: Call, faults: [Pages.Fault] = []) throws -> ActPageModel {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    func text(_ name: String, _ label: String, _ most: Int, hint: String = "") -> EntryField {
      EntryField(
        name: name, label: label, control: .text(text: call.form[name] ?? "", maximum: most),
        hint: hint, fault: fault(name))
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Envelopes", href: "/envelopes"),
      title: "Enter an opened envelope",
      act: ActForm(
        form: call.target("/envelopes/opened"), button: "Record the opening",
        whatHappens: [
          "The opening enters the ledger as any other, marked as entered afterwards. No arm is shown.",
          "The investigator of the site and the medical monitor are told that it happened.",
        ],
        fields: [
          text("participant", "Participant key", 8, hint: "Such as 101-0001."),
          text("opened_by", "Opened by", 100, hint: "The name of who read the arm."),
          EntryField(
            name: "opened_at", label: "Opened on",
            control: .dateTime(
              DateText(
                day: call.form["opened_at.day"] ?? "", month: call.form["opened_at.month"] ?? "",
                year: call.form["opened_at.year"] ?? "", time: call.form["opened_at.time"] ?? "")),
            hint: "Day and time at the site.", fault: fault("opened_at")),
          EntryField(
            name: "ground", label: "Ground",
            control: .code(
              choices: DisclosureGround.ofEmergency.map {
                Choice(code: $0.rawValue, label: $0.title)
              }, selected: call.form["ground"] ?? ""), fault: fault("ground")),
          text("reason", "Reason", 500, hint: "In a few words, without a name."),
        ], authentication: faults.contains { $0.field == "password" } ? .password : call.proof),
      faults: faults)
  }

  static func enter(_ call: Call) async throws -> String {
    let actor = try await call.freshActor()
    guard let participant = try? ParticipantKey(parsing: call.form["participant"] ?? ""),
      let site = try? SiteKey(parsing: participant.siteText),
      let zone = actor.definition.site(site)?.timeZone
    else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "participant", code: "bad_key",
          sentence: "A participant key is such as 101-0001. Nothing was recorded.")
      ])
    }
    guard let at = DateBoxes(call.form, try SiteClock(zone: zone)).instant("opened_at") else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "opened_at", code: "bad_instant",
          sentence: "Give day and time, such as 14 9 2027 and 03:12. Nothing was recorded.")
      ])
    }
    try await call.installation.recordEnvelopeOpening(
      of: participant, openedBy: call.form["opened_by"] ?? "", openedAt: at,
      ground: call.form["ground"] ?? "", reason: call.form["reason"] ?? "", as: actor)
    return "/envelopes?note=opening"
  }

  // MARK: Codes

  static func codes(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    let actor = try call.actor
    let issued = try await call.installation.envelopeCodeIssues(as: actor)
    let zone = call.site.zone(of: actor)
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Home", href: "/"),
      title: "Envelope codes",
      lead: "A card for each participant key, made before it is needed.",
      facts: issued.map { issue in
        Fact(
          name: "\(issue.first) to \(issue.last)",
          value: "issued \(Times.full(issue.issuedAt, zone))")
      },
      act: ActForm(
        form: call.target("/envelope-codes"), button: "Show the codes for printing",
        whatHappens: [
          "Each code opens the envelope of one participant and no other. Codes are stored nowhere.",
          "That you handed them out is recorded with the range of keys.",
        ],
        fields: [
          EntryField(
            name: "site", label: "Site",
            control: .text(text: call.form["site"] ?? "", maximum: 3), hint: "Such as 101.",
            fault: fault("site")),
          EntryField(
            name: "first", label: "First number",
            control: .integer(text: call.form["first"] ?? "1", size: 6),
            hint: "1 for the first participant of the site.", fault: fault("first")),
          EntryField(
            name: "count", label: "How many cards",
            control: .integer(text: call.form["count"] ?? "20", size: 6),
            range: "1 to \(Installation.mostCards)", fault: fault("count")),
        ], authentication: try await call.secondFactorProof()),
      faults: faults)
  }

  static func issue(_ call: Call) async throws -> Answer {
    try await call.provenAnswer { call in
      let actor = try call.actor
      guard let site = try? SiteKey(parsing: call.form["site"] ?? ""),
        actor.definition.site(site) != nil
      else {
        throw ActRefusal.invalid([
          Conduct.Fault(
            field: "site", code: "bad_site",
            sentence: "There is no such site in this study. Nothing was issued.")
        ])
      }
      let sheet = try await call.installation.issueEnvelopeCodes(
        of: site, from: Int(call.form["first"] ?? "") ?? 0,
        count: Int(call.form["count"] ?? "") ?? 0, as: actor)
      let model = CodeSheetModel(
        frame: call.site.frame(for: call),
        back: Link(text: "Envelope codes", href: "/envelope-codes"),
        place: "\(actor.trial.key.uppercased()), site \(site)", signedBy: sheet.key,
        cards: sheet.cards.map { Fact(name: $0.participant.text, value: $0.code, isCode: true) })
      return .page(model.page())
    } orShow: { call, faults in
      try await codes(call, faults: faults).page()
    }
  }
}

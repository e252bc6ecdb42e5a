import Conduct
import Pages
import Store
import StudyModel

/// The periodic review of accounts and roles, and the lists an inspector asks for.
enum AccessReviewPages {
  private static let accounts = Link(text: "Accounts", href: "/accounts")

  // MARK: The review that is due

  static func review(_ call: Call, faults: [Pages.Fault] = []) async throws -> AccountModel {
    let actor = try call.actor
    let desk = try await call.installation.accessReviewDesk(as: actor)
    let due = desk.dueOn.map { Times.date($0) } ?? "not yet"
    return AccountModel(
      frame: call.site.frame(for: call), back: accounts, name: "Review of accounts and roles",
      chip: desk.isOverdue ? .state(.bad, "overdue") : .state(.calm, "due \(due)"),
      facts: [
        Fact(name: "Due by", value: due),
        Fact(name: "Roles in force", value: String(desk.roles.count)),
      ],
      // What is decided here stands beside its decision, once; the table is what is decided elsewhere.
      grants: DataTable(
        caption: "Your own roles, which another administrator decides",
        columns: ["Role", "Training until"].map { DataColumn(title: $0) },
        rows: desk.roles.filter(\.isOwn).map { line in
          DataRow(cells: [
            AccountPages.place(line.role, line.site, actor.definition),
            line.trainedUntil.map { Times.date($0) } ?? "no end on record",
          ])
        }, empty: "You hold no role that is reviewed."),
      acts: desk.roles.isEmpty ? [] : [try await form(call, actor, desk, faults)], faults: faults)
  }

  private static func form(
    _ call: Call, _ actor: Actor, _ desk: AccessReviewDesk, _ faults: [Pages.Fault]
  ) async throws -> ActForm {
    ActForm(
      form: call.target("/accounts/review"), button: "Sign the review",
      whatHappens: [
        "You sign: “\(Installation.accessReviewMeaning)”",
        "Roles you end are over at once. An account you recall is disabled, and its sessions end.",
        "Your own roles are left to another administrator.",
      ], cannotBeUndone: "The review stays on record with every line.",
      fields: desk.roles.filter { !$0.isOwn }.map { line in
        EntryField(
          name: name(line),
          label:
            "\(line.fullName): \(AccountPages.place(line.role, line.site, actor.definition))",
          control: .code(
            choices: [
              Choice(code: "keep", label: "Keep"), Choice(code: "end", label: "End the role"),
              Choice(code: "recall", label: "Recall the account"),
            ], selected: call.form[name(line)] ?? ""),
          hint: evidence(line, call.site.zone(of: actor)),
          fault: faults.first { $0.field == name(line) }?.sentence ?? "")
      } + [
        EntryField(
          name: "next", label: "Next review", control: .date(DateText()),
          hint: "By \(Times.date(desk.latestNext)) at the latest.")
      ], authentication: try await call.signatureAndSecondFactorProof())
  }

  /// What is known of a role and its holder, to decide by.
  private static func evidence(_ line: ReviewableRole, _ zone: String) -> String {
    [
      line.isEnabled ? line.username : "\(line.username) (disabled)",
      "since \(Times.full(line.since, zone))",
      line.trainedUntil.map { "trained until \(Times.date($0))" } ?? "no end of training on record",
      line.lastSignIn.map { "last sign-in \(Times.full($0, zone))" } ?? "never signed in",
      line.passwordSince.map { "password since \(Times.full($0, zone))" }
        ?? "day of the password not on record",
    ].joined(separator: "; ")
  }

  private static func name(_ line: ReviewableRole) -> String {
    "\(line.username)/\(line.role)/\(line.site)"
  }

  static func sign(_ call: Call) async throws -> Answer {
    try await call.act {
      let actor = try call.actor
      let desk = try await call.installation.accessReviewDesk(as: actor)
      let day =
        try DateBoxes(call.form, SiteClock(zone: call.site.zone(of: actor))).date("next") ?? ""
      let decisions = Dictionary(
        desk.roles.map { (name($0), call.form[name($0)] ?? "") },
        uniquingKeysWith: { first, _ in first })
      _ = try await call.installation.signAccessReview(
        try decided(decisions, desk.roles), next: try Self.day(day, field: "next"),
        as: try await call.freshActor())
      return "/accounts/reviews?note=access-reviewed"
    } orShow: {
      try await review(call, faults: $0).page()
    }
  }

  /// Every role with its decision; a role without one is a fault.
  static func decided(
    _ decisions: [String: String], _ roles: [ReviewableRole]
  ) throws(ActRefusal) -> [ReviewedRole] {
    var faults: [Conduct.Fault] = []
    var decided: [ReviewedRole] = []
    for line in roles {
      let given = line.isOwn ? .own : ReviewDecision(rawValue: decisions[name(line)] ?? "")
      guard let given else {
        faults.append(
          Conduct.Fault(
            field: name(line), code: "no_decision",
            sentence: "Decide on \(line.fullName), \(line.role)."))
        continue
      }
      decided.append(
        ReviewedRole(
          username: line.username, role: line.role, site: line.site, decision: given))
    }
    guard faults.isEmpty else { throw .invalid(faults) }
    return decided
  }

  static func day(_ text: String, field: String) throws(ActRefusal) -> CalendarDate {
    guard let day = try? CalendarDate(parsing: text) else {
      throw .invalid([
        Conduct.Fault(field: field, code: "bad_day", sentence: "A day is such as 2027-09-14.")
      ])
    }
    return day
  }

  // MARK: Reviews on record

  static func reviews(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let found = try await call.installation.accessReviews(as: actor)
    let zone = call.site.zone(of: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Reviews of accounts and roles",
      lead: "Each is due within three months of the one before",
      nothing: "No review is on record. A review appears here when it is signed.",
      columns: ["Roles", "Signature", "Next by"],
      rows: found.map { review in
        WorkListRow(
          participant: Link(
            text: "Review \(review.number)",
            href: "/accounts/at?day=\(review.at.description.prefix(10))"),
          texts: [
            "\(review.roles) roles, \(review.ended) ended, \(review.recalled) accounts recalled",
            "\(review.name), \(Times.full(review.at, zone)): “\(review.meaning)” "
              + "\(Hex.text(Array(review.digest.prefix(4)))) …",
            Times.date(review.nextOn),
          ], chip: .done)
      }, firstColumn: "Review",
      links: [Link(text: "Review now", href: "/accounts/review"), accounts])
  }

  // MARK: Who may know arms

  static func unblinded(_ call: Call) async throws -> AccountModel {
    let actor = try call.actor
    let found = try await call.installation.unblindedRoles(as: actor)
    let zone = call.site.zone(of: actor)
    return AccountModel(
      frame: call.site.frame(for: call), back: accounts, name: "Roles with sight of arms",
      chip: .state(.off, "ever held"),
      facts: [
        Fact(name: "In force", value: String(found.count { $0.period.ended == nil })),
        Fact(name: "Ended", value: String(found.count { $0.period.ended != nil })),
      ],
      grants: DataTable(
        caption: "Who may know arms, or might",
        columns: ["Name", "User name", "Role", "Reason", "From", "Until", "Given by", "Delegated"]
          .map { DataColumn(title: $0) },
        rows: found.map { role in
          DataRow(cells: [
            role.period.fullName, role.period.username,
            AccountPages.place(role.period.role, role.period.site, actor.definition), role.reason,
            Times.full(role.period.began, zone),
            role.period.ended.map { Times.full($0, zone) } ?? "in force",
            role.period.grantedBy.isEmpty ? "console" : role.period.grantedBy,
            role.period.evidence.map { Times.date($0.delegatedOn) } ?? "",
          ])
        }, empty: "Nobody held such a role."), acts: [])
  }

  // MARK: Certification of electronic signatures

  static func certification(
    _ call: Call, faults: [Pages.Fault] = []
  ) async throws -> ActPageModel {
    let actor = try call.actor
    let found = try await call.installation.certifications(as: actor)
    func field(_ name: String, _ label: String, _ hint: String) -> EntryField {
      EntryField(
        name: name, label: label, control: .text(text: call.form[name] ?? "", maximum: 200),
        hint: hint, fault: faults.first { $0.field == name }?.sentence ?? "")
    }
    return ActPageModel(
      frame: call.site.frame(for: call), back: accounts,
      title: "Certification of electronic signatures",
      lead: "That an organization told an authority that its electronic signatures bind like those "
        + "by hand",
      notice: found.isEmpty ? "No certification is on record." : "",
      facts: found.map { Fact(name: Times.date($0.sentOn), value: sentence($0)) },
      act: ActForm(
        form: call.target("/accounts/certification"), button: "Record the certification",
        whatHappens: [
          "The letter itself is kept by the organization; here stands that it was sent."
        ],
        cannotBeUndone: "The record stays.",
        fields: [
          field("organization", "Organization", "Who certified: sponsor or site."),
          field("authority", "Authority", "To whom, such as the FDA."),
          EntryField(
            name: "sent_on", label: "Day of the letter", control: .date(DateText()),
            fault: faults.first { $0.field == "sent_on" }?.sentence ?? ""),
          field("reference", "Reference", "Its number, or where it is kept."),
        ], authentication: call.proof), faults: faults)
  }

  static func sentence(_ certification: Certification) -> String {
    "\(certification.organization) to \(certification.authority), \(certification.reference); "
      + "recorded by \(certification.recordedBy)"
  }

  static func certify(_ call: Call) async throws -> Answer {
    try await call.act {
      let zone = call.site.zone(of: try call.actor)
      let day = try DateBoxes(call.form, SiteClock(zone: zone)).date("sent_on") ?? ""
      _ = try await call.installation.recordCertification(
        organization: call.form["organization"] ?? "", authority: call.form["authority"] ?? "",
        sentOn: try Self.day(day, field: "sent_on"), reference: call.form["reference"] ?? "",
        as: try await call.freshActor())
      return "/accounts/certification?note=certified"
    } orShow: {
      try await certification(call, faults: $0).page()
    }
  }
}

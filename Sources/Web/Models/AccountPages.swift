import Conduct
import Pages
import Store
import StudyModel

/// The people of the trial with their roles, for access administrators.
enum AccountPages {
  static func list(_ call: Call) async throws -> AccountsModel {
    let actor = try call.actor
    let held = Dictionary(
      grouping: try await call.installation.roles(at: call.installation.clock.now, as: actor),
      by: \.username)
    let waiting = try await call.installation.grantProposals(as: actor)
    let zone = call.site.zone(of: actor)
    let desk = try await call.installation.accessReviewDesk(as: actor)
    let due = desk.dueOn.map { Times.date($0) } ?? "no day"
    return AccountsModel(
      frame: call.site.frame(for: call),
      rows: try await call.installation.accounts(as: actor).map { account in
        let roles = held[account.username] ?? []
        return AccountRow(
          name: account.fullName, user: account.username, href: "/accounts/\(account.username)",
          roles: roles.map { place($0.role, $0.site, actor.definition) }.joined(separator: "; "),
          chip: chip(account),
          lastSignIn: account.lastSignIn.map { Times.full($0, zone) } ?? "",
          training: roles.contains(where: \.isSuspended)
            ? "ended" : roles.contains { $0.evidence == nil } ? "not on record" : "on record")
      },
      links: [
        Link(text: "Invite a person", href: "/accounts/invite"),
        Link(text: "Who held which role on a day", href: "/accounts/at"),
        Link(text: "Roles with sight of arms", href: "/accounts/unblinded"),
        Link(text: "Reviews", href: "/accounts/reviews", context: "of accounts and roles"),
        Link(text: "Certification of signatures", href: "/accounts/certification"),
        Link(text: "Events", href: "/accounts/events", context: "of accounts and sign-ins"),
        Link(
          text: desk.isOverdue
            ? "Review now: overdue since \(due)" : "Review now: due by \(due)",
          href: "/accounts/review"),
      ]
        + (waiting.isEmpty
          ? [] : [Link(text: "Roles that wait: \(waiting.count)", href: "/accounts/waiting")]))
  }

  static func chip(_ account: AccountState) -> Chip {
    if !account.isEnabled { return .state(.bad, "disabled") }
    guard account.lastSignIn == nil else { return .state(.good, "enabled") }
    return .state(.due, account.isInvited ? "invited" : "not signed in")
  }

  static func place(_ role: String, _ site: String, _ definition: StudyDefinition) -> String {
    let title = (try? RoleID(parsing: role)).flatMap { definition.role($0) }?.title ?? role
    guard let site = (try? SiteKey(parsing: site)).flatMap({ definition.site($0) }) else {
      return title
    }
    return "\(title), \(site.key) \(site.title)"
  }

  // MARK: Who held what

  /// The roles held at any time of a day by the clock of the reader.
  static func roles(_ call: Call, on day: String) async throws -> [GrantPeriod] {
    guard let day = try? CalendarDate(parsing: day) else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "day", code: "bad_day", sentence: "Choose a day of the calendar.")
      ])
    }
    let actor = try call.actor
    let today = try SiteClock(zone: call.site.zone(of: actor))
      .date(at: call.installation.clock.now)
    guard day <= today else {
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: "day", code: "day_ahead",
          sentence: "This day lies ahead. Nobody can say yet who will hold a role.")
      ])
    }
    return try await call.installation.roles(
      on: day, by: try SiteClock(zone: call.site.zone(of: actor)), as: actor)
  }

  static func held(_ call: Call) async throws -> AccountModel {
    let actor = try call.actor
    let zone = call.site.zone(of: actor)
    let day =
      try call.query["day"]
      ?? SiteClock(zone: zone).date(at: call.installation.clock.now)
      .description
    var faults: [Pages.Fault] = []
    var rows: [GrantPeriod] = []
    do {
      rows = try await roles(call, on: day)
    } catch let refusal as ActRefusal {
      faults = Call.faults(of: refusal)
    }
    return AccountModel(
      frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
      name: "Roles on \((try? CalendarDate(parsing: day)).map { Times.date($0) } ?? "a day")",
      chip: .state(.off, "at any time of it, \(zone)"),
      facts: faults.isEmpty ? [Fact(name: "Roles held", value: String(rows.count))] : [],
      grants: DataTable(
        caption: "Who held which role",
        columns: [
          "Role", "What it may do", "Name", "Since", "Until", "Given by", "Training", "Number",
        ].map {
          DataColumn(title: $0)
        },
        rows: rows.map { period in
          DataRow(cells: [
            place(period.role, period.site, actor.definition),
            period.isDisabled
              ? "Nothing: the account was disabled" : may(period.role, actor.definition),
            "\(period.fullName), \(period.username)", Times.full(period.began, zone),
            period.ended.map { Times.full($0, zone) } ?? "in force",
            period.grantedBy.isEmpty ? "console" : period.grantedBy, evidence(period),
            String(period.number),
          ])
        },
        empty: faults.isEmpty
          ? "Nobody held a role." : "No roles are shown until a day is chosen."),
      acts: [
        ActForm(
          form: call.target("/accounts/at"), button: "Show the day",
          whatHappens: [
            "Every role is shown that was held at any time of the day, with what it may do."
          ],
          fields: [
            EntryField(
              name: "day", label: "Day", control: .date(DateText()),
              fault: faults.first { $0.field == "day" }?.sentence ?? "")
          ], authentication: .notNeeded, title: "Another day")
      ], faults: faults, actsFirst: true)
  }

  /// What a role is for, and the classes of data it reaches.
  private static func may(_ role: String, _ definition: StudyDefinition) -> String {
    guard let role = (try? RoleID(parsing: role)).flatMap(definition.role) else { return "" }
    let classes = role.classes.map(\.rawValue).sorted().joined(separator: ", ")
    return role.purpose + (classes.isEmpty ? "" : " Data: \(classes).")
  }

  static func chooseDay(_ call: Call) throws -> Answer {
    let day =
      DateBoxes(call.form, try SiteClock(zone: call.site.zone(of: try call.actor))).date("day")
      ?? ""
    let plain = day.filter { $0.isNumber || $0 == "-" }
    return .see("/accounts/at?day=\(plain)")
  }

  static func evidence(_ period: GrantPeriod) -> String {
    guard let evidence = period.evidence else { return "not on record" }
    let until = evidence.trainedUntil.map { " until \(Times.date($0))" } ?? ""
    return "\(Times.date(evidence.trainedOn))\(until)\(period.isSuspended ? ", ended" : "")"
  }

  // MARK: One account

  static func one(_ call: Call, faults: [Pages.Fault] = []) async throws -> AccountModel {
    let actor = try call.actor
    let account = try await call.installation.account(call.parameter("user"), as: actor)
    let periods = try await call.installation.rolesEverHeld(by: account.username, as: actor)
    let zone = call.site.zone(of: actor)
    return AccountModel(
      frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
      name: account.fullName, chip: chip(account),
      facts: [
        Fact(name: "User name", value: account.username, isCode: true),
        Fact(
          name: "Last sign-in",
          value: account.lastSignIn.map { Times.full($0, zone) } ?? "never"),
        Fact(name: "Failed sign-ins in a row", value: String(account.failures)),
        Fact(
          name: "Identity before the first signature", value: "How it was verified",
          href: "/accounts/\(account.username)/identity"),
      ],
      grants: DataTable(
        caption: "Roles of \(account.fullName)",
        columns: ["Role", "From", "Until", "Given by", "Training", "Delegated"].map {
          DataColumn(title: $0)
        },
        rows: periods.map { period in
          DataRow(cells: [
            place(period.role, period.site, actor.definition), Times.full(period.began, zone),
            period.ended.map { Times.full($0, zone) } ?? "in force",
            period.grantedBy.isEmpty ? "console" : period.grantedBy, evidence(period),
            period.evidence.map { Times.date($0.delegatedOn) } ?? "",
          ])
        }, empty: "No role yet."),
      acts: account.user == actor.user
        ? []
        : try await AccountActs(call, account, periods.filter { $0.ended == nil }, faults).all(),
      faults: faults)
  }
}

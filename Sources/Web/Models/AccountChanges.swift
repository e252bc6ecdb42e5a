import Conduct
import Foundation
import Pages
import Store
import StudyModel

/// What is done with accounts, and the pages that show an address or a code once.
extension AccountPages {
  static func newPerson(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    func fault(_ name: String) -> String { faults.first { $0.field == name }?.sentence ?? "" }
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
      title: "Invite a person",
      act: ActForm(
        form: call.target("/accounts/invite"), button: "Invite",
        whatHappens: [
          "An address is shown once, for the person alone. It works for 72 hours.",
          "The person chooses the password and takes the account into a device.",
          "A role that knows arms across sites, and that of an administrator, waits for a second administrator.",
        ],
        fields: [
          EntryField(
            name: "username", label: "User name",
            control: .text(text: call.form["username"] ?? "", maximum: 64),
            hint: "Small letters, digits, dots and dashes, such as m.schmidt.",
            fault: fault("username")),
          EntryField(
            name: "full_name", label: "Name",
            control: .text(text: call.form["full_name"] ?? "", maximum: 120),
            hint: "First and last name. It stands beside every signature.",
            fault: fault("full_name")),
        ] + AccountActs.roleFields(call, faults),
        authentication: try await call.secondFactorProof(),
        title: "Who"),
      faults: faults)
  }

  static func invite(_ call: Call) async throws -> Answer {
    try await call.provenAnswer { call in
      let asked = try role(call)
      let token = try await call.installation.invite(
        NewPerson(
          username: call.form["username"] ?? "", fullName: call.form["full_name"] ?? "",
          role: asked.role, site: asked.site, evidence: asked.evidence), as: try call.actor)
      return shown(token, call, of: call.form["full_name"] ?? "")
    } orShow: { call, faults in
      try await newPerson(call, faults: faults).page()
    }
  }

  static func reset(_ call: Call) async throws -> Answer {
    try await call.provenAnswer { call in
      let token = try await call.installation.reset(call.parameter("user"), as: try call.actor)
      return shown(token, call, of: call.parameter("user"))
    } orShow: { call, faults in
      try await one(call, faults: faults).page()
    }
  }

  static func confirmReset(_ call: Call) async throws -> Answer {
    try await call.provenAnswer { call in
      let code = try await call.installation.confirmReset(
        of: call.parameter("user"), as: try call.actor)
      return .page(
        ActPageModel(
          frame: call.site.frame(for: call),
          back: Link(text: "The account", href: "/accounts/\(call.parameter("user"))"),
          title: "The code to say", notice: "Shown once. Say it to the person and to nobody else.",
          facts: [Fact(name: "Code", value: code, isCode: true)]
        ).page())
    } orShow: { call, faults in
      try await one(call, faults: faults).page()
    }
  }

  static func give(_ call: Call) async throws -> Answer {
    try await change(call) { user, actor in
      let asked = try role(call)
      let isHeld = try await call.installation.giveRole(
        asked.role, site: asked.site, asked.evidence, to: user, as: actor)
      return isHeld ? "role-given" : "role-waits"
    }
  }

  static func end(_ call: Call) async throws -> Answer {
    try await change(call) { user, actor in
      let parts = (call.form["held"] ?? "").split(separator: "/").map(String.init)
      guard parts.count == 2, let role = try? RoleID(parsing: parts[0]) else {
        throw ActRefusal.invalid([
          Conduct.Fault(field: "held", code: "no_role", sentence: "Choose the role to end.")
        ])
      }
      try await call.installation.endRole(
        role, site: try? SiteKey(parsing: parts[1]), of: user, as: actor)
      return "role-ended"
    }
  }

  static func endWaiting(_ call: Call) async throws -> Answer {
    try await change(call) { user, actor in
      try await call.installation.endWaiting(of: user, as: actor)
      return "waiting-ended"
    }
  }

  static func setState(_ call: Call) async throws -> Answer {
    try await change(call) { user, actor in
      let reason = call.form["reason"] ?? ""
      if try await call.installation.account(user, as: actor).isEnabled {
        try await call.installation.disable(user, reason: reason, as: actor)
        return "disabled"
      }
      try await call.installation.enable(user, reason: reason, as: actor)
      return "enabled"
    }
  }

  // MARK: Roles that wait

  static func waiting(_ call: Call, faults: [Pages.Fault] = []) async throws -> AccountModel {
    let actor = try call.actor
    let proposals = try await call.installation.grantProposals(as: actor)
    let mine = proposals.filter { $0.proposedBy != actor.user && $0.user != actor.user }
    return AccountModel(
      frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
      name: "Roles that wait", chip: .state(.due, "second administrator"), facts: [],
      grants: DataTable(
        caption: "Roles that two administrators give",
        columns: ["Role", "Name", "User name", "Proposed by", "At"].map { DataColumn(title: $0) },
        rows: proposals.map { proposal in
          DataRow(cells: [
            place(proposal.role, proposal.site, actor.definition), proposal.fullName,
            proposal.username, proposal.proposer, Times.utc(proposal.proposedAt.description),
          ])
        }, empty: "No role waits."),
      acts: mine.isEmpty || call.isSecondFactorFresh
        ? mine.map { proposal in
          ActForm(
            form: call.target("/accounts/waiting/\(proposal.id)"), button: "Decide",
            whatHappens: ["Both names stand in the record of the role."],
            fields: [
              EntryField(
                name: "decision", label: "Decision",
                control: .code(
                  choices: [
                    Choice(code: "approve", label: "Give the role"),
                    Choice(code: "refuse", label: "Refuse it"),
                  ], selected: ""))
            ],
            authentication: .notNeeded,
            title: "\(place(proposal.role, proposal.site, actor.definition)): \(proposal.fullName)")
        } : [try await AccountActs.confirmation(call, at: "/accounts/waiting")], faults: faults)
  }

  static func decide(_ call: Call) async throws -> Answer {
    try await call.act {
      let decision = call.form["decision"] ?? ""
      guard let number = Int64(call.parameter("number")) else { throw ActRefusal.notFound }
      guard ["approve", "refuse"].contains(decision) else {
        throw ActRefusal.invalid([
          Conduct.Fault(field: "decision", code: "no_decision", sentence: "Choose a decision.")
        ])
      }
      try await call.installation.decideProposal(
        number, isApproved: decision == "approve", as: try await call.freshActor())
      return "/accounts?note=\(decision == "approve" ? "role-given" : "role-refused")"
    } orShow: {
      try await waiting(call, faults: $0).page()
    }
  }

  // MARK: Parts of these acts

  private static func change(
    _ call: Call, _ act: (String, Actor) async throws -> String
  ) async throws -> Answer {
    let user = call.parameter("user")
    return try await call.provenAnswer { call in
      .see("/accounts/\(user)?note=\(try await act(user, try call.actor))")
    } orShow: { call, faults in
      try await one(call, faults: faults).page()
    }
  }

  /// The address stands on the answer itself: no other leads to it a second time.
  private static func shown(_ token: [UInt8], _ call: Call, of person: String) -> Answer {
    .page(
      ActPageModel(
        frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
        title: "The address for \(person)",
        notice:
          "Shown once. Hand it to the person on a way only the person reads; put the server's name before it.",
        facts: [Fact(name: "Address", value: "/invitation/\(Hex.text(token))", isCode: true)]
      ).page())
  }

  private struct AskedRole {
    let role: RoleID
    let site: SiteKey?
    let evidence: GrantEvidence
  }

  private static func role(_ call: Call) throws -> AskedRole {
    let boxes = DateBoxes(call.form, try SiteClock(zone: call.site.zone(of: try call.actor)))
    var faults: [Conduct.Fault] = []
    func date(_ name: String, isNeeded: Bool) -> CalendarDate? {
      let text = boxes.date(name)
      let date = text.flatMap { try? CalendarDate(parsing: $0) }
      if date == nil, isNeeded || text != nil {
        faults.append(
          Conduct.Fault(
            field: name, code: "bad_date",
            sentence: "Give day, month and year, such as 14 9 2027."))
      }
      return date
    }
    let role = try? RoleID(parsing: call.form["role"] ?? "")
    if role == nil {
      faults.append(Conduct.Fault(field: "role", code: "no_role", sentence: "Choose a role."))
    }
    let typedSite = (call.form["site"] ?? "").trimmingCharacters(in: .whitespaces)
    let site = typedSite.isEmpty ? nil : try? SiteKey(parsing: typedSite)
    if !typedSite.isEmpty, site.flatMap({ call.signedIn?.definition.site($0) }) == nil {
      faults.append(
        Conduct.Fault(
          field: "site", code: "no_site", sentence: "There is no site of this key, such as 101."))
    }
    let trained = date("trained_on", isNeeded: true)
    let until = date("trained_until", isNeeded: false)
    let delegated = date("delegated_on", isNeeded: true)
    guard let role, let trained, let delegated, faults.isEmpty else {
      throw ActRefusal.invalid(faults)
    }
    return AskedRole(
      role: role, site: site,
      evidence: GrantEvidence(
        trainedOn: trained, trainedUntil: until, delegatedOn: delegated))
  }
}

/// An account over the API.
struct AccountBody: Codable {
  let user: String
  let name: String
  let isEnabled: Bool
  let isInvited: Bool
  let lastSignIn: String?

  init(_ account: AccountState) {
    user = account.username
    name = account.fullName
    isEnabled = account.isEnabled
    isInvited = account.isInvited
    lastSignIn = account.lastSignIn?.description
  }
}

/// A role held at an instant.
struct HeldRoleBody: Codable {
  let grant: Int64
  let user: String
  let name: String
  let role: String
  let site: String
  let since: String
  let until: String?
  let trainedOn: String?
  let trainedUntil: String?
  let delegatedOn: String?
  let isSuspended: Bool
  let isDisabled: Bool

  init(_ period: GrantPeriod) {
    grant = period.number
    user = period.username
    name = period.fullName
    role = period.role
    site = period.site
    since = period.began.description
    until = period.ended?.description
    trainedOn = period.evidence?.trainedOn.description
    trainedUntil = period.evidence?.trainedUntil?.description
    delegatedOn = period.evidence?.delegatedOn.description
    isSuspended = period.isSuspended
    isDisabled = period.isDisabled
  }
}

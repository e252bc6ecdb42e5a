import Conduct
import Store
import StudyModel

/// Accounts over the API: what the pages of `AccountRoutes` do, for programs.
enum APIAccountRoutes {
  private static let office = Access.anyOf([.manageAccounts])

  static let all: [Route] = own + invitations + managing + deciding

  // MARK: One's own

  private static let own: [Route] = [
    .api("GET", "/account", .signedIn, "One's own account: sessions, roles, recovery codes left.") {
      call in
      let session = try call.ownSession
      let own = try await call.installation.ownAccount(session, token: call.token ?? [])
      return try .json(OwnAccountBody(session, own))
    },
    .api(
      "POST", "/account/password", .signedIn,
      "Changes one's own password; other sessions end, and this one goes on under a new token.",
      body: [.text("old"), .text("new"), .text("repeated")]
    ) { call in
      let body = JSONBody(call.json)
      let renewed = try await call.installation.changePassword(
        from: body?["old"] ?? "", to: body?["new"] ?? "", repeated: body?["repeated"] ?? "",
        of: try call.ownSession, token: call.token ?? [])
      return try .renewed("changed", renewed)
    }.once(.notKeyed),
    .api(
      "POST", "/account/recovery-codes", .signedIn,
      "Makes ten new recovery codes, proved by password and one-time code; the old ones stop working.",
      body: [.text("password"), .text("code")]
    ) { call in
      let body = JSONBody(call.json)
      let codes = try await call.installation.renewRecoveryCodes(
        password: body?["password"] ?? "", code: body?["code"] ?? "", of: try call.ownSession,
        token: call.token ?? [])
      return try .json(RecoveryCodesBody(codes: codes.map(\.description)), status: 201)
    }.once(.notKeyed),
    .api(
      "POST", "/account/sessions/end", .signedIn, "Ends one of one's own sessions by its name.",
      body: [.text("session"), .text("password")]
    ) { call in
      let body = JSONBody(call.json)
      try await call.installation.endOwnSession(
        body?["session"] ?? "", password: body?["password"] ?? "", of: try call.ownSession)
      return try .json(["status": "ended"])
    }.once(.notKeyed),
    .api("GET", "/account/letters", .signedIn, "Where one's letters go, empty where none are sent.")
    { call in
      try .json([
        "address": try await call.installation.letterAddress(of: try call.ownSession.user)
      ])
    },
    .api(
      "POST", "/account/letters", .signedIn, "Sets where one's letters go; empty for none.",
      body: [.text("address")]
    ) { call in
      try await call.installation.setLetterAddress(
        JSONBody(call.json)?["address"] ?? "", of: try call.ownSession.user)
      return try .json(["status": "changed"])
    }.once(.notKeyed),
    .api(
      "POST", "/account/role", .signedIn,
      "Changes study, role and site of the session, which goes on under a new token.",
      body: [.text("trial"), .text("role"), .text("site")]
    ) { call in
      let body = JSONBody(call.json)
      let grants = try await call.installation.grants(of: try call.ownSession.user)
      let wanted = grants.first {
        $0.trialKey == body?["trial"] && $0.role == body?["role"] && $0.site == body?["site"]
      }
      guard let wanted else { throw ActRefusal.notFound }
      return try .renewed(
        "changed", try await call.installation.choose(wanted, token: call.token ?? []))
    }.once(.notKeyed),
  ]

  // MARK: Opening an account

  private static let invitations: [Route] = [
    .api(
      "GET", "/invitations/{token}", .everybody,
      "Whom an address invites, with a secret for the device of the one-time codes: another at each reading."
    ) { call in
      try .json(InvitationBody(try await call.installation.invitation(invited(call))))
    },
    .api(
      "POST", "/invitations/{token}", .everybody,
      "Takes password and device of the person invited; recovery codes are told once.",
      body: [
        .text("password"), .text("repeated"), .text("drawn"), .text("code"), .optional("spoken"),
      ]
    ) { call in
      let body = JSONBody(call.json)
      let codes = try await call.installation.accept(
        invited(call),
        InvitationAnswer(
          password: body?["password"] ?? "", repeated: body?["repeated"] ?? "",
          drawn: body?["drawn"].flatMap(Hex.bytes) ?? [], digits: body?["code"] ?? "",
          spokenCode: body?["spoken"] ?? ""))
      return try .json(RecoveryCodesBody(codes: codes.map(\.description)), status: 201)
    }.once(.notKeyed),
  ]

  /// The last part of the address that was told when somebody was invited.
  private static func invited(_ call: Call) -> [UInt8] {
    Hex.bytes(call.parameter("token")) ?? []
  }

  // MARK: Of others

  private static let role: [BodyMember] = [
    .text("role"), .optional("site"), .text("trained_on"), .optional("trained_until"),
    .text("delegated_on"),
  ]

  private static let managing: [Route] = [
    .api(
      "POST", "/accounts", office,
      "Invites a person with a first role; the address is told once, for the person alone.",
      body: [.text("username"), .text("name")] + role + .proofs
    ) { call in
      let body = JSONBody(call.json)
      let asked = try AskedRole(body)
      let token = try await call.installation.invite(
        NewPerson(
          username: body?["username"] ?? "", fullName: body?["name"] ?? "", role: asked.role,
          site: asked.site, evidence: asked.evidence), as: try await call.freshActor())
      return try address(token)
    }.once(.keyedUnkept),
    .api(
      "POST", "/accounts/{user}/roles", office,
      "Gives a role, or new evidence for one that is held; held or waits for a second administrator.",
      body: role + .proofs
    ) { call in
      let asked = try AskedRole(JSONBody(call.json))
      let isHeld = try await call.installation.giveRole(
        asked.role, site: asked.site, asked.evidence, to: call.parameter("user"),
        as: try await call.freshActor())
      return try .json(["state": isHeld ? "held" : "waits"])
    },
    .api(
      "POST", "/accounts/{user}/roles/end", office, "Ends a role of somebody.",
      body: [.text("role"), .optional("site")] + .proofs
    ) { call in
      let body = JSONBody(call.json)
      try await call.installation.endRole(
        try AskedRole.role(body), site: try AskedRole.site(body), of: call.parameter("user"),
        as: try await call.freshActor())
      return try .json(["state": "ended"])
    },
    .api(
      "POST", "/accounts/{user}/reset", office,
      "Invites again, or starts a reset; the address is told once, for the person alone.",
      body: .proofs
    ) { call in
      try address(
        try await call.installation.reset(
          call.parameter("user"), as: try await call.freshActor()))
    }.once(.keyedUnkept),
    .api(
      "POST", "/accounts/{user}/reset/confirm", office,
      "Confirms a reset as second administrator; the code to say is told once.",
      body: .proofs
    ) { call in
      try .json([
        "code": try await call.installation.confirmReset(
          of: call.parameter("user"), as: try await call.freshActor())
      ])
    }.once(.keyedUnkept),
    .api(
      "POST", "/accounts/{user}/waiting-time/end", office,
      "Ends the waiting time after failed sign-ins.", body: .proofs
    ) { call in
      try await call.installation.endWaiting(
        of: call.parameter("user"), as: try await call.freshActor())
      return try .json(["state": "free"])
    },
    .api(
      "POST", "/accounts/{user}/enable", office, "Enables an account that was disabled.",
      body: [.text("reason")] + .proofs
    ) { call in
      try await call.installation.enable(
        call.parameter("user"), reason: JSONBody(call.json)?["reason"] ?? "",
        as: try await call.freshActor())
      return try .json(["state": "enabled"])
    },
  ]

  private static func address(_ token: [UInt8]) throws -> Answer {
    try .json(["address": "/invitation/\(Hex.text(token))"], status: 201)
  }

  // MARK: Roles that wait

  private static let deciding: [Route] = [
    .api("GET", "/role-proposals", office, "The roles that wait for a second administrator.") {
      call in
      try .json(
        try await call.installation.grantProposals(as: try call.actor)
          .map(RoleProposalBody.init))
    },
    .api(
      "POST", "/role-proposals/{number}", office,
      "Gives a role that waits, or refuses it; never by who proposed it or is to hold it.",
      body: [.required("approve", .boolean)] + .proofs
    ) { call in
      guard let number = Int64(call.parameter("number")) else { throw ActRefusal.notFound }
      let isApproved = JSONBody(call.json)?.truth("approve") ?? false
      try await call.installation.decideProposal(
        number, isApproved: isApproved, as: try await call.freshActor())
      return try .json(["state": isApproved ? "held" : "refused"])
    },
  ]
}

/// A role with its evidence as a program names them: days as `2027-01-04`.
private struct AskedRole {
  let role: RoleID
  let site: SiteKey?
  let evidence: GrantEvidence

  init(_ body: JSONBody?) throws {
    role = try Self.role(body)
    site = try Self.site(body)
    guard let trained = try Self.day("trained_on", body),
      let delegated = try Self.day("delegated_on", body)
    else { throw Self.noDay("trained_on") }
    evidence = GrantEvidence(
      trainedOn: trained, trainedUntil: try Self.day("trained_until", body),
      delegatedOn: delegated)
  }

  static func role(_ body: JSONBody?) throws(ActRefusal) -> RoleID {
    guard let role = try? RoleID(parsing: body?["role"] ?? "") else {
      throw .invalid([
        Fault(field: "role", code: "no_role", sentence: "Name a role of the study.")
      ])
    }
    return role
  }

  static func site(_ body: JSONBody?) throws(ActRefusal) -> SiteKey? {
    guard let text = body?["site"], !text.isEmpty else { return nil }
    guard let site = try? SiteKey(parsing: text) else {
      throw .invalid([
        Fault(
          field: "site", code: "no_site", sentence: "There is no site of this key, such as 101.")
      ])
    }
    return site
  }

  private static func day(_ name: String, _ body: JSONBody?) throws(ActRefusal) -> CalendarDate? {
    guard let text = body?[name], !text.isEmpty else { return nil }
    guard let day = try? CalendarDate(parsing: text) else { throw noDay(name) }
    return day
  }

  private static func noDay(_ name: String) -> ActRefusal {
    .invalid([
      Fault(
        field: name, code: "bad_date",
        sentence: "Give the days of training and delegation such as 2027-01-04.")
    ])
  }
}

/// One's own account.
struct OwnAccountBody: Codable {
  struct OneSession: Codable {
    let session: String
    let since: String
    let seen: String
    let role: String?
    let isThis: Bool
  }
  struct OneRole: Codable {
    let trial: String
    let role: String
    let site: String
  }
  let username: String
  let name: String
  let recoveryCodesLeft: Int
  let roles: [OneRole]
  let sessions: [OneSession]

  init(_ session: StoredSession, _ own: Installation.OwnAccount) {
    username = session.username
    name = session.fullName
    recoveryCodesLeft = own.recoveryCodesLeft
    roles = own.grants.map { OneRole(trial: $0.trialKey, role: $0.role, site: $0.site) }
    sessions = own.sessions.map { one in
      OneSession(
        session: one.name, since: one.began.description, seen: one.seen.description,
        role: one.role, isThis: one.name == own.current)
    }
  }
}

/// What a person is told who opens an invitation.
struct InvitationBody: Codable {
  let username: String
  let name: String
  /// `invitation` of a new account, or `reset`.
  let kind: String
  /// Whether a code of a second administrator is asked for.
  let asksSpokenCode: Bool
  /// The secret of the one-time codes, in base 32: SHA-1, 6 digits, 30 s.
  let secret: String
  /// What the secret follows from, to be given back.
  let drawn: String
  let expiresAt: String

  init(_ open: OpenInvitation) {
    username = open.username
    name = open.fullName
    kind = open.kind.rawValue
    asksSpokenCode = open.kind == .reset
    secret = Base32.text(open.factorSecret)
    drawn = Hex.text(open.drawn)
    expiresAt = open.expiresAt.description
  }
}

/// Recovery codes, told once.
struct RecoveryCodesBody: Codable {
  let codes: [String]
}

/// A role that waits for a second administrator.
struct RoleProposalBody: Codable {
  let number: Int64
  let user: String
  let name: String
  let role: String
  let site: String
  let proposedBy: String
  let proposedAt: String
  let trainedOn: String
  let trainedUntil: String?
  let delegatedOn: String

  init(_ proposal: GrantProposal) {
    number = proposal.id
    user = proposal.username
    name = proposal.fullName
    role = proposal.role
    site = proposal.site
    proposedBy = proposal.proposer
    proposedAt = proposal.proposedAt.description
    trainedOn = proposal.evidence.trainedOn.description
    trainedUntil = proposal.evidence.trainedUntil?.description
    delegatedOn = proposal.evidence.delegatedOn.description
  }
}

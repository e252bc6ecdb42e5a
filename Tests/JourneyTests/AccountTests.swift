import Conduct
import Foundation
import Simulation
import Store
import StudyModel
import Testing

/// How people come to accounts and roles, and who can take them away.
@Suite(.serialized) struct AccountTests {
  private static var evidence: GrantEvidence {
    get throws {
      let day = try CalendarDate(parsing: "2027-01-04")
      return GrantEvidence(trainedOn: day, trainedUntil: nil, delegatedOn: day)
    }
  }
  private static let chosen = "grey harbour violin tundra"

  private static func newcomer(_ role: String, site: String? = nil) throws -> NewPerson {
    NewPerson(
      username: "n.comer", fullName: "New Comer", role: try RoleID(parsing: role),
      site: try site.map { try SiteKey(parsing: $0) }, evidence: try evidence)
  }

  private static func codes(_ refusal: ActRefusal) -> [String] {
    if case .invalid(let faults) = refusal { faults.map(\.code) } else { [] }
  }

  private static func digits(_ secret: [UInt8]) -> String {
    OneTimeCode.digits(
      secret, step: OneTimeCode.step(atSecond: Int64(Date().timeIntervalSince1970)))
  }

  /// Takes an invitation as the person would.
  private static func accept(
    _ token: [UInt8], spoken: String = "", _ office: Installation, password: String = chosen
  ) async throws -> [RecoveryCode] {
    let open = try await office.invitation(token)
    return try await office.accept(
      token,
      InvitationAnswer(
        password: password, repeated: password, drawn: open.drawn,
        digits: digits(open.factorSecret),
        spokenCode: spoken))
  }

  private static func administrators(_ world: ReferenceTrial) async throws -> (Actor, Actor) {
    let first = try #require(world.staff.person("access_admin"))
    let second = try #require(world.staff.people.last { $0.role.text == "access_admin" })
    try #require(first.user != second.user)
    return (try await world.actor(first), try await world.actor(second))
  }

  @Test func `REQ-050: no account is made for a place, an office or several people`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, _) = try await Self.administrators(world)
      func invited(_ username: String, _ fullName: String) async throws -> [String] {
        let role = try RoleID(parsing: "sponsor_lead")
        let refused = await refusal {
          _ = try await office.invite(
            NewPerson(
              username: username, fullName: fullName, role: role, site: nil,
              evidence: try Self.evidence), as: first)
        }
        return refused.map(Self.codes) ?? []
      }
      for (place, name) in [
        "Ward 3", "Ketamine Nurses", "The Study Team", "Shared Account", "Site 101 Staff",
        "On-call Physician",
      ].enumerated() {
        #expect(try await invited("name-\(place)", name) == ["no_person"], "\(name)")
        // Nor at the console.
        let refused = await refusal {
          _ = try await office.createAccount(
            username: "name-\(place)", fullName: name, password: ReferenceTrial.password,
            cost: Passwords.simulationCost)
        }
        #expect(refused.map(Self.codes) == ["no_person"], "\(name)")
      }
      #expect(try await invited("shared", "Mary Ward") == ["shared_account"])
      // People are called so, too.
      #expect(try await invited("m.ward", "Mary Ward") == [])
      let roles = try world.direct().lines(
        """
        select u.full_name from access.users u join access.grants g using (user_id)
         where u.username like 'name-%' or u.username in ('shared', 'm.ward')
        """)
      #expect(roles == ["Mary Ward"])
    }
  }

  @Test func `REQ-050: an invited person chooses password and device, and the address works once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (administrator, _) = try await Self.administrators(world)
      let token = try await office.invite(
        try Self.newcomer("coordinator", site: ReferenceTrial.london), as: administrator)
      // Before the invitation is taken no password opens the account, the empty one included.
      #expect(try await office.signIn(username: "n.comer", password: "") == nil)
      #expect(try await office.signIn(username: "n.comer", password: Self.chosen) == nil)
      let wrong = await refusal {
        try await office.accept(
          token,
          InvitationAnswer(
            password: "short", repeated: "short", drawn: [], digits: "000000", spokenCode: ""))
      }
      #expect(fields(of: wrong) == ["password", "code"])
      // Whoever opened the address before the person knows a secret, and not the one the person takes.
      let (before, open) = (try await office.invitation(token), try await office.invitation(token))
      #expect(before.factorSecret != open.factorSecret && open.factorSecret.count == 20)
      #expect(
        try await office.invitation(token, drawn: open.drawn).factorSecret == open.factorSecret)
      let other = await refusal {
        try await office.accept(
          token,
          InvitationAnswer(
            password: Self.chosen, repeated: Self.chosen, drawn: before.drawn,
            digits: Self.digits(open.factorSecret), spokenCode: ""))
      }
      #expect(fields(of: other) == ["code"])
      let codes = try await Self.accept(token, office)
      #expect(Set(codes).count == 10)
      #expect(
        codes.allSatisfy {
          $0.description.wholeMatch(of: /[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){5}/) != nil
        })
      #expect(await refusal { try await Self.accept(token, office) } == .notFound)
      let waiting = try #require(
        try await office.signIn(username: "n.comer", password: Self.chosen))
      // The code that took the device in is used up; a recovery code stands in, once.
      let code = codes[3].description.lowercased()
      let opened = try #require(try await office.giveCode(code, waiting: waiting.token))
      let session = try #require(try await office.session(token: opened.token))
      #expect(session.role == "coordinator" && session.isGranted)
      let again = try #require(
        try await office.signIn(username: "n.comer", password: Self.chosen))
      #expect(try await office.giveCode(code, waiting: again.token) == nil)
      #expect(
        try await office.ownAccount(session, token: opened.token).recoveryCodesLeft == 9)
      let waitingElsewhere = try #require(
        try await office.signIn(username: "n.comer", password: Self.chosen))
      let elsewhere = try #require(
        try await office.giveCode(codes[4].description, waiting: waitingElsewhere.token))
      // New codes end the old ones.
      let overheard = await refusal {
        _ = try await office.renewRecoveryCodes(
          password: Self.chosen, code: "", of: session, token: opened.token)
      }
      #expect(overheard == .authenticationFailed)
      let digits = try #require(try await office.trainingCode(waiting: opened.token))
      let fresh = try await office.renewRecoveryCodes(
        password: Self.chosen, code: digits, of: session, token: opened.token)
      // Another session of the person ends with them; the one that asked goes on.
      #expect(try await office.session(token: elsewhere.token) == nil)
      #expect(try await office.session(token: opened.token) != nil)
      let third = try #require(
        try await office.signIn(username: "n.comer", password: Self.chosen))
      #expect(try await office.giveCode(codes[5].description, waiting: third.token) == nil)
      #expect(try await office.giveCode(fresh[5].description, waiting: third.token) != nil)
    }
  }

  @Test func `an auditor's role is given with a last day, and ends with it`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, _) = try await Self.administrators(world)
      let auditor = try RoleID(parsing: "auditor")
      let person = try Self.newcomer("auditor")
      // Neither with an invitation nor later: the same evidence serves a coordinator.
      let invited = await refusal { _ = try await office.invite(person, as: first) }
      #expect(invited.map(Self.codes) == ["end_missing"])
      let other = try Self.newcomer("sponsor_lead")
      _ = try await office.invite(other, as: first)
      let given = await refusal {
        _ = try await office.giveRole(
          auditor, site: nil, try Self.evidence, to: other.username, as: first)
      }
      #expect(given.map(Self.codes) == ["end_missing"])
      try await office.endRole(other.role, site: nil, of: other.username, as: first)
      let today = CalendarDate(inUTC: ReferenceTrial.start)
      let limited = GrantEvidence(
        trainedOn: try Self.evidence.trainedOn, trainedUntil: today.advanced(by: 7),
        delegatedOn: try Self.evidence.delegatedOn)
      #expect(
        try await office.giveRole(auditor, site: nil, limited, to: other.username, as: first))
      func held() throws -> String {
        try world.direct().text(
          """
          select count(*)::text from access.grants g join access.users u using (user_id)
           where u.username = '\(other.username)' and g.role = 'auditor' and g.trained_until = '\(today.advanced(by: 7))'
          """)
      }
      #expect(try held() == "1")
      // Without an end it is not renewed either.
      let renewed = await refusal {
        try await office.giveRole(
          auditor, site: nil, try Self.evidence, to: other.username, as: first)
      }
      #expect(renewed.map(Self.codes) == ["end_missing"])
      #expect(try held() == "1")
    }
  }

  @Test func `an invitation ends with the fifth wrong answer`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (administrator, _) = try await Self.administrators(world)
      let token = try await office.invite(
        try Self.newcomer("monitor", site: ReferenceTrial.london), as: administrator)
      for attempt in 1...5 {
        let refused = await refusal {
          try await office.accept(
            token,
            InvitationAnswer(
              password: Self.chosen, repeated: Self.chosen, drawn: [], digits: "12345",
              spokenCode: ""))
        }
        #expect(fields(of: refused) == ["code"], "\(attempt)")
      }
      #expect(await refusal { try await office.invitation(token) } == .notFound)
    }
  }

  @Test func `a role that knows arms across sites waits for a second administrator`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, second) = try await Self.administrators(world)
      _ = try await office.invite(try Self.newcomer("data_manager_u"), as: first)
      let user = try #require(try await office.user(named: "n.comer"))
      #expect(try await office.grants(of: user).isEmpty)
      let waiting = try #require(try await office.grantProposals(as: first).first)
      let own = await refusal {
        try await office.decideProposal(waiting.id, isApproved: true, as: first)
      }
      #expect(own?.code == "second_person_needed")
      // Nor past the act, by the login of the accounts itself.
      let direct = try world.direct("eq_access")
      #expect(
        direct.refusal(
          of: """
            update access.grant_proposals set decided_by = \(first.user), decided_at = now(), is_approved = true
             where proposal_id = \(waiting.id)
            """) == "23514")
      #expect(try await office.grants(of: user).isEmpty)
      try await office.decideProposal(waiting.id, isApproved: true, as: second)
      #expect(try await office.grants(of: user).map(\.role) == ["data_manager_u"])
      #expect(try await office.grantProposals(as: second).isEmpty)
    }
  }

  @Test func `REQ-037: a reset takes two administrators, and neither of them alone comes in`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, second) = try await Self.administrators(world)
      let person = try #require(world.staff.person("coordinator"))
      // Somebody who works: a sign-in before, and a session in force.
      let session = try await Self.signIn(person, office)
      // An account at a provider that was linked before.
      try world.direct().run(
        """
        insert into access.provider_identities (user_id, issuer, subject_digest)
        values (\(person.user), 'https://login.example.org', sha256('somebody'))
        """)
      let token = try await office.reset(person.username, as: first)
      #expect(fields(of: await refusal { try await Self.accept(token, office) }) == ["spoken"])
      let own = await refusal { try await office.confirmReset(of: person.username, as: first) }
      #expect(own?.code == "second_person_needed")
      // Until it is done, nothing has changed for the person.
      #expect(try await office.session(token: session.token) != nil)
      let code = try await office.confirmReset(of: person.username, as: second)
      let guessed = await refusal {
        try await Self.accept(token, spoken: "AAAA-AAAA", office)
      }
      #expect(fields(of: guessed) == ["spoken"])
      _ = try await Self.accept(token, spoken: code.lowercased(), office)
      #expect(try await office.session(token: session.token) == nil)
      #expect(
        try await office.signIn(username: person.username, password: person.password) == nil)
      #expect(
        try await office.signIn(username: person.username, password: Self.chosen) != nil)
      let events = try world.direct().lines(
        "select kind from access.events where subject = '\(person.username)' order by event_id")
      #expect(
        events.filter { $0.hasPrefix("reset") } == [
          "reset started", "reset confirmed", "reset done",
        ])
      #expect(events.contains("provider unlinked"))
      #expect(
        try world.direct().text(
          "select count(*)::text from access.provider_identities where ended_at is null") == "0")
    }
  }

  private static func signIn(
    _ person: SimulatedPerson, _ office: Installation
  ) async throws -> OpenedSession {
    let waiting = try #require(
      try await office.signIn(username: person.username, password: person.password))
    let code = try #require(try await office.trainingCode(waiting: waiting.token))
    return try #require(try await office.giveCode(code, waiting: waiting.token))
  }

  @Test func `REQ-061: a role is suspended while its training is over`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, _) = try await Self.administrators(world)
      let person = try #require(world.staff.person("coordinator"))
      let session = try await Self.signIn(person, office)
      #expect(try await office.session(token: session.token)?.isGranted == true)
      try world.direct().run(
        """
        update access.grants set trained_on = '2020-01-01', trained_until = '2020-12-31', delegated_on = '2020-01-01'
         where user_id = \(person.user)
        """)
      #expect(try await office.session(token: session.token)?.isGranted == false)
      #expect(try await office.grants(of: person.user).isEmpty)
      // Given again with new evidence it is held again, and the record tells both.
      #expect(
        try await office.giveRole(
          person.role, site: person.site, try Self.evidence, to: person.username, as: first))
      let periods = try await office.rolesEverHeld(by: person.username, as: first)
      #expect(periods.filter { $0.ended == nil }.map(\.evidence) == [try Self.evidence])
      #expect(
        periods.contains {
          $0.ended != nil && $0.evidence?.trainedUntil?.description == "2020-12-31"
        })
      #expect(
        try world.direct().text(
          "select kind from access.events where subject = '\(person.user)' order by event_id desc limit 1"
        ) == "evidence renewed")
      #expect(try await office.session(token: session.token)?.isGranted == true)
      let over = GrantEvidence(
        trainedOn: try CalendarDate(parsing: "2020-01-01"),
        trainedUntil: try CalendarDate(parsing: "2020-12-31"),
        delegatedOn: try CalendarDate(parsing: "2020-01-01"))
      let refused = await refusal {
        try await office.giveRole(
          person.role, site: person.site, over, to: person.username, as: first)
      }
      #expect(fields(of: refused) == ["trained_until"])
    }
  }

  @Test func `REQ-065, REQ-054: disabling an account ends its sessions at once`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, _) = try await Self.administrators(world)
      let person = try #require(world.staff.person("investigator"))
      let session = try await Self.signIn(person, office)
      try await office.disable(person.username, reason: "left the site", as: first)
      #expect(try await office.session(token: session.token) == nil)
      #expect(
        try await office.signIn(username: person.username, password: person.password) == nil)
      let stale = try await world.actor(
        try #require(world.staff.person("access_admin")),
        authenticatedAt: ReferenceTrial.start.advanced(bySeconds: -600))
      #expect(
        await refusal { try await office.enable(person.username, reason: "back", as: stale) }
          == .secondFactorStale)
      try await office.enable(person.username, reason: "back again", as: first)
      #expect(
        try await office.signIn(username: person.username, password: person.password) != nil)
      let own = await refusal {
        try await office.disable(first.username, reason: "by mistake", as: first)
      }
      #expect(own?.code == "own_account")
    }
  }

  @Test func `REQ-064: who held which role at any instant stays known`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, _) = try await Self.administrators(world)
      let person = try #require(world.staff.person("coordinator"))
      func held() async throws -> Int {
        // The database's own clock numbers the periods.
        let now = try UTCInstant(
          parsing: world.direct().text(
            "select replace((clock_timestamp() at time zone 'UTC')::text, ' ', 'T') || 'Z'"))
        instants.append(now)
        return try await count(at: now)
      }
      func count(at instant: UTCInstant) async throws -> Int {
        try await office.roles(at: instant, as: first)
          .count { $0.username == person.username }
      }
      var instants: [UTCInstant] = []
      #expect(try await held() == 1)
      try await office.endRole(
        person.role, site: person.site, of: person.username, as: first)
      #expect(try await held() == 0)
      _ = try await office.giveRole(
        person.role, site: person.site, try Self.evidence, to: person.username, as: first)
      #expect(try await held() == 1)
      // The past is told as it was, though the grant itself was given again.
      var told: [Int] = []
      for instant in instants { told.append(try await count(at: instant)) }
      #expect(told == [1, 0, 1])
      // On a day counts whoever held it at any time of that day.
      let (zone, day) = (
        try SiteClock(zone: "Europe/London"),
        try SiteClock(zone: "Europe/London")
          .date(at: instants[0])
      )
      for (days, held) in [(0, 2), (1, 1), (-1, 0)] {
        #expect(
          try await office.roles(on: day.advanced(by: days), by: zone, as: first)
            .count { $0.username == person.username } == held, "\(days) days later")
      }
      // A role is kept while the account is disabled, and nothing is done in it.
      try await office.disable(person.username, reason: "on leave", as: first)
      #expect(try await held() == 1)
      try await office.enable(person.username, reason: "back", as: first)
      #expect(try await held() == 1)
      var disabled: [[Bool]] = []
      for instant in instants.suffix(3) {
        disabled.append(
          try await office.roles(at: instant, as: first)
            .filter { $0.username == person.username }.map(\.isDisabled))
      }
      #expect(disabled == [[false], [true], [false]])
      #expect(
        try await office.roles(on: day, by: zone, as: first)
          .filter { $0.username == person.username }.map(\.isDisabled) == [false, false])
      // No login changes a period, and none but the owner could remove one.
      let direct = try world.direct("eq_access")
      #expect(direct.refusal(of: "update access.grant_periods set began_at = now()") == "42501")
      #expect(
        try world.direct().refusal(of: "update access.grant_periods set role = 'rater'") == "EQ403")
      #expect(try world.direct().refusal(of: "delete from access.grant_periods") == "EQ403")
    }
  }

  @Test func `a changed password ends every other session of the person`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.person("coordinator"))
      let (kept, other) = (
        try await Self.signIn(person, office), try await Self.signIn(person, office)
      )
      let session = try #require(try await office.session(token: kept.token))
      let wrong = await refusal {
        try await office.changePassword(
          from: "not the password", to: Self.chosen, repeated: Self.chosen, of: session,
          token: kept.token)
      }
      #expect(wrong == .authenticationFailed)
      let renewed = try await office.changePassword(
        from: person.password, to: Self.chosen, repeated: Self.chosen, of: session,
        token: kept.token)
      // Who copied the cookie of this very session is out too.
      #expect(try await office.session(token: kept.token) == nil)
      #expect(try await office.session(token: other.token) == nil)
      let going = try #require(try await office.session(token: renewed.token))
      #expect(going.formToken != session.formToken && going.expiresAt == session.expiresAt)
      #expect(going.role == session.role && going.freshAt == session.freshAt)
    }
  }

  @Test func `REQ-051: a password holds no name of program, study, site or person`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.person("coordinator"))
      let signedIn = try await Self.signIn(person, office)
      let session = try #require(try await office.session(token: signedIn.token))
      let site = try #require(world.definition.sites.first).title
      for word in ["Equipoise", world.trial.key, site, "psychotherapy", person.username] {
        let password = "grey violin tundra \(word)"
        let refused = await refusal {
          try await office.changePassword(
            from: person.password, to: password, repeated: password, of: session,
            token: signedIn.token)
        }
        #expect(fields(of: refused) == ["new"], "\(word)")
      }
      // Nor when an account is opened, on the console or by invitation.
      let console = await refusal {
        try await office.createAccount(
          username: "late", fullName: "Late", password: "grey violin tundra \(site)")
      }
      #expect(fields(of: console) == ["password"])
      let (administrator, _) = try await Self.administrators(world)
      let token = try await office.invite(
        try Self.newcomer("monitor", site: ReferenceTrial.london), as: administrator)
      let password = "grey violin tundra \(site)"
      let invited = await refusal {
        try await office.accept(
          token,
          InvitationAnswer(
            password: password, repeated: password, drawn: [], digits: "000000", spokenCode: ""))
      }
      #expect(fields(of: invited).contains("password"))
      _ = try await office.changePassword(
        from: person.password, to: Self.chosen, repeated: Self.chosen, of: session,
        token: signedIn.token)
    }
  }

  @Test func `one's own session is ended with the password, and nobody else's at all`() async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.person("coordinator"))
      let (kept, other) = (
        try await Self.signIn(person, office), try await Self.signIn(person, office)
      )
      let session = try #require(try await office.session(token: kept.token))
      let own = try await office.ownAccount(session, token: kept.token)
      #expect(own.sessions.count == 2)
      let name = try #require(own.sessions.first { $0.name != own.current }).name
      let wrong = await refusal {
        try await office.endOwnSession(name, password: "not the password", of: session)
      }
      #expect(wrong == .authenticationFailed)
      #expect(try await office.session(token: other.token) != nil)
      let somebody = try #require(world.staff.person("investigator"))
      let stranger = try await Self.signIn(somebody, office)
      let theirs = try #require(try await office.session(token: stranger.token))
      let foreign = await refusal {
        try await office.endOwnSession(name, password: somebody.password, of: theirs)
      }
      #expect(foreign == .notFound)
      try await office.endOwnSession(name, password: person.password, of: session)
      #expect(try await office.session(token: other.token) == nil)
      #expect(try await office.session(token: kept.token) != nil)
    }
  }
}

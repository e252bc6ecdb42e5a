import Foundation
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// What nobody does alone to the account of somebody else, and what becomes of a session when its rights change.
@Suite(.serialized) struct AccountOfOthersTests {
  private static func evidence() throws -> GrantEvidence {
    let day = try CalendarDate(parsing: "2027-01-04")
    return GrantEvidence(trainedOn: day, trainedUntil: nil, delegatedOn: day)
  }

  private static func administrators(_ world: ReferenceTrial) async throws -> (Actor, Actor) {
    let first = try #require(world.staff.person("access_admin"))
    let second = try #require(world.staff.people.last { $0.role.text == "access_admin" })
    return (try await world.actor(first), try await world.actor(second))
  }

  @Test
  func `REQ-037: one administrator makes no other one, and takes over no account nobody used yet`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, second) = try await Self.administrators(world)
      let newcomer = NewPerson(
        username: "b.sham", fullName: "Bea Sham", role: try RoleID(parsing: "access_admin"),
        site: nil, evidence: try Self.evidence())
      let token = try await office.invite(newcomer, as: first)
      let proposal = try #require(try await office.grantProposals(as: first).first)
      #expect(proposal.role == "access_admin")
      let alone = await refusal {
        try await office.decideProposal(proposal.id, isApproved: true, as: first)
      }
      #expect(alone?.code == "second_person_needed")
      // Nor does the one it is for.
      let own = Actor(
        user: proposal.user, username: "b.sham", fullName: "Bea Sham", role: first.role,
        sites: .all, trial: first.trial, definition: first.definition,
        authenticatedAt: first.authenticatedAt, secondFactorAt: first.secondFactorAt, session: "")
      let forOneself = await refusal {
        try await office.decideProposal(proposal.id, isApproved: true, as: own)
      }
      #expect(forOneself?.code == "second_person_needed")
      // Who invited somebody does not say who it is.
      let verified = await refusal {
        try await office.recordIdentityCheck(of: proposal.user, method: "passport", as: first)
      }
      #expect(verified?.code == "second_person_needed")
      try await office.recordIdentityCheck(of: proposal.user, method: "passport", as: second)
      try await office.decideProposal(proposal.id, isApproved: true, as: second)
      #expect(
        try await office.grants(of: proposal.user).map(\.role) == ["access_admin"])
      // Opened and never used: from here on it is a reset, which two people make.
      let open = try await office.invitation(token)
      let password = "grey harbour violin tundra"
      _ = try await office.accept(
        token,
        InvitationAnswer(
          password: password, repeated: password, drawn: open.drawn,
          digits: OneTimeCode.digits(
            open.factorSecret,
            step: OneTimeCode.step(atSecond: Int64(Date().timeIntervalSince1970))),
          spokenCode: ""))
      let again = try await office.reset("b.sham", as: first)
      #expect(try await office.invitation(again).kind == .reset)
      // An account of the console had its password before anybody signed in: asked twice, it stays a reset.
      let console = try await office.createAccount(
        username: "c.console", fullName: "Cal Console", password: ReferenceTrial.password,
        cost: Passwords.simulationCost)
      try await office.grant(
        try RoleID(parsing: "sponsor_lead"), site: nil, in: world.trial, to: console.user)
      for _ in 0..<2 {
        let address = try await office.reset("c.console", as: first)
        #expect(try await office.invitation(address).kind == .reset)
      }
    }
  }

  @Test func `REQ-058: administrators leave the accounts of other studies alone`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let (first, _) = try await Self.administrators(world)
      let source = try #require(EmbeddedStudies.definition("kap-ect"))
      let live = try await office.loadStudy(source, mode: .live, key: "elsewhere")
      let stranger = try await office.createAccount(
        username: "of.elsewhere", fullName: "Ann Elsewhere",
        password: ReferenceTrial.password, cost: Passwords.simulationCost)
      try await office.grant(
        try RoleID(parsing: "oncall_physician"), site: nil, in: live, to: stranger.user)
      func disabled(_ name: String) async -> ActRefusal? {
        await refusal { try await office.disable(name, reason: "because", as: first) }
      }
      #expect(await disabled("of.elsewhere")?.code == "of_another_study")
      #expect(
        await refusal { _ = try await office.reset("of.elsewhere", as: first) }?.code
          == "of_another_study")
      // A role in a study that is not live makes nobody its administrators' to disable.
      #expect(first.trial.mode != TrialMode.live.rawValue)
      #expect(
        try await office.giveRole(
          try RoleID(parsing: "sponsor_lead"), site: nil, try Self.evidence(), to: "of.elsewhere",
          as: first))
      #expect(await disabled("of.elsewhere")?.code == "of_another_study")
      #expect(try await office.account("of.elsewhere", as: first).isEnabled)
      // Neither is a review of roles a way round it, nor is their identity told of here.
      let desk = try await office.accessReviewDesk(as: first)
      let recalled = desk.roles.map { line in
        ReviewedRole(
          username: line.username, role: line.role, site: line.site,
          decision: line.isOwn ? .own : line.username == "of.elsewhere" ? .recall : .keep)
      }
      #expect(
        await refusal {
          _ = try await office.signAccessReview(recalled, next: desk.latestNext, as: first)
        }?.code == "of_another_study")
      #expect(try await office.account("of.elsewhere", as: first).isEnabled)
      #expect(
        await refusal {
          try await office.recordIdentityCheck(of: stranger.user, method: "passport", as: first)
        }?.code == "of_another_study")
      // Whoever works here alone is theirs.
      let own = try #require(world.staff.person("coordinator"))
      #expect(await disabled(own.username) == nil)
      // And a training server, which shows codes, is not started over a live study.
      let training = await refusal { _ = try await TrainingStudy.prepare(office) { _ in } }
      #expect(training?.code == "live_study")
    }
  }

  @Test func `REQ-054, T8: a session goes on under other tokens when its role changes`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.person("coordinator"))
      let grants = try await office.grants(of: person.user)
      let waiting = try #require(
        try await office.signIn(username: person.username, password: person.password))
      let code = try #require(try await office.trainingCode(waiting: waiting.token))
      let copied = try #require(try await office.giveCode(code, waiting: waiting.token))
      let renewed = try await office.choose(try #require(grants.last), token: copied.token)
      #expect(try await office.session(token: copied.token) == nil)
      let session = try #require(try await office.session(token: renewed.token))
      #expect(session.formToken == renewed.formToken && renewed.formToken != copied.formToken)
      #expect(session.role == grants.last?.role && session.isGranted)
      // What is not held is not chosen, and the session at hand goes on.
      let other = Grant(
        trial: grants[0].trial, trialKey: grants[0].trialKey, role: "rand_manager", site: "*")
      #expect(
        await refusal { _ = try await office.choose(other, token: renewed.token) } == .notFound)
      #expect(try await office.session(token: renewed.token) != nil)
    }
  }

  @Test func `what is typed as a name that nobody has is kept nowhere`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let typed = "a password in the wrong box"
      #expect(
        try await office.signIn(username: typed, password: "whatever", from: "192.0.2.9") == nil)
      let direct = try world.direct()
      #expect(
        try direct.lines("select subject from access.events where detail = '192.0.2.9'") == [""])
      #expect(
        try direct.text(
          "select count(*)::text from access.events e where e::text like '%\(typed)%'")
          == "0")
    }
  }

  @Test func `REQ-055: what is tried while the waiting time runs locks nobody out`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.person("coordinator"))
      for _ in 0..<40 {
        _ = try await office.signIn(username: person.username, password: "wrong")
      }
      #expect(
        try world.direct().text(
          "select failures::text from access.users where user_id = \(person.user)") == "5")
      let (first, _) = try await Self.administrators(world)
      #expect(try await office.account(person.username, as: first).failures == 5)
      try await office.endWaiting(of: person.username, as: first)
      #expect(
        try await office.signIn(username: person.username, password: person.password) != nil)
    }
  }

  @Test func `REQ-195: letters are sent of live studies alone`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let source = try #require(EmbeddedStudies.definition("kap-ect"))
      let people = world.staff.people
      for (mode, key) in [(TrialMode.training, "practised"), (.live, "lived")] {
        let trial = try await office.loadStudy(source, mode: mode, key: key)
        let person = try #require(people.first { $0.role.text == "medical_monitor" })
        try await office.setLetterAddress("m@example.org", of: person.user)
        try await office.grant(person.role, site: nil, in: trial, to: person.user)
        try world.direct().run(
          "select access.write_letters(\(trial.id), '*', array['medical_monitor'], clock_timestamp())"
        )
      }
      let carrier = Kept()
      #expect(await office.sendLetters(by: carrier, from: "office@example.org") == 0)
      #expect(
        try world.direct().lines(
          """
          select t.key from access.letters l join open.trials t using (trial_id)
           where l.sent_at is not null order by 1
          """) == ["lived"])
    }
  }

  private struct Kept: LetterCarrier {
    func carry(_ letter: String) async throws {}
  }
}

import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// What a person gives for a signature (21 CFR 11.200), with real sessions.
@Suite(.serialized) struct SignatureProofTests {
  /// An investigator who has just signed in, at a form that waits for the signature.
  private struct Desk {
    let world: ReferenceTrial
    let walk: Walk
    let person: SimulatedPerson
    let now: UTCInstant
    let token: [UInt8]

    init(_ world: ReferenceTrial, _ walk: Walk) async throws {
      self.world = world
      self.walk = walk
      now = walk.instant(12)
      person = try #require(
        world.staff.person("investigator", at: SiteKey(parsing: walk.way.site)))
      token = try await Self.signIn(person, world.installation)
    }

    static func signIn(
      _ person: SimulatedPerson, _ office: Installation
    ) async throws -> [UInt8] {
      let waiting = try #require(
        try await office.signIn(username: person.username, password: person.password))
      let code = try #require(try await office.trainingCode(waiting: waiting.token))
      return try #require(try await office.giveCode(code, waiting: waiting.token)).token
    }

    /// The form's next version, which no signature covers.
    func change(_ version: Int) async throws {
      try await walk.save(
        "ELIG", "SCR", walk.criteria(), expected: version, reason: "looked at again \(version)",
        at: walk.instant(Int64(9 + version)))
    }

    /// Signs the form in the session; the code of what refused it, nil when it was signed.
    func sign(_ version: Int, token: [UInt8]? = nil) async throws -> String? {
      guard let stored = try await world.installation.session(token: token ?? self.token) else {
        return "no session"
      }
      let plain = try await world.actor(person, now: now)
      let actor = Actor(
        user: plain.user, username: plain.username, fullName: plain.fullName, role: plain.role,
        sites: plain.sites, trial: plain.trial, definition: plain.definition,
        authenticatedAt: now, session: stored.mark)
      let refused: ActRefusal? = await refusal {
        try await world.installation.at(now).signEntry(
          walk.key, FormID(parsing: "ELIG"), VisitCode(parsing: "SCR"), version: version, as: actor)
      }
      return refused?.code
    }

    func takes() async throws -> SignatureProof? {
      try await world.installation.session(token: token)?.signatureTakes
    }

    /// Lets some minutes pass for what was given in the sessions.
    func wait(_ minutes: Int) throws {
      try world.direct().run(
        """
        update access.sessions set fresh_at = fresh_at - interval '\(minutes) minutes',
               both_at = both_at - interval '\(minutes) minutes'
        """)
    }
  }

  @Test
  func `REQ-033: signing in proves the first signature, and each further one takes the password`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world, try await Walk.ready(world))
      try await desk.change(1)
      #expect(try await desk.takes() == .nothing)
      #expect(try await desk.sign(2) == nil)
      try await desk.change(2)
      #expect(try await desk.takes() == .password)
      // Freshly signed in, and yet nothing was given for this one.
      #expect(try await desk.sign(3) == "signature_unproved")
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await world.installation.confirmPassword(
          "wrong", user: desk.person.user, token: desk.token)
      }
      #expect(try await desk.sign(3) == "signature_unproved")
      try await world.installation.confirmPassword(
        desk.person.password, user: desk.person.user, token: desk.token)
      #expect(try await desk.sign(3) == nil)
      let signed = try world.direct().lines(
        """
        select version || ' ' || (voided_at is null) from open.signatures
         where form = 'ELIG' and version > 1 order by version
        """)
      #expect(signed == ["2 false", "3 true"])
    }
  }

  @Test
  func
    `REQ-033: the first signature of a session takes both components, and the next session both again`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let desk = try await Desk(world, try await Walk.ready(world))
      let user = desk.person.user
      try await desk.change(1)
      try desk.wait(6)
      #expect(try await desk.takes() == .both)
      #expect(try await desk.sign(2) == "signature_unproved")
      try await office.confirmPassword(desk.person.password, user: user, token: desk.token)
      #expect(try await desk.sign(2) == "signature_needs_both")
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await office.confirmPassword(
          desk.person.password, code: "abc", user: user, token: desk.token)
      }
      let code = try #require(try await office.trainingCode(waiting: desk.token))
      try await office.confirmPassword(
        desk.person.password, code: code, user: user, token: desk.token)
      #expect(try await desk.sign(2) == nil)
      // A code works once.
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await office.confirmPassword(
          desk.person.password, code: code, user: user, token: desk.token)
      }
      try await desk.change(2)
      try await office.confirmPassword(desk.person.password, user: user, token: desk.token)
      try await office.signOut(token: desk.token)
      #expect(try await desk.sign(3) == "no session")
      try world.direct().run("update access.users set factor_step = 0")
      let next = try await Desk.signIn(desk.person, office)
      try desk.wait(6)
      try await office.confirmPassword(desk.person.password, user: user, token: next)
      #expect(try await desk.sign(3, token: next) == "signature_needs_both")
    }
  }

  @Test func `REQ-033: in a trial of people nobody signs outside of a session`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try world.tamper("update open.trials set mode = 'live'")
      let person = try #require(
        world.staff.person("investigator", at: SiteKey(parsing: walk.way.site)))
      let direct = try world.direct(Login.owner, role: "investigator", actor: person.user)
      let refused = direct.refusal(
        of: """
          insert into open.lock_signatures (trial_id, act, attempt, signer, name, role, meaning, detail, at)
          values (\(world.trial.id), 'analysis_plan', 1, \(person.user), 'n', 'investigator', 'm', '', now())
          """)
      #expect(refused == "EQ447")
    }
  }

  @Test func `REQ-033: forms signed together take one proof, and the next act another`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, Way(leftOut: [.consentSignature]))
      let desk = try await Desk(world, walk)
      try await desk.change(1)
      let office = world.installation.at(desk.now)
      let stored = try #require(try await office.session(token: desk.token))
      let plain = try await world.actor(desk.person, now: desk.now)
      let actor = Actor(
        user: plain.user, username: plain.username, fullName: plain.fullName, role: plain.role,
        sites: plain.sites, trial: plain.trial, definition: plain.definition,
        authenticatedAt: desk.now, session: stored.mark)
      let orders = try await office.signableForms(of: walk.key, as: actor).map {
        SigningOrder($0.address, version: $0.version)
      }
      try #require(orders.count >= 2)
      #expect(try await office.signEntries(orders, of: walk.key, as: actor) == orders.count)
      try await desk.change(2)
      #expect(try await desk.sign(3) == "signature_unproved")
    }
  }
}

import Simulation
import SoftPasskeys
import StudyModel
import Testing

@testable import Conduct
@testable import Passkeys
@testable import Store

/// Passkeys in the accounts of people: added, given at sign-in, beside a signature, and taken away.
@Suite(.serialized) struct PasskeySignInTests {
  /// A person who signed in with a code and may add a passkey.
  private final class Desk {
    let world: ReferenceTrial
    let person: SimulatedPerson
    private(set) var token: [UInt8]
    private(set) var session: StoredSession
    var office: Installation { world.installation }
    let party = SoftAuthenticator.party

    init(
      _ world: ReferenceTrial, _ role: String = "coordinator",
      at site: String? = ReferenceTrial.london
    )
      async throws
    {
      self.world = world
      let actor = try await world.actor(role, at: site)
      person = try #require(
        world.staff.person(role, at: site.map { try SiteKey(parsing: $0) }))
      #expect(actor.user == person.user)
      let office = world.installation
      let waiting = try #require(
        try await office.signIn(username: person.username, password: person.password))
      let code = try #require(try await office.trainingCode(waiting: waiting.token))
      token = try #require(try await office.giveCode(code, waiting: waiting.token)).token
      session = try #require(try await office.session(token: token))
    }

    func add(_ device: SoftAuthenticator, code: String? = nil) async throws {
      let asked = try await office.passkeyChallenge(.add, of: session, token: token, at: party)
      let digits = try await office.trainingCode(waiting: token)
      try await follow(
        try await office.addPasskey(
          device.registration(asked.challenge), named: "Key on my ring", password: person.password,
          code: code ?? digits ?? "", of: session, token: token, at: party))
    }

    func remove(_ number: Int64, password: String? = nil, code: String? = nil) async throws {
      try world.direct().run("update access.users set factor_step = 0")
      let digits = try await office.trainingCode(waiting: token)
      try await follow(
        try await office.removePasskey(
          number, password: password ?? person.password, code: code ?? digits ?? "", of: session,
          token: token, at: party))
    }

    /// Goes on with the tokens of a changed factor; the earlier ones open nothing.
    private func follow(_ renewed: OpenedSession) async throws {
      #expect(try await office.session(token: token) == nil)
      token = renewed.token
      session = try #require(try await office.session(token: token))
    }

    /// A session that waits for its second factor, and the question to its passkeys.
    func waiting() async throws -> (token: [UInt8], challenge: [UInt8]) {
      let waiting = try #require(
        try await office.signIn(username: person.username, password: person.password))
      let half = try #require(try await office.session(token: waiting.token))
      let asked = try await office.passkeyChallenge(
        .signIn, of: half, token: waiting.token, at: party)
      return (waiting.token, asked.challenge)
    }

    func giveOf(_ device: SoftAuthenticator) async throws -> OpenedSession? {
      let half = try await waiting()
      return try await office.givePasskey(
        device.assertion(half.challenge), waiting: half.token, at: party)
    }

    func failures() throws -> String {
      try world.direct().text(
        "select failures::text from access.users where user_id = \(person.user)")
    }

    func forgive() throws {
      try world.direct().run(
        "update access.users set failures = 0, retry_after = null where user_id = \(person.user)")
    }
  }

  @Test func `REQ-052: a passkey stands in for the code, and its use is on record`() async throws {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      let device = try SoftAuthenticator()
      try await desk.add(device)
      let opened = try #require(try await desk.giveOf(device))
      let whole = try #require(try await desk.office.session(token: opened.token))
      #expect(whole.isComplete && whole.isByPasskey)
      #expect(try await desk.office.actor(of: whole)?.role.id.text == "coordinator")
      #expect(whole.signatureTakes == .nothing)
      let kinds = try world.direct().lines(
        """
        select kind || ' ' || detail from access.events
         where subject = '\(desk.person.username)' order by event_id desc limit 2
        """)
      #expect(kinds.first == "signed in passkey")
      #expect(kinds.last?.hasPrefix("passkey added passkey ") == true)
      #expect(try desk.failures() == "0")
    }
  }

  @Test func `REQ-052: a passkey is added with password and code, once, and ends other sessions`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      let device = try SoftAuthenticator()
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.add(device, code: "abc")
      }
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.add(device, code: "")
      }
      #expect(try await desk.office.ownPasskeys(desk.session).isEmpty)
      let other = try await world.bearer("coordinator", at: ReferenceTrial.london)
      #expect(try await desk.office.session(token: other) != nil)
      try await desk.add(device)
      #expect(try await desk.office.session(token: other) == nil)
      #expect(try await desk.office.session(token: desk.token) != nil)
      // The same passkey again, also of somebody else, is refused.
      try world.direct().run("update access.users set factor_step = 0")
      let again = await refusal { try await desk.add(device) }
      #expect(again?.sentence.contains("not taken") == true)
      #expect(try await desk.office.ownPasskeys(desk.session).count == 1)
    }
  }

  @Test func `REQ-052: a challenge is answered once, in time, in its session and for its purpose`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      let device = try SoftAuthenticator()
      try await desk.add(device)
      // Twice.
      let half = try await desk.waiting()
      let given = try device.assertion(half.challenge)
      #expect(
        try await desk.office.givePasskey(given, waiting: half.token, at: desk.party) != nil)
      let next = try #require(
        try await desk.office.signIn(
          username: desk.person.username, password: desk.person.password))
      #expect(
        try await desk.office.givePasskey(given, waiting: next.token, at: desk.party) == nil)
      // In another session than the one that was asked.
      let first = try await desk.waiting()
      let second = try await desk.waiting()
      #expect(
        try await desk.office.givePasskey(
          device.assertion(first.challenge), waiting: second.token, at: desk.party) == nil)
      // A wrong answer uses it up as well.
      var liar = device
      liar.origin = "https://evil.example"
      #expect(
        try await desk.office.givePasskey(
          liar.assertion(second.challenge), waiting: second.token, at: desk.party) == nil)
      #expect(
        try await desk.office.givePasskey(
          device.assertion(second.challenge), waiting: second.token, at: desk.party) == nil)
      // Too late.
      let late = try await desk.waiting()
      try world.direct().run(
        "update access.passkey_challenges set expires_at = clock_timestamp()")
      #expect(
        try await desk.office.givePasskey(
          device.assertion(late.challenge), waiting: late.token, at: desk.party) == nil)
      // At another server than the one that was asked.
      try desk.forgive()
      let here = try await desk.waiting()
      let other = try #require(RelyingParty(authority: "other.example.org"))
      var abroad = device
      (abroad.server, abroad.origin) = (other.id, other.origin)
      #expect(
        try await desk.office.givePasskey(
          abroad.assertion(here.challenge), waiting: here.token, at: other) == nil)
      // Asked for a proof within the session, and used to sign in.
      try desk.forgive()
      let waiting = try #require(
        try await desk.office.signIn(
          username: desk.person.username, password: desk.person.password))
      let inside = try await desk.office.passkeyChallenge(
        .confirm, of: desk.session, token: desk.token, at: desk.party)
      #expect(
        try await desk.office.givePasskey(
          device.assertion(inside.challenge), waiting: waiting.token, at: desk.party) == nil)
    }
  }

  @Test
  func `REQ-055: wrong passkeys count as failures, and after five the right one waits as well`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      let device = try SoftAuthenticator()
      try await desk.add(device)
      let half = try await desk.waiting()
      let stranger = try SoftAuthenticator()
      #expect(
        try await desk.office.givePasskey(
          stranger.assertion(half.challenge), waiting: half.token, at: desk.party) == nil)
      #expect(try desk.failures() == "1")
      try world.direct().run(
        """
        update access.users set failures = 5, retry_after = clock_timestamp() + interval '1 minute'
         where user_id = \(desk.person.user)
        """)
      let session = try #require(try await desk.office.session(token: half.token))
      let asked = try await desk.office.passkeyChallenge(
        .signIn, of: session, token: half.token, at: desk.party)
      #expect(
        try await desk.office.givePasskey(
          device.assertion(asked.challenge), waiting: half.token, at: desk.party) == nil)
    }
  }

  @Test func `REQ-052: a passkey that counts backwards or stands still is refused and on record`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      var device = try SoftAuthenticator()
      device.count = 4
      try await desk.add(device)
      for (count, isTaken) in [(5, true), (5, false), (4, false), (0, false), (6, true)] {
        device.count = UInt32(count)
        let opened = try await desk.giveOf(device)
        #expect((opened != nil) == isTaken, "\(count)")
      }
      let told = try world.direct().text(
        "select count(*)::text from access.events where kind = 'passkey counted backwards'")
      #expect(told == "3")
    }
  }

  @Test func `REQ-033: the first signature of a session takes the password and a passkey as well`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      let device = try SoftAuthenticator()
      try await desk.add(device)
      func takes() async throws -> SignatureProof? {
        try await desk.office.session(token: desk.token)?.signatureTakes
      }
      func confirm(_ password: String, _ device: SoftAuthenticator) async throws {
        let asked = try await desk.office.passkeyChallenge(
          .confirm, of: desk.session, token: desk.token, at: desk.party)
        try await desk.office.confirmPassword(
          password, passkey: PasskeyProof(device.assertion(asked.challenge), at: desk.party),
          user: desk.person.user, token: desk.token)
      }
      try world.direct().run(
        """
        update access.sessions set fresh_at = fresh_at - interval '6 minutes',
               both_at = both_at - interval '6 minutes'
        """)
      #expect(try await takes() == .both)
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await confirm("wrong", device)
      }
      let stranger = try SoftAuthenticator()
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await confirm(desk.person.password, stranger)
      }
      #expect(try await takes() == .both)
      try await confirm(desk.person.password, device)
      #expect(try await takes() == .nothing)
    }
  }

  @Test func `REQ-052: a code that was overheard neither removes a passkey nor adds another one`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world, "access_admin", at: nil)
      try await desk.add(try SoftAuthenticator())
      let number = try #require(try await desk.office.ownPasskeys(desk.session).first?.id)
      // Somebody else, with password and code.
      try world.direct().run("update access.users set factor_step = 0")
      let thief = try await Desk(world, "access_admin", at: nil)
      #expect(!thief.session.isByPasskey)
      #expect(await refusal { try await thief.remove(number) }?.code == "passkey_first")
      #expect(
        await refusal { try await thief.add(try SoftAuthenticator()) }?.code == "passkey_first")
      #expect(try await desk.office.ownPasskeys(desk.session).map(\.id) == [number])
      try await desk.remove(number)
      #expect(try await desk.office.ownPasskeys(desk.session).isEmpty)
    }
  }

  @Test func `REQ-052: a removed passkey proves nothing, and a reset removes them all`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      let device = try SoftAuthenticator()
      try await desk.add(device)
      let half = try await desk.waiting()
      let number = try #require(try await desk.office.ownPasskeys(desk.session).first?.id)
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.remove(number, password: "wrong")
      }
      try await desk.office.renamePasskey(number, to: " Yellow key ", of: desk.session)
      #expect(try await desk.office.ownPasskeys(desk.session).first?.name == "Yellow key")
      let stranger = try await Desk(world, "investigator")
      await #expect(throws: ActRefusal.notFound) {
        try await stranger.remove(number)
      }
      await #expect(throws: ActRefusal.unchanged) {
        try await desk.office.renamePasskey(number, to: "Mine now", of: stranger.session)
      }
      // The password alone removes none.
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.remove(number, code: "")
      }
      try await desk.remove(number)
      #expect(
        try await desk.office.givePasskey(
          device.assertion(half.challenge), waiting: half.token, at: desk.party) == nil)
      let waiting = await refusal { _ = try await desk.waiting() }
      #expect(waiting?.code == "no_passkey")
      // Nobody makes it come back, or writes a key of their own.
      for sql in [
        "update access.passkeys set ended_at = null",
        "update access.passkeys set public_key = decode(repeat('00', 77), 'hex')",
        "delete from access.passkeys", "truncate access.passkeys",
      ] {
        #expect(try world.direct(Login.owner).refusal(of: sql) == "EQ403", "\(sql)")
        #expect(try world.direct("eq_access").refusal(of: sql) == "42501", "\(sql)")
      }
      // What a reset does.
      try world.direct().run("update access.users set factor_step = 0")
      try await desk.add(try SoftAuthenticator())
      let user = desk.person.user
      let ended = try await desk.office.access { try $0.endPasskeys(of: user) }
      #expect(ended == 1)
      #expect(try await desk.office.session(token: desk.token) == nil)
    }
  }

  @Test(arguments: [("access_admin", true), ("coordinator", false)])
  func `REQ-052: in a trial of people a guarded role is worked in with a passkey only`(
    _ role: String, _ isGuarded: Bool
  ) async throws {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world, role, at: isGuarded ? nil : ReferenceTrial.london)
      #expect(try await desk.office.actor(of: desk.session) != nil)
      try world.tamper("update open.trials set mode = 'live'")
      let live = try #require(try await desk.office.session(token: desk.token))
      let refused = await refusal { _ = try await desk.office.actor(of: live) }
      #expect(refused?.code == (isGuarded ? "passkey_needed" : nil))
      let device = try SoftAuthenticator()
      try await desk.add(device)
      let proven = try #require(try await desk.office.session(token: desk.token))
      #expect(try await desk.office.actor(of: proven)?.role.id.text == role)
      let opened = try #require(try await desk.giveOf(device))
      let whole = try #require(try await desk.office.session(token: opened.token))
      #expect(try await desk.office.actor(of: whole)?.role.id.text == role)
    }
  }

  @Test func `every role that manages accounts, unblinds, holds the seed or monitors is guarded`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let definition = try await world.installation.definition(of: world.trial)
      #expect(
        Set(definition.roles.filter(\.needsPasskey).map(\.id.text)) == [
          "access_admin", "rand_manager", "safety_officer", "oncall_physician", "stat_unblinded",
          "dsmb_member", "sponsor_lead",
        ])
    }
  }
}

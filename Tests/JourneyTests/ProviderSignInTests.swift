import OpenIDConnect
import Simulation
import SoftPasskeys
import SoftProvider
import StudyModel
import Testing

@testable import Conduct
@testable import Passkeys
@testable import Store

/// Signing in through a provider: linked, used in the place of the password and nothing else, and taken away.
@Suite(.serialized) struct ProviderSignInTests {
  /// A person who signed in with password and code, at a server with a provider.
  private final class Desk {
    let world: ReferenceTrial
    let office: Installation
    let soft: SoftProvider
    let person: SimulatedPerson
    private(set) var token: [UInt8]
    private(set) var session: StoredSession
    let place = ProviderPlace(authority: "trial.example.org")

    init(
      _ world: ReferenceTrial, _ role: String = "coordinator",
      at site: String? = ReferenceTrial.london, with known: SoftProvider? = nil
    ) async throws {
      self.world = world
      soft = try known ?? SoftProvider()
      var office = world.installation
      office.provider = OpenIDProvider(soft.settings, through: soft)
      self.office = office
      _ = try await world.actor(role, at: site)
      person = try #require(
        world.staff.person(role, at: site.map { try SiteKey(parsing: $0) }))
      let waiting = try #require(
        try await office.signIn(username: person.username, password: person.password))
      let code = try #require(try await office.trainingCode(waiting: waiting.token))
      token = try #require(try await office.giveCode(code, waiting: waiting.token)).token
      session = try #require(try await office.session(token: token))
    }

    /// Leaves to link, and comes back as somebody there.
    func leaveToLink(
      as subject: String = "a person", password: String? = nil, code: String? = nil
    ) async throws -> ProviderReturn {
      let digits = try await office.trainingCode(waiting: token) ?? ""
      let departure = try await office.beginLinking(
        password: password ?? person.password, code: code ?? digits, of: session, token: token,
        at: place)
      return ProviderReturn(
        soft.visit(departure.address, as: subject), browser: departure.browser, at: place)
    }

    func link(as subject: String = "a person") async throws {
      try await follow(
        try await office.link(
          returning: try await leaveToLink(as: subject), of: session, token: token))
    }

    func unlink(password: String? = nil) async throws {
      try await follow(
        try await office.unlinkProvider(
          password: password ?? person.password, of: session, token: token))
    }

    /// Goes on with the tokens of a changed way in; the earlier ones open nothing.
    func follow(_ renewed: OpenedSession) async throws {
      #expect(try await office.session(token: token) == nil)
      token = renewed.token
      session = try #require(try await office.session(token: token))
    }

    /// Leaves to sign in, and comes back as somebody there.
    func leave(as subject: String = "a person") async throws -> ProviderReturn {
      let departure = try await office.beginSignIn(at: place)
      return ProviderReturn(
        soft.visit(departure.address, as: subject), browser: departure.browser, at: place)
    }

    func signIn(as subject: String = "a person") async throws -> OpenedSession {
      try await office.signIn(returning: try await leave(as: subject))
    }

    /// The refusal of everything that does not hold.
    var refused: ActRefusal { .notByProvider("Lindenhof") }

    func complete(_ waiting: OpenedSession) async throws -> OpenedSession {
      try world.direct().run("update access.users set factor_step = 0")
      let code = try #require(try await office.trainingCode(waiting: waiting.token))
      return try #require(try await office.giveCode(code, waiting: waiting.token))
    }

    func events(_ count: Int = 1) throws -> [String] {
      try world.direct().lines(
        """
        select kind || ': ' || detail from access.events order by event_id desc limit \(count)
        """)
    }

    func failures() throws -> String {
      try world.direct().text(
        "select failures::text from access.users where user_id = \(person.user)")
    }

    func count(_ condition: String) throws -> String {
      try world.direct().text("select count(*)::text from access.\(condition)")
    }
  }

  @Test
  func `REQ-052: the provider stands in for the password, and the code is asked for all the same`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      try await desk.link()
      #expect(try desk.events() == ["provider linked: https://login.example.org/hospital"])
      let waiting = try await desk.signIn()
      let half = try #require(try await desk.office.session(token: waiting.token))
      #expect(!half.isComplete && half.user == desk.person.user && half.isByProvider)
      #expect(try await desk.office.actor(of: half) == nil)
      #expect(try await desk.office.giveCode("abc", waiting: waiting.token) == nil)
      #expect(try desk.failures() == "1")
      let opened = try await desk.complete(waiting)
      #expect(try desk.events() == ["signed in: provider"])
      let whole = try #require(try await desk.office.session(token: opened.token))
      #expect(try await desk.office.actor(of: whole)?.role.id.text == "coordinator")
      #expect(try desk.failures() == "0")
      #expect(try await desk.office.ownProviderIdentity(whole)?.usedAt != nil)
      // No name of the person there is kept, and nothing that was on its way.
      #expect(try desk.count("provider_flows") == "0")
      #expect(
        try desk.count("provider_identities i where i::text like '%a person%'") == "0")
    }
  }

  @Test func `REQ-052: a passkey follows the provider as it follows the password`() async throws {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      try await desk.link()
      let (device, party) = (try SoftAuthenticator(), SoftAuthenticator.party)
      try world.direct().run("update access.users set factor_step = 0")
      let asked = try await desk.office.passkeyChallenge(
        .add, of: desk.session, token: desk.token, at: party)
      try await desk.follow(
        try await desk.office.addPasskey(
          device.registration(asked.challenge), named: "Key", password: desk.person.password,
          code: try await desk.office.trainingCode(waiting: desk.token) ?? "", of: desk.session,
          token: desk.token, at: party))
      let waiting = try await desk.signIn()
      let half = try #require(try await desk.office.session(token: waiting.token))
      #expect(!half.isByPasskey)
      let question = try await desk.office.passkeyChallenge(
        .signIn, of: half, token: waiting.token, at: party)
      let opened = try #require(
        try await desk.office.givePasskey(
          device.assertion(question.challenge), waiting: waiting.token, at: party))
      let whole = try #require(try await desk.office.session(token: opened.token))
      #expect(whole.isByPasskey && whole.isByProvider)
      #expect(whole.freshAt == nil && whole.signatureTakes == .both)
      #expect(try desk.events() == ["signed in: provider and passkey"])
    }
  }

  @Test func `REQ-033: a session by the provider has no proof of the password until it is given`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      #expect(desk.session.freshAt != nil && desk.session.signatureTakes == .nothing)
      try await desk.link()
      let opened = try await desk.complete(try await desk.signIn())
      let session = try #require(try await desk.office.session(token: opened.token))
      #expect(session.freshAt == nil && session.bothAt == nil && session.isByProvider)
      #expect(session.signatureTakes == .both)
      let actor = try #require(try await desk.office.actor(of: session))
      #expect(throws: ActRefusal.authenticationStale) { try desk.office.needFresh(actor) }
      // The password alone makes it fresh, and the first signature still takes the code as well.
      try await desk.office.confirmPassword(
        desk.person.password, user: desk.person.user, token: opened.token)
      let fresh = try #require(try await desk.office.session(token: opened.token))
      #expect(fresh.freshAt != nil && fresh.signatureTakes == .both)
      try world.direct().run("update access.users set factor_step = 0")
      let code = try #require(try await desk.office.trainingCode(waiting: opened.token))
      try await desk.office.confirmPassword(
        desk.person.password, code: code, user: desk.person.user, token: opened.token)
      #expect(
        try await desk.office.session(token: opened.token)?.signatureTakes == .nothing)
      // The database holds it whoever writes a session.
      try world.direct().run(
        """
        insert into access.sessions (token_hash, user_id, stage, form_token, expires_at, fresh_at, both_at,
          is_proof_unspent, provider_identity)
        select sha256('planted'), user_id, 'complete', sha256('form'), expires_at, clock_timestamp(),
               clock_timestamp(), true, provider_identity
          from access.sessions where provider_identity is not null limit 1
        """)
      #expect(
        try desk.count(
          "sessions where token_hash = sha256('planted') and fresh_at is null and both_at is null and not is_proof_unspent"
        ) == "1")
    }
  }

  @Test
  func `REQ-052: a link is made with password and code, by its person, and ends other sessions`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.leaveToLink(password: "wrong")
      }
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.leaveToLink(code: "")
      }
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.leaveToLink(code: "000000x")
      }
      #expect(try desk.count("provider_flows") == "0")
      // A session that was proved long ago does not leave, whoever asks.
      try world.direct().run(
        "update access.users set failures = 0, retry_after = null, factor_step = 0")
      try world.direct().run(
        "update access.sessions set fresh_at = clock_timestamp() - interval '6 minutes'")
      let direct = await refusal {
        try await desk.office.depart(from: desk.place, linking: sha256(desk.token))
      }
      #expect(direct == .notFound)
      let other = try await world.bearer("coordinator", at: ReferenceTrial.london)
      try await desk.link()
      #expect(try await desk.office.session(token: other) == nil)
      #expect(try await desk.office.session(token: desk.token) != nil)
      // One link for a person.
      let again = await refusal { try await desk.leaveToLink(as: "another") }
      #expect(again?.code == "linked_already")
    }
  }

  @Test func `REQ-050: an account at the provider is one person's here`() async throws {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      try await desk.link()
      let other = try await Desk(world, "investigator", with: desk.soft)
      let refused = await refusal { try await other.link() }
      #expect(refused?.code == "provider_not_linked")
      #expect(
        try desk.events() == ["provider not linked: somebody is linked with the account there"])
      #expect(try await other.office.ownProviderIdentity(other.session) == nil)
      // Whoever links in the time between is refused by the database itself.
      #expect(throws: (any Error).self) {
        try world.direct().run(
          """
          insert into access.provider_identities (user_id, issuer, subject_digest)
          select \(other.person.user), issuer, subject_digest from access.provider_identities
          """)
      }
      // Nobody is found by an address: only who linked comes in.
      desk.soft.change {
        $0.token = { $0.claims["email"] = #""coordinator-101@example.org""# }
      }
      #expect(await refusal { try await other.signIn(as: "stranger") } == desk.refused)
      #expect(
        try desk.events(2).last
          == "provider sign-in refused: nobody is linked with the account there")
      #expect(try desk.count("users where username like '%stranger%'") == "0")
      let waiting = try await desk.signIn()
      #expect(try await desk.office.session(token: waiting.token)?.user == desk.person.user)
    }
  }

  @Test
  func `REQ-052: a way back is gone once, in time, by the browser that left and for its purpose`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      try await desk.link()
      /// What refuses an answer, once it is clear that the words are the usual ones: the cause on record.
      func refused(_ back: ProviderReturn) async throws -> String? {
        let refusal = await refusal { try await desk.office.signIn(returning: back) }
        #expect(refusal == desk.refused)
        return try desk.events(2).last?.replacing("provider sign-in refused: ", with: "")
      }
      let unknown = "no browser left for this answer"
      // Twice.
      let once = try await desk.leave()
      _ = try await desk.office.signIn(returning: once)
      #expect(try await refused(once) == unknown)
      // By another browser, which uses it up.
      let mine = try await desk.leave()
      let foreign = ProviderReturn(
        mine.answer, browser: Array(mine.browser.reversed()), at: desk.place)
      #expect(try await refused(foreign) == unknown)
      #expect(try await refused(mine) == unknown)
      // Without anything kept.
      let bare = try await desk.leave()
      #expect(
        try await refused(ProviderReturn(bare.answer, browser: [], at: desk.place)) == unknown)
      // Too late.
      let late = try await desk.leave()
      try world.direct().run("update access.provider_flows set expires_at = clock_timestamp()")
      #expect(try await refused(late) == unknown)
      // At another name of this server.
      let here = try await desk.leave()
      let there = ProviderReturn(
        here.answer, browser: here.browser, at: ProviderPlace(authority: "other.example.org"))
      #expect(try await refused(there) == unknown)
      // With another state, with an error of the provider, with a token that does not hold.
      let known = try await desk.leave()
      let changed = ProviderAnswer(state: known.answer.state + "A", code: known.answer.code)
      #expect(
        try await refused(ProviderReturn(changed, browser: known.browser, at: desk.place))
          == unknown)
      let error = try await desk.leave()
      let empty = ProviderAnswer(state: error.answer.state, code: "")
      #expect(
        try await refused(ProviderReturn(empty, browser: error.browser, at: desk.place))
          == "no code was given")
      desk.soft.change { $0.token = { $0.signer = .stranger } }
      #expect(try await refused(try await desk.leave()) == "the signature is wrong")
      desk.soft.change { $0.token = { _ in } }
      // One that left to sign in links nothing, and the other way round.
      let signIn = try await desk.leave()
      let linked = await refusal {
        try await desk.office.link(returning: signIn, of: desk.session, token: desk.token)
      }
      #expect(linked?.code == "provider_not_linked")
      #expect(try desk.events() == ["provider not linked: \(unknown)"])
      #expect(
        try await desk.office.endForTest(desk.person, desk.token))
      try world.direct().run("update access.users set factor_step = 0")
      let toLink = try await desk.leaveToLink()
      #expect(try await refused(toLink) == unknown)
      // In the session that left alone.
      try world.direct().run("update access.users set factor_step = 0")
      let leaving = try await desk.leaveToLink()
      let other = try await world.bearer("coordinator", at: ReferenceTrial.london)
      let elsewhere = await refusal {
        try await desk.office.link(returning: leaving, of: desk.session, token: other)
      }
      #expect(elsewhere?.code == "provider_not_linked")
      #expect(try desk.events() == ["provider not linked: \(unknown)"])
      #expect(try await desk.office.ownProviderIdentity(desk.session) == nil)
    }
  }

  @Test
  func `REQ-055: at the provider an account or an address that waits is refused in the same words`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      try await desk.link()
      try world.direct().run(
        """
        update access.users set failures = 5, retry_after = clock_timestamp() + interval '1 minute'
         where user_id = \(desk.person.user)
        """)
      #expect(await refusal { try await desk.signIn() } == desk.refused)
      #expect(try desk.failures() == "5")
      try world.direct().run("update access.users set failures = 0, retry_after = null")
      // What fails counts for its address; after five nobody comes in from there.
      let address = "192.0.2.7"
      for _ in 0..<5 {
        let back = try await desk.leave(as: "stranger")
        #expect(
          await refusal { try await desk.office.signIn(returning: back, from: address) }
            == desk.refused)
      }
      let right = try await desk.leave()
      #expect(
        await refusal { try await desk.office.signIn(returning: right, from: address) }
          == desk.refused)
      #expect(
        try await desk.office.signIn(
          username: desk.person.username, password: desk.person.password, from: address) == nil)
      try world.direct().run("update access.users set failures = 0, retry_after = null")
      // So is a disabled account.
      try world.direct().run(
        "update access.users set is_enabled = false where user_id = \(desk.person.user)")
      #expect(await refusal { try await desk.signIn() } == desk.refused)
      #expect(try desk.count("sessions where stage = 'password' and ended_at is null") == "0")
    }
  }

  @Test func `REQ-054: a link is removed by its person or with a reset, and never comes back`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let desk = try await Desk(world)
      try await desk.link()
      let opened = try await desk.complete(try await desk.signIn())
      await #expect(throws: ActRefusal.authenticationFailed) {
        try await desk.unlink(password: "wrong")
      }
      try await desk.unlink()
      #expect(try desk.events() == ["provider unlinked: "])
      // Sessions of before end, the one at hand goes on.
      #expect(try await desk.office.session(token: opened.token) == nil)
      #expect(try await desk.office.session(token: desk.token) != nil)
      #expect(await refusal { try await desk.signIn() } == desk.refused)
      await #expect(throws: ActRefusal.notFound) {
        try await desk.unlink(password: "wrong")
      }
      #expect(try desk.failures() == "1")
      for statement in [
        "update access.provider_identities set ended_at = null",
        "update access.provider_identities set user_id = user_id + 1",
        "delete from access.provider_identities",
      ] {
        #expect(try world.direct(Login.owner).refusal(of: statement) == "EQ403", "\(statement)")
        #expect(try world.direct("eq_access").refusal(of: statement) == "42501", "\(statement)")
      }
      // Linked again, and ended with a reset: no session of its person goes on.
      try world.direct().run("update access.users set factor_step = 0")
      try await desk.link()
      let user = desk.person.user
      #expect(try await desk.office.access { try $0.endProviderIdentity(of: user) })
      #expect(try desk.events() == ["provider unlinked: with the reset"])
      #expect(try await desk.office.session(token: desk.token) == nil)
    }
  }

  @Test func `REQ-052: where nothing is agreed on with a provider there is no such page`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let place = ProviderPlace(authority: "localhost:8420")
      await #expect(throws: ActRefusal.notFound) {
        try await world.installation.beginSignIn(at: place)
      }
      let nothing = ProviderReturn(ProviderAnswer(state: "", code: ""), browser: [], at: place)
      await #expect(throws: ActRefusal.notFound) {
        try await world.installation.signIn(returning: nothing)
      }
      // One that does not answer is told of, once a minute on record; nothing is kept.
      let desk = try await Desk(world)
      desk.soft.change { $0.fault = .unreachable }
      for _ in 0..<3 {
        #expect(
          await refusal { try await desk.office.beginSignIn(at: desk.place) }
            == .providerSilent("Lindenhof"))
      }
      #expect(
        try desk.count(
          "events where kind = 'provider sign-in refused' and detail = 'the provider does not answer'"
        ) == "1")
      #expect(try desk.count("provider_flows") == "0")
    }
  }

  @Test func `a browser comes back to the name it asked, encrypted unless it is this machine`() {
    #expect(
      ProviderPlace(authority: "Trial.example.org").returning
        == "https://trial.example.org/sign-in/provider/return")
    #expect(
      ProviderPlace(authority: "localhost:8420").returning
        == "http://localhost:8420/sign-in/provider/return")
    #expect(
      ProviderPlace(authority: "localhost.evil.example:80").returning.hasPrefix(
        "https://localhost.evil.example:80/"))
  }
}

extension Installation {
  /// Ends the link without the password, so that a test goes on with the same session.
  fileprivate func endForTest(_ person: SimulatedPerson, _ token: [UInt8]) async throws -> Bool {
    let user = person.user
    return try await access {
      try $0.endProviderIdentity(of: user, sessionDigest: sha256(token))
    }
  }
}

import Foundation
import Simulation
import Store
import StudyModel
import Synchronization
import Testing

@testable import Conduct

/// How a person comes in, and until when.
@Suite(.serialized) struct SignInTests {
  private static func signedIn(
    _ world: ReferenceTrial, _ person: SimulatedPerson
  ) async throws -> OpenedSession {
    let waiting = try #require(
      try await world.installation.signIn(username: person.username, password: person.password))
    let code = try #require(try await world.installation.trainingCode(waiting: waiting.token))
    return try #require(try await world.installation.giveCode(code, waiting: waiting.token))
  }

  private static func newcomer(_ world: ReferenceTrial) async throws -> SimulatedPerson {
    // Nobody but this test signs in as her: failures and codes are counted by account.
    _ = try await world.actor("coordinator", at: ReferenceTrial.london)
    return try #require(
      world.staff.person("coordinator", at: SiteKey(parsing: ReferenceTrial.london)))
  }

  @Test func `REQ-052: a password alone opens nothing, and a code opens once`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try await Self.newcomer(world)
      let waiting = try #require(
        try await office.signIn(username: person.username, password: person.password))
      let half = try #require(try await office.session(token: waiting.token))
      #expect(!half.isComplete)
      #expect(try await office.actor(of: half) == nil)
      let code = try #require(try await office.trainingCode(waiting: waiting.token))
      let wrong = String(code.map { $0 == "0" ? "1" : "0" })
      #expect(try await office.giveCode(wrong, waiting: waiting.token) == nil)
      let opened = try #require(try await office.giveCode(code, waiting: waiting.token))
      let whole = try #require(try await office.session(token: opened.token))
      #expect(try await office.actor(of: whole)?.role.id.text == "coordinator")
      // The half-open session is over, and the code is used.
      #expect(try await office.session(token: waiting.token) == nil)
      let second = try #require(
        try await office.signIn(username: person.username, password: person.password))
      #expect(try await office.giveCode(code, waiting: second.token) == nil)
    }
  }

  @Test func `REQ-055: after five failures the right password waits as well, longer each time`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try await Self.newcomer(world)
      func wait() throws -> Int {
        Int(
          try world.direct().text(
            """
            select coalesce(round(extract(epoch from retry_after - clock_timestamp())), 0)::text
              from access.users where username = '\(person.username)'
            """)) ?? -1
      }
      for _ in 0..<4 {
        #expect(try await office.signIn(username: person.username, password: "wrong") == nil)
      }
      #expect(try wait() == 0)
      #expect(try await office.signIn(username: person.username, password: "wrong") == nil)
      let first = try wait()
      #expect((1...30).contains(first))
      // The right password gets the same answer as the wrong one, and nothing that comes meanwhile counts.
      #expect(try await office.signIn(username: person.username, password: person.password) == nil)
      #expect(try wait() <= first)
      let free = "update access.users set retry_after = null where username = '\(person.username)'"
      try world.direct().run(free)
      #expect(try await office.signIn(username: person.username, password: "wrong") == nil)
      #expect((31...60).contains(try wait()))
      try world.direct().run(free)
      #expect(try await office.signIn(username: person.username, password: person.password) != nil)
    }
  }

  @Test func `REQ-055: an unknown, a wrong, a disabled and a waiting account cost the same work`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let person = try await Self.newcomer(world)
      let costs = Mutex<[Int]>([])
      var office = world.installation
      office.checksPassword = { password, stored in
        costs.withLock { $0.append(stored.cost) }
        return try await Passwords.matches(password, stored)
      }
      func work(_ username: String, _ password: String, opens: Bool = false) async throws -> [Int] {
        costs.withLock { $0 = [] }
        let opened = try await office.signIn(username: username, password: password)
        #expect((opened != nil) == opens)
        return costs.withLock { $0 }
      }
      func change(_ set: String) throws {
        try world.direct().run(
          "update access.users set \(set) where username = '\(person.username)'")
      }
      let right = try await work(person.username, person.password, opens: true)
      #expect(right == [office.passwordCost])
      #expect(try await work("nobody-of-this-name", person.password) == right)
      #expect(try await work(person.username, "wrong") == right)
      try change("retry_after = clock_timestamp() + interval '1 minute'")
      #expect(try await work(person.username, person.password) == right)
      try change("retry_after = null, is_enabled = false")
      #expect(try await work(person.username, person.password) == right)
      #expect(try await work(person.username, "wrong") == right)
    }
  }

  @Test(arguments: ["seen_at = seen_at - interval '16 minutes'", "expires_at = clock_timestamp()"])
  func `REQ-057: a session ends after a quarter of an hour of idleness and after twelve hours`(
    _ change: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let person = try await Self.newcomer(world)
      let session = try await Self.signedIn(world, person)
      #expect(try await world.installation.session(token: session.token) != nil)
      let lasting = try world.direct().text(
        "select extract(hours from expires_at - created_at)::text from access.sessions where stage = 'complete'"
      )
      #expect(lasting == "12")
      try world.direct().run("update access.sessions set \(change)")
      #expect(try await world.installation.session(token: session.token) == nil)
      // Half an hour of idleness, where an installation says so, ends none after 16 minutes.
      var patient = world.installation
      patient.idleMinutes = 30
      let isLasting = try await patient.session(token: session.token) != nil
      #expect(isLasting == change.hasPrefix("seen_at"))
      var strict = world.installation
      strict.idleMinutes = 5
      try world.direct().run(
        """
        update access.sessions set seen_at = clock_timestamp() - interval '6 minutes',
          expires_at = clock_timestamp() + interval '1 hour'
        """)
      #expect(try await world.installation.session(token: session.token) != nil)
      try world.direct().run(
        "update access.sessions set seen_at = clock_timestamp() - interval '6 minutes'")
      #expect(try await strict.session(token: session.token) == nil)
    }
  }

  @Test func `REQ-011: what happens to an account and at sign-in is on record, and stays`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let person = try await Self.newcomer(world)
      _ = try await world.installation.signIn(username: person.username, password: "wrong")
      _ = try await Self.signedIn(world, person)
      let kinds = try world.direct().lines(
        """
        select kind from access.events where subject = '\(person.username)' order by event_id
        """)
      #expect(kinds.first == "account created")
      #expect(kinds.suffix(2) == ["sign-in failed", "signed in"])
      let office = world.installation
      func kind() throws -> [String] {
        try world.direct().lines(
          """
          select kind || coalesce(' ' || nullif(detail, ''), '') from access.events
           where subject = '\(person.username)' order by event_id
          """)
      }
      // Signing out, being replaced by a newer session, and lapsing are on record too, each once.
      // The codes of one half minute are taken once; here they follow each other faster.
      func signedIn() async throws -> OpenedSession {
        try world.direct().run("update access.users set factor_step = 0")
        return try await Self.signedIn(world, person)
      }
      let first = try await signedIn()
      try await office.signOut(token: first.token)
      try await office.signOut(token: first.token)
      #expect(try kind().last == "signed out")
      for _ in 0..<3 { _ = try await signedIn() }
      #expect(try kind().contains("session ended a newer one took its place"))
      let before = try kind().count
      #expect(try await office.expireSessions() == 0)
      try world.direct().run("update access.sessions set seen_at = seen_at - interval '16 minutes'")
      #expect(try await office.expireSessions() == 3)
      #expect(try await office.expireSessions() == 0)
      #expect(try kind().count == before + 3)
      #expect(try kind().last?.hasPrefix("session expired 20") == true)
      for login in ["eq_access", "equipoise_owner"] {
        let direct = try world.direct(login)
        #expect(direct.refusal(of: "update access.events set subject = 'nobody'") != nil)
        #expect(direct.refusal(of: "delete from access.events") != nil)
      }
    }
  }

  @Test func `REQ-002: where no audit row can be written, nothing is saved`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let before = try EntryTests.stored(walk, "DM")
      try world.direct().run(
        """
        create function public.full_disk() returns trigger language plpgsql as
          $$ begin raise exception 'no space' using errcode = '53100'; end $$;
        create trigger zz_full before insert on open.audit
          for each row execute function public.full_disk();
        """)
      let changed = [
        "birth_year": "1975", "sex": "F", "edu_years": "15", "employ": "FT", "childbearing": "true",
      ]
      await #expect(throws: (any Error).self) {
        try await walk.save(
          "DM", "SCR", changed, expected: 1, reason: "asked again", at: walk.instant(4))
      }
      #expect(try EntryTests.stored(walk, "DM") == before)
      try world.direct().run("drop trigger zz_full on open.audit")
      try await walk.save(
        "DM", "SCR", changed, expected: 1, reason: "asked again", at: walk.instant(5))
      #expect(try EntryTests.stored(walk, "DM") != before)
    }
  }
}

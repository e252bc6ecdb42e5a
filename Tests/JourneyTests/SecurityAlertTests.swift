import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// Who manages access is told of what endangers it.
@Suite(.serialized) struct SecurityAlertTests {
  /// The simulated staff has two.
  private static let administrators = ["access_admin", "access_admin"]

  private static func letters(_ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines("select role from access.letters order by created_at, role")
  }

  @Test func `REQ-055: after five failures the access administrators get a letter, once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let person = try #require(world.staff.people.first)
      for _ in 0..<4 {
        _ = try await office.signIn(
          username: person.username, password: "wrong", from: "192.0.2.1")
      }
      #expect(try await office.alertSecurity() == 0)
      _ = try await office.signIn(username: person.username, password: "wrong", from: "192.0.2.1")
      #expect(try await office.alertSecurity() == 1)
      #expect(try Self.letters(world) == Self.administrators)
      #expect(try await office.alertSecurity() == 0)
      #expect(try Self.letters(world) == Self.administrators)
      let owner = try world.direct(Login.owner)
      #expect(owner.refusal(of: "delete from access.security_alerts") == "EQ403")
    }
  }

  @Test func `REQ-062: roles that nobody may hold together are found by night and told of`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      #expect(try await office.checkRoles() == 0)
      let person = try #require(world.staff.person("coordinator", at: SiteKey(parsing: "101")))
      // No act gives this; a hand in the database does.
      try world.tamper(
        """
        insert into access.grants (user_id, trial_id, role, site_key)
        values (\(person.user), \(world.trial.id), 'ketamine_nurse', '101')
        """)
      #expect(try await office.checkRoles() == 1)
      #expect(try await office.checkRoles() == 1)
      let told = try world.direct().lines(
        "select subject || ': ' || detail from access.events where kind = 'incompatible roles'")
      #expect(told == ["\(person.username): coordinator and ketamine_nurse in kap-ect"])
      #expect(try await office.alertSecurity() == 1)
      #expect(try Self.letters(world) == Self.administrators)
      let events = try await office.accountEvents(as: try await world.actor("access_admin"))
      #expect(events.contains { $0.kind == "incompatible roles" })
    }
  }

  @Test func `REQ-073: a stranger in the database is told of by letter`() async throws {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let stranger = try world.direct()
      _ = try stranger.text("select 1::text")
      #expect(try await office.noteForeignAccounts() == 1)
      #expect(try await office.alertSecurity() == 1)
      #expect(try Self.letters(world) == Self.administrators)
    }
  }
}

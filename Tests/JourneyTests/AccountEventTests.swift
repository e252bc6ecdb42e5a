import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// What administrators read, and what they do not.
@Suite(.serialized) struct AccountEventTests {
  @Test
  func `REQ-073: a database account that is not the program's is put on record, once an hour`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      // The superuser of the test server is such an account, and connected.
      let stranger = try world.direct()
      let name = try stranger.text("select current_user::text")
      #expect(try await office.noteForeignAccounts() == 1)
      #expect(try await office.noteForeignAccounts() == 0)
      let told = try stranger.lines(
        "select subject from access.events where kind = 'database account'")
      #expect(told == [name])
      let admin = try await world.actor("access_admin")
      let events = try await office.accountEvents(as: admin)
      #expect(events.contains { $0.kind == "database account" && $0.subject == name })
    }
  }

  @Test(arguments: ["sysadmin", "access_admin"])
  func `REQ-073: an administrator reads no participant, form, allocation or audit trail of them`(
    _ role: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let office = world.installation
      let admin = try await world.actor(role)
      #expect(admin.role.classes.isEmpty && !admin.role.knowsArms)
      for form in world.definition.forms {
        for visit in world.definition.visits.prefix(3) {
          #expect(
            await refusal {
              _ = try await office.readEntry(walk.key, form.id, visit.code, as: admin)
            } == .notFound, "\(form.id)")
        }
      }
      #expect(
        await refusal { _ = try await office.acknowledge(walk.key, as: admin) } == .notFound)
      #expect(await refusal { _ = try await office.disclosures(as: admin) } == .notFound)
    }
  }

  @Test func `REQ-011: events of accounts are read by who manages them, unknown names left out`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let admin = try await world.actor("access_admin")
      let person = try #require(world.staff.people.first)
      _ = try await office.signIn(
        username: person.username, password: "wrong", from: "192.0.2.1")
      _ = try await office.signIn(
        username: "a secret typed in the wrong box", password: "x", from: "192.0.2.1")
      try await office.disable(person.username, reason: "left the site", as: admin)
      let events = try await office.accountEvents(as: admin).prefix(3)
      #expect(
        events.map(\.kind) == ["account disabled", "sign-in failed", "sign-in failed"])
      #expect(events.map(\.subject) == [person.username, "", person.username])
      #expect(events.map(\.detail) == ["left the site", "192.0.2.1", "192.0.2.1"])
      #expect(events.first?.actor == admin.fullName)
      let earlier = try await office.accountEvents(
        before: events.last?.number ?? 0, as: admin)
      #expect(earlier.allSatisfy { $0.number < events.last?.number ?? 0 } && !earlier.isEmpty)
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      #expect(
        await refusal { _ = try await office.accountEvents(as: coordinator) } == .notFound)
    }
  }

  @Test
  func
    `REQ-073, NI-1: the digest of a file of an audit trail stands in that trail, and not among the events`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.pressed.advanced(bySeconds: 60)
      _ = try await walk.acknowledge(at: now)
      let office = world.installation.at(now)
      let actors = [
        try await world.actor("data_manager_u", now: now),
        try await world.actor("treat_coordinator", at: walk.way.site, now: now),
        try await world.actor("data_manager", now: now),
        try await world.actor("rand_manager", now: now),
      ]
      #expect(Set(actors.flatMap(\.auditClasses)) == [.open, .outcome, .treatment, .allocation])
      for actor in actors {
        for dataClass in actor.auditClasses {
          let file = try await office.takeAuditFile(
            of: dataClass, AuditFilter(), form: .table, as: actor)
          #expect(try await world.findings(file.digest) == ["\(dataClass.rawValue).audit"])
          let newest = try #require(
            try await office.auditTrail(of: dataClass, AuditFilter(), as: actor).rows.first)
          #expect(newest.row.action == "audit trail exported")
          #expect(newest.row.object == "\(file.name) SHA-256 \(file.digest)")
        }
      }
      let events = try await office.accountEvents(
        as: try await world.actor("access_admin", now: now)
      ).filter { $0.kind == "audit trail exported" }
      #expect(events.count == actors.flatMap(\.auditClasses).count)
      #expect(Set(events.map(\.detail)) == [world.trial.key])
    }
  }
}

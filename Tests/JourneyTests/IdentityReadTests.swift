import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// Reading who a participant is: at the own site, for a purpose, on record.
@Suite(.serialized) struct IdentityReadTests {
  private static func audited(_ world: ReferenceTrial, _ schema: String) throws -> [String] {
    try world.direct().lines(
      "select object || ': ' || reason from \(schema).audit where action = 'identity read' order by seq"
    )
  }

  @Test(arguments: [
    ("coordinator", "open", "treatment"), ("investigator", "treatment", "open"),
    ("ect_clinician", "treatment", "open"),
  ])
  func `REQ-182: each read of an identity is on record with its purpose, where the role is read`(
    _ role: String, _ schema: String, _ other: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      let reader = try await world.actor(role, at: walk.way.site, now: now)
      let found = try await office.identity(
        of: walk.key, purpose: " to call about\na visit ", as: reader)
      #expect(found.initials == walk.way.initials)
      #expect(found.birthYear == walk.way.birthYear && found.sex == walk.way.sex)
      #expect("\(found)".contains(walk.way.initials) == false)
      #expect(
        try Self.audited(world, schema) == ["\(walk.key.text): to call about a visit"])
      #expect(try Self.audited(world, other).isEmpty)
      let none = await refusal {
        _ = try await office.identity(of: walk.key, purpose: " ", as: reader)
      }
      #expect(none?.code == "invalid")
      #expect(try Self.audited(world, schema).count == 1)
    }
  }

  @Test func `REQ-181: nobody outside the site reads an identity, and no login reads the vault`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      let other =
        walk.way.site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london
      var strangers = [
        try await world.actor("coordinator", at: other, now: now),
        try await world.actor("monitor", at: walk.way.site, now: now),
      ]
      for role in [
        "data_manager", "sponsor_lead", "safety_officer", "stat_unblinded", "access_admin",
      ] {
        strangers.append(try await world.actor(role, now: now))
      }
      for actor in strangers {
        let refused = await refusal {
          _ = try await office.identity(of: walk.key, purpose: "to see", as: actor)
        }
        #expect(refused == .notFound, "\(actor.role.id.text)")
      }
      #expect(try Self.audited(world, "open").isEmpty)
      #expect(try Self.audited(world, "treatment").isEmpty)
      let ask = "select identity.read_entries('\(walk.key.text)', 'IDENT', 'to see')"
      // The scope of a whole trial is no site.
      #expect(try world.direct("eq_open", role: "monitor").refusal(of: ask) == "EQ404")
      for login in Login.allCases where login != .open && login != .treating {
        #expect(try world.direct(login.rawValue).refusal(of: ask) == "42501", "\(login)")
      }
      for login in Login.allCases {
        #expect(
          try world.direct(login.rawValue).refusal(of: "select identity_box from identity.people")
            == "42501")
      }
    }
  }
}

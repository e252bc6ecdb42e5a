import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// Grants are judged by what somebody ever held, ended grants included.
@Suite(.serialized) struct GrantTests {
  private static func newcomer(_ world: ReferenceTrial) async throws -> UserID {
    try await world.installation.createAccount(
      username: "newcomer", fullName: "New Comer", password: ReferenceTrial.password,
      cost: Passwords.simulationCost
    ).user
  }

  @Test func `REQ-062, AS-19: who once was a ketamine nurse does not become a rater`() async throws
  {
    try await ReferenceTrial.run { world in
      let user = try await Self.newcomer(world)
      let office = world.installation
      let (nurse, rater) = try (RoleID(parsing: "ketamine_nurse"), RoleID(parsing: "rater"))
      let site = try SiteKey(parsing: ReferenceTrial.london)
      try await office.grant(nurse, site: site, in: world.trial, to: user)
      try await office.endGrant(nurse, site: site, in: world.trial, of: user)
      #expect(try await office.grants(of: user).isEmpty)
      let refused = await refusal {
        try await office.grant(rater, site: nil, in: world.trial, to: user)
      }
      #expect(refused?.code == "once_unblinded")
      // Nor by the login of the accounts itself.
      let insert = """
        insert into access.grants (trial_id, user_id, role, site_key)
        values (\(world.trial.id), \(user), 'rater', '*')
        """
      #expect(try world.direct("eq_access").refusal(of: insert) == "EQ433")
      #expect(try await office.grants(of: user).isEmpty)
      // An unblinded role stays possible, also the same again.
      try await office.grant(nurse, site: site, in: world.trial, to: user)
      #expect(try await office.grants(of: user).map(\.role) == ["ketamine_nurse"])
    }
  }

  @Test func `who was blinded may be given an unblinded role once the blinded one has ended`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let user = try await Self.newcomer(world)
      let office = world.installation
      let site = try SiteKey(parsing: ReferenceTrial.london)
      let (coordinator, nurse) = try (
        RoleID(parsing: "coordinator"), RoleID(parsing: "ketamine_nurse")
      )
      try await office.grant(coordinator, site: site, in: world.trial, to: user)
      let both = await refusal {
        try await office.grant(nurse, site: site, in: world.trial, to: user)
      }
      #expect(both?.code == "incompatible_roles")
      try await office.endGrant(coordinator, site: site, in: world.trial, of: user)
      try await office.grant(nurse, site: site, in: world.trial, to: user)
      // And there is no way back, not even to what was held before.
      try await office.endGrant(nurse, site: site, in: world.trial, of: user)
      let back = await refusal {
        try await office.grant(coordinator, site: site, in: world.trial, to: user)
      }
      #expect(back?.code == "once_unblinded")
      let reopened = try world.direct("eq_access").refusal(
        of: """
          update access.grants set ended_at = null where user_id = \(user) and role = 'coordinator'
          """)
      #expect(reopened == "EQ433")
      let nothing = await refusal {
        try await office.endGrant(coordinator, site: site, in: world.trial, of: user)
      }
      #expect(nothing?.code == "not_granted")
    }
  }
}

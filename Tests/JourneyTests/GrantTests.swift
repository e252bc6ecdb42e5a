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

  @Test func `REQ-050: nobody is given an account to answer as a participant`() async throws {
    try await ReferenceTrial.run { world in
      let user = try await Self.newcomer(world)
      let role = try RoleID(parsing: "participant")
      let refused = await refusal {
        try await world.installation.grant(role, site: nil, in: world.trial, to: user)
      }
      guard case .invalid(let faults)? = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      #expect(faults.map(\.code) == ["role_without_account"])
      #expect(try await world.installation.grants(of: user).isEmpty)
    }
  }

  @Test func `REQ-061: the console gives a role on evidence, and none that takes two people`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let site = try SiteKey(parsing: ReferenceTrial.london)
      let user = try await Self.newcomer(world)
      let today = CalendarDate(inUTC: office.clock.now)
      func give(_ role: String, _ place: SiteKey?, _ evidence: GrantEvidence?) async -> ActRefusal?
      {
        await refusal {
          try await office.grantOnConsole(
            RoleID(parsing: role), site: place, evidence, in: world.trial, to: user)
        }
      }
      let evidence = GrantEvidence(trainedOn: today, trainedUntil: nil, delegatedOn: today)
      let tomorrow = GrantEvidence(
        trainedOn: today, trainedUntil: nil, delegatedOn: today.advanced(by: 1))
      #expect(fields(of: await give("ketamine_nurse", site, nil)) == ["trained_on"])
      #expect(fields(of: await give("ketamine_nurse", site, tomorrow)) == ["delegated_on"])
      // An auditor's role has an end, on the console too.
      #expect(fields(of: await give("auditor", nil, evidence)) == ["trained_until"])
      #expect(await give("data_manager_u", nil, evidence)?.code == "second_person_needed")
      #expect(try await office.grants(of: user).isEmpty)
      #expect(await give("ketamine_nurse", site, evidence) == nil)
      let administrator = try await world.actor("access_admin")
      let held = try await office.rolesEverHeld(by: "newcomer", as: administrator)
      #expect(held.map(\.role) == ["ketamine_nurse"] && held.first?.evidence == evidence)
      // The first administrator has nobody before them to show evidence to.
      let first = try await office.createAccount(
        username: "first", fullName: "First Admin", password: ReferenceTrial.password,
        cost: Passwords.simulationCost)
      try await office.grantOnConsole(
        RoleID(parsing: "access_admin"), site: nil, nil, in: world.trial, to: first.user)
      #expect(try await office.grants(of: first.user).map(\.role) == ["access_admin"])
    }
  }

  @Test func `REQ-062: of two roles that exclude each other, given at one moment, one is given`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let site = try SiteKey(parsing: ReferenceTrial.london)
      let (coordinator, nurse) = try (
        RoleID(parsing: "coordinator"), RoleID(parsing: "ketamine_nurse")
      )
      let user = try await Self.newcomer(world)
      // Both are judged before either is given: somebody else gives a role to this person at this moment.
      let holding = try world.direct("eq_access")
      try holding.run(
        "begin; select pg_advisory_xact_lock(hashtextextended('access.grants/' || \(user)::bigint, 0))"
      )
      let one = Task {
        await refusal { try await office.grant(coordinator, site: site, in: world.trial, to: user) }
      }
      let two = Task {
        await refusal { try await office.grant(nurse, site: site, in: world.trial, to: user) }
      }
      try await eventually {
        try world.direct().text(
          """
          select count(*)::text from pg_locks
           where locktype = 'advisory' and not granted
             and database = (select oid from pg_database where datname = current_database())
          """) == "2"
      }
      try holding.run("commit")
      let told = await [one.value?.code, two.value?.code]
      #expect(Set(told) == [nil, "incompatible_roles"] || Set(told) == [nil, "once_unblinded"])
      #expect(try await office.grants(of: user).count == 1)
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

import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// An arm learnt by accident, reported by who learnt it: of class treatment from then on.
@Suite(.serialized) struct UnblindingReportTests {
  private static func reports(_ world: ReferenceTrial, _ walk: Walk) async throws
    -> [ReportedDisclosure]
  {
    let now = walk.instant(60)
    return try await world.installation.at(now).disclosureReport(
      as: try await world.actor("data_manager_u", now: now)
    ).filter { $0.channel == "own report" }
  }

  @Test func `REQ-090: whoever may know no arm reports one, and does not see the report again`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(12)
      let office = world.installation.at(now)
      let people: [(String, String?)] = [
        ("coordinator", walk.way.site), ("cog_assessor", walk.way.site), ("data_manager", nil),
        ("monitor", walk.way.site), ("statistician", nil), ("sponsor_lead", nil),
        ("medical_monitor", nil), ("safety_officer", nil), ("auditor", nil),
      ]
      func seen() async throws -> [String] {
        var all = try world.direct().lines(
          "select (select count(*) from open.audit) || ' ' || (select count(*) from outcome.audit)")
        for (role, site) in people {
          let reader = try await world.actor(role, at: site, now: now)
          for dataClass in reader.auditClasses {
            let page = try await office.auditTrail(of: dataClass, AuditFilter(), as: reader)
            all.append("\(role) \(dataClass) \(page.total)")
          }
        }
        return all
      }
      let before = try await seen()
      for (role, site) in people {
        try await office.reportUnblinding(
          about: walk.key.text, learnt: "ARM", how: "A letter lay open, \(role).",
          at: now.advanced(bySeconds: -600), as: try await world.actor(role, at: site, now: now))
      }
      #expect(try await seen() == before)
      for login in ["eq_open", "eq_outcome", "eq_rater", "eq_treating", "eq_custodian"] {
        let direct = try world.direct(login)
        #expect(direct.refusal(of: "select * from treatment.unblinding_reports") == "42501")
      }
      #expect(
        try world.direct().refusal(of: "update treatment.unblinding_reports set how = 'not so'")
          == "EQ403")
      let found = try await Self.reports(world, walk)
      #expect(found.map(\.role) == people.map(\.0))
      #expect(found.allSatisfy { $0.kind == "ACCIDENTAL" && $0.participant == walk.key.text })
      #expect(found.allSatisfy { $0.followed == "impact not assessed yet" && !$0.isPlanned })
      #expect(found.map(\.report) == people.indices.map { $0 + 1 })
      #expect(found[0].at == now.advanced(bySeconds: -600) && found[0].recordedAt == now)
      for (role, site) in people {
        let reader = try await world.actor(role, at: site, now: now)
        #expect(await refusal { try await office.unblindingReports(as: reader) } == .notFound)
      }
    }
  }

  @Test func `REQ-090: the unblinded data manager says once what an accident means`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(12)
      let office = world.installation.at(now)
      try await office.reportUnblinding(
        about: "", learnt: "GUESSABLE", how: "A list of rooms was sent round.", at: now,
        as: try await world.actor("data_manager", now: now))
      let manager = try await world.actor("data_manager_u", now: now)
      let short = await refusal {
        try await office.assessUnblinding(1, impact: " ", action: "", as: manager)
      }
      #expect(fields(of: short) == ["impact", "action"])
      #expect(
        await refusal {
          try await office.assessUnblinding(2, impact: "none", action: "none", as: manager)
        } == .notFound)
      try await office.assessUnblinding(
        1, impact: "No rating is touched.", action: "The list is recalled.", as: manager)
      let again = await refusal {
        try await office.assessUnblinding(1, impact: "another", action: "another", as: manager)
      }
      #expect(again?.code == "not_from_this_state")
      let found = try #require(try await Self.reports(world, walk).first)
      #expect(found.participant.isEmpty && found.ground == "GUESSABLE")
      #expect(found.followed == "impact: No rating is touched.; action: The list is recalled.")
      let statistician = try await world.actor("stat_unblinded", now: now)
      #expect(try await office.unblindingReports(as: statistician).count == 1)
      for (role, site) in [
        ("stat_unblinded", nil), ("data_manager", nil), ("investigator", walk.way.site),
        ("rand_manager", nil),
      ] {
        let actor = try await world.actor(role, at: site, now: now)
        let refused = await refusal {
          try await office.assessUnblinding(1, impact: "none", action: "none", as: actor)
        }
        #expect(refused == .notFound, "\(role)")
      }
    }
  }

  @Test
  func `REQ-090, REQ-093, AS-08: a rater who reports rates that participant no more`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let office = world.installation.at(now)
      let (rater, task) = try await walk.book("A2", at: now)
      try #require(world.raters.count >= 3)
      try await office.reportUnblinding(
        about: task.token.text, learnt: "ARM", how: "The participant spoke of it.", at: now,
        as: rater)
      #expect(try await office.ratingTasks(as: rater).allSatisfy { $0.token != task.token })
      // Another rater has it, under a token the first one never saw.
      let token = try Booked.token(walk, VisitCode(parsing: "A2"))
      let holder = try world.direct().text(
        "select rater::text from outcome.rating_tasks where token = '\(token)'")
      #expect(token != task.token && !holder.isEmpty && holder != String(rater.user))
      let found = try #require(try await Self.reports(world, walk).first)
      #expect(found.participant == walk.key.text && found.role == "rater")
      #expect(found.followed == "rates this participant no more; impact not assessed yet")
      // Every later rating of this participant goes to others.
      for (day, visit) in [(38, "EOT"), (128, "F3"), (218, "F6")] as [(Int64, String)] {
        let (next, _) = try await walk.book(visit, at: walk.instant(day))
        #expect(next.user != rater.user)
      }
      // What was begun is finished by who began it.
      let holding = try #require(world.raters.first { String($0.user) == holder })
      let second = try await world.actor(holding, now: now)
      try await walk.saveRating(token, total: 12, as: second, at: now)
      try await office.reportUnblinding(
        about: token.text, learnt: "ARM", how: "The participant spoke of it after.", at: now,
        as: second)
      #expect(
        try world.direct().text(
          "select rater::text from outcome.rating_tasks where token = '\(token)'") == holder)
      try await office.saveBlindingRecord(token, try RatingTests.disclosed(), as: second)
    }
  }

  @Test func `REQ-090: what cannot be reported is refused, and nothing is kept`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let office = world.installation.at(now)
      func told(
        _ about: String, _ role: String, at site: String? = nil, learnt: String = "ARM",
        how: String = "A letter lay open.", when: UTCInstant? = nil
      ) async throws -> ActRefusal? {
        let actor = try await world.actor(role, at: site, now: now)
        return await refusal {
          try await office.reportUnblinding(
            about: about, learnt: learnt, how: how, at: when ?? now, as: actor)
        }
      }
      let site = walk.way.site
      for role in ["investigator", "treat_coordinator", "ect_clinician"] {
        #expect(try await told(walk.key.text, role, at: site) == .notFound, "\(role)")
      }
      for role in ["stat_unblinded", "data_manager_u", "rand_manager"] {
        #expect(try await told(walk.key.text, role) == .notFound, "\(role)")
      }
      let absent = "\(site)-0999"
      #expect(fields(of: try await told(absent, "coordinator", at: site)) == ["about"])
      #expect(fields(of: try await told("a name", "data_manager")) == ["about"])
      let (rater, task) = try await walk.book("A2", at: now)
      for person in world.raters where person.user != rater.user {
        let other = try await world.actor(person, now: now)
        let refused = await refusal {
          try await office.reportUnblinding(
            about: task.token.text, learnt: "ARM", how: "heard it", at: now, as: other)
        }
        #expect(fields(of: refused) == ["about"])
      }
      // A rater knows no key.
      let byKey = await refusal {
        try await office.reportUnblinding(
          about: walk.key.text, learnt: "ARM", how: "heard it", at: now, as: rater)
      }
      #expect(fields(of: byKey) == ["about"])
      let all = try await told(
        walk.key.text, "monitor", at: site, learnt: "NOTHING", how: " ",
        when: now.advanced(bySeconds: 60))
      #expect(fields(of: all) == ["learnt", "how", "at"])
      let count = "select count(*)::text from treatment.unblinding_reports"
      #expect(try world.direct().text(count) == "0")
      // Who reads no participants is not told whether there is one.
      #expect(try await told(absent, "sponsor_lead") == nil)
      #expect(try world.direct().text(count) == "1")
      #expect(
        try world.direct().text("select site_key from treatment.unblinding_reports") == "*")
    }
  }

  @Test func `REQ-090: after the hard lock nothing is reported`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      try await LockTests.softLock(world)
      let office = world.installation.at(LockTests.closing)
      let monitor = try await world.actor("monitor", at: walk.way.site, now: LockTests.closing)
      try await office.reportUnblinding(
        about: walk.key.text, learnt: "ARM", how: "A letter lay open.", at: LockTests.closing,
        as: monitor)
      try await LockTests.hardLock(world)
      let refused = await refusal {
        try await office.reportUnblinding(
          about: walk.key.text, learnt: "ARM", how: "Another letter lay open.",
          at: LockTests.closing, as: monitor)
      }
      #expect(refused == .closed)
    }
  }
}

import Store
import StudyModel
import Testing

@testable import Conduct

/// Deviations that a person saw: recorded on the page of deviations or reported on a form, in the class of
/// those who may know.
@Suite(.serialized) struct RecordedDeviationTests {
  @Test func `a person records what no rule saw, in the class of who may know of it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let date = try CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site))
      func record(
        _ type: String, _ dataClass: DataClass = .open, by role: String, visit: String = "A1",
        on date: CalendarDate? = nil, text: String = "The log has no date.", site: String? = nil
      ) async throws -> Int {
        let actor = try await world.actor(role, at: site ?? walk.way.site, now: now)
        return try await office.recordDeviation(
          walk.key,
          FoundDeviation(
            type: type, dataClass: dataClass, visit: visit,
            occurredOn: try date
              ?? CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site)),
            source: .monitoring, description: text), as: actor)
      }
      #expect(try await record("MIN-DOC", by: "coordinator") == 1)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let drafted = try #require(try await office.deviations(as: coordinator).first)
      #expect(drafted.type == "MIN-DOC" && drafted.status == "DRAFT" && drafted.how == "MON")
      #expect(drafted.description == "The log has no date." && drafted.excludes == false)
      let twice = await refusal { _ = try await record("MIN-DOC", by: "coordinator") }
      #expect(twice?.code == "not_from_this_state")
      // What may not be said is refused, each with its fault, and leaves nothing.
      for (type, dataClass, visit, day, text, code) in [
        ("NO-SUCH", DataClass.open, "A1", date, "A text.", "bad_type"),
        ("IMP-CROSS", .treatment, "A1", date, "A text.", "bad_type"),
        ("MIN-PROC", .treatment, "A1", date, "A text.", "bad_class"),
        ("MIN-DOC", .open, "K1", date, "A text.", "bad_visit"),
        ("MIN-DOC", .open, "A1", date.advanced(by: 6), "A text.", "bad_date"),
        ("MIN-DOC", .open, "A1", date.advanced(by: -40), "A text.", "bad_date"),
        ("MIN-DOC", .open, "A2", date, "  ", "bad_text"),
      ] {
        let refused = await refusal {
          _ = try await record(
            type, dataClass, by: "coordinator", visit: visit, on: day, text: text)
        }
        guard case .invalid(let faults)? = refused else {
          Issue.record("\(type): \(String(describing: refused))")
          continue
        }
        #expect(faults.map(\.code) == [code], "\(type)")
      }
      for role in ["ketamine_nurse", "therapist", "pharmacist"] {
        #expect(
          await refusal { _ = try await record("IMP-TX", .treatment, by: role) } == .notFound,
          "\(role)")
      }
      #expect(
        await refusal {
          _ = try await record("MIN-DOC", by: "coordinator", visit: "", site: ReferenceTrial.berlin)
        } == .notFound)
      #expect(try world.deviations(in: "open") == ["MIN-DOC A1 DRAFT"])
      // Whatever program asks, the database takes no departure of tomorrow.
      let direct = try world.direct("eq_open", role: "coordinator", sites: walk.way.site)
      #expect(
        direct.refusal(
          of: """
            select open.record_deviation('\(walk.key.text)', '', jsonb_build_object('type', 'MIN-DOC',
              'category', 'MINOR', 'how', 'site', 'description', 'A page is missing.', 'excludes', 'false',
              'on', (open.act_time() + interval '2 days')::date))
            """) == "EQ409")
      // What is of treatment does not exist for the blinded; what an unblinded person writes stays apart.
      let before = try await Blinded.seen(walk, at: now)
      #expect(
        try await record(
          "IMP-TX", .treatment, by: "treat_coordinator", visit: "", text: "Dose of K2.")
          == 1)
      #expect(try await Blinded.seen(walk, at: now) == before)
      #expect(
        try await record(
          "MIN-DOC", by: "investigator", visit: "", text: "The sheet of the infusion.")
          == 2)
      let told = try await office.deviations(as: coordinator)
      #expect(told.count == 2 && told.allSatisfy { !$0.description.contains("infusion") })
      #expect(
        try world.direct().text(
          "select count(*)::text from treatment.audit where reason = 'The sheet of the infusion.'")
          == "1")
      #expect(
        try world.direct().text(
          "select count(*)::text from open.audit where reason like '%infusion%'")
          == "0")
    }
  }

  @Test func `when the ethics committee was told is recorded once, of what was not rejected`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(21)
      let low = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]
      try await walk.save("CSSRSS", "A1", low, at: now)
      let office = world.installation.at(now.advanced(bySeconds: 86_400))
      let today = try CalendarDate(parsing: Walk.date(walk.instant(22), walk.way.site))
      func report(_ number: Int, _ day: CalendarDate, by role: String) async -> String {
        await refusal {
          try await office.reportDeviation(
            walk.key, number: number, in: .open, on: day,
            as: try await world.actor(role, at: walk.way.site, now: now))
        }?.code ?? ""
      }
      try await walk.judge(
        1, in: .open, DeviationJudgement(isConfirmed: true), by: "coordinator", at: now)
      #expect(await report(1, today, by: "treat_coordinator") == "not_found")
      #expect(await report(1, today.advanced(by: 1), by: "coordinator") == "not_from_this_state")
      #expect(await report(1, today.advanced(by: -2), by: "coordinator") == "not_from_this_state")
      #expect(await report(1, today, by: "coordinator") == "")
      #expect(await report(1, today, by: "coordinator") == "not_from_this_state")
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      #expect(
        try await office.deviations(as: coordinator).map(\.reportedOn) == [today.description])
      // Day 18 of the study: after the window of A2, and judged to be none.
      try await walk.save("CSSRSS", "A2", low, at: walk.instant(27))
      try await walk.judge(
        2, in: .open, DeviationJudgement(isConfirmed: false, reason: "the date was misread"),
        by: "coordinator", at: walk.instant(27))
      #expect(
        await refusal {
          try await world.installation.at(walk.instant(28)).reportDeviation(
            walk.key, number: 2, in: .open,
            on: try CalendarDate(parsing: Walk.date(walk.instant(28), walk.way.site)),
            as: coordinator)
        }?.code == "not_from_this_state")
    }
  }

  @Test
  func
    `a deviation reported on a form stands in the list in its own words, in the class of its form`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(12)
      let day = try Walk.date(walk.instant(11), walk.way.site)
      func report(
        _ form: String, _ type: String, by role: String, status: String = "DRAFT",
        expected: Int = 0, words: String = "The scale was read twice."
      ) async throws {
        _ = try await walk.save(
          form, "UNS",
          [
            "type": type, "detected": day, "occurred": day, "how": "MON", "desc": words,
            "status": status,
          ], by: role, hasHeader: false, expected: expected,
          reason: expected == 0 ? "" : "said more clearly", at: now)
      }
      func listed(_ schema: String) throws -> [String] {
        try world.direct().lines(
          """
          select concat_ws('|', type, form, occurred_on, how, description, category, excludes, status)
            from \(schema).deviations order by deviation
          """)
      }
      try await report("DEV", "MIN-DOC", by: "coordinator", status: "REJECTED")
      #expect(try listed("open").isEmpty)
      try await report("DEV", "MIN-DOC", by: "coordinator", expected: 1)
      let told = "MIN-DOC|DEV|\(day)|MON|The scale was read twice.|MIN|f|DRAFT"
      #expect(try listed("open") == [told])
      // Said again it is the same deviation.
      try await report("DEV", "MIN-DOC", by: "coordinator", expected: 2, words: "Read twice.")
      #expect(try listed("open") == [told])
      // What the treatment team reports reaches nobody blinded, and too short a text is its title.
      try await report("DEVT", "MIN-PROC", by: "treat_coordinator", words: "x")
      #expect(try listed("open") == [told])
      #expect(
        try listed("treatment")
          == ["MIN-PROC|DEVT|\(day)|MON|Procedure omitted or out of order|MIN|f|DRAFT"])
      try await walk.judge(
        1, in: .open, DeviationJudgement(isConfirmed: true), by: "coordinator", at: now)
      #expect(try listed("open").first?.hasSuffix("CONFIRMED") == true)
    }
  }
}

import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// Questionnaires asked once for each arm, in an order drawn for each participant.
@Suite(.serialized) struct PlannedRepeatTests {
  private static let now = ReferenceTrial.start.advanced(bySeconds: 2 * 86_400)

  private static func orders(_ world: ReferenceTrial, _ form: String) throws -> [String] {
    try world.direct().lines(
      """
      select array_to_string(repeats, ' ') from outcome.planned_orders where form = '\(form)'
       order by participant
      """)
  }

  private static func state(_ world: ReferenceTrial, _ key: ParticipantKey) throws -> String {
    try world.direct().text(
      "select state from open.collection_status where participant = '\(key)' and form = 'SETS'")
  }

  @Test func `SETS is asked once an arm under one link, in the order drawn and kept`() async throws
  {
    try await ReferenceTrial.run { world in
      let key = try await DataImportTests.consent(world, "AB")
      let coordinator = try await world.actor(
        "coordinator", at: ReferenceTrial.london, now: Self.now)
      let office = world.installation.at(Self.now)
      let (form, visit) = (try FormID(parsing: "SETS"), try VisitCode(parsing: "BL"))
      let first = try await office.issueQuestionnaire(key, form, at: visit, as: coordinator)
      let order = try #require(try Self.orders(world, "SETS").first).split(separator: " ")
      #expect(order.sorted() == ["ECT", "KAP", "KET"])
      // Another link asks in the same order.
      let link = try await office.issueQuestionnaire(key, form, at: visit, as: coordinator)
      #expect(try Self.orders(world, "SETS") == [order.joined(separator: " ")])
      let soon = world.installation.at(Self.now.advanced(bySeconds: 60))
      #expect(try await soon.questionnaire(link: first).isExpired)
      let plain = PlainAnswers(
        on: try CalendarDate(parsing: try Walk.date(Self.now, ReferenceTrial.london)), at: Self.now,
        by: "nobody")
      for number in 1...3 {
        let open = try await office.questionnaire(link: link)
        #expect(open.asked?.number == number && open.asked?.total == 3 && !open.isUsed)
        #expect(open.asked?.value == String(order[number - 1]))
        // Whatever program asks, the database takes no other repeat than the next of the order.
        let other = order[number % 3]
        let hash = try world.direct().text(
          """
          select encode(link_hash, 'hex') from outcome.questionnaire_links
           where participant = '\(key)' and form = 'SETS' order by expires_at desc limit 1
          """)
        #expect(
          try world.direct("eq_participant", role: "participant").refusal(
            of: """
              select outcome.save_questionnaire(decode('\(hash)', 'hex'),
                '{"arm":"\(other)"}', '1.0', '{}')
              """) == "EQ409")
        // Whatever a device sends as the arm, the one that is asked is kept.
        try await office.submitQuestionnaire(link: link, plain.answers(to: open.form))
        #expect(try Self.state(world, key) == (number < 3 ? "in_progress" : "submitted"))
      }
      #expect(
        try world.direct().lines(
          "select repeat || ' ' || (answers ->> 'arm') from outcome.entries where form = 'SETS' order by repeat"
        )
          == order.enumerated().map { "\($0 + 1) \($1)" })
      #expect(try await office.questionnaire(link: link).isUsed)
      #expect(
        await refusal { try await office.submitQuestionnaire(link: link, [:]) } != nil)
      #expect(
        await refusal {
          try await office.issueQuestionnaire(key, form, at: visit, as: coordinator)
        } != nil)
      // That an order was drawn is on record, in the class of the answers.
      #expect(
        try world.direct().text(
          "select new from outcome.audit where action = 'order drawn' and object like '%/SETS@BL'")
          == order.joined(separator: ", "))
      for login in ["eq_open", "eq_treating", "eq_participant"] {
        #expect(
          try world.direct(login).refusal(of: "select 1 from outcome.planned_orders") == "42501")
      }
      #expect(
        try world.direct().refusal(of: "update outcome.planned_orders set repeats = array['KET']")
          != nil)
    }
  }

  @Test func `the order is drawn anew for each participant and questionnaire`() async throws {
    try await ReferenceTrial.run { world in
      let coordinator = try await world.actor(
        "coordinator", at: ReferenceTrial.london, now: Self.now)
      let office = world.installation.at(Self.now)
      let visit = try VisitCode(parsing: "BL")
      for number in 0..<12 {
        let key = try await DataImportTests.consent(
          world, "A\(Array("ABCDEFGHIJKL")[number])")
        for form in ["SETS", "CEQ"] {
          _ = try await office.issueQuestionnaire(
            key, FormID(parsing: form), at: visit, as: coordinator)
        }
      }
      // 24 draws of one order alone happen once in 6 to the 23.
      let drawn = try Self.orders(world, "SETS") + Self.orders(world, "CEQ")
      #expect(drawn.count == 24 && Set(drawn).count > 1)
      #expect(Set(drawn).allSatisfy { $0.split(separator: " ").sorted() == ["ECT", "KAP", "KET"] })
    }
  }

  @Test func `of two who enter the same planned point at one moment, one does`() async throws {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let walk = try #require(room.byArm["KET"])
      let now = room.now
      let nurse = try await world.actor("ketamine_nurse", at: walk.way.site, now: now)
      let form = try #require(world.definition.form(FormID(parsing: "KMON")))
      let plain = PlainAnswers(
        on: try CalendarDate(parsing: Walk.date(now, walk.way.site)), at: now, by: nurse.username)
      func enter(_ minute: String) async -> [String] {
        do {
          let answers = plain.answers(to: form, with: try Walk.answers(["t_min": minute]))
          _ = try await world.installation.at(now).saveEntry(
            walk.key, form.id, VisitCode(parsing: "K1"), number: 0,
            EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true), as: nurse)
          return []
        } catch {
          return fields(of: error as? ActRefusal)
        }
      }
      let outcomes = await withTaskGroup(of: [String].self) { group in
        for _ in 1...6 { group.addTask { await enter("10") } }
        var all: [[String]] = []
        for await one in group { all.append(one) }
        return all
      }
      #expect(outcomes.count { $0.isEmpty } == 1 && outcomes.count { $0 == ["t_min"] } == 5)
      #expect(
        try world.direct().text(
          "select count(*)::text from treatment.entries where form = 'KMON' and answers ->> 't_min' = '10'"
        ) == "1")
      #expect(await enter("20") == [])
    }
  }
}

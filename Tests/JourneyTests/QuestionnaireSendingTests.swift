import Conduct
import Store
import StudyModel
import Testing

/// When a questionnaire is sent, reminded of and lapses, by the window of its visit.
@Suite(.serialized) struct QuestionnaireSendingTests {
  @Test func `a questionnaire sent asks for a reminder after 24 and 48 hours, and lapses after 72`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let link = try await walk.issue("A1", at: walk.instant(16))
      func standing(_ seconds: Int64) async throws -> [QuestionnaireStanding] {
        let now = walk.instant(16, seconds)
        return try await world.installation.at(now).waitingQuestionnaires(
          as: try await world.actor("coordinator", at: walk.way.site, now: now)
        ).map(\.standing)
      }
      #expect(try await standing(24 * 3600 - 1) == [.sent])
      #expect(try await standing(24 * 3600) == [.reminderDue(afterHours: 24)])
      #expect(try await standing(48 * 3600) == [.reminderDue(afterHours: 48)])
      #expect(try await standing(72 * 3600 - 1) == [.reminderDue(afterHours: 48)])
      #expect(try await standing(72 * 3600) == [.lapsed])
      try await walk.hand(in: link, at: walk.instant(16, 3600))
      #expect(try await standing(7200).isEmpty)
      let investigator = try await world.actor("investigator", at: walk.way.site)
      #expect(
        await refusal { _ = try await world.installation.waitingQuestionnaires(as: investigator) }
          == .notFound)
    }
  }

  @Test func `a questionnaire is sent within the window of its visit, and lapses with it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Day 0 is the ninth of the walk; the window of A1 is days 6 to 10, that of A2 begins on day 13.
      let early = await refusal { _ = try await walk.issue("A1", at: walk.instant(14)) }
      #expect(early?.code == "window_ahead")
      let link = try await walk.issue("A1", at: walk.instant(19))
      let expires = try world.direct().text(
        """
        select to_char(expires_at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI:SS')
          from outcome.questionnaire_links where visit = 'A1' and used_at is null
        """)
      let last = try Walk.date(walk.instant(20), walk.way.site)
      #expect(expires == "\(last) 00:00:00")
      #expect(await refusal { try await walk.hand(in: link, at: walk.instant(20)) } == .closed)
      // Late until the next visit at which the same is asked; then it is that visit's.
      _ = try await walk.issue("A1", at: walk.instant(21))
      let past = await refusal { _ = try await walk.issue("A1", at: walk.instant(22)) }
      #expect(past?.code == "window_past")
      _ = try await walk.issue("A2", at: walk.instant(22))
      // What has no window is sent whenever it is needed.
      _ = try await walk.issue("UNS", at: walk.instant(22))
    }
  }

  @Test
  func `a late link is asked about as late, and lapses when the same is asked at the next visit`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Day 12: the window of A1 ended on day 10, that of A2 begins on day 13.
      let link = try await walk.issue("A1", at: walk.instant(21))
      let expires = try world.direct().text(
        """
        select to_char(expires_at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI:SS')
          from outcome.questionnaire_links where visit = 'A1' and used_at is null
        """)
      #expect(expires == "\(try Walk.date(walk.instant(22), walk.way.site)) 00:00:00")
      #expect(await refusal { try await walk.hand(in: link, at: walk.instant(22)) } == .closed)
      let again = try await walk.issue("A1", at: walk.instant(21, 60))
      try await walk.hand(in: again, at: walk.instant(21, 600))
      #expect(
        try world.direct().lines(
          "select form || ' ' || visit || ' ' || rule from outcome.data_queries where visit = 'A1'")
          == ["QIDSSR16 A1 EC-GEN-04"])
      #expect(try world.deviations(in: "open") == ["MIN-WIN A1 DRAFT"])
    }
  }
}

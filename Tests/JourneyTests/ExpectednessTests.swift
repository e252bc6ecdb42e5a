import Conduct
import Store
import StudyModel
import Testing

/// Whether a serious event was expected: judged apart from the report of the site.
@Suite(.serialized) struct ExpectednessTests {
  @Test
  func `whether an event was expected is judged apart from the site's form, and starts its times`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      try await ReportingTimeTests.report(walk, aware: now, ["criteria": "DEATH"], at: now)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "SAE"), try VisitCode(parsing: "UNS"))
      func judge(
        _ role: String, version: Int, _ isExpected: Bool, reference: String = "Brochure, version 4",
        reason: String = "Listed under cardiac events.", at now: UTCInstant
      ) async throws -> Int {
        try await world.installation.at(now).judgeExpectedness(
          address, version: version,
          ExpectednessJudgement(isExpected: isExpected, reference: reference, reason: reason),
          as: try await world.actor(
            role, at: role == "safety_officer" ? nil : walk.way.site, now: now))
      }
      func events(at now: UTCInstant) async throws -> [SeriousEvent] {
        try await ReportingTimeTests.events(walk, "safety_officer", at: now)
      }
      let before = try #require(try await events(at: now).first)
      #expect(before.judgement == nil)
      #expect(!before.clocks.contains { $0.clock.hasPrefix("susar") }, "\(before.clocks)")
      #expect(before.versions.first?.told.contains { $0.label == "Expected" } == false)
      for role in ["investigator", "treat_coordinator", "ketamine_nurse"] {
        #expect(
          await refusal { try await judge(role, version: 1, false, at: now) } == .notFound,
          "\(role)")
      }
      // The site knows more; who read the first report judges none that was not read.
      let second = now.advanced(bySeconds: 3600)
      try await ReportingTimeTests.report(
        walk, aware: now, ["criteria": "DEATH", "narrative": "Fell, and died on the way."],
        expected: 1, reason: "more is known", at: second)
      let late = second.advanced(bySeconds: 3600)
      #expect(
        await refusal { try await judge("safety_officer", version: 1, false, at: late) } == .stale)
      for (reference, reason) in [("", "Not listed."), ("Brochure, version 4", " ")] {
        let unsaid = await refusal {
          try await judge(
            "safety_officer", version: 2, false, reference: reference, reason: reason, at: late)
        }
        #expect(unsaid?.code == "invalid")
      }
      #expect(try world.direct().text("select count(*)::text from treatment.judgements") == "0")
      #expect(try await judge("safety_officer", version: 2, false, at: late) == 1)
      let judged = try #require(try await events(at: late).first)
      let zone = try SiteClock(zone: "Europe/London")
      let fatal = try #require(judged.clocks.first { $0.clock == "susar_fatal" })
      #expect(fatal.startedAt == now)
      #expect(fatal.dueAt == zone.lastSecond(of: zone.date(at: now).advanced(by: 7)))
      let further = try #require(judged.clocks.first { $0.clock == "susar_fatal.further" })
      #expect(further.startedAt == now && further.metAt == nil)
      #expect(further.dueAt == zone.lastSecond(of: zone.date(at: now).advanced(by: 15)))
      func told(_ version: Int, _ label: String) -> String? {
        judged.versions.first { $0.number == version }?.told.first { $0.label == label }?.answer
      }
      #expect(told(2, "Expected") == "No" && told(2, "Suspected and unexpected") == "Yes")
      #expect(told(2, "Number") == "SAE-0001" && told(1, "Expected") == nil)
      #expect(judged.judgement?.words?.reference == "Brochure, version 4")
      // A later judgement stands beside it and stops nothing; what the site saves then knows it.
      let later = late.advanced(bySeconds: 60)
      #expect(try await judge("safety_officer", version: 2, true, at: later) == 2)
      try await ReportingTimeTests.report(
        walk, aware: now, ["criteria": "DEATH", "narrative": "Died in the ward."], expected: 2,
        reason: "more is known", at: later.advanced(bySeconds: 60))
      let after = try #require(try await events(at: later.advanced(bySeconds: 60)).first)
      #expect(after.clocks.contains { $0.clock == "susar_fatal" && $0.startedAt == now })
      #expect(after.versions.first?.told.first { $0.label == "Expected" }?.answer == "Yes")
      #expect(after.versions.first?.number == 3 && after.judgement?.isExpected == true)
      _ = try await world.installation.at(later).meetClock(
        address, "susar_fatal.further",
        as: try await world.actor("safety_officer", now: later))
      // It is kept for ever, and no blinded login reads a row of it.
      #expect(
        try world.direct().refusal(of: "update treatment.judgements set expected = true") != nil)
      #expect(try world.direct().refusal(of: "delete from treatment.judgements") != nil)
      for login in ["eq_open", "eq_outcome", "eq_rater", "eq_participant", "eq_reports"] {
        let direct = try world.direct(login, role: "safety_officer")
        #expect(direct.refusal(of: "select 1 from treatment.judgements") == "42501", "\(login)")
      }
      // Whatever program asks: no version that was saved over, and nobody but who follows the times.
      func direct(_ role: String, version: Int) throws -> String? {
        try world.direct("eq_committee", role: role).refusal(
          of: """
            select treatment.judge_expectedness('\(walk.key.text)', 'SAE', 'UNS', 1, \(version),
              '{"expected":"false","reference":"Brochure","reason":"Not listed.","told":[],"clocks":[]}')
            """)
      }
      #expect(try direct("safety_officer", version: 2) == "EQ412")
      #expect(try direct("ketamine_nurse", version: 3) == "EQ404")
      #expect(try direct("safety_officer", version: 3) == nil)
    }
  }

  @Test
  func
    `NI-1: the words of who judged an event are read by them and by who holds its class, nobody else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      try await ReportingTimeTests.report(walk, aware: now, ["criteria": "DEATH"], at: now)
      let office = world.installation.at(now)
      let judge = try await world.actor("safety_officer", now: now)
      let colleague = try await world.actor(
        try await world.hire("safety_officer", at: nil, number: 2), now: now)
      _ = try await office.judgeExpectedness(
        EntryAddress(walk.key, try FormID(parsing: "SAE"), try VisitCode(parsing: "UNS")),
        version: 1,
        ExpectednessJudgement(
          isExpected: true, reference: "Ketamine, summary of 2026",
          reason: "Listed, since ketamine was given."), as: judge)
      func judgement(as actor: Actor) async throws -> SeriousEvent.Judgement {
        try #require(try await office.seriousEvents(as: actor).first?.judgement)
      }
      let told = try await judgement(as: colleague)
      #expect(told.isExpected && told.judgedAt == now && told.version == 1)
      #expect(told.words == nil)
      let words = SeriousEvent.Words(
        reference: "Ketamine, summary of 2026", reason: "Listed, since ketamine was given.",
        judgedBy: judge.fullName)
      #expect(try await judgement(as: judge).words == words)
      for role in ["data_manager_u", "investigator"] {
        let reader = try await world.actor(
          role, at: role == "investigator" ? walk.way.site : nil, now: now)
        #expect(try await judgement(as: reader).words == words, "\(role)")
      }
    }
  }
}

import Store
import StudyModel
import Testing

@testable import Conduct

/// What one entry brings about is told apart from what another one does.
@Suite(.serialized) struct EntriesToldApartTests {
  private static func enter(
    _ walk: Walk, _ form: String, _ answers: [String: String], number: Int = 0, expected: Int = 0,
    by role: String = "coordinator", at now: UTCInstant
  ) async throws {
    _ = try await walk.world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: form), VisitCode(parsing: "UNS"), number: number,
      EntrySubmission(
        answers: try Walk.answers(answers), expectedVersion: expected, isFinal: true,
        reason: expected == 0 ? "" : "more is known"),
      as: try await walk.world.actor(role, at: walk.way.site, now: now))
  }

  private static func drafted(_ world: ReferenceTrial, _ schema: String) throws -> [String] {
    try world.direct().lines(
      """
      select type || ' ' || form || '#' || repeat || ' ' || status from \(schema).deviations
       order by participant, deviation
      """)
  }

  @Test func `of two serious events reported late on one day each is a deviation`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let late = now.advanced(bySeconds: -90_000)
      try await ReportingTimeTests.report(walk, aware: late, at: now)
      try await ReportingTimeTests.report(walk, aware: late, at: now)
      #expect(
        try Self.drafted(world, "treatment")
          == ["IMP-SAE SAE#1 DRAFT", "IMP-SAE SAE#2 DRAFT"])
      // What was judged is judged, however often its entry is saved.
      try await walk.judge(
        1, in: .treatment, DeviationJudgement(isConfirmed: false, reason: "the ward was closed"),
        by: "investigator", at: now)
      try await ReportingTimeTests.report(
        walk, aware: late, ["narrative": "Fell, and went home."], expected: 1,
        reason: "more is known", at: now)
      #expect(
        try Self.drafted(world, "treatment")
          == ["IMP-SAE SAE#1 REJECTED", "IMP-SAE SAE#2 DRAFT"])
    }
  }

  @Test func `a rejected medication does not hide another one of the same day`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      func give(_ drug: String) async throws {
        _ = try await world.installation.at(now).saveEntry(
          walk.key, FormID(parsing: "CM"), VisitCode(parsing: "A1"), number: 0,
          EntrySubmission(
            answers: try Walk.answers(["drug": drug, "start": "2026-12", "ongoing": "true"]),
            expectedVersion: 0, isFinal: true),
          as: try await world.actor("coordinator", at: walk.way.site, now: now))
      }
      try await give("lorazepam")
      try await walk.judge(
        1, in: .open, DeviationJudgement(isConfirmed: false, reason: "half a milligram a day"),
        by: "coordinator", at: now)
      try await give("phenelzine")
      #expect(
        try Self.drafted(world, "open")
          == ["IMP-PROHIB CM#1 REJECTED", "IMP-PROHIB CM#2 DRAFT"])
    }
  }

  @Test func `two deviations of one type and day that people report both reach the list`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let day = try Walk.date(now, walk.way.site)
      func tell(_ words: String) -> [String: String] {
        [
          "type": "MIN-DOC", "detected": day, "occurred": day, "how": "SITE", "desc": words,
          "status": "DRAFT",
        ]
      }
      try await Self.enter(walk, "DEV", tell("A page was not dated."), at: now)
      try await Self.enter(walk, "DEV", tell("Another page was not signed."), at: now)
      // Saved again, the same report is the same deviation.
      try await Self.enter(
        walk, "DEV", tell("Another page was not signed at all."), number: 2, expected: 1, at: now)
      #expect(
        try world.direct().lines("select description from open.deviations order by deviation")
          == ["A page was not dated.", "Another page was not signed."])
    }
  }

  @Test func `a rule that is looked at again drafts for the entry it finds, each once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(7)
      for drug in ["phenelzine", "memantine"] {
        _ = try await world.installation.at(now).saveEntry(
          walk.key, FormID(parsing: "CM"), VisitCode(parsing: "BL"), number: 0,
          EntrySubmission(
            answers: try Walk.answers(["drug": drug, "start": "2026-12", "ongoing": "true"]),
            expectedVersion: 0, isFinal: true),
          as: try await world.actor("coordinator", at: walk.way.site, now: now))
      }
      #expect(try Self.drafted(world, "open").isEmpty)
      _ = try await walk.randomize()
      let found = ["IMP-PROHIB CM#1 DRAFT", "IMP-PROHIB CM#2 DRAFT"]
      #expect(try Self.drafted(world, "open") == found)
      _ = try await world.installation.at(walk.instant(11)).deriveAll(in: world.trial)
      #expect(try Self.drafted(world, "open") == found)
    }
  }

  @Test func `a value that comes back after it was corrected raises its alert again`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(14)
      func save(_ pressure: String, _ rate: String = "80", over version: Int) async throws {
        _ = try await world.installation.at(now).saveEntry(
          walk.key, FormID(parsing: "KMON"), VisitCode(parsing: "K1"),
          number: version == 0 ? 0 : 1,
          EntrySubmission(
            answers: try Walk.answers([
              "t_min": "20", "at": now.description, "sbp": pressure, "dbp": "90", "hr": rate,
              "spo2": "97", "moaas": "5",
            ]), expectedVersion: version, isFinal: true,
            reason: version == 0 ? "" : "read again"),
          as: try await world.actor("ketamine_nurse", at: walk.way.site, now: now))
      }
      let nurse = try await world.actor("ketamine_nurse", at: walk.way.site, now: now)
      let office = world.installation.at(now)
      func raised() async throws -> (all: Int, open: [String]) {
        let alerts = try await office.alerts(as: nurse).filter { $0.name == "HAEMO" }
        return (alerts.count, alerts.filter { $0.acknowledgedAt == nil }.map(\.alert))
      }
      try await save("190", over: 0)
      // Nobody acted yet: the same value is the same alert.
      try await save("190", "81", over: 1)
      #expect(try await raised().all == 1)
      _ = try await office.acknowledgeAlert(
        try #require(try await raised().open.first), action: "A typing error.", as: nurse)
      // What it says did not change, version after version.
      try await save("190", "82", over: 2)
      try await save("190", "83", over: 3)
      #expect(try await raised().all == 1)
      try await save("150", over: 4)
      #expect(try await raised().all == 1)
      try await save("190", over: 5)
      #expect(try await raised().all == 2)
      #expect(try await raised().open.count == 1)
    }
  }

  @Test func `further information starts a time of its own, which the version that tells it meets`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      func clocks() throws -> [String] {
        try world.direct().lines(
          """
          select started_at || ' ' || due_at || ' ' || met_at from treatment.clocks
           where clock = 'sae_follow_up'
          """)
      }
      func instants(_ start: UTCInstant, _ met: UTCInstant) throws -> String {
        try world.direct().text(
          """
          select timestamptz '\(start)' || ' ' || (timestamptz '\(start)' + interval '24 hours') || ' '
              || timestamptz '\(met)'
          """)
      }
      func report(_ further: UTCInstant?, expected: Int, at time: UTCInstant) async throws {
        try await ReportingTimeTests.report(
          walk, aware: now.advanced(bySeconds: -600),
          ["narrative": "Fell. Told \(expected) times."].merging(
            further.map { ["further_at": $0.description] } ?? [:]
          ) { $1 },
          expected: expected, reason: expected == 0 ? "" : "a letter came", at: time)
      }
      try await report(nil, expected: 0, at: now)
      #expect(try clocks().isEmpty)
      // Changed without anything received: nothing runs.
      try await report(nil, expected: 1, at: now.advanced(bySeconds: 60))
      #expect(try clocks().isEmpty)
      let received = now.advanced(bySeconds: 86_400)
      let told = received.advanced(bySeconds: 3600)
      try await report(received, expected: 2, at: told)
      #expect(try clocks() == [try instants(received, told)])
      // A correction of that receipt is no receipt.
      let sooner = received.advanced(bySeconds: -60)
      try await report(sooner, expected: 3, at: told.advanced(bySeconds: 5 * 86_400))
      #expect(try clocks() == [try instants(sooner, told)])
      // The next letter lay two days: late, and the earlier time stays met as it was.
      let again = received.advanced(bySeconds: 10 * 86_400)
      let late = again.advanced(bySeconds: 2 * 86_400)
      try await report(again, expected: 4, at: late)
      #expect(try clocks() == [try instants(again, late)])
      #expect(
        try world.direct().lines(
          """
          select (met_at = '\(told)')::text from treatment.clock_starts
           where clock = 'sae_follow_up' order by change
          """) == ["true", "true"])
      let refused = await refusal {
        try await report(now.advanced(bySeconds: -700), expected: 5, at: late)
      }
      #expect(fields(of: refused) == ["further_at"])
    }
  }
}

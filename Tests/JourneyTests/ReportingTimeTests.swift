import Conduct
import Store
import StudyModel
import Testing

/// Serious events, their reporting times, and what of them is told to whom.
@Suite(.serialized) struct ReportingTimeTests {
  private static let event = [
    "onset": "2027-01-20", "criteria": "HOSP", "narrative": "Fell after the infusion of ketamine.",
    "device_related": "false", "rel_ket": "PROB", "rel_ther": "NA", "rel_ect": "NA",
    "rel_proc": "UNL", "expected": "Y",
  ]

  private static func report(
    _ walk: Walk, aware: UTCInstant, _ changes: [String: String] = [:], expected: Int = 0,
    reason: String = "", at now: UTCInstant
  ) async throws {
    _ = try await walk.world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: "SAE"), VisitCode(parsing: "UNS"), number: expected == 0 ? 0 : 1,
      EntrySubmission(
        answers: try Walk.answers(
          event.merging(["aware_at": aware.description]) { $1 }.merging(changes) { $1 }),
        expectedVersion: expected, isFinal: true, reason: reason),
      as: try await walk.world.actor("investigator", at: walk.way.site, now: now))
  }

  private static func events(
    _ walk: Walk, _ role: String, at now: UTCInstant, site: String? = nil
  ) async throws -> [SeriousEvent] {
    try await walk.world.installation.at(now).seriousEvents(
      as: try await walk.world.actor(role, at: site, now: now))
  }

  @Test
  func `AS-17: aware at eight, entered at nine the next day, is an hour late and a deviation`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let aware = try UTCInstant(parsing: Walk.date(walk.instant(20), walk.way.site) + "T08:00:00Z")
      let entered = aware.advanced(bySeconds: 25 * 3600)
      try await Self.report(walk, aware: aware, at: entered)
      let found = try #require(
        try await Self.events(walk, "investigator", at: entered, site: walk.way.site).first)
      let site = try #require(found.clocks.first { $0.clock == "sae_site" })
      #expect(site.startedAt == aware && site.dueAt == aware.advanced(bySeconds: 86_400))
      #expect(site.metAt.map { $0.seconds(since: site.dueAt) } == 3600)
      #expect(
        try world.direct().lines("select type from treatment.deviations") == ["IMP-SAE"])
      // In time to the second is in time.
      try await Self.report(
        walk, aware: aware.advanced(bySeconds: 7200), expected: 1,
        reason: "the ward had called later",
        at: entered.advanced(bySeconds: 60))
      let again = try #require(
        try await Self.events(walk, "investigator", at: entered, site: walk.way.site).first)
      let moved = try #require(again.clocks.first { $0.clock == "sae_site" })
      #expect(moved.startedAt == aware.advanced(bySeconds: 7200) && moved.restarts == 1)
      #expect(
        try world.direct().lines(
          "select (started_at = '\(aware)')::text || ' ' || reason from treatment.clock_starts")
          == ["true the ward had called later"])
      // What the system took as start stands, whatever is entered later.
      let triage = try #require(again.clocks.first { $0.clock == "sae_triage" })
      #expect(triage.startedAt == entered && triage.restarts == 0)
      #expect(again.versions.map(\.number) == [2, 1])
    }
  }

  @Test func `a reminder comes at three quarters, the limit is told, and both once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      try await Self.report(walk, aware: now.advanced(bySeconds: -600), at: now)
      func round(_ seconds: Int64) async throws -> Int {
        let office: Installation = world.installation.at(now.advanced(bySeconds: seconds))
        let report: SafetyRoundReport = try await office.goSafetyRound(of: world.trial)
        return report.moved
      }
      func told() throws -> [String] {
        try world.direct().lines(
          """
          select clock || ' ' || (reminded_at is not null)::text || ' ' || (escalated_at is not null)::text
            from treatment.clocks where met_at is null order by clock
          """)
      }
      #expect(try await round(64_799) == 0)
      #expect(try await round(64_800) == 2)
      #expect(try await round(64_800) == 0)
      #expect(try told() == ["sae_follow_up true false", "sae_triage true false"])
      // The last second is in time.
      _ = try await round(86_400)
      #expect(try told() == ["sae_follow_up true false", "sae_triage true false"])
      _ = try await round(86_401)
      #expect(try told() == ["sae_follow_up true true", "sae_triage true true"])
      let later = now.advanced(bySeconds: 90_000)
      let alerts = try await world.installation.at(later).alerts(
        as: try await world.actor("investigator", at: walk.way.site, now: later))
      #expect(alerts.map(\.name) == ["sae_follow_up"])
      // The officer says that it was done; nobody else may, and once.
      let officer = try await world.actor("safety_officer", now: later)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "SAE"), try VisitCode(parsing: "UNS"))
      let nurse = try await world.actor("ketamine_nurse", at: walk.way.site, now: later)
      let office = world.installation.at(later)
      #expect(
        await refusal { try await office.meetClock(address, "sae_triage", as: nurse) } == .notFound)
      let physician = try await world.actor("investigator", at: walk.way.site, now: later)
      #expect(
        await refusal { try await office.meetClock(address, "sae_triage", as: physician) }
          == .notFound)
      _ = try await office.meetClock(address, "sae_triage", as: officer)
      let twice = await refusal { try await office.meetClock(address, "sae_triage", as: officer) }
      #expect(twice?.code == "not_from_this_state")
    }
  }

  @Test func `who knows no arm is told the event without a word that differs between arms`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      // Two reports that differ in everything that tells an arm.
      try await Self.report(walk, aware: now, at: now)
      let ketamine = try await Self.text(walk, at: now)
      try await Self.report(
        walk, aware: now,
        [
          "narrative": "Fell after the session of ECT.", "rel_ket": "NA", "rel_ect": "PROB",
          "device_related": "true",
        ], expected: 1, reason: "other text", at: now)
      let convulsive = try await Self.text(walk, at: now)
      #expect(ketamine == convulsive)
      #expect(ketamine.contains("Hospital stay"))
      for word in ["etamine", "ECT", "infusion", "Narrative", "Related", "device"] {
        #expect(!ketamine.contains(word), "\(word)")
      }
      // The physician of the site sees the device's clock, the officer does not.
      #expect(
        try await Self.events(walk, "investigator", at: now, site: walk.way.site)
          .flatMap { $0.clocks.map(\.clock) }.contains("device"))
      for role in ["coordinator", "medical_monitor", "sponsor_lead", "monitor"] {
        let actor = try await world.actor(
          role, at: ["coordinator", "monitor"].contains(role) ? walk.way.site : nil, now: now)
        #expect(
          await refusal { try await world.installation.at(now).seriousEvents(as: actor) }
            == .notFound, "\(role)")
      }
      #expect(
        try await Self.events(walk, "investigator", at: now, site: ReferenceTrial.berlin).isEmpty)
    }
  }

  /// The newest version as the safety officer is told it, with the clocks.
  private static func text(_ walk: Walk, at now: UTCInstant) async throws -> String {
    let found = try #require(try await events(walk, "safety_officer", at: now).first)
    let version = try #require(found.versions.first)
    return version.told.map { "\($0.label): \($0.answer)" }.joined(separator: "\n")
      + found.clocks.map { "\n\($0.clock) \($0.title) \($0.startedAt) \($0.dueAt)" }.joined()
  }
}

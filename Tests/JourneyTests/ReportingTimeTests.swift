import Conduct
import Store
import StudyModel
import Testing

/// Serious events, their reporting times, and what of them is told to whom.
@Suite(.serialized) struct ReportingTimeTests {
  private static let event = [
    "onset": "2027-01-20", "criteria": "HOSP", "narrative": "Fell after the infusion of ketamine.",
    "device_related": "false", "rel_ket": "PROB", "rel_ther": "NA", "rel_ect": "NA",
    "rel_proc": "UNL",
  ]

  /// Reports a serious event, or changes the report.
  static func report(
    _ walk: Walk, aware: UTCInstant, _ changes: [String: String] = [:], expected: Int = 0,
    reason: String = "", at now: UTCInstant
  ) async throws {
    _ = try await walk.world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: "SAE"), VisitCode(parsing: "UNS"), number: expected == 0 ? 0 : 1,
      EntrySubmission(
        answers: try Walk.answers(
          event.merging(["aware_at": aware.description]) { $1 }.merging(changes) { $1 }),
        expectedVersion: expected, isFinal: true, reason: reason),
      as: try await walk.world.actor("treat_coordinator", at: walk.way.site, now: now))
  }

  static func events(
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

  @Test func `a report in time stays in time, and its day, whenever more is told of the event`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let aware = try UTCInstant(parsing: Walk.date(walk.instant(20), walk.way.site) + "T08:00:00Z")
      let entered = aware.advanced(bySeconds: 2 * 3600)
      func stored() throws -> String {
        try world.direct().text(
          """
          select version || ' ' || (answers ->> 'reported_at') || ' ' || coalesce(answers ->> 'reg_due', '-')
            from treatment.entries where form = 'SAE'
          """)
      }
      try await Self.report(walk, aware: aware, at: entered)
      let first = try stored()
      #expect(first.hasPrefix("1 \(entered)"))
      try await Self.report(
        walk, aware: aware, ["narrative": "Fell after the infusion. Discharged since."],
        expected: 1,
        reason: "the letter of discharge came", at: entered.advanced(bySeconds: 3 * 86_400))
      #expect(try stored() == "2" + first.dropFirst())
      #expect(try world.direct().lines("select type from treatment.deviations").isEmpty)
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
      #expect(try await round(64_800) == 1)
      #expect(try await round(64_800) == 0)
      #expect(try told() == ["sae_triage true false"])
      // The last second is in time.
      _ = try await round(86_400)
      #expect(try told() == ["sae_triage true false"])
      _ = try await round(86_401)
      #expect(try told() == ["sae_triage true true"])
      let later = now.advanced(bySeconds: 90_000)
      let alerts = try await world.installation.at(later).alerts(
        as: try await world.actor("investigator", at: walk.way.site, now: later))
      // The reminder is the officer's: nothing further was received that the physician could report.
      #expect(alerts.isEmpty)
      #expect(try world.direct().lines("select name from treatment.alerts") == ["sae_triage"])
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

  @Test
  func `a limit that passes is told although the reminder was acted on; a new start reminds anew`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      try await Self.report(walk, aware: now.advanced(bySeconds: -600), at: now)
      func office(_ seconds: Int64) -> Installation {
        world.installation.at(now.advanced(bySeconds: seconds))
      }
      func alerts(_ name: String) throws -> [String] {
        try world.direct().lines(
          """
          select (acknowledged_at is not null)::text || ' ' || items from treatment.alerts
           where name = '\(name)' order by version
          """)
      }
      func letters(_ role: String) throws -> String {
        try world.direct().text(
          "select count(*)::text from access.letters where role = '\(role)'")
      }
      _ = try await office(64_800).goSafetyRound(of: world.trial)
      #expect(try alerts("sae_triage") == ["false Three quarters of the time have passed"])
      try world.tamper(
        """
        update treatment.alerts set acknowledged_at = raised_at, acknowledged_by = 1,
          action_taken = 'Asked the ward.'
        """)
      let before = try letters("safety_officer")
      _ = try await office(86_401).goSafetyRound(of: world.trial)
      #expect(try alerts("sae_triage.late") == ["false The time has passed"])
      #expect(try letters("safety_officer") != before)
      _ = try await office(90_000).goSafetyRound(of: world.trial)
      #expect(try alerts("sae_triage.late").count == 1)
      // Information that came today starts the time anew, with a reason; its reminder comes again.
      let officer = try await world.actor("safety_officer", now: now.advanced(bySeconds: 90_000))
      try await office(90_000).restartClock(
        EntryAddress(walk.key, try FormID(parsing: "SAE"), try VisitCode(parsing: "UNS")),
        "sae_triage", start: now.advanced(bySeconds: 90_000), reason: "new information",
        as: officer)
      _ = try await office(90_000 + 64_799).goSafetyRound(of: world.trial)
      #expect(try alerts("sae_triage").count == 1)
      _ = try await office(90_000 + 64_800).goSafetyRound(of: world.trial)
      #expect(try alerts("sae_triage").count == 2)
    }
  }

  @Test func `a start that is typed anew is reminded of anew`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      func reminders() throws -> [String] {
        try world.direct().lines(
          "select items from treatment.alerts where name = 'device' order by version")
      }
      func round(after seconds: Int64) async throws {
        let text = try world.direct().text(
          """
          select extract(epoch from remind_at - timestamptz '\(now)')::bigint::text
            from treatment.clocks where clock = 'device'
          """)
        let wait = try #require(Int64(text)) + seconds
        _ = try await world.installation.at(now.advanced(bySeconds: wait))
          .goSafetyRound(of: world.trial)
      }
      try await Self.report(walk, aware: now, ["device_related": "true"], at: now)
      try await round(after: 0)
      #expect(try reminders() == ["Three quarters of the time have passed"])
      let later = now.advanced(bySeconds: 9 * 86_400)
      try await Self.report(
        walk, aware: later, ["device_related": "true"], expected: 1,
        reason: "the first call was about another device", at: later)
      try await round(after: -1)
      #expect(try reminders().count == 1)
      try await round(after: 0)
      #expect(
        try reminders() == [
          "Three quarters of the time have passed",
          "Three quarters of the time have passed, counted from start 2",
        ])
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

  @Test
  func `the start of a reporting time is changed with a reason, after both limits were shown`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      try await Self.report(walk, aware: now, ["criteria": "DEATH"], at: now)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "SAE"), try VisitCode(parsing: "UNS"))
      let office = world.installation.at(now)
      let officer = try await world.actor("safety_officer", now: now)
      _ = try await office.judgeExpectedness(
        address, version: 1,
        ExpectednessJudgement(
          isExpected: false, reference: "Brochure, version 4", reason: "Not listed."), as: officer)
      // The sponsor was told by telephone two days before.
      let start = now.advanced(bySeconds: -2 * 86_400)
      func rows() throws -> [String] {
        try world.direct().lines(
          "select clock || ' ' || started_at || ' ' || due_at from treatment.clocks order by clock")
      }
      let before = try rows()
      let changes = try await office.clockChanges(
        address, "susar_fatal", start: start, as: officer)
      #expect(
        changes.map(\.title) == [
          "Suspected, unexpected, fatal or life-threatening",
          "Suspected, unexpected, fatal or life-threatening, further information",
        ])
      #expect(changes.allSatisfy { $0.dueAfter < $0.dueBefore })
      #expect(try rows() == before)
      // A start is behind, is another one, is no answer of the form, and has a reason.
      func restart(
        _ clock: String, _ start: UTCInstant, _ reason: String = "told by telephone",
        as actor: Actor
      ) async -> String {
        await refusal {
          try await office.restartClock(address, clock, start: start, reason: reason, as: actor)
        }?.code ?? ""
      }
      #expect(await restart("susar_fatal", now.advanced(bySeconds: 1), as: officer) == "invalid")
      #expect(await restart("susar_fatal", now, as: officer) == "invalid")
      #expect(await restart("susar_fatal", start, "  ", as: officer) == "invalid")
      #expect(await restart("sae_site", start, as: officer) == "start_is_an_answer")
      let nurse = try await world.actor("ketamine_nurse", at: walk.way.site, now: now)
      let physician = try await world.actor("investigator", at: walk.way.site, now: now)
      #expect(await restart("susar_fatal", start, as: nurse) == "not_found")
      // Whatever program asks, the database holds to who follows the time, and to what lies behind.
      func direct(_ role: String, from start: String) throws -> String? {
        try world.direct("eq_committee", role: role).refusal(
          of: """
            select treatment.change_start('\(walk.key.text)', 'SAE', 'UNS', 1, 'susar_fatal',
              \(start), \(start) + interval '7 days', \(start) + interval '5 days', 'told by telephone')
            """)
      }
      #expect(try direct("ketamine_nurse", from: "open.act_time() - interval '1 day'") == "EQ404")
      #expect(try direct("safety_officer", from: "open.act_time() + interval '1 day'") == "EQ409")
      #expect(await restart("sae_triage", start, as: physician) == "not_found")
      #expect(try rows() == before)
      #expect(await restart("susar_fatal", start, as: officer) == "")
      let event = try #require(
        try await office.seriousEvents(as: officer).first)
      for change in changes {
        let clock = try #require(event.clocks.first { $0.title == change.title })
        #expect(clock.startedAt == start && clock.dueAt == change.dueAfter && clock.restarts == 1)
      }
      #expect(event.clocks.first { $0.clock == "sae_triage" }?.restarts == 0)
      #expect(
        try world.direct().lines(
          "select clock || ' ' || (started_at = '\(now)')::text || ' ' || reason from treatment.clock_starts order by 1"
        )
          == [
            "susar_fatal true told by telephone", "susar_fatal.further true told by telephone",
          ])
      #expect(
        try world.direct().text(
          "select count(*)::text from treatment.audit where action = 'reporting time restarted'")
          == "2")
      // Past the function nobody moves a start.
      for login in ["eq_treating", "eq_committee"] {
        let direct = try world.direct(login, role: "investigator", actor: physician.user)
        #expect(
          direct.refusal(of: "update treatment.clocks set started_at = now()") == "42501",
          "\(login)")
      }
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

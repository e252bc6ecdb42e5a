import Conduct
import Store
import StudyModel
import Testing

/// Alerts by the plan of the definition: to whom, how soon, again and further, on a real database.
@Suite(.serialized) struct AlertTests {
  private static func alerts(
    _ walk: Walk, _ role: String, at now: UTCInstant, site: String? = nil
  ) async throws -> [StoredAlert] {
    try await walk.world.installation.at(now).alerts(
      as: try await walk.world.actor(role, at: site ?? walk.way.site, now: now))
  }

  private static func notices(
    _ walk: Walk, _ role: String, at now: UTCInstant, site: String?
  ) async throws -> [String] {
    try await walk.world.installation.at(now).alertNotices(
      as: try await walk.world.actor(role, at: site, now: now)
    ).map(\.participant)
  }

  private static func round(_ walk: Walk, at now: UTCInstant) async throws -> SafetyRoundReport {
    try await walk.world.installation.at(now).goSafetyRound(of: walk.world.trial)
  }

  @Test func `AS-16: what is handed in at night is repeated until somebody acts, and escalated`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let night = try UTCInstant(parsing: Walk.date(walk.instant(17), walk.way.site) + "T02:00:00Z")
      let link = try await walk.issue("A1", at: night)
      var answers: [String: String] = [:]
      for item in 1...16 { answers["q" + (item < 10 ? "0" : "") + String(item)] = "0" }
      answers["q12"] = "3"
      try await world.installation.at(night).submitQuestionnaire(
        link: link, try Walk.answers(answers))
      let raised = try #require(try await Self.alerts(walk, "investigator", at: night).first)
      #expect(raised.name == "SI_HIGH" && raised.dueAt == night.advanced(bySeconds: 900))
      // Nothing is due yet, and a round before that moves nothing.
      #expect(try await Self.round(walk, at: night.advanced(bySeconds: 899)).moved == 0)
      #expect(try await Self.notices(walk, "oncall_physician", at: night, site: nil).isEmpty)
      let due = night.advanced(bySeconds: 900)
      #expect(try await Self.round(walk, at: due).moved == 1)
      #expect(try await Self.round(walk, at: due).moved == 0)
      #expect(
        try await Self.notices(walk, "oncall_physician", at: due, site: nil) == [walk.key.text])
      // After an hour of silence it is repeated once, and then every quarter of an hour.
      for (seconds, repeats) in [(Int64(4500), 2), (4501, 2), (5400, 3), (6300, 4)] {
        let now = night.advanced(bySeconds: seconds)
        _ = try await Self.round(walk, at: now)
        #expect(
          try await Self.alerts(walk, "investigator", at: now).map(\.repeats) == [repeats],
          "after \(seconds) seconds")
      }
      let later = night.advanced(bySeconds: 6400)
      _ = try await world.installation.at(later).acknowledgeAlert(
        raised.alert, action: "Called the participant, seen at once.",
        as: try await world.actor("investigator", at: walk.way.site, now: later))
      #expect(try await Self.round(walk, at: night.advanced(bySeconds: 86_000)).moved == 0)
      #expect(try await Self.notices(walk, "oncall_physician", at: later, site: nil).isEmpty)
      // Each step is in the audit trail of the class, by the system where the system did it.
      #expect(
        try world.direct().lines(
          """
          select action || ' ' || (actor is null)::text from outcome.audit where action like 'alert%' order by seq
          """) == [
            "alert raised false", "alert escalated true", "alert repeated true",
            "alert repeated true", "alert repeated true", "alert repeated true",
            "alert acknowledged false",
          ])
    }
  }

  @Test func `every alert of the protocol goes to its roles, at its site and no other`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(17)
      let (rater, task) = try await walk.book("A2", at: now)
      func rate(_ form: String, _ values: [String: String]) async throws {
        _ = try await world.installation.at(now).saveRating(
          task.token, FormID(parsing: form),
          EntrySubmission(
            answers: try Walk.answers(values), expectedVersion: 0, isFinal: true), as: rater)
      }
      let start = [
        "mode": "VIDEO", "start": now.advanced(bySeconds: -600).description,
        "end": now.description,
      ]
      func items(_ letter: String, _ count: Int, _ value: (Int) -> String) -> [String: String] {
        Dictionary(
          uniqueKeysWithValues: (1...count).map {
            (letter + ($0 < 10 ? "0" : "") + "\($0)", value($0))
          })
      }
      let forms = world.definition.forms
      func asked(_ form: String, _ values: [String: String]) -> [String: String] {
        values.filter { name, _ in
          forms.first { $0.id.text == form }?.fields.contains { $0.id.text == name } ?? false
        }
      }
      try await rate(
        "YMRS", asked("YMRS", start.merging(items("y", 11) { $0 < 4 ? "4" : "0" }) { $1 }))
      try await rate(
        "BPRSP", asked("BPRSP", start.merging(items("b", 4) { $0 == 2 ? "4" : "1" }) { $1 }))
      // Mania and psychosis end treatment as well.
      #expect(
        try await Self.alerts(walk, "investigator", at: now).map(\.name).sorted()
          == ["MANIA_POSITIVE", "PSYCHOSIS_POSITIVE", "TX_STOP", "TX_STOP"])
      for role in ["ketamine_nurse", "coordinator"] {
        #expect(try await Self.alerts(walk, role, at: now).isEmpty, "\(role)")
      }
      #expect(
        try await Self.notices(walk, "coordinator", at: now, site: walk.way.site).isEmpty,
        "nothing of it is for the coordinator")
      #expect(
        try await Self.alerts(walk, "investigator", at: now, site: ReferenceTrial.berlin).isEmpty)
      let ends = try await Self.alerts(walk, "investigator", at: now).map(\.dueAt)
      #expect(ends.allSatisfy { $0 > now && $0.seconds(since: now) <= 86_400 })
    }
  }

  @Test func `an alert of monitoring reaches nurse and physician, and nobody blinded by any way`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(14)
      let before = try await Blinded.seen(walk, at: now)
      let values = [
        "t_min": "20", "at": now.description, "sbp": "185", "dbp": "90", "hr": "80", "spo2": "97",
        "rr": "14", "moaas": "5",
      ]
      try await Self.monitor(world, walk, values, at: now)
      let nurse = try #require(try await Self.alerts(walk, "ketamine_nurse", at: now).first)
      #expect(nurse.name == "HAEMO" && nurse.items.contains("185") && !nurse.items.contains("97"))
      #expect(nurse.dueAt == now.advanced(bySeconds: 300))
      #expect(try await Self.alerts(walk, "investigator", at: now).map(\.name) == ["HAEMO"])
      let later = now.advanced(bySeconds: 600)
      _ = try await Self.round(walk, at: later)
      #expect(
        try await Self.notices(walk, "treat_coordinator", at: later, site: walk.way.site)
          == [walk.key.text])
      // Nothing a blinded person can read or ask for has changed by a byte.
      let after = try await Blinded.seen(walk, at: now)
      #expect(before == after)
      for login in ["eq_open", "eq_outcome", "eq_rater", "eq_participant"] {
        let direct = try world.direct(login, role: "ketamine_nurse")
        for call in [
          "select * from treatment.alerts_to_act_on()",
          "select * from treatment.alerts_that_exist()",
          "select treatment.acknowledge_alert('\(nurse.alert)', 'seen by me')",
          "select 1 from treatment.alerts", "select treatment.advance_alerts()",
        ] {
          #expect(direct.refusal(of: call) == "42501", "\(login): \(call)")
        }
      }
      _ = try await world.installation.at(later).acknowledgeAlert(
        nurse.alert, action: "Infusion stopped.",
        as: try await world.actor("ketamine_nurse", at: walk.way.site, now: later))
      #expect(
        try await Self.notices(walk, "treat_coordinator", at: later, site: walk.way.site).isEmpty)
    }
  }

  @Test
  func `what a coordinator takes in of a serious event reaches the treatment team within the hour`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(9)
      let intake = try await world.installation.at(now).saveEntry(
        walk.key, FormID(parsing: "SAEIN"), VisitCode(parsing: "UNS"), number: 0,
        EntrySubmission(
          answers: try Walk.answers([
            "aware_at": now.description, "onset": try Walk.date(now, walk.way.site),
            "told_by": "FAM", "criteria": "HOSP", "what": "Admitted after a fall at home.",
          ]), expectedVersion: 0, isFinal: true),
        as: try await world.actor("coordinator", at: walk.way.site, now: now))
      let raised = try #require(try await Self.alerts(walk, "investigator", at: now).first)
      #expect(raised.name == "SAE_INTAKE" && raised.dueAt == now.advanced(bySeconds: 3600))
      // The alert tells the instant alone; the words are on the form.
      #expect(!raised.items.contains("fall"))
      #expect(
        try await Self.notices(walk, "treat_coordinator", at: now, site: walk.way.site)
          == [walk.key.text])
      #expect(try await Self.alerts(walk, "coordinator", at: now).isEmpty)
      let file = try await world.installation.at(now).entryFile(
        walk.key, FormID(parsing: "SAEIN"), VisitCode(parsing: "UNS"), number: intake.number,
        as: try await world.actor("safety_officer", now: now))
      #expect(file.entry.version == 1)
      // Before anybody acted an hour later, the physician on call learns that there is something.
      let late = now.advanced(bySeconds: 3600)
      #expect(try await Self.round(walk, at: late).moved == 1)
      #expect(
        try await Self.notices(walk, "oncall_physician", at: late, site: nil) == [walk.key.text])
    }
  }

  @Test func `a save that is undone raises nothing, and one that is kept cannot be without`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(17)
      let stale = await refusal {
        try await walk.save(
          "CSSRSS", "A1", SafetyTests.high, expected: 4, reason: "once more", at: now)
      }
      #expect(stale != nil)
      #expect(try SafetyTests.count(world, "outcome.alerts") == "0")
      // An announcement for one form is not drawn by the save of another.
      let direct = try world.direct("eq_open", role: "coordinator", sites: walk.way.site, actor: 3)
      try direct.run(
        """
        begin;
        select set_config('eq.consequences', '{"form":"OTHER","alerts":[{"name":"X"}],"deviations":[]}', true);
        select open.save_entry('\(walk.key.text)', 'VS', 'A1', 1, 0, '{}', true, '', '1.0');
        commit
        """)
      #expect(try SafetyTests.count(world, "open.alerts") == "0")
    }
  }

  @Test
  func `a risk assessment that was missed is told once, to the coordinator, on a working day`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let clock = try SiteClock(zone: "Europe/London")
      let day0 = clock.date(at: walk.pressed)
      let visit = try #require(world.definition.visit(try VisitCode(parsing: "A1")))
      let window = try #require(visit.dates(randomizedOn: day0)).window
      func instant(_ date: CalendarDate, _ time: String) throws -> UTCInstant {
        try UTCInstant(parsing: "\(date)T\(time)Z")
      }
      // The whole last day is in time.
      let last = try instant(window.upperBound, "22:59:00")
      #expect(try await Self.round(walk, at: last).raised == 0)
      let next = try instant(window.upperBound.advanced(by: 1), "00:30:00")
      #expect(try await Self.round(walk, at: next).raised == 1)
      #expect(try await Self.round(walk, at: next.advanced(bySeconds: 3600)).raised == 0)
      let found = try #require(try await Self.alerts(walk, "coordinator", at: next).first)
      #expect(found.name == "OVERDUE_SAFETY" && found.visit == "A1")
      #expect(try await Self.alerts(walk, "investigator", at: next).isEmpty)
      let due = clock.date(at: found.dueAt.advanced(bySeconds: -1))
      let weekday = (due.daysSince1970 + 3) % 7
      #expect(weekday < 5, "the limit is the end of a day from Monday to Friday")
      #expect(due > clock.date(at: next))
      // Said to be not done it is missed at once, and what was done is not missed.
      let inA2 = walk.instant(24)
      try await walk.save(
        "CSSRSS", "A2",
        [
          "vdate": try Walk.date(inA2, walk.way.site), "done": "N", "reason_nd": "did not come",
        ], hasHeader: false, at: inA2)
      #expect(try await Self.round(walk, at: inA2).raised == 1)
      let low = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]
      try await walk.save("CSSRSS", "A3", low, at: walk.instant(31))
      _ = try await Self.round(walk, at: walk.instant(36))
      #expect(
        try world.direct().lines("select visit from open.alerts order by visit") == ["A1", "A2"])
    }
  }

  static func monitor(
    _ world: ReferenceTrial, _ walk: Walk, _ values: [String: String], at now: UTCInstant
  ) async throws {
    _ = try await world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: "KMON"), VisitCode(parsing: "K1"), number: 0,
      EntrySubmission(answers: try Walk.answers(values), expectedVersion: 0, isFinal: true),
      as: try await world.actor("ketamine_nurse", at: walk.way.site, now: now))
  }
}

/// Everything of alerts and deviations that blinded people may ask for, as one text.
enum Blinded {
  static func seen(_ walk: Walk, at now: UTCInstant) async throws -> String {
    let office = walk.world.installation.at(now)
    var lines: [String] = []
    for (role, site) in [
      ("coordinator", walk.way.site), ("data_manager", nil), ("monitor", walk.way.site),
      ("oncall_physician", nil), ("medical_monitor", nil), ("safety_officer", nil),
    ] as [(String, String?)] {
      let actor = try await walk.world.actor(role, at: site, now: now)
      lines.append(role)
      if actor.role.can(.acknowledgeAlerts) {
        lines.append("\(try await office.alerts(as: actor))")
      }
      if actor.role.can(.knowOfAlerts) {
        lines.append("\(try await office.alertNotices(as: actor))")
      }
      if actor.role.can(.judgeDeviations) || actor.role.can(.openDataQuery) {
        lines.append("\(try await office.deviations(as: actor))")
      }
    }
    lines += try walk.world.direct().lines(
      "select seq || ' ' || object || ' ' || action from open.audit order by seq")
    lines += try walk.world.direct().lines(
      "select seq || ' ' || object || ' ' || action from outcome.audit order by seq")
    return lines.joined(separator: "\n")
  }
}

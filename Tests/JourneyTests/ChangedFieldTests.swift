import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// Acts that change several columns at once: the trail has a row for each, with what stood there before.
@Suite(.serialized) struct ChangedFieldTests {
  /// The rows of an act in their order, `field: old > new (reason)`.
  private static func rows(
    _ world: ReferenceTrial, _ action: String, in schema: String
  ) throws -> [String] {
    try world.direct().lines(
      """
      select field || ': ' || coalesce(old, '-') || ' > ' || coalesce(new, '-') || ' (' || reason || ')'
        from \(schema).audit where action = '\(action)' order by seq
      """)
  }

  @Test(arguments: [DataClass.open, .treatment])
  func `REQ-001, REQ-006: what a rule answered stands in the trail after a person judged otherwise`(
    _ dataClass: DataClass
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let recorder = dataClass == .open ? "coordinator" : "treat_coordinator"
      let number = try await world.installation.at(now).recordDeviation(
        walk.key,
        FoundDeviation(
          type: dataClass == .open ? "MIN-DOC" : "MIN-PROC", dataClass: dataClass,
          occurredOn: try CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site)),
          source: .site, description: "The log has no date.", measures: "The log was dated."),
        as: try await world.actor(recorder, at: walk.way.site, now: now))
      let judge = dataClass == .open ? "coordinator" : "investigator"
      try await walk.judge(
        number, in: dataClass,
        DeviationJudgement(isConfirmed: true, excludes: true, measures: "The staff were trained."),
        by: judge, at: now)
      let isBlind = dataClass == .open
      #expect(
        try Self.rows(world, "deviation judged", in: dataClass.rawValue) == [
          "status: DRAFT > CONFIRMED ()", "excludes: false > true ()",
          "capa: The log was dated. > The staff were trained. ()",
          "adjudicated_blind: - > \(isBlind) ()",
        ])
      #expect(try await RecordActsTests.findings(world).isEmpty)
    }
  }

  @Test func `REQ-001: what a judgement leaves as it was has no row`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await walk.rate("EOT", total: 12, at: walk.instant(9 + 42))
      try await walk.judge(
        1, in: .open, DeviationJudgement(isConfirmed: false, reason: "The call was moved."),
        by: "coordinator", at: walk.instant(9 + 43))
      #expect(
        try Self.rows(world, "deviation judged", in: "open") == [
          "status: DRAFT > REJECTED (The call was moved.)",
          "adjudicated_blind: - > true (The call was moved.)",
        ])
    }
  }

  @Test func `REQ-014: measures go from the rows of the trail that say what they were and became`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let number = try await office.recordDeviation(
        walk.key,
        FoundDeviation(
          type: "MIN-DOC", dataClass: .open,
          occurredOn: try CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site)),
          source: .site, description: "The log has no date.", measures: "Xanthippe Doe was asked."),
        as: try await world.actor("coordinator", at: walk.way.site, now: now))
      try await walk.judge(
        number, in: .open,
        DeviationJudgement(isConfirmed: true, measures: "Xanthippe Doe dated it."),
        by: "coordinator", at: now)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let removal = try await office.askRemoval(
        ofDeviation: number, of: walk.key, in: .open, reason: "The name of a person.",
        as: investigator)
      try await office.confirmRemoval(
        removal, in: .open, as: try await world.actor("data_manager", now: now))
      let left = try await world.findings("Xanthippe")
      #expect(left == [], "\(left)")
      #expect(
        try Self.rows(world, "deviation judged", in: "open").contains(
          "capa: [personal data removed] > [personal data removed] ()"))
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // The removal is all that lets these rows be other than they were written.
      try world.tamper("delete from open.removed_values")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }

  @Test func `REQ-001: a withdrawal tells level, day and state, each with what it was before`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      func withdraw(_ level: String, _ version: Int, day: Int64) async throws -> String {
        let date = try Walk.date(walk.instant(day), walk.way.site)
        try await walk.save(
          "WDR", "UNS", ["level": level, "by": "PART", "storage_ok": "true", "date": date],
          expected: version - 1, reason: version > 1 ? "went further" : "", at: walk.instant(day))
        try await walk.sign("WDR", "UNS", version: version, at: walk.instant(day, 60))
        return date
      }
      let first = try await withdraw("W2", 1, day: 18)
      let later = try await withdraw("W3", 2, day: 30)
      #expect(
        try Self.rows(world, "withdrawn", in: "open") == [
          "withdrawal_level: - > W2 (W2)", "withdrawn_on: - > \(first) (W2)",
          "state: randomized > withdrawn (W2)", "withdrawal_level: W2 > W3 (W3)",
          "withdrawn_on: \(first) > \(later) (W3)",
        ])
      // Said once more it changes nothing, and is on record all the same.
      try world.direct("eq_treating", role: "investigator", sites: walk.way.site).run(
        "select open.withdraw('\(walk.key)', 'W3', '\(later)')")
      #expect(
        try Self.rows(world, "withdrawn", in: "open").last == ": - > - (W3)")
    }
  }

  @Test func `REQ-001: the trail says what was done about an alert, in the class of the alert`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(14)
      let before = try await Blinded.seen(walk, at: now)
      try await AlertTests.monitor(
        world, walk,
        [
          "t_min": "20", "at": now.description, "sbp": "185", "dbp": "90", "hr": "80",
          "spo2": "97", "rr": "14", "moaas": "5",
        ], at: now)
      let office = world.installation.at(now)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let alert = try #require(
        try await office.alerts(as: investigator).first { $0.name == "HAEMO" })
      _ = try await office.acknowledgeAlert(
        alert.alert, action: "Labetalol was given.", as: investigator)
      #expect(
        try Self.rows(world, "alert acknowledged", in: "treatment")
          == ["action_taken: - > Labetalol was given. (HAEMO)"])
      for schema in ["open", "outcome"] {
        #expect(try Self.rows(world, "alert acknowledged", in: schema).isEmpty)
      }
      #expect(try await Blinded.seen(walk, at: now) == before)
    }
  }

  @Test func `REQ-001: what a rule or a derivation writes in a person's act has that cause`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(14)
      let office = world.installation.at(now)
      let values = [
        "t_min": "20", "at": now.description, "sbp": "185", "dbp": "90", "hr": "80", "spo2": "97",
        "rr": "14", "moaas": "5",
      ]
      try await AlertTests.monitor(world, walk, values, at: now)
      let manager = try await world.actor("data_manager", now: now)
      _ = try await office.openQuery(
        walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "",
        text: "Is this so?", isBlocking: false, as: manager)
      func causes(_ action: String, in schema: String, _ more: String = "true") throws -> [String] {
        try world.direct().lines(
          """
          select distinct cause from \(schema).audit
           where action = '\(action)' and actor is not null and \(more) order by 1
          """)
      }
      #expect(try causes("alert raised", in: "treatment") == ["rule"])
      #expect(try causes("submitted", in: "treatment") == ["person"])
      #expect(try causes("submitted", in: "open") == ["person"])
      #expect(try causes("data query opened", in: "open", "reason = 'Is this so?'") == ["person"])
      let asked = """
        exists (select from treatment.data_queries q where q.rule <> '' and q.text = reason)
        """
      #expect(try causes("data query opened", in: "treatment", asked) == ["rule"])
      #expect(
        try world.direct().lines(
          """
          select distinct cause from (select action, cause from open.audit union all
            select action, cause from outcome.audit union all select action, cause from treatment.audit) a
           where action = 'worked out'
          """) == ["derivation"])
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // The cause of a check ends with its query: what a person does after it in one transaction is the person's.
      let question = "select open.open_data_query('\(walk.key)', 'DM', 'SCR', 1, '',"
      try world.direct(role: "data_manager", actor: manager.user).run(
        "begin; \(question) 'By a check.', false, 'EC-X'); \(question) 'By hand.', false); commit")
      #expect(try causes("data query opened", in: "open", "reason = 'By a check.'") == ["rule"])
      #expect(try causes("data query opened", in: "open", "reason = 'By hand.'") == ["person"])
    }
  }
}

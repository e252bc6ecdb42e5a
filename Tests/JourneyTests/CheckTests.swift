import CheckSamples
import Postgres
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// The edit checks of the definition as the daemon makes them: other entries and facts stand in the
/// database, and what is found is what somebody who saves would be told.
@Suite(.serialized) struct CheckTests {
  @Test func `every edit check acts on stored entries and facts, and leaves alone what keeps it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      for sample in EditCheckCase.all {
        let broken = try await room.findings(sample, sample.breaks)
        #expect(broken.contains(sample.found), "\(sample) broken: \(broken)")
        let kept = try await room.findings(sample, sample.keeps)
        #expect(!kept.contains(sample.found), "\(sample) kept: \(kept)")
      }
      #expect(EditCheckCase.all.count >= 129)
    }
  }

  @Test func `REQ-093: EC-MAD-01 and EC-MAD-03 ask the data manager, and tell the rater nothing`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let (rater, task) = try await walk.book("A2", at: walk.instant(24))
      var values: [String: String] = ["mode": "VIDEO", "start": "\(walk.instant(24))"]
      values["end"] = "\(walk.instant(24, 300))"
      for item in 1...10 { values[item < 10 ? "m0\(item)" : "m10"] = "0" }
      func save(_ version: Int, isFinal: Bool) async throws -> [String] {
        try await world.installation.at(walk.instant(24, 400)).saveRating(
          task.token, FormID(parsing: "MADRS"),
          EntrySubmission(
            answers: try Walk.answers(values), expectedVersion: version, isFinal: isFinal),
          as: rater
        ).remarks.compactMap(\.code)
      }
      // Whoever tries totals in drafts until the warning comes would know the earlier score.
      #expect(try await save(0, isFinal: false).isEmpty)
      values["m01"] = "6"
      #expect(try await save(1, isFinal: false) == ["EC-MAD-02"])
      values["m01"] = "0"
      #expect(try await save(2, isFinal: true).isEmpty)
      let manager = try await world.actor("data_manager", now: walk.instant(24, 500))
      let office = world.installation.at(walk.instant(24, 500))
      let asked = try await office.openQueries(as: manager).filter { $0.form == "MADRS" }
      #expect(asked.map(\.rule) == ["EC-MAD-03"])
      // Corrected, it is asked no more.
      values["end"] = "\(walk.instant(24, 1500))"
      _ = try await world.installation.at(walk.instant(24, 1600)).saveRating(
        task.token, FormID(parsing: "MADRS"),
        EntrySubmission(
          answers: try Walk.answers(values), expectedVersion: 3, isFinal: true,
          reason: "wrong time"), as: rater)
      #expect(try await office.openQueries(as: manager).filter { $0.form == "MADRS" }.isEmpty)
      // With the blinding record, after which the rating is changed no more.
      try await walk.saveBattery(task: task.token, values, as: rater, at: walk.instant(24, 1650))
      let record = world.installation.at(walk.instant(24, 1700))
      try await record.saveBlindingRecord(task.token, try RatingTests.silent(), as: rater)
      #expect(
        try await office.openQueries(as: manager).filter { $0.form == "MADRS" }.map(\.rule)
          == ["EC-MAD-01"])
      // What checks asked and closed stands in nobody's own trail.
      let own = try await record.ownTrail(as: rater)
      #expect(!own.isEmpty && !own.contains { $0.action.hasPrefix("data query") })
      // Nobody blinded at the site learns that there was a query on a rating.
      #expect(
        try world.direct("eq_open", role: "coordinator")
          .refusal(of: "select count(*) from outcome.data_queries") == "42501")
    }
  }

  @Test func `EC-QID-02: a questionnaire answered in less than 40 seconds is asked about`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      for (visit, seconds, rules) in [("A1", 39, ["EC-QID-02"]), ("A2", 40, [])] {
        let day: Int64 = visit == "A1" ? 17 : 24
        let link = try await walk.issue(visit, at: walk.instant(day))
        let seen = world.installation.at(walk.instant(day, 60))
        try await seen.openQuestionnaire(seen.questionnaire(link: link), link: link)
        // Opened again, the first time counts.
        let again = world.installation.at(walk.instant(day, 70))
        try await again.openQuestionnaire(again.questionnaire(link: link), link: link)
        try await walk.hand(in: link, at: walk.instant(day, 60 + Int64(seconds)))
        let manager = try await world.actor("data_manager", now: walk.instant(day, 200))
        let asked = try await world.installation.openQueries(as: manager)
          .filter { $0.form == "QIDSSR16" && $0.visit == visit }
        #expect(asked.map(\.rule) == rules)
      }
    }
  }

  @Test func `a blinded writer's check reads nothing of treatment, and the login enforces it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let one = try #require(room.byArm["KET"])
      try room.clear()
      try room.enter("KDOSE", "K1", ["vdate": "2027-01-16", "given_mg": "35"], of: one.key)
      let office = world.installation.at(room.now)
      let form = try #require(world.definition.form(FormID(parsing: "AE")))
      let participant = try #require(
        try await office.asSystem(world.trial) { try $0.participant(one.key, in: world.trial.id) })
      let reference = FieldReference(
        form: try FormID(parsing: "KDOSE"), field: try FieldID(parsing: "given_mg"),
        occasion: .all)
      func value(_ role: String) async throws -> FormulaValue? {
        try await office.surroundings(
          of: CheckPlace(
            participant: participant, form: form, visit: try VisitCode(parsing: "UNS"), number: 0),
          [:], trial: world.trial, world.definition,
          writer: try await world.actor(role, at: one.way.site, now: room.now)
        ).elsewhere[reference]
      }
      #expect(try await value("treat_coordinator") == .choices(["35"]))
      #expect(try await value("coordinator") == .missing)
      for table in ["treatment.entries", "identity.people", "allocation.acknowledgements"] {
        #expect(
          try world.direct("eq_allocator").refusal(of: "select count(*) from \(table)") == "42501")
      }
    }
  }

  @Test
  func `EC-GEN-07: visits out of the order of the protocol open a query where both are known`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let vitals = ["sbp": "120", "dbp": "80", "hr": "70"]
      try await walk.save("VS", "F6", vitals, at: walk.instant(40))
      try await walk.save("VS", "EOT", vitals, at: walk.instant(41))
      let manager = try await world.actor("data_manager", now: walk.instant(42))
      let asked = try await world.installation.openQueries(as: manager).filter { $0.form == "VS" }
      #expect(asked.map { "\($0.visit) \($0.rule)" }.contains("EOT EC-GEN-07"))
      #expect(!asked.map { "\($0.visit) \($0.rule)" }.contains("F6 EC-GEN-07"))
    }
  }

  @Test func `a session of treatment outside its window makes no finding that blinded people read`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let one = try #require(room.byArm["ECT"])
      try room.clear()
      let late = room.now.advanced(bySeconds: 20 * 86_400)
      _ = try await world.installation.at(late).saveEntry(
        one.key, FormID(parsing: "ECTREC"), VisitCode(parsing: "E1"),
        EntrySubmission(
          answers: try Walk.answers([
            "vdate": try Walk.date(late, "101"), "done": "Y", "orient_min": "10",
            "not_by_60": "false", "agitation": "N", "headache": "N", "myalgia": "N",
            "nausea": "N", "dental": "false", "escort": "true", "discharged_at": "\(late)",
          ]), expectedVersion: 0, isFinal: true), as: try await room.anybody("ect_clinician"))
      #expect(
        try world.direct().text(
          "select count(*)::text from open.deviations where participant = '\(one.key.text)'") == "0"
      )
    }
  }

  @Test func `a serious event has its number over all sites, given once`() async throws {
    try await ReferenceTrial.run { world in
      let london = try await Walk.ready(world)
      let berlin = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "CD", birthYear: 1980))
      let sae = [
        "aware_at": "\(london.instant(20))", "criteria": "HOSP", "narrative": "A fall.",
        "onset": "2027-01-20",
      ]
      func report(_ walk: Walk, number: Int, expected: Int, final: Bool = true) async throws -> Int
      {
        let now = walk.instant(21)
        let form = try #require(world.definition.form(FormID(parsing: "SAE")))
        let plain = PlainAnswers(
          on: try CalendarDate(parsing: "2027-01-21"), at: now, by: "nobody")
        let given = try Walk.answers(sae).filter { form.field($0.key) != nil }
        return try await world.installation.at(now.advanced(bySeconds: Int64(expected))).saveEntry(
          walk.key, form.id, VisitCode(parsing: "UNS"), number: number,
          EntrySubmission(
            answers: plain.answers(to: form, with: given), expectedVersion: expected,
            isFinal: final, reason: "more is known"),
          as: try await world.actor("treat_coordinator", at: walk.way.site, now: now)
        ).number
      }
      #expect(try await report(london, number: 0, expected: 0) == 1)
      #expect(try await report(berlin, number: 0, expected: 0, final: false) == 1)
      #expect(try await report(london, number: 0, expected: 0) == 2)
      #expect(try await report(berlin, number: 1, expected: 1) == 1)
      let numbers = try world.direct().lines(
        """
        select participant || '#' || repeat || ' ' || coalesce(answers ->> 'sae_no', '') from treatment.entries
         where form = 'SAE' order by 1
        """)
      #expect(
        numbers == [
          "\(london.key.text)#1 SAE-0001", "\(london.key.text)#2 SAE-0002",
          "\(berlin.key.text)#1 SAE-0003",
        ])
    }
  }
}

import Store
import StudyModel
import Testing

@testable import Conduct

/// Deviations drafted by rule, in the class of those who may know, and judged by a person.
@Suite(.serialized) struct DeviationTests {
  private static func exclusions(
    _ world: ReferenceTrial, _ classes: [DataClass]
  ) async throws -> Exclusions {
    let trial = world.trial.id
    return try await world.installation.session(
      try await world.actor("stat_unblinded"), on: .committee
    ) { try Exclusions(classes, $0, in: trial) }
  }

  static let session = [
    "fasted": "true", "benzo_8h": "false", "device": "A", "placement": "RUL", "pulse_ms": "0.30",
    "freq_hz": "20", "train_s": "4.0", "current_ma": "800", "titration": "true", "n_stim": "1",
    "threshold_mc": "30.0", "anaes": "PROP", "anaes_mg": "80.0", "relax": "SUX",
    "relax_mg": "60.0", "eeg_s": "40", "motor_s": "30", "restim": "false", "sbp_max": "150",
    "hr_max": "110", "spo2_min": "95",
  ]

  @Test
  func `AS-14: a prohibited anaesthetic is stored and drafts a deviation, unseen by the blinded`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      let now = walk.instant(13)
      let before = try await Blinded.seen(walk, at: now)
      try await walk.save(
        "ECTTX", "E1", Self.session.merging(["anaes": "KETPROHIB"]) { $1 }, by: "ect_clinician",
        at: now)
      #expect(try world.deviations(in: "treatment") == ["IMP-TX E1 DRAFT"])
      #expect(try world.deviations(in: "open").isEmpty)
      #expect(
        try world.direct().text(
          "select count(*)::text from treatment.data_queries where rule = 'EC-EC-03'")
          == "1")
      // The same once more with a reason drafts no second.
      try await walk.save(
        "ECTTX", "E1", Self.session.merging(["anaes": "KETPROHIB", "hr_max": "111"]) { $1 },
        by: "ect_clinician", expected: 1, reason: "misread", at: now)
      #expect(try world.deviations(in: "treatment") == ["IMP-TX E1 DRAFT"])
      let after = try await Blinded.seen(walk, at: now)
      #expect(before == after)
      let office = world.installation.at(now)
      for role in ["coordinator", "treat_coordinator"] {
        #expect(
          await refusal {
            try await walk.judge(
              1, in: .treatment, DeviationJudgement(isConfirmed: true), by: role, at: now)
          } == .notFound, "\(role)")
      }
      let physician = try await world.actor("investigator", at: walk.way.site, now: now)
      let found = try #require(try await office.deviations(as: physician).first)
      #expect(found.dataClass == .treatment && found.excludes == nil)
      let unsaid = await refusal {
        try await walk.judge(
          1, in: .treatment, DeviationJudgement(isConfirmed: false), by: "investigator",
          at: now)
      }
      #expect(unsaid == .reasonMissing)
      try await walk.judge(
        1, in: .treatment,
        DeviationJudgement(isConfirmed: true, excludes: true, measures: "Stock separated."),
        by: "investigator", at: now)
      let judged = try #require(try await office.deviations(as: physician).first)
      #expect(judged.status == "CONFIRMED" && judged.excludes == true)
      #expect(judged.adjudicatedBlind == false && judged.measures == "Stock separated.")
      // The analysis leaves out whom a judged deviation of any class takes out; a dry run may not know.
      let key = walk.key.text
      #expect(try await Self.exclusions(world, [.open, .outcome, .treatment]).excluded == [key])
      #expect(try await Self.exclusions(world, [.open, .outcome]).excluded.isEmpty)
      try world.direct().run("update treatment.deviations set excludes = null")
      let unsaidYet = try await Self.exclusions(world, [.open, .outcome, .treatment])
      #expect(unsaidYet.excluded.isEmpty && unsaidYet.undecided == [key])
      for login in ["eq_open", "eq_outcome", "eq_rater", "eq_participant"] {
        let direct = try world.direct(login, role: "investigator")
        #expect(direct.refusal(of: "select 1 from treatment.deviations") == "42501", "\(login)")
      }
    }
  }

  @Test
  func `what ends treatment alerts the investigator, and treatment after it drafts a deviation`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      func session(_ visit: String, seconds: String, day: Int64) async throws {
        try await walk.save(
          "ECTTX", visit, Self.session.merging(["eeg_s": seconds]) { $1 }, by: "ect_clinician",
          at: walk.instant(day))
      }
      func raised(_ day: Int64) async throws -> [String] {
        let now = walk.instant(day, 60)
        let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
        let found = try await world.installation.at(now).alerts(as: investigator)
        return found.map(\.name)
      }
      func given() throws -> [String] {
        try world.deviations(in: "treatment").filter { $0.hasPrefix("IMP-SAF") }
      }
      // One long seizure is an adverse event; the second ends treatment.
      try await session("E1", seconds: "200", day: 13)
      #expect(try await raised(13).isEmpty)
      try await session("E2", seconds: "190", day: 15)
      #expect(try await raised(15) == ["TX_STOP"])
      #expect(try given().isEmpty)
      try await session("E3", seconds: "40", day: 17)
      #expect(try given() == ["IMP-SAF E3 DRAFT"])
    }
  }

  @Test func `a pregnancy that is reported late is held against the sessions given since`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      let before = try await Blinded.seen(walk, at: walk.instant(20))
      for (visit, day) in [("E1", Int64(14)), ("E2", 16)] {
        try await walk.save(
          "ECTTX", visit, Self.session, by: "ect_clinician", at: walk.instant(day))
      }
      try await walk.save(
        "PREGREP", "UNS",
        [
          "aware_at": walk.instant(15).description, "last_period": "2026-12", "outcome": "ONGOING",
        ], by: "treat_coordinator", hasHeader: false, at: walk.instant(20))
      #expect(
        try world.deviations(in: "treatment").filter { $0.hasPrefix("IMP-SAF") }
          == ["IMP-SAF E2 DRAFT"])
      let investigator = try await world.actor(
        "investigator", at: walk.way.site, now: walk.instant(20))
      #expect(
        try await world.installation.at(walk.instant(20)).alerts(as: investigator).map(\.name)
          == ["TX_STOP"])
      // Nobody blinded sees any of it.
      #expect(try await Blinded.seen(walk, at: walk.instant(20)) == before)
    }
  }

  @Test func `a late first session drafts its deviation, and excludes only after day 10`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      // Randomized on day 9 after consent: day 7 of the study is day 16.
      try await walk.save("ECTTX", "E1", Self.session, by: "ect_clinician", at: walk.instant(16))
      #expect(try world.deviations(in: "treatment").isEmpty)
      try await walk.save(
        "ECTTX", "E1", Self.session, by: "ect_clinician", expected: 1, reason: "wrong day",
        at: walk.instant(17))
      #expect(
        try world.direct().lines(
          "select type || ' ' || excludes::text from treatment.deviations order by deviation")
          == ["IMP-START false"])
    }
  }

  @Test func `a primary rating outside its days is told to the site, though it is a rating`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Day 42 of the study.
      try await walk.rate("EOT", total: 12, at: walk.instant(9 + 42))
      let office = world.installation.at(walk.instant(9 + 43))
      let coordinator = try await world.actor(
        "coordinator", at: walk.way.site, now: walk.instant(9 + 43))
      let found = try await office.deviations(as: coordinator)
      // By its own rule, and as every visit outside its window.
      #expect(Set(found.map(\.type)) == ["IMP-PRIM", "MIN-WIN"])
      #expect(found.allSatisfy { !$0.description.contains("12") })
      try await walk.judge(
        1, in: .open, DeviationJudgement(isConfirmed: true), by: "coordinator",
        at: walk.instant(9 + 43))
      #expect(
        try await office.deviations(as: coordinator).first { $0.status == "CONFIRMED" }?
          .adjudicatedBlind == true)
    }
  }

  @Test
  func `a primary rating that was never given drafts its deviation after its last day, once`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let gone = try await Walk.ready(world, Way(initials: "GO"))
      _ = try await gone.randomize()
      try await gone.save(
        "WDR", "UNS",
        [
          "level": "W2", "by": "PART", "storage_ok": "true",
          "date": try Walk.date(gone.instant(18), gone.way.site),
        ], at: gone.instant(18))
      try await gone.sign("WDR", "UNS", version: 1, at: gone.instant(18, 60))
      let rated = try await Walk.ready(world, Way(initials: "RA"))
      _ = try await rated.randomize()
      try await rated.rate("EOT", total: 12, at: rated.instant(9 + 30))
      func round(_ day: Int64) async throws -> Int {
        try await world.installation.at(walk.instant(9 + day)).goSafetyRound(of: world.trial)
          .drafted
      }
      #expect(try await round(41) == 0)
      #expect(try await round(42) == 1)
      #expect(try await round(43) == 0)
      let last = try CalendarDate(parsing: Walk.date(walk.instant(9 + 41), walk.way.site))
      #expect(
        try world.direct().lines(
          """
          select participant || ' ' || type || ' ' || form || ' ' || visit || ' ' || occurred_on || ' ' || how
                 || ' ' || excludes::text || ' ' || status
            from open.deviations where type = 'IMP-PRIM'
          """) == ["\(walk.key) IMP-PRIM MADRS EOT \(last) AUTO true DRAFT"])
    }
  }

  @Test func `a consent of which no copy was given is drafted by the consent itself`() async throws
  {
    try await ReferenceTrial.run { world in
      let now = Way().consentedAt
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
      for (initials, copy) in [("NC", "false"), ("HC", "true")] {
        _ = try await world.installation.at(now).consent(
          ConsentRequest(
            initials: initials, birthYear: 1974, sex: "F",
            consent: try Walk.answers([
              "icf_ver": "1.0", "icf_dt": now.description, "icf_copy": copy,
              "who_explained": coordinator.username, "opt_recording": "true",
              "opt_future": "true", "opt_remote": "true",
              "vdate": try Walk.date(now, ReferenceTrial.london), "done": "Y",
            ])), as: coordinator)
      }
      #expect(
        try world.direct().lines(
          "select participant || ' ' || type || ' ' || form from open.deviations")
          == ["101-0001 MIN-DOC ICF"])
    }
  }

  @Test func `a rater who was told at another visit gives no primary rating and drafts nothing`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      let later = now.advanced(bySeconds: 1800)
      _ = try await walk.saveRating(task.token, total: 12, as: rater, at: later)
      try await world.installation.at(later).saveBlindingRecord(
        task.token,
        try Walk.answers([
          "guess": "DK", "certainty": "1", "disclosed": "PART", "disclosed_arm": "UNSURE",
        ]), as: rater)
      #expect(try world.deviations(in: "treatment").isEmpty)
    }
  }

  @Test func `REQ-090: a rater who was told the arm drafts a deviation of treatment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(9 + 29)
      let (rater, task) = try await walk.book("EOT", at: now)
      let later = now.advanced(bySeconds: 1800)
      try await walk.saveRating(task.token, total: 12, as: rater, at: later)
      try await world.installation.at(later).saveBlindingRecord(
        task.token,
        try Walk.answers([
          "guess": "DK", "certainty": "1", "disclosed": "PART", "disclosed_arm": "UNSURE",
        ]), as: rater)
      #expect(try world.deviations(in: "treatment") == ["IMP-UNBL EOT DRAFT"])
      #expect(try world.deviations(in: "open").isEmpty)
    }
  }

  @Test func `two saves that draft at the same time both end, and number without gap`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      let low = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]
      // Days 12 and 18 of the study: both after the end of their windows.
      async let one = walk.save("CSSRSS", "A1", low, at: walk.instant(21))
      async let two = walk.save("CSSRSS", "A2", low, at: walk.instant(27))
      async let three = walk.save(
        "ECTTX", "E1", Self.session, by: "ect_clinician", at: walk.instant(21))
      _ = try await (one, two, three)
      #expect(
        try world.deviations(in: "open").sorted() == ["MIN-WIN A1 DRAFT", "MIN-WIN A2 DRAFT"])
      #expect(
        try world.direct().lines("select deviation::text from open.deviations order by 1")
          == ["1", "2"])
      #expect(try world.deviations(in: "treatment") == ["IMP-START E1 DRAFT"])
    }
  }
}

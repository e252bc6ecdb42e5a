import Store
import StudyModel
import Testing

@testable import Conduct

/// The lifecycles of the definition, on a real database.
@Suite struct LifecycleTests {
  @Test func `treatment stands where its records put it, and is told to who reads them`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      func states(_ role: String, day: Int64) async throws -> [String] {
        let now = walk.instant(day)
        return try await world.installation.at(now).lifecycles(
          of: walk.key, as: try await world.actor(role, at: walk.way.site, now: now)
        ).map { "\($0.id) \($0.state.id)" }
      }
      #expect(try await states("treat_coordinator", day: 8).isEmpty)
      _ = try await walk.randomize()
      #expect(try await states("treat_coordinator", day: 10) == ["treatment allocated"])
      _ = try await walk.acknowledge(at: walk.instant(10, 60))
      #expect(try await states("treat_coordinator", day: 11) == ["treatment acknowledged"])
      try await walk.save(
        "TXDISC", "UNS", ["reason": "PREF", "last_session": "2027-01-14", "by_whom": "PART"],
        by: "treat_coordinator", hasHeader: false, at: walk.instant(14))
      #expect(try await states("investigator", day: 15) == ["treatment never_started"])
      // Who may know no treatment is told of no such lifecycle, in whatever state it is.
      #expect(try await states("coordinator", day: 15).isEmpty)
    }
  }

  @Test func `only rescue or crossover is other treatment, not every drug of follow-up`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      try await walk.save(
        "ECTTX", "E1", DeviationTests.session, by: "ect_clinician", at: walk.instant(13))
      try await walk.save(
        "TXDISC", "UNS", ["reason": "LOE", "last_session": "2027-01-14", "by_whom": "PART"],
        by: "treat_coordinator", hasHeader: false, at: walk.instant(20))
      func state(after kind: String, at visit: String, day: Int64) async throws -> [String] {
        let now = walk.instant(day)
        try await walk.save(
          "FUTX", visit, ["kind": kind, "start": try Walk.date(now, walk.way.site)],
          by: "treat_coordinator", hasHeader: false, at: now)
        return try await world.installation.at(now).lifecycles(
          of: walk.key, as: try await world.actor("treat_coordinator", at: walk.way.site, now: now)
        ).map { "\($0.id) \($0.state.id)" }
      }
      for (index, kind) in ["ANTIDEP", "PSYTHER", "OTHER"].enumerated() {
        let visit = ["F1", "F2", "F3"][index]
        #expect(
          try await state(after: kind, at: visit, day: 60 + Int64(index) * 30)
            == ["treatment stopped"], "\(kind)")
      }
      #expect(
        try await state(after: "ECT", at: "F6", day: 215) == ["treatment other_treatment"])
    }
  }

  @Test func `a step of participation the definition does not allow is refused in its words`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(9 + 209)
      // A form at the last visit is not its rating, which the definition asks for.
      try await walk.save("WT", "F6", ["weight": "70.0"], at: now)
      let refused = await refusal {
        try await world.installation.at(now).moveParticipant(
          walk.key, .completed,
          as: try await world.actor("coordinator", at: walk.way.site, now: now))
      }
      #expect(refused?.code == "not_by_protocol")
      #expect(
        try world.direct().text("select state from open.participants") == "randomized")
      // Attempts to reach somebody lie after randomization.
      let early = try ["2020-01-01", "2020-01-20", "2020-02-20"].map {
        ContactAttempt(
          date: try CalendarDate(parsing: $0), channel: $0 < "2020-02" ? "phone" : "letter")
      }
      let lost = await refusal {
        try await world.installation.at(now).moveParticipant(
          walk.key, .lost(early),
          as: try await world.actor("coordinator", at: walk.way.site, now: now))
      }
      #expect(lost?.code == "too_few_attempts")
    }
  }

  @Test
  func `REQ-117: consent is given when its form says, and asks for the version of that day`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let now = ReferenceTrial.start.advanced(bySeconds: 10 * 86_400)
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
      func consent(_ given: String, _ initials: String) async throws -> ParticipantKey {
        try await world.installation.at(now).consent(
          ConsentRequest(
            initials: initials, birthYear: 1974, sex: "M",
            consent: try Walk.answers([
              "icf_ver": "1.0", "icf_dt": given, "icf_copy": "true",
              "who_explained": coordinator.username, "opt_recording": "true",
              "opt_future": "true", "opt_remote": "true",
              "vdate": String(given.prefix(10)), "done": "Y",
            ])), as: coordinator)
      }
      let yesterday = now.advanced(bySeconds: -86_400).description
      let key = try await consent(yesterday, "YD")
      #expect(
        try world.direct().text(
          "select (consented_at = '\(yesterday)')::text from open.participants where participant = '\(key.text)'"
        ) == "true")
      // Before the version was approved at the site there was nothing to consent to.
      let early = await refusal { _ = try await consent("2025-12-05T10:00:00.000Z", "EA") }
      guard case .invalid(let faults)? = early else {
        Issue.record("\(String(describing: early))")
        return
      }
      #expect(faults.map(\.code).contains("EC-ICF-01"))
    }
  }

  @Test
  func
    `REQ-117: nobody is screened or eligible before consent is signed, one by one or in a batch`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let key = try await DataImportTests.consent(world, "AB")
      let walk = Walk(world: world, way: Way(), key: key)
      func state() throws -> String {
        try world.direct().text("select state from open.participants")
      }
      #expect(try state() == "consented")
      try await walk.save("ELIG", "SCR", walk.criteria(), at: walk.instant(3))
      let unsigned = await refusal {
        try await walk.sign("ELIG", "SCR", version: 1, at: walk.instant(3, 60))
      }
      guard case .notNow(code: "not_by_protocol", let sentence)? = unsigned else {
        Issue.record("\(String(describing: unsigned))")
        return
      }
      #expect(sentence.contains("The consent form of the version in force is signed."))
      #expect(try state() == "consented")
      #expect(try world.direct().text("select count(*)::text from open.signatures") == "0")
      // Screening fails from screening only.
      let coordinator = try await world.actor(
        "coordinator", at: walk.way.site, now: walk.instant(3))
      #expect(
        await refusal {
          try await world.installation.at(walk.instant(3)).moveParticipant(
            key, .screenFailed, as: coordinator)
        } != nil)
      // In one act with the consent, which comes first, it counts.
      func order(_ form: String) throws -> SigningOrder {
        SigningOrder(
          EntryAddress(key, try FormID(parsing: form), try VisitCode(parsing: "SCR")), version: 1)
      }
      let later = walk.instant(4)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: later)
      _ = try await world.installation.at(later).signEntries(
        [try order("ICF"), try order("ELIG")], of: key, as: investigator)
      #expect(try state() == "eligible")
      // Signed by itself it begins screening and no more.
      let second = try await DataImportTests.consent(world, "CD")
      try await Walk(world: world, way: Way(), key: second)
        .sign("ICF", "SCR", version: 1, at: later)
      #expect(
        try world.direct().text(
          "select state from open.participants where participant = '\(second)'") == "screening")
    }
  }

  @Test func `who signs that a criterion is not met leaves it to the coordinator to end screening`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let key = try await DataImportTests.consent(world, "FA")
      let walk = Walk(world: world, way: Way(), key: key)
      try await walk.sign("ICF", "SCR", version: 1, at: walk.instant(1))
      try await walk.save(
        "ELIG", "SCR", walk.criteria().merging(["E03": "Y"]) { $1 }, at: walk.instant(3))
      try await walk.sign("ELIG", "SCR", version: 1, at: walk.instant(3, 60))
      func state() throws -> String {
        try world.direct().text("select state from open.participants")
      }
      #expect(try state() == "screening")
      let coordinator = try await world.actor(
        "coordinator", at: walk.way.site, now: walk.instant(3, 120))
      try await world.installation.at(walk.instant(3, 120)).moveParticipant(
        key, .screenFailed, as: coordinator)
      #expect(try state() == "screen_failed")
    }
  }

  @Test func `what was done has a date, and a version is signed once`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let undated = await refusal {
        try await world.installation.at(walk.instant(4)).saveEntry(
          walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"),
          EntrySubmission(
            answers: try Walk.answers([
              "birth_year": "1975", "sex": "F", "edu_years": "15", "employ": "FT",
              "childbearing": "true", "done": "Y",
            ]).merging([
              FieldID(parsing: "vdate"): .missing(.unknown, reason: "not written down")
            ]) { $1 }, expectedVersion: 1, isFinal: true, reason: "asked again"),
          as: try await world.actor("coordinator", at: walk.way.site, now: walk.instant(4)))
      }
      guard case .invalid(let faults)? = undated else {
        Issue.record("\(String(describing: undated))")
        return
      }
      #expect(faults.map(\.code) == ["EC-GEN-05"])
      let again = await refusal {
        try await walk.sign("ELIG", "SCR", version: 1, at: walk.instant(4))
      }
      #expect(again?.code == "signed_already")
    }
  }
}

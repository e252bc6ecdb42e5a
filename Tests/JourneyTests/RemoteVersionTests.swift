import Store
import StudyModel
import Testing

@testable import Conduct

/// Ratings and questionnaires go by the protocol in force where the participant is, and by the schedule of the
/// randomization, though nobody who gives them acts at the site.
@Suite(.serialized) struct RemoteVersionTests {
  private static let later = [
    (
      of: "code: A2, title: Assessment 2, day: 15, window: [13, 17]",
      to: "code: A2, title: Assessment 2, day: 18, window: [17, 19]"
    )
  ]

  private static func rate(_ walk: Walk, at now: UTCInstant) async throws {
    let (rater, task) = try await walk.book("A2", at: now)
    let later = now.advanced(bySeconds: 1800)
    try await walk.saveRating(task.token, total: 12, as: rater, at: later)
    try await walk.world.installation.at(later).saveBlindingRecord(
      task.token, try Walk.answers(["guess": "DK", "certainty": "1", "disclosed": "N"]), as: rater)
  }

  @Test
  func `a rating is of the version in force where the participant is, which no rater is told`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let here = try await Walk.randomized(world)
      let there = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "EF", birthYear: 1981))
      _ = try await there.randomize()
      try await StudyAmendment(world: world, now: ProtocolAmendmentTests.later).bring(
        try StudyAmendment.source("2.0", Self.later))
      // Day 15 of the study: too early by the later version, and in time by the schedule.
      for walk in [here, there] { try await Self.rate(walk, at: walk.instant(24)) }
      func versions(_ form: String, in schema: String) throws -> [String] {
        try world.direct().lines(
          """
          select participant || ' ' || definition from \(schema).entries
           where form = '\(form)' and visit = 'A2' order by 1
          """)
      }
      let expected = ["\(here.key) 2.0", "\(there.key) 1.0"]
      #expect(try versions("MADRS", in: "outcome") == expected)
      #expect(try versions("RBR", in: "treatment") == expected)
      let manager = try await world.actor("data_manager", now: here.instant(25))
      let asked = try await world.installation.at(here.instant(25)).openQueries(as: manager)
      #expect(asked.filter { $0.visit == "A2" }.isEmpty)
      #expect(try world.deviations(in: "open").isEmpty)
    }
  }

  @Test func `a rating goes on under the version it was begun under`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let now = ProtocolAmendmentTests.later.advanced(bySeconds: -6 * 3600)
      let (rater, task) = try await walk.book("A2", at: now)
      _ = try await world.installation.at(now).saveRating(
        task.token, FormID(parsing: "MADRS"),
        EntrySubmission(
          answers: try Walk.answers(["mode": "VIDEO", "m01": "2"]), expectedVersion: 0,
          isFinal: false), as: rater)
      try await StudyAmendment(world: world, now: ProtocolAmendmentTests.later).bring(
        try StudyAmendment.source("2.0", Self.later))
      let later = ProtocolAmendmentTests.later.advanced(bySeconds: 3600)
      try await walk.saveRating(task.token, total: 12, expected: 1, as: rater, at: later)
      #expect(
        try world.direct().lines(
          "select definition from outcome.entries where form = 'MADRS' and visit = 'A2'")
          == ["1.0"])
    }
  }

  @Test func `a questionnaire keeps the windows that randomization scheduled`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      try await StudyAmendment(world: world, now: ProtocolAmendmentTests.later).bring(
        try StudyAmendment.source("2.0", Self.later))
      let now = walk.instant(24)
      let link = try await walk.issue("A2", at: now)
      let office = world.installation.at(now)
      try await office.openQuestionnaire(office.questionnaire(link: link), link: link)
      try await walk.hand(in: link, at: now.advanced(bySeconds: 600))
      #expect(
        try world.direct().lines(
          "select definition from outcome.entries where form = 'QIDSSR16' and visit = 'A2'")
          == ["2.0"])
      #expect(
        try world.direct().lines("select rule from outcome.data_queries where visit = 'A2'")
          .isEmpty)
      #expect(try world.deviations(in: "open").isEmpty)
    }
  }

  @Test func `EC-GEN-03: a rating that began before consent is refused, and tells nothing else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.randomized(world)
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      func rate(from start: UTCInstant) async -> ActRefusal? {
        var values = ["mode": "VIDEO", "start": start.description]
        values["end"] = start.advanced(bySeconds: 1800).description
        for item in 1...10 { values[item < 10 ? "m0\(item)" : "m10"] = "1" }
        return await refusal {
          _ = try await world.installation.at(now).saveRating(
            task.token, FormID(parsing: "MADRS"),
            EntrySubmission(
              answers: try Walk.answers(values), expectedVersion: 0, isFinal: true), as: rater)
        }
      }
      let early = await rate(from: walk.instant(-1))
      guard case .invalid(let faults) = early else {
        Issue.record("\(String(describing: early))")
        return
      }
      #expect(faults.map(\.code) == ["EC-GEN-03"] && faults.map(\.field) == ["start"])
      let sentence = try #require(faults.first).sentence
      #expect(sentence.hasSuffix(": the date is before consent."))
      for told in [try Walk.date(walk.way.consentedAt, walk.way.site), walk.key.text, "A2"] {
        #expect(!sentence.contains(told))
      }
      // The day of consent is not before it.
      #expect(await rate(from: walk.instant(0, -1800)) == nil)
      #expect(
        try world.direct().text(
          "select count(*)::text from outcome.entries where form = 'MADRS' and visit = 'A2'")
          == "1")
    }
  }
}

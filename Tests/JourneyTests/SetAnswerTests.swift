import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// An answer that a check on another form decides.
@Suite(.serialized) struct SetAnswerTests {
  /// Somebody of that year of birth, consented and with demographics entered.
  private static func screened(_ world: ReferenceTrial, born: Int) async throws -> Walk {
    let way = Way(initials: "SE", birthYear: born)
    let coordinator = try await world.actor(
      "coordinator", at: way.site, now: way.consentedAt)
    let key = try await world.installation.at(way.consentedAt).consent(
      ConsentRequest(
        initials: way.initials, birthYear: born, sex: "M",
        consent: try Walk.answers([
          "icf_ver": "1.0", "icf_dt": way.consentedAt.description, "icf_copy": "true",
          "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
          "opt_remote": "true", "vdate": try Walk.date(way.consentedAt, way.site), "done": "Y",
        ])), as: coordinator)
    let walk = Walk(world: world, way: way, key: key)
    try await walk.sign("ICF", "SCR", version: 1, at: walk.instant(0, 600))
    try await walk.save(
      "DM", "SCR",
      ["birth_year": String(born), "sex": "M", "edu_years": "14", "employ": "RT"],
      at: walk.instant(0, 3600))
    return walk
  }

  private static func i02(_ world: ReferenceTrial, _ walk: Walk) throws -> [String] {
    try world.direct().lines(
      """
      select (answers ->> 'I02') || ' ' || (answers ->> 'eligible') from open.entries
       where participant = '\(walk.key.text)' and form = 'ELIG'
      """)
  }

  private static func file(_ walk: Walk) async throws -> EntryFile {
    let now = walk.instant(1)
    return try await walk.world.installation.at(now).entryFile(
      walk.key, try FormID(parsing: "ELIG"), try VisitCode(parsing: "SCR"),
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now))
  }

  @Test(arguments: [1945, 2008])
  func `EC-DM-01: an age outside 21 to 75 sets I02 to No, and Yes is refused`(_ born: Int)
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Self.screened(world, born: born)
      let field = try FieldID(parsing: "I02")
      let set = try #require(try await Self.file(walk).setAnswers[field])
      #expect(set.answer == "N")
      #expect(
        set.sentence
          == "A check on “Demographics” sets the answer to “No”: Age at consent is outside 21 to 75."
      )
      var criteria = walk.criteria()
      for answer in ["Y", nil] {
        criteria["I02"] = answer
        let values = criteria
        let refused = await refusal {
          try await walk.save("ELIG", "SCR", values, at: walk.instant(1))
        }
        if answer == nil {
          #expect(refused == nil)
        } else {
          guard case .invalid(let faults)? = refused else {
            Issue.record("Yes was taken")
            continue
          }
          #expect(faults.map(\.code).contains("EC-DM-01"))
          #expect(faults.first { $0.code == "EC-DM-01" }?.sentence == set.sentence)
        }
      }
      // Left open it was answered by the check, and nobody is eligible.
      #expect(try Self.i02(world, walk) == ["N false"])
    }
  }

  @Test(arguments: [1952, 2005])
  func `within 21 to 75 nothing is set, and what is left open is asked for`(_ born: Int)
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Self.screened(world, born: born)
      #expect(try await Self.file(walk).setAnswers.isEmpty)
      var criteria = walk.criteria()
      criteria["I02"] = nil
      let values = criteria
      guard
        case .invalid(let faults)? = await refusal({
          try await walk.save("ELIG", "SCR", values, at: walk.instant(1))
        })
      else {
        Issue.record("an unanswered criterion was taken")
        return
      }
      #expect(faults.contains { $0.field == "I02" && $0.code == "EC-GEN-05" })
    }
  }

  @Test func `a year corrected after eligibility asks about the answer that stands`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Self.screened(world, born: 1974)
      _ = try? await walk.save("ELIG", "SCR", walk.criteria(), at: walk.instant(1))
      try #require(
        try world.direct().text("select count(*)::text from open.entries where form = 'ELIG'")
          == "1")
      _ = try await walk.save(
        "DM", "SCR",
        ["birth_year": "1945", "sex": "M", "edu_years": "14", "employ": "RT"], expected: 1,
        reason: "typing error", at: walk.instant(2))
      #expect(
        try world.direct().lines(
          "select form || ' ' || field || ' ' || state from open.data_queries where rule = 'EC-DM-01' order by 1"
        )
          == ["DM birth_year open", "ELIG I02 open"])
    }
  }
}

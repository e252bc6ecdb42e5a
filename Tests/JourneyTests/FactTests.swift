import Store
import StudyModel
import Testing

@testable import Conduct

/// What formulas read of the course of a participant.
@Suite(.serialized) struct FactTests {
  private static func fact(
    _ fact: StudyFact, _ walk: Walk, form: String = "CM", by role: String = "coordinator",
    at now: UTCInstant
  ) async throws -> FormulaValue? {
    let world = walk.world
    let actor = try await world.actor(role, at: walk.way.site, now: now)
    let office = world.installation.at(now)
    let participant = try await office.participant(walk.key, as: actor)
    let place = CheckPlace(
      participant: participant,
      form: try #require(world.definition.form(try FormID(parsing: form))),
      visit: try VisitCode(parsing: "UNS"), number: 1)
    let trial = try await office.trial(world.trial.key)
    return try await office.facts([fact], for: place, [:], trial, world.definition, actor)[fact]
  }

  @Test func `consent, death, a person enrolled twice and the end of enrolment are known facts`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(30)
      #expect(try await Self.fact(.consentHolds, walk, at: now) == .truth(true))
      #expect(try await Self.fact(.isDuplicate, walk, at: now) == .truth(false))
      #expect(try await Self.fact(.diedOn, walk, at: now) == nil)
      #expect(try await Self.fact(.enrolmentClosed, walk, at: now) == .truth(false))
      let unsigned = try await Walk.ready(
        world, Way(initials: "UN", leftOut: [.consentSignature, .slot, .request]))
      #expect(try await Self.fact(.consentHolds, unsigned, at: now) == .truth(false))
      // A change of the signed form voids the signature.
      try world.direct().run(
        "update open.signatures set voided_at = now() where form = 'ICF' and participant = '\(walk.key)'"
      )
      #expect(try await Self.fact(.consentHolds, walk, at: now) == .truth(false))
      try await world.installation.at(now).voidRandomization(
        of: walk.key, ground: "DUPLICATE", reason: "the same person",
        as: try await world.actor("rand_manager", now: now))
      #expect(try await Self.fact(.isDuplicate, walk, at: now) == .truth(true))
      let date = try CalendarDate(parsing: Walk.date(walk.instant(29), walk.way.site))
      try await world.installation.at(now).moveParticipant(
        walk.key, .died(date),
        as: try await world.actor("investigator", at: walk.way.site, now: now))
      #expect(try await Self.fact(.diedOn, walk, at: now) == .date(date))
      #expect(
        try world.direct("eq_open", role: "coordinator").refusal(
          of: "select open.record_death('\(walk.key)', '2027-01-01')") == "EQ409")
      try world.direct().run("update open.trials set state = 'enrolment_closed'")
      #expect(try await Self.fact(.enrolmentClosed, walk, at: now) == .truth(true))
    }
  }

  @Test func `that a confirmed deviation excludes is known on forms of treatment alone`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      let now = walk.instant(13)
      try await walk.save(
        "ECTTX", "E1", DeviationTests.session.merging(["anaes": "KETPROHIB"]) { $1 },
        by: "ect_clinician", at: now)
      func excluded(_ form: String, _ role: String) async throws -> FormulaValue? {
        try await Self.fact(.hasExcludingDeviation, walk, form: form, by: role, at: now)
      }
      #expect(try await excluded("TXDISC", "investigator") == .truth(false))
      try await world.installation.at(now).judgeDeviation(
        walk.key, number: 1, in: .treatment, DeviationJudgement(isConfirmed: true, excludes: true),
        as: try await world.actor("investigator", at: walk.way.site, now: now))
      #expect(try await excluded("TXDISC", "investigator") == .truth(true))
      #expect(try await excluded("CM", "investigator") == nil)
      #expect(try await excluded("CM", "coordinator") == nil)
      #expect(try await excluded("TXDISC", "coordinator") == nil)
    }
  }
}

import Store
import StudyModel
import Testing

@testable import Conduct

/// Forms of some arms, while it cannot be told whether the participant is in one of them.
@Suite(.serialized) struct ArmFormTests {
  private static func session(
    _ walk: Walk, by role: String = "ect_clinician", isFinal: Bool = true,
    on installation: Installation? = nil, at now: UTCInstant
  ) async throws {
    var answers = DeviationTests.session
    answers["vdate"] = try Walk.date(now, walk.way.site)
    answers["done"] = "Y"
    _ = try await (installation ?? walk.world.installation).at(now).saveEntry(
      walk.key, FormID(parsing: "ECTTX"), VisitCode(parsing: "E1"),
      EntrySubmission(
        answers: try Walk.answers(answers), expectedVersion: 0, isFinal: isFinal),
      as: try await walk.world.actor(role, at: walk.way.site, now: now))
  }

  @Test
  func `EC-ARM-01: a form of an arm is handed in once the allocation is made and acknowledged`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let early = walk.instant(9, 60)
      let before = await refusal { try await Self.session(walk, at: early) }
      #expect(before == .armUnknown)
      _ = try await walk.randomize()
      let now = walk.instant(13)
      #expect(await refusal { try await Self.session(walk, at: now) } == .armUnknown)
      #expect(ActRefusal.armUnknown.code == "allocation_not_acknowledged")
      // Who knows no arm is told that there is no such form, before and after.
      for role in ["coordinator", "monitor"] {
        let refused = await refusal { try await Self.session(walk, by: role, at: now) }
        #expect(refused == .notFound, "\(role)")
      }
      // What is only typed is no treatment yet.
      #expect(await refusal { try await Self.session(walk, isFinal: false, at: now) } == nil)
      #expect(
        try world.direct().lines(
          "select status from treatment.entries where form = 'ECTTX'") == ["in_progress"])
    }
  }

  @Test func `EC-ARM-01: without its keys the server takes no form of an arm`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "ECT")
      let keyless = Installation(
        store: world.installation.store, keys: nil, software: "equipoise test")
      let refused = await refusal {
        try await Self.session(walk, on: keyless, at: walk.instant(13))
      }
      #expect(refused == .keyMissing)
      let stored = "select count(*)::text from treatment.entries where form = 'ECTTX'"
      #expect(try world.direct().text(stored) == "0")
      try await Self.session(walk, at: walk.instant(13))
      #expect(try world.direct().text(stored) == "1")
    }
  }
}

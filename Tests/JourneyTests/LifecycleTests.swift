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
}

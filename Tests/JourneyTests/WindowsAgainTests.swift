import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// Windows are counted from the day of randomization, which nobody knows at screening and baseline.
@Suite(.serialized) struct WindowsAgainTests {
  private static func found(
    _ world: ReferenceTrial, _ walk: Walk
  ) throws -> (queries: [String], deviations: [String]) {
    (
      try ["open", "outcome"].flatMap { schema in
        try world.direct().lines(
          """
          select '\(schema) ' || form || '@' || visit || ' ' || field || ' ' || state || ': '
                 || (select m.text from \(schema).data_query_messages m
                      where m.trial_id = q.trial_id and m.query_no = q.query_no order by m.message limit 1)
            from \(schema).data_queries q
           where rule = 'EC-GEN-04' and participant = '\(walk.key.text)' order by form, visit
          """)
      },
      try world.direct().lines(
        """
        select type || ' ' || form || '@' || visit || ' ' || status from open.deviations
         where type = 'MIN-WIN' and participant = '\(walk.key.text)' order by form, visit
        """)
    )
  }

  /// Vital signs said to be of screening, taken on the day of randomization.
  private static func measure(_ walk: Walk, at now: UTCInstant) async throws {
    try await walk.save(
      "VS", "SCR", ["sbp": "120", "dbp": "80", "hr": "70", "spo2": "98"], at: now)
  }

  @Test
  func
    `EC-GEN-04: a window of screening is judged at randomization as if it had been known before`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let before = try await Walk.ready(world, Way(initials: "AA"))
      try await Self.measure(before, at: before.instant(9, 60))
      #expect(try Self.found(world, before).queries.isEmpty)
      _ = try await before.randomize()
      let first = try Self.found(world, before)
      #expect(first.queries.count == 1 && first.deviations == ["MIN-WIN VS@SCR DRAFT"])

      let after = try await Walk.ready(world, Way(initials: "BB", birthYear: 1980))
      _ = try await after.randomize()
      #expect(try Self.found(world, after).queries.isEmpty)
      try await Self.measure(after, at: after.instant(9, 300))
      let second = try Self.found(world, after)
      #expect(first.queries == second.queries && first.deviations == second.deviations)

      // Looked at again every day, nothing is asked twice; what was in its window is not asked about.
      _ = try await world.installation.at(before.instant(12)).deriveAll(in: world.trial)
      let again = try Self.found(world, before)
      #expect(again.queries == first.queries && again.deviations == first.deviations)
    }
  }
}

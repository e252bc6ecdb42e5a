import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// Checks that ask only when something is still so some hours after an answer was handed in.
@Suite(.serialized) struct WaitingCheckTests {
  private static let event = [
    "term": "Fall", "ongoing": "true", "sev": "2", "rel_ket": "NA", "rel_ther": "NA",
    "rel_ect": "NA", "rel_proc": "NOT", "action": "NONE", "outcome": "NOT", "aesi": "NONE",
    "solicited": "false",
  ]
  private static let report = [
    "criteria": "HOSP", "narrative": "Admitted.", "device_related": "false", "rel_ket": "NOT",
    "rel_ther": "NOT", "rel_ect": "NOT", "rel_proc": "NOT",
  ]
  private static let start: Int64 = 16
  private static let hour: Int64 = 3600

  private static func queries(_ walk: Walk, _ rule: String = "EC-AE-01") throws -> [String] {
    try walk.world.direct().lines(
      """
      select repeat || ' ' || field || ' ' || state from treatment.data_queries
       where rule = '\(rule)' and participant = '\(walk.key.text)' order by query_no
      """)
  }

  @discardableResult
  private static func save(
    _ walk: Walk, _ form: String, _ answers: [String: String], number: Int = 0, expected: Int = 0,
    after seconds: Int64
  ) async throws -> SavedEntry {
    let now = walk.instant(start, seconds)
    return try await walk.world.installation.at(now).saveEntry(
      walk.key, FormID(parsing: form), VisitCode(parsing: "UNS"), number: number,
      EntrySubmission(
        answers: try Walk.answers(answers), expectedVersion: expected, isFinal: true,
        reason: expected == 0 ? "" : "known better now"),
      as: try await walk.world.actor("treat_coordinator", at: walk.way.site, now: now))
  }

  /// An adverse event that began on the day of the first save.
  @discardableResult
  static func happens(
    _ walk: Walk, serious: String, number: Int = 0, expected: Int = 0, after seconds: Int64
  ) async throws -> SavedEntry {
    try await save(
      walk, "AE",
      event.merging([
        "start": try Walk.date(walk.instant(start), walk.way.site), "serious": serious,
      ]) { $1 }, number: number, expected: expected, after: seconds)
  }

  private static func reported(_ walk: Walk, after seconds: Int64) async throws {
    try await save(
      walk, "SAE",
      report.merging([
        "aware_at": walk.instant(start, seconds).description,
        "onset": try Walk.date(walk.instant(start), walk.way.site),
      ]) { $1 }, after: seconds)
  }

  private static func round(_ walk: Walk, after seconds: Int64) async throws -> SafetyRoundReport {
    try await walk.world.installation.at(walk.instant(start, seconds))
      .goSafetyRound(of: walk.world.trial)
  }

  @Test func `EC-AE-01: a serious event without its report is asked about after 24 hours`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let saved = try await Self.happens(walk, serious: "Y", after: 0)
      // Its writer is told at once; nothing is asked, by no round and no derivation before the hours passed.
      #expect(saved.remarks.map(\.code).contains("EC-AE-01"))
      #expect(try Self.queries(walk).isEmpty)
      for seconds in [60, 12 * Self.hour, 24 * Self.hour - 1] {
        _ = try await Self.round(walk, after: seconds)
        #expect(try Self.queries(walk).isEmpty, "\(seconds)")
      }
      _ = try await world.installation.at(walk.instant(Self.start, 24 * Self.hour - 1))
        .deriveAll(in: world.trial)
      #expect(try Self.queries(walk).isEmpty)
      #expect(try await Self.round(walk, after: 24 * Self.hour).looked == 1)
      #expect(try Self.queries(walk) == ["1 serious open"])
      // The next round has nobody to look at, and nothing is asked twice.
      #expect(try await Self.round(walk, after: 24 * Self.hour + 60).looked == 0)
      _ = try await world.installation.at(walk.instant(Self.start, 25 * Self.hour))
        .deriveAll(in: world.trial)
      #expect(try Self.queries(walk) == ["1 serious open"])
      // Another answer of the event, saved while its question stands, neither closes nor repeats it.
      try await Self.save(
        walk, "AE",
        Self.event.merging([
          "start": try Walk.date(walk.instant(Self.start), walk.way.site), "serious": "Y",
          "sev": "3",
        ]) { $1 }, number: 1, expected: 1, after: 26 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious open"])
      // The report closes it, by the program.
      try await Self.reported(walk, after: 27 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious closed"])
    }
  }

  @Test func `EC-AE-01: a report within 24 hours leaves nothing to ask`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await Self.happens(walk, serious: "Y", after: 0)
      try await Self.reported(walk, after: 23 * Self.hour)
      #expect(try await Self.round(walk, after: 24 * Self.hour + 1).looked == 1)
      #expect(try Self.queries(walk).isEmpty)
    }
  }

  @Test func `EC-AE-01: the hours count from when the event was called serious`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await Self.happens(walk, serious: "N", after: 0)
      try await Self.happens(walk, serious: "Y", number: 1, expected: 1, after: 30 * Self.hour)
      _ = try await Self.round(walk, after: 31 * Self.hour)
      #expect(try Self.queries(walk).isEmpty)
      // A correction of another answer does not put the time off.
      try await Self.save(
        walk, "AE",
        Self.event.merging([
          "start": try Walk.date(walk.instant(Self.start), walk.way.site), "serious": "Y",
          "sev": "3",
        ]) { $1 }, number: 1, expected: 2, after: 50 * Self.hour)
      _ = try await Self.round(walk, after: 54 * Self.hour - 1)
      #expect(try Self.queries(walk).isEmpty)
      _ = try await Self.round(walk, after: 54 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious open"])
      // Not serious after all: closed at once; serious again: a time of its own.
      try await Self.happens(walk, serious: "N", number: 1, expected: 3, after: 55 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious closed"])
      try await Self.happens(walk, serious: "Y", number: 1, expected: 4, after: 56 * Self.hour)
      _ = try await Self.round(walk, after: 79 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious closed"])
      _ = try await Self.round(walk, after: 80 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious closed", "1 serious open"])
    }
  }

  @Test func `a daemon that was down looks at what fell due meanwhile`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await Self.happens(walk, serious: "Y", after: 0)
      _ = try await Self.round(walk, after: 60)
      _ = try await Self.round(walk, after: 90 * Self.hour)
      #expect(try Self.queries(walk) == ["1 serious open"])
    }
  }

  @Test func `only the program asks since when something is answered`() async throws {
    try await ReferenceTrial.run { world in
      for (login, schema) in [
        ("eq_open", "open"), ("eq_outcome", "outcome"), ("eq_treating", "treatment"),
        ("eq_rater", "open"), ("eq_reports", "open"), ("eq_allocator", "treatment"),
      ] {
        for act in [
          "answered_since('101-0001', 'AE', 'UNS', 1, 'serious')",
          "answered_between('AE', now(), now())",
        ] {
          let direct = try world.direct(login, role: "coordinator")
          #expect(direct.refusal(of: "select \(schema).\(act)") == "42501", "\(login)")
        }
      }
    }
  }
}

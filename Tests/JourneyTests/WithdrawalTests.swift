import Conduct
import Store
import StudyModel
import Testing

/// What is still entered after each level of withdrawal and after death, on a real database.
@Suite(.serialized) struct WithdrawalTests {
  private static let low = ["version": "slc", "q1": "N", "q2": "N", "q6": "N"]

  private static let event = [
    "criteria": "HOSP", "narrative": "Admitted.", "device_related": "false", "rel_ket": "NOT",
    "rel_ther": "NOT", "rel_ect": "NOT", "rel_proc": "NOT",
  ]

  private static func withdraw(_ walk: Walk, _ level: String, day: Int64) async throws {
    try await walk.save(
      "WDR", "UNS",
      [
        "level": level, "by": "PART", "storage_ok": "true",
        "date": try Walk.date(walk.instant(day), walk.way.site),
      ], at: walk.instant(day))
    try await walk.sign("WDR", "UNS", version: 1, at: walk.instant(day, 60))
  }

  /// Saves a form dated on one day and entered on another.
  private static func enter(
    _ walk: Walk, _ form: String, _ visit: String, _ values: [String: String], dated: Int64,
    on day: Int64
  ) async -> ActRefusal? {
    await refusal {
      _ = try await walk.save(
        form, visit,
        values.merging([
          "vdate": try Walk.date(walk.instant(dated), walk.way.site), "done": "Y",
        ]) { $1 }, hasHeader: false, at: walk.instant(day))
    }
  }

  /// Reports a serious event or a further version of it.
  private static func report(
    _ walk: Walk, began: Int64, expected: Int = 0, number: Int = 0, _ more: [String: String] = [:],
    on day: Int64
  ) async -> ActRefusal? {
    await refusal {
      _ = try await walk.world.installation.at(walk.instant(day)).saveEntry(
        walk.key, FormID(parsing: "SAE"), VisitCode(parsing: "UNS"), number: number,
        EntrySubmission(
          answers: try Walk.answers(
            event.merging([
              "aware_at": walk.instant(day).description,
              "onset": try Walk.date(walk.instant(began), walk.way.site),
            ]) { $1 }.merging(more) { $1 }), expectedVersion: expected, isFinal: true,
          reason: expected == 0 ? "" : "follow-up"),
        as: try await walk.world.actor(
          "treat_coordinator", at: walk.way.site, now: walk.instant(day)))
    }
  }

  private static func codes(_ refusal: ActRefusal?) -> [String] {
    guard case .invalid(let faults)? = refusal else { return [] }
    return faults.map(\.code)
  }

  @Test func `after W4 nothing of a later day is recorded, and what lies before it is`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await Self.withdraw(walk, "W4", day: 18)
      // Of a day before, and of the same day; none later, whenever it is typed.
      #expect(await Self.enter(walk, "CSSRSS", "A1", Self.low, dated: 17, on: 20) == nil)
      #expect(await Self.enter(walk, "CSSRSS", "ET", Self.low, dated: 18, on: 20) == nil)
      #expect(
        Self.codes(await Self.enter(walk, "CSSRSS", "A2", Self.low, dated: 19, on: 20))
          == ["EC-GEN-06"])
      // A form without a date of its visit is of the day of its own dates, or of the day it is entered.
      func medication(_ start: String) async -> ActRefusal? {
        await refusal {
          _ = try await world.installation.at(walk.instant(20)).saveEntry(
            walk.key, FormID(parsing: "CM"), VisitCode(parsing: "A1"), number: 0,
            EntrySubmission(
              answers: try Walk.answers(["drug": "Sertraline", "start": start, "ongoing": "true"]),
              expectedVersion: 0, isFinal: true),
            as: try await world.actor("coordinator", at: walk.way.site, now: walk.instant(20)))
        }
      }
      #expect(await medication("2026-12") == nil)
      #expect(
        Self.codes(await medication(try Walk.date(walk.instant(19), walk.way.site)))
          == ["EC-GEN-06"])
      // The database judges the day it is told by itself, on every login that saves.
      for (login, schema) in [("eq_open", "open"), ("eq_treating", "treatment")] {
        let save = "\(schema).save_entry('\(walk.key)', 'WT', 'F6', 1, 0, '{}', true, '', '1.0')"
        #expect(
          try world.direct(login, role: "coordinator").refusal(
            of: "select set_config('eq.record_day', '2027-01-23', false), \(save)") == "EQ424",
          "\(login)")
      }
    }
  }

  @Test func `a serious event that began before the end of all data is followed up after it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      try await Self.withdraw(walk, "W4", day: 18)
      #expect(await Self.report(walk, began: 16, on: 20) == nil)
      #expect(
        await Self.report(
          walk, began: 16, expected: 1, number: 1, ["narrative": "Discharged."], on: 40) == nil)
      #expect(Self.codes(await Self.report(walk, began: 19, on: 21)).contains("EC-GEN-06"))
      // An event that is not serious is not followed up: its end lies after the withdrawal.
      func adverse(_ serious: String) async -> ActRefusal? {
        await refusal {
          _ = try await world.installation.at(walk.instant(25)).saveEntry(
            walk.key, FormID(parsing: "AE"), VisitCode(parsing: "UNS"), number: 0,
            EntrySubmission(
              answers: try Walk.answers([
                "term": "Headache", "start": try Walk.date(walk.instant(16), walk.way.site),
                "end": try Walk.date(walk.instant(24), walk.way.site), "ongoing": "false",
                "sev": "1", "serious": serious, "rel_ket": "NA", "rel_ther": "NA", "rel_ect": "NA",
                "rel_proc": "NOT", "action": "NONE", "outcome": "REC", "aesi": "NONE",
                "solicited": "false",
              ]), expectedVersion: 0, isFinal: true),
            as: try await world.actor("treat_coordinator", at: walk.way.site, now: walk.instant(25))
          )
        }
      }
      #expect(Self.codes(await adverse("N")) == ["EC-GEN-06"])
      #expect(await adverse("Y") == nil)
    }
  }

  @Test func `W2 ends visits and ratings, W3 contact, and records go on`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let (rater, task) = try await walk.book("A2", at: walk.instant(17))
      let link = try await walk.issue("A1", at: walk.instant(17))
      try await Self.withdraw(walk, "W2", day: 18)
      // What is booked for a later day is cancelled: its token is like one that never was.
      #expect(
        await refusal {
          _ = try await walk.saveRating(task.token, total: 20, as: rater, at: walk.instant(20))
        } == .notFound)
      #expect(await Self.report(walk, began: 20, on: 21) == nil)
      try await walk.save(
        "WDR", "UNS",
        [
          "level": "W3", "by": "PART", "storage_ok": "true",
          "date": try Walk.date(walk.instant(22), walk.way.site),
        ], expected: 1, reason: "said so", at: walk.instant(22))
      try await walk.sign("WDR", "UNS", version: 2, at: walk.instant(22, 60))
      // A link that was sent before is contact too.
      #expect(
        await refusal { try await walk.hand(in: link, at: walk.instant(17, 90)) } == .noFurtherData)
      #expect(await Self.report(walk, began: 24, on: 25) == nil)
    }
  }

  @Test func `after death what belongs to it is recorded, and nothing of a later day`() async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let died = try CalendarDate(parsing: try Walk.date(walk.instant(18), walk.way.site))
      try await world.installation.at(walk.instant(19)).moveParticipant(
        walk.key, .died(died),
        as: try await world.actor("investigator", at: walk.way.site, now: walk.instant(19)))
      try await walk.save(
        "DEATH", "UNS", ["death_date": died.description, "cause": "Unknown", "autopsy": "U"],
        by: "investigator", hasHeader: false, at: walk.instant(20))
      #expect(await Self.report(walk, began: 18, ["criteria": "DEATH"], on: 20) == nil)
      #expect(await Self.enter(walk, "CSSRSS", "A1", Self.low, dated: 17, on: 20) == nil)
      #expect(
        Self.codes(await Self.enter(walk, "CSSRSS", "A2", Self.low, dated: 19, on: 20))
          == ["EC-GEN-06"])
    }
  }

  @Test func `nobody withdraws before consent`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let early = await refusal {
        try await walk.save(
          "WDR", "UNS",
          ["level": "W2", "by": "PART", "storage_ok": "true", "date": "2026-11-30"],
          at: walk.instant(10))
      }
      #expect(Self.codes(early) == ["EC-WDR-01"])
    }
  }
}

import Conduct
import Foundation
import Store
import StudyModel
import Testing

/// Forms that repeat, and dates known in part, on a real database.
@Suite(.serialized) struct RepeatingEntryTests {
  static func medication(_ drug: String, start: String = "2026") -> [String: String] {
    ["drug": drug, "start": start, "ongoing": "true"]
  }

  static func add(_ walk: Walk, _ drug: String, start: String = "2026") async throws -> SavedEntry {
    let now = walk.instant(4)
    let (form, visit) = try EntryReviewTests.ids("CM", "SCR")
    return try await walk.world.installation.at(now).saveEntry(
      walk.key, form, visit, number: 0,
      EntrySubmission(
        answers: try Walk.answers(medication(drug, start: start)), expectedVersion: 0,
        isFinal: true),
      as: try await walk.world.actor("coordinator", at: walk.way.site, now: now))
  }

  @Test func `repeats are numbered without gap, whoever adds them at the same moment`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 1...8 {
          group.addTask { try await Self.add(walk, "drug \(index)").number }
        }
        var numbers: [Int] = []
        for try await number in group { numbers.append(number) }
        return numbers
      }
      #expect(numbers.sorted() == Array(1...8))
      let now = walk.instant(5)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let (form, visit) = try EntryReviewTests.ids("CM", "SCR")
      let unsaid = await refusal {
        try await office.voidEntry(
          walk.key, form, visit, number: 3, version: 1, reason: "", as: coordinator)
      }
      #expect(unsaid == .reasonMissing)
      let version = try await office.voidEntry(
        walk.key, form, visit, number: 3, version: 1, reason: "of another person",
        as: coordinator)
      #expect(version == 2)
      let again = await refusal {
        try await office.saveEntry(
          walk.key, form, visit, number: 3,
          EntrySubmission(
            answers: try Walk.answers(Self.medication("another")), expectedVersion: 2,
            isFinal: true, reason: "typing error"), as: coordinator)
      }
      #expect(again == .closed)
      let all = try await office.repeats(of: form, at: visit, walk.key, as: coordinator).entries
      #expect(all.map(\.number) == Array(1...8))
      #expect(all.filter { $0.status == "voided" }.map(\.number) == [3])
      // The number of a voided repeat is never given again.
      #expect(try await Self.add(walk, "the ninth").number == 9)
      // A form that does not repeat has one number.
      let (once, screening) = try EntryReviewTests.ids("DM", "SCR")
      for number in [0, 2] {
        let refused = await refusal {
          try await office.saveEntry(
            walk.key, once, screening, number: number,
            EntrySubmission(answers: [:], expectedVersion: 0, isFinal: false), as: coordinator)
        }
        #expect(refused == .notFound)
      }
      let whole = await refusal {
        try await office.voidEntry(
          walk.key, once, screening, number: 1, version: 1, reason: "all of it", as: coordinator)
      }
      #expect(whole == .notFound)
    }
  }

  @Test(arguments: [
    ("2026", true), ("2026-03", true), ("2026-03-31", true), ("2026-02-30", false),
    ("2026-13", false), ("2026--05", false), ("26", false), ("2028", false), ("2027-03", false),
  ])
  func `a partial date is a year, a month or a day that has begun`(
    date: String, isTaken: Bool
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let refused = await refusal { try await Self.add(walk, "Sertraline", start: date) }
      if isTaken {
        #expect(refused == nil)
        #expect(
          try world.direct().text(
            "select answers ->> 'start' from open.entries where form = 'CM'") == date)
      } else {
        guard case .invalid(let faults)? = refused else {
          Issue.record("\(date) was refused with \(String(describing: refused))")
          return
        }
        #expect(faults.map(\.field) == ["start"])
      }
    }
  }
}

import Conduct
import Simulation
import Store
import StudyModel
import Testing

/// Several people edit one form at random, each over what they read: no edit is lost.
@Suite(.serialized) struct RandomEditTests {
  /// A generator of its own, so that a run can be repeated.
  struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `random edits by four people at once never lose one`(seed: UInt64) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let (form, visit) = try EntryReviewTests.ids("VS", "SCR")
      try await walk.save(
        "VS", "SCR", ["sbp": "100", "dbp": "60", "hr": "60", "spo2": "95"], at: walk.instant(4))
      var editors: [SimulatedPerson] = []
      for number in 1...4 {
        editors.append(
          try await world.hire(
            "coordinator", at: try SiteKey(parsing: walk.way.site), number: number))
      }
      let edits = 15
      // Each edit raises one counter by one over what was read; a refused one is done again over
      // what stands then. Every field ends at its start and the edits made of it.
      let made = try await withThrowingTaskGroup(of: [String: Int].self) { group in
        for (editor, person) in editors.enumerated() {
          group.addTask {
            var dice = Dice(state: seed &* 1000 &+ UInt64(editor))
            var made: [String: Int] = [:]
            var now = walk.instant(5, Int64(editor))
            for _ in 0..<edits {
              let field = try #require(["sbp", "dbp", "hr"].randomElement(using: &dice))
              while true {
                now = now.advanced(bySeconds: 10)
                let office = world.installation.at(now)
                let actor = try await world.actor(person, now: now)
                let file = try await office.entryFile(walk.key, form, visit, as: actor)
                var answers = file.entry.answers
                let id = try FieldID(parsing: field)
                let value = try #require(Int(answers[id]?.text ?? ""))
                answers[id] = .value(String(value + 1))
                if Bool.random(using: &dice) {
                  _ = try? await office.keepDraft(
                    walk.key, form, visit, version: file.entry.version,
                    typed: [field: [String(value + 1)]], as: actor)
                }
                do {
                  _ = try await office.saveEntry(
                    walk.key, form, visit,
                    EntrySubmission(
                      answers: answers, expectedVersion: file.entry.version, isFinal: true,
                      reason: "one more"), as: actor)
                  made[field, default: 0] += 1
                  break
                } catch ActRefusal.stale {
                  continue
                }
              }
            }
            return made
          }
        }
        var made: [String: Int] = [:]
        for try await one in group { made.merge(one, uniquingKeysWith: +) }
        return made
      }
      #expect(made.values.reduce(0, +) == editors.count * edits)
      for (field, start) in [("sbp", 100), ("dbp", 60), ("hr", 60)] {
        #expect(
          try world.direct().text(
            "select answers ->> '\(field)' from open.entries where form = 'VS'")
            == String(start + (made[field] ?? 0)), "\(field)")
      }
      // A version for each edit, and each differs from the one before in exactly one field.
      #expect(
        try world.direct().text(
          "select count(*)::text from open.entry_versions where form = 'VS'")
          == String(1 + editors.count * edits))
      // Each edit stands under the name of who made it.
      #expect(
        try world.direct().lines(
          "select count(*)::text from open.entry_versions where form = 'VS' and version > 1 group by author"
        )
          == Array(repeating: String(edits), count: editors.count))
      let strange = try world.direct().text(
        """
        select count(*)::text from open.entry_versions a join open.entry_versions b
            on b.form = a.form and b.participant = a.participant and b.version = a.version + 1
         where a.form = 'VS' and 1 <> (select count(*) from jsonb_each(a.answers) x
            where b.answers -> x.key is distinct from x.value)
        """)
      #expect(strange == "0")
    }
  }
}

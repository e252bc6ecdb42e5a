import Foundation
import Postgres
import PostgresTestServer
import StudyModel
import Testing

@testable import Conduct
@testable import Simulation
@testable import Store

/// The removal of personal data from the record, on a real database.
@Suite(.serialized) struct PersonalDataTests {
  /// An interview in which somebody typed a name.
  private static func interview(_ walk: Walk) async throws -> [String: String] {
    [
      "mde": "Y", "psychotic_now": "N", "bipolar": "N", "sud_mod": "N", "dx_code": "Jane Doe",
      "interviewer": try await walk.world.actor("coordinator", at: walk.way.site).username,
    ]
  }

  @Test func `REQ-014: personal data go from versions and audit trail, and the chain stays whole`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      var changed = try await Self.interview(walk)
      _ = try await walk.save("MINI", "SCR", changed, at: now)
      changed["dx_code"] = "J. Doe"
      _ = try await walk.save(
        "MINI", "SCR", changed, expected: 1, reason: "typing error", at: walk.instant(11, 60))
      let address = EntryAddress(
        walk.key, try FormID(parsing: "MINI"), try VisitCode(parsing: "SCR"))
      let field = try FieldID(parsing: "dx_code")
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      #expect(
        await refusal {
          _ = try await office.askRemoval(
            of: FieldID(parsing: "mde"), on: address, reason: "a name", as: investigator)
        }?.code == "invalid")
      #expect(
        await refusal {
          _ = try await office.askRemoval(
            of: field, on: address, reason: "a name",
            as: try await world.actor("monitor", at: walk.way.site, now: now))
        } == .notFound)
      let number = try await office.askRemoval(
        of: field, on: address, reason: "The name of a person.", as: investigator)
      #expect(
        await refusal {
          try await office.confirmRemoval(number, in: .open, as: investigator)
        } != nil)
      #expect(try Self.holds(world, "Doe"))
      try await office.confirmRemoval(number, in: .open, as: manager)
      #expect(try !Self.holds(world, "Doe"))
      #expect(try Self.holds(world, "personal data removed"))
      #expect(try await RecordActsTests.findings(world).isEmpty)
      let stone = try #require(try await office.removals(as: manager).first)
      #expect(stone.askedName == investigator.fullName && stone.confirmedName == manager.fullName)
      #expect(stone.subject == .value(field: "dx_code") && stone.confirmedAt != nil)
      // A change afterwards is a change like any other.
      changed["dx_code"] = "F33.2"
      _ = try await walk.save(
        "MINI", "SCR", changed, expected: 2, reason: "the code", at: walk.instant(11, 120))
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // The same removal without its record is found.
      try world.tamper("delete from open.removed_values")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }

  @Test
  func
    `REQ-014: the texts of data queries go with the value they quote, or when they are asked for`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      var changed = try await Self.interview(walk)
      changed["dx_code"] = "J. Doe"
      _ = try await walk.save("MINI", "SCR", changed, at: now)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "MINI"), try VisitCode(parsing: "SCR"))
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      func ask(_ text: String, _ field: String) async throws -> Int {
        try await office.openQuery(
          walk.key, address.form, address.visit, field: field, text: text, isBlocking: false,
          as: manager)
      }
      let quoting = try await ask("Is j. doe a code?", "dx_code")
      let answered = try await ask("Which code is meant?", "dx_code")
      try await office.answerQuery(
        QueryAddress(answered), answer: "That of Mrs Doe's wife Xanthippe.", as: coordinator)
      let harmless = try await ask("Was it on paper?", "mde")
      let texts = { (number: Int) in
        try world.direct().lines(
          "select text from open.data_query_messages where query_no = \(number) order by message")
      }
      let value = try await office.askRemoval(
        of: FieldID(parsing: "dx_code"), on: address, reason: "A name.", as: investigator)
      try await office.confirmRemoval(value, in: .open, as: manager)
      #expect(try texts(quoting) == ["[personal data removed]"])
      #expect(try texts(answered).count == 2 && Self.holds(world, "Xanthippe"))
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // The other one names a person without quoting the value.
      #expect(
        try await office.removableQueries(on: address, as: investigator).map(\.number)
          .contains(answered))
      #expect(
        await refusal {
          _ = try await office.askRemoval(
            ofQuery: answered, on: address, reason: "A name.",
            as: try await world.actor("monitor", at: walk.way.site, now: now))
        } == .notFound)
      #expect(
        await refusal {
          _ = try await office.askRemoval(
            ofQuery: 999, on: address, reason: "A name.", as: investigator)
        } == .notFound)
      let named = try await office.askRemoval(
        ofQuery: answered, on: address, reason: "A name.", as: investigator)
      #expect(
        await refusal {
          try await office.confirmRemoval(named, in: .open, as: investigator)
        } != nil)
      try await office.confirmRemoval(named, in: .open, as: manager)
      #expect(
        try texts(answered) == ["[personal data removed]", "[personal data removed]"])
      #expect(try !Self.holds(world, "Xanthippe") && !Self.holds(world, "doe"))
      #expect(try texts(harmless) == ["Was it on paper?"])
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // Nobody silences a query behind the program.
      let direct = try world.direct(Login.owner)
      #expect(
        direct.refusal(of: "update open.data_query_messages set text = 'nothing'") == "EQ403")
      try world.tamper("delete from open.removed_values where part = 'reason'")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }

  @Test func `REQ-014: who manages the data of treatment asks for and confirms removals there`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let walk = try #require(room.byArm["ECT"])
      let office = world.installation.at(room.now)
      let treating = try await world.actor("treat_coordinator", at: walk.way.site, now: room.now)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: room.now)
      let manager = try await world.actor("data_manager_u", now: room.now)
      let form = try #require(world.definition.form(FormID(parsing: "AE")))
      let plain = PlainAnswers(
        on: try CalendarDate(parsing: Walk.date(room.now, walk.way.site)), at: room.now,
        by: treating.username)
      let field = try FieldID(parsing: "term")
      for (index, people) in [(manager, investigator), (investigator, manager)].enumerated() {
        let name = ["Doe", "Roe"][index]
        let answers = plain.answers(
          to: form,
          with: try Walk.answers([
            "term": "Headache of Jane \(name)", "serious": "N", "rel_ket": "NOT", "rel_ther": "NOT",
            "rel_ect": "NOT", "ongoing": "true",
          ]))
        let unscheduled = try VisitCode(parsing: "UNS")
        _ = try await office.saveEntry(
          walk.key, form.id, unscheduled, number: 0,
          EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true), as: treating)
        let number = try await office.askRemoval(
          of: field, on: EntryAddress(walk.key, form.id, unscheduled, number: index + 1),
          reason: "The name of a person.", as: people.0)
        #expect(try Self.holds(world, name, in: "treatment"))
        try await office.confirmRemoval(number, in: .treatment, as: people.1)
        #expect(try !Self.holds(world, name, in: "treatment"))
      }
      #expect(try await RecordActsTests.findings(world).isEmpty)
    }
  }

  @Test func `REQ-014: texts of a data query go also where the form was never entered`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(12)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "PREG"), try VisitCode(parsing: "F6"))
      let query = try await office.openQuery(
        walk.key, address.form, address.visit, field: "ptype", text: "Did Mrs Xanthippe come?",
        isBlocking: false, as: manager)
      #expect(
        try await office.removableQueries(on: address, as: investigator).map(\.number) == [query])
      #expect(
        await refusal {
          _ = try await office.askRemoval(
            of: FieldID(parsing: "ptype"), on: address, reason: "A name.", as: investigator)
        } != nil)
      let number = try await office.askRemoval(
        ofQuery: query, on: address, reason: "A name.", as: investigator)
      try await office.confirmRemoval(number, in: .open, as: manager)
      #expect(try !Self.holds(world, "Xanthippe"))
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // A value is removed from an entry and from nothing else, whoever asks.
      let owner = try world.direct(Login.owner)
      #expect(
        owner.refusal(
          of: """
            insert into open.tombstones (trial_id, tombstone_no, participant, site_key, form, visit, repeat, field,
              reason, asked_by, asked_at)
            values (\(world.trial.id), 99, '\(walk.key)', '101', 'PREG', 'F6', 1, 'ptype', 'A name.', 1, now())
            """) == "EQ404")
    }
  }

  @Test func `REQ-014: reasons go with the value they quote, or when they are asked for`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(11)
      let office = world.installation.at(now)
      var typed = try await Self.interview(walk)
      func save(_ version: Int, _ change: [String: String], _ reason: String) async throws {
        typed.merge(change) { $1 }
        _ = try await walk.save(
          "MINI", "SCR", typed, expected: version, reason: reason,
          at: walk.instant(11, Int64(60 * (version + 1))))
      }
      try await save(0, ["dx_code": "J. Doe"], "")
      try await save(1, ["dx_code": "F33.2"], "j. doe was no code")
      try await save(2, ["sud_mod": "Y"], "her sister Xanthippe said so")
      try await save(3, ["sud_mod": "N"], "read again")
      let address = EntryAddress(
        walk.key, try FormID(parsing: "MINI"), try VisitCode(parsing: "SCR"))
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      func remove(_ number: Int) async throws {
        try await office.confirmRemoval(number, in: .open, as: manager)
        #expect(try await RecordActsTests.findings(world).isEmpty)
      }
      #expect(
        try await office.reasonedVersions(on: address, as: investigator) == [2, 3, 4])
      try await remove(
        try await office.askRemoval(
          of: FieldID(parsing: "dx_code"), on: address, reason: "A name.", as: investigator))
      #expect(try !Self.holds(world, "Doe") && !Self.holds(world, "doe"))
      #expect(try Self.holds(world, "Xanthippe") && Self.holds(world, "read again"))
      // The value of the third version stays, what was said of it goes.
      let asked = try await office.askRemoval(
        ofReasonsOf: 3, on: address, reason: "A name.", as: investigator)
      for (version, refused) in [(3, "not_from_this_state"), (0, "not_found"), (9, "not_found")] {
        #expect(
          await refusal {
            _ = try await office.askRemoval(
              ofReasonsOf: version, on: address, reason: "A name.", as: investigator)
          }?.code == refused)
      }
      #expect(
        await refusal {
          try await office.confirmRemoval(asked, in: .open, as: investigator)
        } != nil)
      try await remove(asked)
      #expect(try !Self.holds(world, "Xanthippe") && Self.holds(world, "read again"))
      #expect(
        try world.direct().lines(
          "select answers ->> 'sud_mod' from open.entry_versions where form = 'MINI' order by version"
        )
          == ["N", "N", "Y", "N"])
      #expect(try await office.reasonedVersions(on: address, as: investigator) == [4])
      // The same removal without its record is found.
      try world.tamper("delete from open.removed_reasons")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }

  @Test(arguments: [DataClass.open, .treatment])
  func `REQ-014: the words of a deviation go from it and from the audit trail`(
    _ dataClass: DataClass
  ) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let recorder = dataClass == .open ? "coordinator" : "treat_coordinator"
      let deviation = try await office.recordDeviation(
        walk.key,
        FoundDeviation(
          type: dataClass == .open ? "MIN-DOC" : "MIN-PROC", dataClass: dataClass,
          occurredOn: try CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site)),
          source: .site, description: "Xanthippe Doe came without her log.",
          measures: "Mr Doe was asked."),
        as: try await world.actor(recorder, at: walk.way.site, now: now))
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let manager = try await world.actor(
        dataClass == .open ? "data_manager" : "data_manager_u", now: now)
      try await office.judgeDeviation(
        walk.key, number: deviation, in: dataClass,
        DeviationJudgement(isConfirmed: false, reason: "Ms Doe had it."), as: investigator)
      func ask(_ number: Int, by actor: Actor) async throws -> Int {
        try await office.askRemoval(
          ofDeviation: number, of: walk.key, in: dataClass, reason: "The name of a person.",
          as: actor)
      }
      let monitor = try await world.actor("monitor", at: walk.way.site, now: now)
      #expect(await refusal { _ = try await ask(deviation, by: monitor) } == .notFound)
      #expect(await refusal { _ = try await ask(99, by: investigator) } == .notFound)
      let removal = try await ask(deviation, by: investigator)
      #expect(
        await refusal { _ = try await ask(deviation, by: investigator) }?.code
          == "not_from_this_state")
      #expect(
        await refusal {
          try await office.confirmRemoval(removal, in: dataClass, as: investigator)
        } != nil)
      let schema = dataClass.rawValue
      // Who judged said no measure, and that of who recorded it stands.
      #expect(
        try world.direct().text("select capa from \(schema).deviations where capa <> ''")
          == "Mr Doe was asked.")
      try await office.confirmRemoval(removal, in: dataClass, as: manager)
      #expect(try !Self.holds(world, "Doe", in: schema))
      let found = try #require(
        try await office.deviations(of: walk.key, as: manager).first {
          $0.number == deviation && $0.dataClass == dataClass
        })
      #expect(found.status == "REJECTED" && found.description == "[personal data removed]")
      #expect(try await office.removals(as: investigator).map(\.subject) == [.deviation(deviation)])
      #expect(try await RecordActsTests.findings(world).isEmpty)
      try world.tamper("delete from \(schema).removed_reasons")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }

  @Test
  func
    `REQ-014, NI-1: why somebody who knows arms asks for a removal is kept in class treatment alone`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      var typed = try await Self.interview(walk)
      _ = try await walk.save("MINI", "SCR", typed, at: walk.instant(10))
      typed["sud_mod"] = "Y"
      _ = try await walk.save(
        "MINI", "SCR", typed, expected: 1, reason: "her sister said so", at: walk.instant(11))
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "MINI"), try VisitCode(parsing: "SCR"))
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      let query = try await office.openQuery(
        walk.key, address.form, address.visit, field: "mde", text: "Is that Mrs Doe?",
        isBlocking: false, as: manager)
      let deviation = try await office.recordDeviation(
        walk.key,
        FoundDeviation(
          type: "MIN-DOC", dataClass: .open,
          occurredOn: try CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site)),
          source: .site, description: "Jane Doe came late.", measures: ""),
        as: coordinator)
      let other =
        walk.way.site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london
      try await office.offerTransfer(
        of: walk.key, to: other, reason: "Jane Doe moved house", as: coordinator)
      let act = try #require(
        try await office.auditTrail(of: .open, AuditFilter(), as: investigator).rows.first {
          $0.row.reason == "Jane Doe moved house"
        })
      func ask(_ reason: String, as actor: Actor) async throws -> [Int] {
        [
          try await office.askRemoval(
            of: FieldID(parsing: "dx_code"), on: address, reason: reason, as: actor),
          try await office.askRemoval(ofQuery: query, on: address, reason: reason, as: actor),
          try await office.askRemoval(ofReasonsOf: 2, on: address, reason: reason, as: actor),
          try await office.askRemoval(
            ofDeviation: deviation, of: walk.key, in: .open, reason: reason, as: actor),
          try await office.askRemoval(
            ofActIn: Int(act.row.number), in: .open, reason: reason, as: actor),
        ]
      }
      // A reason that is none is refused, whatever would be written in its place.
      #expect(await refusal { _ = try await ask("  a ", as: investigator) } != nil)
      #expect(try await world.findings("Given in the treatment record") == [])
      let asked = try await ask("Jane told of her ketamine infusion", as: investigator)
      #expect(try await world.findings("ketamine infusion") == ["treatment.audit"])
      #expect(
        try world.direct().lines(
          """
          select object from treatment.audit
           where action = 'removal of personal data asked'
             and reason = 'Jane told of her ketamine infusion' order by seq
          """)
          == Array(repeating: "\(walk.key)/MINI@SCR#1", count: 3)
          + ["\(walk.key)/deviation#\(deviation)", act.row.object])
      let told = try await office.removals(as: manager)
      #expect(told.count == 5)
      #expect(told.allSatisfy { $0.reason == "Given in the treatment record." })
      for number in asked { try await office.confirmRemoval(number, in: .open, as: manager) }
      #expect(try await world.findings("ketamine infusion") == ["treatment.audit"])
      #expect(try await RecordActsTests.findings(world).isEmpty)
      // Who knows no arm says it where the request stands.
      let again = try await office.openQuery(
        walk.key, address.form, address.visit, field: "mde", text: "And who is Mr Doe?",
        isBlocking: false, as: manager)
      _ = try await office.askRemoval(
        ofQuery: again, on: address, reason: "A surname.", as: manager)
      #expect(try await world.findings("A surname.") == ["open.audit", "open.tombstones"])
    }
  }

  /// Whether a text stands anywhere in class open.
  private static func holds(
    _ world: ReferenceTrial, _ text: String, in schema: String = "open"
  ) throws -> Bool {
    try world.direct().text(
      """
      select (exists (select from \(schema).entries e where e.answers::text like '%\(text)%')
        or exists (select from \(schema).entry_versions v where v.answers::text like '%\(text)%'
          or v.reason like '%\(text)%')
        or exists (select from \(schema).audit a where a.old like '%\(text)%' or a.new like '%\(text)%'
          or a.reason like '%\(text)%')
        or exists (select from \(schema).data_queries q where q.text like '%\(text)%'
          or q.answer like '%\(text)%')
        or exists (select from \(schema).data_query_messages m where m.text like '%\(text)%')
        or exists (select from \(schema).deviations d where d.description like '%\(text)%'
          or d.capa like '%\(text)%' or d.reason like '%\(text)%')
        or exists (select from \(schema).drafts d where d.typed::text like '%\(text)%'))::text
      """) == "true"
  }
}

import Store
import StudyModel
import Testing

@testable import Conduct

/// Forms of which a role reads its own entries only, though it reads their class.
@Suite(.serialized) struct OwnEntryTests {
  private static func intake(_ walk: Walk, _ what: String, at now: UTCInstant) throws
    -> EntrySubmission
  {
    EntrySubmission(
      answers: try Walk.answers([
        "aware_at": now.description, "onset": try Walk.date(now, walk.way.site), "told_by": "FAM",
        "criteria": "HOSP", "what": what,
      ]), expectedVersion: 0, isFinal: true)
  }

  private static func another(_ role: String, _ walk: Walk) async throws -> Actor {
    let role = try #require(walk.world.definition.role(RoleID(parsing: role)))
    return try #require(
      try await walk.world.installation.actor(
        user: 999_999, username: "somebody", fullName: "Somebody", role: role.id,
        site: role.scope == .site ? walk.way.site : "*", trial: walk.world.trial,
        authenticatedAt: nil))
  }

  @Test func `what a person closed of an own entry holds for the values it was closed about`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      var version = 0
      func ask(_ q6: String, q1: String = "N", minute: Int64) async throws {
        version = try await walk.save(
          "CSSRSS", "A1", ["version": "slc", "q1": q1, "q2": "N", "q6": q6], expected: version,
          reason: version == 0 ? "" : "heard wrongly", at: walk.instant(17, minute * 60))
      }
      func states() throws -> [String] {
        try world.direct().lines(
          "select state from outcome.data_queries where rule = 'EC-CSS-02' order by query_no")
      }
      try await ask("Y", minute: 0)
      #expect(try states() == ["open"])
      let now = walk.instant(17, 300)
      let manager = try await world.actor("data_manager", now: now)
      let office = world.installation.at(now)
      let query = try #require(
        try await office.openQueries(as: manager).first { $0.rule == "EC-CSS-02" })
      try await office.closeQuery(query.address, reason: "taken in by telephone", as: manager)
      // An answer the check does not read, and one that was another meanwhile and came back.
      try await ask("Y", q1: "Y", minute: 10)
      #expect(try states() == ["closed"])
      try await ask("N", minute: 20)
      try await ask("Y", minute: 30)
      #expect(try states() == ["closed"])
    }
  }

  @Test
  func
    `what one coordinator took in of a serious event does not exist for another one of the site (REQ-060)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(9)
      let office = world.installation.at(now)
      let (form, visit) = (try FormID(parsing: "SAEIN"), try VisitCode(parsing: "UNS"))
      let one = try await world.actor("coordinator", at: walk.way.site, now: now)
      let other = try await Self.another("coordinator", walk)
      let first = try await office.saveEntry(
        walk.key, form, visit, number: 0, Self.intake(walk, "Fell at home.", at: now), as: one)
      // A number tells nothing of how many others there are.
      let second = try await office.saveEntry(
        walk.key, form, visit, number: 0, Self.intake(walk, "Fainted.", at: now), as: other)
      #expect(first.number >= 5000 && second.number >= 5000 && first.number != second.number)
      for (reader, own) in [(one, first.number), (other, second.number)] {
        let listed = try await office.repeats(of: form, at: visit, walk.key, as: reader).entries
        #expect(listed.map(\.number) == [own])
        let book = try await office.casebook(of: walk.key, as: reader).entries
        #expect(book.filter { $0.form == form }.map(\.number) == [own])
        let file = try await office.entryFile(walk.key, form, visit, number: own, as: reader)
        #expect(file.versions.count == 1 && file.entry.isSubmitted)
        let foreign = first.number + second.number - own
        #expect(
          await refusal {
            _ = try await office.entryFile(walk.key, form, visit, number: foreign, as: reader)
          } == .notFound)
        #expect(
          await refusal {
            try await office.voidEntry(
              walk.key, form, visit, number: foreign, version: 1, reason: "not mine", as: reader)
          } == .notFound)
        // Neither its version nor that it is there is told by a save over it.
        let nobodys = try #require((5000...9999).first { $0 != own && $0 != foreign })
        for number in [foreign, nobodys, 1, 2] {
          for version in [0, 1] {
            let over = await refusal {
              try await office.saveEntry(
                walk.key, form, visit, number: number,
                EntrySubmission(
                  answers: try Self.intake(walk, "Changed.", at: now).answers,
                  expectedVersion: version, isFinal: true,
                  reason: version == 0 ? "" : "typing error"), as: reader)
            }
            #expect(over == .notFound, "\(number) \(version)")
          }
        }
      }
      // Whatever program asks, the database takes no chosen number from who reads own entries only.
      let session = try world.direct(
        "eq_open", role: "coordinator", sites: walk.way.site, actor: Int64(one.user))
      try session.run("select set_config('eq.own_forms', 'SAEIN', false)")
      for number in [first.number, second.number, 4999, 9998] where number != first.number {
        #expect(
          session.refusal(
            of: """
              select open.save_entry('\(walk.key)', 'SAEIN', 'UNS', \(number), 0, '{"what": "x"}', true, '',
                '\(world.trial.version)')
              """) == "EQ404", "\(number)")
      }
      #expect(
        session.refusal(of: "select open.next_repeat('\(walk.key)', 'SAEIN', 'UNS', null)")
          == "EQ404")
      // Each of the two guards holds alone: here the database lets everything through.
      try world.direct().run(
        """
        drop policy entries_own on open.entries; drop policy entry_versions_own on open.entry_versions;
        drop policy data_queries_own on open.data_queries; drop policy audit_own on open.audit;
        """)
      #expect(
        try await office.repeats(of: form, at: visit, walk.key, as: other).entries.map(\.number)
          == [second.number])
      #expect(
        try await office.casebook(of: walk.key, as: other).entries
          .filter { $0.form == form }.map(\.number) == [second.number])
      #expect(
        await refusal {
          _ = try await office.entryFile(
            walk.key, form, visit, number: first.number, as: other)
        } == .notFound)
      #expect(
        await refusal {
          try await office.saveEntry(
            walk.key, form, visit, number: first.number,
            EntrySubmission(
              answers: try Self.intake(walk, "Changed.", at: now).answers, expectedVersion: 1,
              isFinal: true, reason: "typing error"), as: other)
        } == .notFound)
      // Who acts on it reads both.
      for role in ["investigator", "safety_officer"] {
        let reader = try await world.actor(
          role, at: role == "investigator" ? walk.way.site : nil, now: now)
        for number in [first.number, second.number] {
          let file = try await office.entryFile(walk.key, form, visit, number: number, as: reader)
          #expect(file.entry.version == 1, "\(role)")
        }
      }
      // A data query reaches the writer of the entry alone.
      let manager = try await Self.another("safety_officer", walk)
      guard manager.role.can(.openDataQuery) else { return }
      let asked = try await office.openQuery(
        walk.key, form, visit, field: "what", text: "Which hospital?", isBlocking: false,
        as: manager)
      #expect(try await office.query(QueryAddress(asked), as: one).query.form == "SAEIN")
      #expect(
        await refusal { _ = try await office.query(QueryAddress(asked), as: other) } == .notFound)
    }
  }

  @Test
  func
    `row security keeps entries of others from a session whose role reads its own only (REQ-060)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(9)
      let form = try FormID(parsing: "SAEIN")
      let one = try await world.actor("coordinator", at: walk.way.site, now: now)
      _ = try await world.installation.at(now).saveEntry(
        walk.key, form, VisitCode(parsing: "UNS"), number: 0,
        Self.intake(walk, "Fell at home.", at: now), as: one)
      func counts(actor: Int64, own: String) throws -> [String] {
        let session = try world.direct(
          "eq_open", role: "coordinator", sites: walk.way.site, actor: actor)
        try session.run("select set_config('eq.own_forms', '\(own)', false)")
        return try session.lines(
          """
          select count(*)::text from open.entries where form = 'SAEIN'
          union all select count(*)::text from open.entry_versions where form = 'SAEIN'
          union all select (count(*) > 0)::text from open.audit where object like '%/SAEIN@%'
          union all select (count(*) > 0)::text from open.entries where form <> 'SAEIN'
          """)
      }
      let author = Int64(one.user)
      #expect(try counts(actor: author, own: "SAEIN") == ["1", "1", "true", "true"])
      #expect(try counts(actor: author + 1_000, own: "SAEIN") == ["0", "0", "false", "true"])
      #expect(try counts(actor: author + 1_000, own: "") == ["1", "1", "true", "true"])
      // What a request sets is what the definition says of the role.
      let other = try await Self.another("coordinator", walk)
      #expect(other.context(at: now).ownForms == [form])
      let physician = try await Self.another("investigator", walk)
      #expect(physician.context(at: now).ownForms.isEmpty)
    }
  }
}

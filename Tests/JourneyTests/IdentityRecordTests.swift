import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Host
@testable import Store

/// The form that names a participant: filled in and corrected at the own site, sealed in the vault.
@Suite(.serialized) struct IdentityRecordTests {
  /// A person as the form asks for one; only the year of birth is that of the consent.
  private static func person(_ walk: Walk, _ other: [String: String] = [:]) throws
    -> [FieldID: FieldAnswer]
  {
    try Walk.answers(
      [
        "family": "Quellenbrunn", "given": "Adelheid",
        "birth_date": "\(walk.way.birthYear)-05-17", "phone": "+49 30 5550142",
      ].merging(other) { $1 })
  }

  /// Audit rows about the vault: act and whatever it says of it.
  private static func trail(_ world: ReferenceTrial) throws -> [String] {
    try world.direct().lines(
      """
      select action || ': ' || coalesce(reason, '') from open.audit
       where action in ('identity recorded', 'identity corrected') order by seq
      """)
  }

  @Test
  func
    `who a participant is is recorded once, corrected with a reason, and read with its history (REQ-180)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(3)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      #expect(try await office.identityVersion(of: walk.key, as: coordinator) == 0)
      let first = try await office.recordIdentity(
        of: walk.key, Self.person(walk), expected: 0, reason: "", as: coordinator)
      #expect(first.version == 1 && first.remarks.isEmpty)
      let moved = try Self.person(walk, ["phone": "+49 30 5550199", "addr": "Am Bach 2"])
      func correct(
        _ answers: [FieldID: FieldAnswer], _ expected: Int, _ reason: String
      ) async -> ActRefusal? {
        await refusal {
          _ = try await office.recordIdentity(
            of: walk.key, answers, expected: expected, reason: reason, as: coordinator)
        }
      }
      #expect(await correct(moved, 0, "moved house") == .stale)
      #expect(await correct(moved, 1, "  ") == .reasonMissing)
      #expect(try await correct(Self.person(walk), 1, "moved house") == .unchanged)
      #expect(await correct(moved, 1, "moved house") == nil)
      let found = try await office.identity(of: walk.key, purpose: "to call", as: coordinator)
      #expect(found.version == 2 && found.answers == moved)
      #expect(found.versions.map(\.reason) == ["", "moved house"])
      #expect(try found.versions.first?.answers == Self.person(walk))
      #expect("\(found)".contains("Quellenbrunn") == false)
      // The trail tells that it was done: neither which fields there are, nor a word of them or of the reason.
      #expect(try Self.trail(world) == ["identity recorded: ", "identity corrected: "])
      let everything = try world.direct().lines(
        """
        select a::text from open.audit a union all select a::text from treatment.audit a
        union all select e::text from identity.entries e union all select s::text from identity.seals s
        """
      ).joined()
        // Digits that stand in a digest by chance are nobody's.
        .replacing(/\\x[0-9a-f]+/, with: "")
      #expect(everything.contains("recorded") && !everything.contains("\\x"))
      for word in ["Quellenbrunn", "Adelheid", "5550142", "Am Bach", "moved house"] {
        #expect(!everything.contains(word), "\(word)")
      }
    }
  }

  @Test func `what the form asks for is asked, and a future birth or a second person is not taken`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(3)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      func faults(_ other: [String: String]) async throws -> [String] {
        let answers = try Self.person(walk, other).filter { $0.value.text != "" }
        guard
          case .invalid(let faults) = await refusal({
            _ = try await office.recordIdentity(
              of: walk.key, answers, expected: 0, reason: "", as: coordinator)
          })
        else { return [] }
        return faults.compactMap(\.field).sorted()
      }
      #expect(try await faults(["family": "", "birth_date": ""]) == ["birth_date", "family"])
      #expect(try await faults(["birth_date": "2140-01-01"]) == ["birth_date"])
      #expect(try await faults(["phone": String(repeating: "1", count: 121)]) == ["phone"])
      #expect(try world.direct().lines("select version::text from identity.entries").isEmpty)
      // Whose name is refused is known to be missing, with its reason.
      var answers = try Self.person(walk)
      answers[try FieldID(parsing: "family")] = .missing(.refused, reason: "keeps it back")
      let saved = try await office.recordIdentity(
        of: walk.key, answers, expected: 0, reason: "", as: coordinator)
      #expect(saved.version == 1)
    }
  }

  @Test func `REQ-181: nobody but the site's coordinator records an identity`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(3)
      let office = world.installation.at(now)
      let other =
        walk.way.site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london
      var strangers = [try await world.actor("coordinator", at: other, now: now)]
      for role in ["treat_coordinator", "investigator", "therapist", "monitor", "cog_assessor"] {
        strangers.append(try await world.actor(role, at: walk.way.site, now: now))
      }
      for role in ["data_manager", "statistician", "sponsor_lead"] {
        strangers.append(try await world.actor(role, now: now))
      }
      for actor in strangers {
        let refused = await refusal {
          _ = try await office.recordIdentity(
            of: walk.key, Self.person(walk), expected: 0, reason: "", as: actor)
        }
        #expect(refused == .notFound, "\(actor.role.id.text)")
      }
      #expect(try Self.trail(world).isEmpty)
      let save = "select identity.save_entry('\(walk.key.text)', 'IDENT', 0, '\\x00', '1.0')"
      for login in Login.allCases where login != .open && login != .treating {
        #expect(try world.direct(login.rawValue).refusal(of: save) == "42501", "\(login)")
      }
      for login in Login.allCases {
        #expect(
          try world.direct(login.rawValue).refusal(of: "select 1 from identity.entries") == "42501")
      }
    }
  }

  @Test
  func
    `the year in the vault is compared with that of the demographics, whichever is saved first (EC-DM-02)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(3)
      let office = world.installation.at(now)
      let coordinator = try await world.actor("coordinator", at: walk.way.site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      func asked() async throws -> [String] {
        try await office.openQueries(as: manager).filter { $0.form == "DM" }.map(\.rule)
      }
      #expect(try await asked().isEmpty)
      let wrong = try Self.person(walk, ["birth_date": "\(walk.way.birthYear - 1)-05-17"])
      let saved = try await office.recordIdentity(
        of: walk.key, wrong, expected: 0, reason: "", as: coordinator)
      #expect(saved.remarks.map(\.code) == ["birth_year_differs"])
      #expect(try await asked() == ["EC-DM-02"])
      // The daily derivation finds the same.
      _ = try await office.deriveAll(in: world.trial)
      #expect(try await asked() == ["EC-DM-02"])
      let right = try await office.recordIdentity(
        of: walk.key, Self.person(walk), expected: 1, reason: "misread", as: coordinator)
      #expect(right.remarks.isEmpty)
      #expect(try await asked().isEmpty)
    }
  }

  @Test
  func
    `what a person closed about the year in the vault holds while that year stands, and no longer (EC-DM-02)`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      var version = 0
      func record(_ year: Int, phone: String, at now: UTCInstant) async throws {
        let answers = try Self.person(walk, ["birth_date": "\(year)-05-17", "phone": phone])
        version =
          try await world.installation.at(now).recordIdentity(
            of: walk.key, answers, expected: version, reason: version == 0 ? "" : "read again",
            as: try await world.actor("coordinator", at: walk.way.site, now: now)
          ).version
      }
      func states() throws -> [String] {
        try world.direct().lines(
          "select state from open.data_queries where rule = 'EC-DM-02' order by query_no")
      }
      func close(at now: UTCInstant) async throws {
        let manager = try await world.actor("data_manager", now: now)
        let office = world.installation.at(now)
        let query = try #require(
          try await office.openQueries(as: manager).first { $0.rule == "EC-DM-02" })
        try await office.closeQuery(query.address, reason: "seen in the passport", as: manager)
      }
      let year = walk.way.birthYear
      try await record(year - 1, phone: "1", at: walk.instant(3))
      #expect(try states() == ["open"])
      try await close(at: walk.instant(4))
      // Another telephone is no other year: nothing is asked, after the save or on another day.
      try await record(year - 1, phone: "2", at: walk.instant(5))
      _ = try await world.installation.at(walk.instant(5, 60)).deriveAll(in: world.trial)
      #expect(try states() == ["closed"])
      // Another wrong year is, when the vault is saved.
      try await record(year - 2, phone: "2", at: walk.instant(6))
      #expect(try states() == ["closed", "open"])
      try await close(at: walk.instant(7))
      // And by a later look, where the save could not look: the query of the save was never there.
      try await record(year - 3, phone: "2", at: walk.instant(8))
      #expect(try states() == ["closed", "closed", "open"])
      try world.tamper(
        """
        delete from open.data_query_messages m using open.data_queries q
         where q.trial_id = m.trial_id and q.query_no = m.query_no and q.rule = 'EC-DM-02' and q.state = 'open'
        """)
      try world.tamper("delete from open.data_queries where rule = 'EC-DM-02' and state = 'open'")
      #expect(try states() == ["closed", "closed"])
      _ = try await world.installation.at(walk.instant(9)).deriveAll(in: world.trial)
      #expect(try states() == ["closed", "closed", "open"])
      // The year it was closed about, back again, was judged.
      try await close(at: walk.instant(10))
      try await record(year, phone: "2", at: walk.instant(11))
      try await record(year - 3, phone: "3", at: walk.instant(12))
      #expect(try states() == ["closed", "closed", "closed"])
    }
  }

  @Test func `a box of the vault opens for its own participant only`() async throws {
    try await AllocatedTrial.run { world in
      let office = world.installation
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      let keys = try await office.participants(after: "", limit: 2, as: coordinator).page.map(\.key)
      try #require(keys.count == 2)
      for (key, name) in zip(keys, ["Anders", "Bergen"]) {
        let answers = try Walk.answers(
          ["family": name, "given": "Kim", "birth_date": "1974-02-03"])
        _ = try await office.recordIdentity(
          of: key, answers, expected: 0, reason: "", as: coordinator)
      }
      let family = try FieldID(parsing: "family")
      let found = try await office.identity(of: keys[0], purpose: "to call", as: coordinator)
      #expect(found.answers[family]?.text == "Anders")
      let boxes = try world.direct().lines(
        "select length(entry_box)::text from identity.entries order by participant")
      #expect(Set(boxes).count == 1)
      try world.direct().run(
        """
        alter table identity.entries disable trigger all;
        update identity.entries e set entry_box = o.entry_box from identity.entries o
         where o.participant <> e.participant;
        alter table identity.entries enable trigger all
        """)
      let refused = await refusal {
        _ = try await office.identity(of: keys[0], purpose: "to call", as: coordinator)
      }
      #expect(refused == .keyWrong)
    }
  }
}

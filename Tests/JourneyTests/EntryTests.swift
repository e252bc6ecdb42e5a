import Conduct
import Store
import StudyModel
import Testing

@Suite(.serialized) struct EntryTests {
  /// The stored state of an entry with its history, signatures and audit length.
  static func stored(_ walk: Walk, _ form: String) throws -> String {
    try walk.world.direct().text(
      """
      select jsonb_build_object(
        'entry', (select to_jsonb(e) from open.entries e
                   where e.form = '\(form)' and e.participant = '\(walk.key.text)'),
        'versions', (select count(*) from open.entry_versions v
                      where v.form = '\(form)' and v.participant = '\(walk.key.text)'),
        'signatures', (select jsonb_agg(to_jsonb(s)) from open.signatures s
                        where s.form = '\(form)' and s.participant = '\(walk.key.text)'),
        'audit', (select size from open.audit_heads))::text
      """)
  }

  @Test func `a save at a version that is no longer the last is refused and changes nothing`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.save(
        "ELIG", "SCR", walk.criteria(), expected: 1, reason: "date corrected", at: walk.instant(4))
      let before = try Self.stored(walk, "ELIG")
      for expected in [0, 1, 3] {
        let refused = await refusal {
          try await walk.save(
            "ELIG", "SCR", walk.criteria(), expected: expected, reason: "date corrected",
            at: walk.instant(5))
        }
        #expect(refused == .stale)
      }
      #expect(try Self.stored(walk, "ELIG") == before)
    }
  }

  @Test func `of two who save the same version at one moment, one is told it is stale`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let outcomes = await withTaskGroup(of: ActRefusal?.self) { group in
        for day in 4...7 {
          group.addTask {
            await refusal {
              try await walk.save(
                "ELIG", "SCR", walk.criteria(), expected: 1, reason: "date corrected",
                at: walk.instant(Int64(day)))
            }
          }
        }
        var outcomes: [ActRefusal?] = []
        for await outcome in group { outcomes.append(outcome) }
        return outcomes
      }
      #expect(outcomes.filter { $0 == nil }.count == 1)
      #expect(outcomes.filter { $0 == .stale }.count == 3)
      #expect(
        try world.direct().text(
          "select version::text from open.entries where form = 'ELIG'") == "2")
    }
  }

  @Test(arguments: ["", "no"])
  func `REQ-005: a submitted form changes only with a reason`(_ reason: String) async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let before = try Self.stored(walk, "DM")
      let changed = [
        "birth_year": "1975", "sex": "F", "edu_years": "14", "employ": "FT", "childbearing": "true",
      ]
      let refused = await refusal {
        try await walk.save(
          "DM", "SCR", changed, expected: 1, reason: reason, at: walk.instant(4))
      }
      #expect(refused == .reasonMissing)
      let undone = await refusal {
        try await walk.save(
          "DM", "SCR", changed, expected: 1, isFinal: false, reason: "back to a draft",
          at: walk.instant(4))
      }
      #expect(undone == .reasonMissing)
      #expect(try Self.stored(walk, "DM") == before)
      try await walk.save(
        "DM", "SCR", changed, expected: 1, reason: "birth year misread", at: walk.instant(4))
      // The changed fields, and no other, stand in the audit trail with old and new value.
      let fields = try world.direct().lines(
        """
        select field || ':' || coalesce(old, '') || '>' || coalesce(new, '') from open.audit
         where reason = 'birth year misread' and field in ('birth_year', 'age', 'sex') order by field
        """)
      #expect(fields == ["age:\"53\">\"52\"", "birth_year:\"1974\">\"1975\""])
    }
  }

  @Test func `a save that changes nothing makes no version and voids no signature`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let before = try Self.stored(walk, "ELIG")
      let again = await refusal {
        try await walk.save(
          "ELIG", "SCR", walk.criteria(), expected: 1, reason: "sent again",
          at: walk.instant(walk.way.eligibilityDay))
      }
      #expect(again == .unchanged)
      #expect(try Self.stored(walk, "ELIG") == before)
    }
  }

  @Test
  func
    `REQ-001, I7: every version of every entry has its audit rows, drafts and empty ones included`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let at = walk.instant(30)
      try await walk.save("WT", "EOT", [:], hasHeader: false, isFinal: false, at: at)
      let draft = ["weight": "70.0"]
      try await walk.save(
        "WT", "EOT", draft, hasHeader: false, expected: 1, isFinal: false,
        at: at.advanced(bySeconds: 60))
      // A draft kept as it is stays the version it is.
      let same = try await walk.save(
        "WT", "EOT", draft, hasHeader: false, expected: 2, isFinal: false,
        at: at.advanced(bySeconds: 90))
      #expect(same == 2)
      try await walk.save("WT", "EOT", draft, expected: 2, at: at.advanced(bySeconds: 120))
      // As many versions as the entry says, and for each the rows of its instant.
      let alone = try world.direct().lines(
        """
        select v.form || '@' || v.visit || ' ' || v.version
          from (table open.entry_versions union all table outcome.entry_versions
                union all table treatment.entry_versions) v
         where not exists (
           select from (table open.audit union all table outcome.audit union all table treatment.audit) a
            where a.object = v.participant || '/' || v.form || '@' || v.visit || '#' || v.repeat
              and a.at = v.at and a.actor = v.author and a.action in ('submitted', 'drafted', 'complete'))
        """)
      #expect(alone.isEmpty, "\(alone)")
      #expect(
        try world.direct().text(
          "select max(version)::text from open.entry_versions where form = 'WT'") == "3")
    }
  }

  @Test
  func `REQ-030: a signature binds who signed in which role and what it means, beside the content`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(5)
      let office = world.installation.at(now)
      let signed = try world.direct().text(
        "select encode(digest, 'hex') from open.signatures where form = 'ELIG'")
      let signer = try await world.actor("investigator", at: walk.way.site, now: now)
      func digest(_ name: String, _ role: Role, _ definition: StudyDefinition) async throws
        -> String
      {
        let actor = Actor(
          user: signer.user, username: signer.username, fullName: name, role: role,
          sites: signer.sites, trial: signer.trial, definition: definition, authenticatedAt: now)
        return try await office.readEntry(
          walk.key, FormID(parsing: "ELIG"), VisitCode(parsing: "SCR"), as: actor
        ).digest
      }
      #expect(try await digest(signer.fullName, signer.role, signer.definition) == signed)
      #expect(try await digest("Somebody Else", signer.role, signer.definition) != signed)
      let other = try await world.actor("coordinator", at: walk.way.site, now: now)
      #expect(try await digest(signer.fullName, other.role, signer.definition) != signed)
      let meaning = try #require(
        world.definition.form(FormID(parsing: "ELIG"))?.signatureMeaning)
      let source = try #require(EmbeddedStudies.definition("kap-ect"))
      let reworded = try await world.installation.loadStudy(
        source.replacing(meaning, with: "I have seen this form."), mode: .simulation,
        key: "reworded")
      let definition = try await world.installation.definition(of: reworded)
      #expect(try await digest(signer.fullName, signer.role, definition) != signed)
    }
  }

  @Test func `RND-11: a likeness is judged when there is one, and anew when somebody else comes`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let first = try await Walk.ready(world, Way(leftOut: [.likeness]))
      let early = await refusal { try await first.resolveLikeness(at: first.instant(8)) }
      #expect(early?.code == "no_likeness")
      func isOpen(_ walk: Walk) async throws -> Bool {
        let asker = try await world.actor("coordinator", at: walk.way.site, now: walk.pressed)
        return try await world.installation.at(walk.pressed).readiness(of: walk.key, as: asker)
          .contains { $0.code == "RND-11" && !$0.isMet }
      }
      #expect(try await isOpen(first) == false)
      // The same person enrols at another site.
      let second = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, leftOut: [.likeness]))
      #expect(try await isOpen(first))
      #expect(try await isOpen(second))
      try await first.resolveLikeness(at: first.instant(8))
      #expect(try await isOpen(first) == false)
      let twice = await refusal { try await first.resolveLikeness(at: first.instant(8)) }
      #expect(twice?.code == "no_likeness")
      // A third one was not judged with the second.
      _ = try await Walk.ready(world, Way(leftOut: [.likeness]))
      #expect(try await isOpen(first))
      let direct = try world.direct("eq_treating", role: "investigator")
      #expect(
        direct.refusal(of: "update open.participants set likeness_resolved_by = 1") == "42501")
    }
  }

  @Test func `REQ-032: a signature is voided by a later change and stays on record`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.save(
        "ELIG", "SCR", walk.criteria(), expected: 1, reason: "date corrected", at: walk.instant(4))
      let actor = try await world.actor("investigator", at: walk.way.site, now: walk.instant(5))
      let read = try await world.installation.at(walk.instant(5)).entry(
        walk.key, FormID(parsing: "ELIG"), VisitCode(parsing: "SCR"), as: actor)
      #expect(read.status == "submitted")
      #expect(read.signatures.map(\.version) == [1])
      #expect(read.signatures.first?.voidedAt == walk.instant(4))
      #expect(read.signatures.first?.meaning == read.form.signatureMeaning)
      let old = await refusal {
        try await walk.sign("ELIG", "SCR", version: 1, at: walk.instant(5))
      }
      #expect(old == .stale)
    }
  }

  @Test func `a signature needs a fresh authentication and the role that signs`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let before = try Self.stored(walk, "ELIG")
      let office = world.installation.at(walk.instant(5))
      let (form, visit) = try (FormID(parsing: "ELIG"), VisitCode(parsing: "SCR"))
      let late = try await world.actor(
        "investigator", at: walk.way.site, now: walk.instant(5),
        authenticatedAt: .some(walk.instant(5, -301)))
      let unfresh = await refusal {
        try await office.signEntry(walk.key, form, visit, version: 1, as: late)
      }
      #expect(unfresh == .authenticationStale)
      let coordinator = try await world.actor(
        "coordinator", at: walk.way.site, now: walk.instant(5))
      let wrong = await refusal {
        try await office.signEntry(walk.key, form, visit, version: 1, as: coordinator)
      }
      #expect(wrong == .notFound)
      #expect(try Self.stored(walk, "ELIG") == before)
    }
  }

  @Test func `AS-12: after a W4 withdrawal a late questionnaire is refused and not stored`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let link = try await walk.issue("A1", at: walk.instant(16))
      try await walk.save(
        "WDR", "UNS", ["level": "W4", "by": "PART", "date": "2027-01-22", "storage_ok": "true"],
        at: walk.instant(18))
      try await walk.sign("WDR", "UNS", version: 1, at: walk.instant(18, 30))
      let entries = try world.direct().text(
        "select count(*)::text || md5(string_agg(e::text, '' order by e::text)) from outcome.entries e"
      )
      let late = await refusal { try await walk.hand(in: link, at: walk.instant(18, 60)) }
      #expect(late == .noFurtherData)
      let anew = await refusal { try await walk.issue("A2", at: walk.instant(19)) }
      #expect(anew == .noFurtherData)
      let form = await refusal {
        try await walk.pregnancy(
          "BL", "NEG", expected: 1, reason: "late entry", at: walk.instant(19))
      }
      guard case .invalid(let faults)? = form else {
        Issue.record("\(String(describing: form))")
        return
      }
      #expect(faults.map(\.code) == ["EC-GEN-06"])
      #expect(
        try world.direct().text(
          "select count(*)::text || md5(string_agg(e::text, '' order by e::text)) from outcome.entries e"
        )
          == entries)
    }
  }

  @Test func `a questionnaire link answers once, lapses, and lapses when another is issued`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let first = try await walk.issue("A1", at: walk.instant(16))
      let second = try await walk.issue("A1", at: walk.instant(16, 60))
      #expect(
        await refusal { try await walk.hand(in: first, at: walk.instant(16, 120)) } == .closed)
      try await walk.hand(in: second, at: walk.instant(16, 180))
      #expect(
        await refusal { try await walk.hand(in: second, at: walk.instant(16, 240)) } == .closed)
      let third = try await walk.issue("A2", at: walk.instant(23))
      #expect(await refusal { try await walk.hand(in: third, at: walk.instant(27)) } == .closed)
      let guessed = await refusal {
        try await walk.hand(
          in: "\(world.trial.id)-0000000000000000000000000a", at: walk.instant(23))
      }
      #expect(guessed == .notFound)
    }
  }

  @Test func `data queries of all sites are numbered in one row, whoever opens them`()
    async throws
  {
    try await ReferenceTrial.run { world in
      var walks: [Walk] = []
      for (site, letters) in [("101", "AA"), ("103", "BB")] {
        walks.append(try await Walk.ready(world, Way(site: site, initials: letters)))
      }
      // A pressure far outside the usual opens a query by itself, in the scope of the site.
      for walk in walks + walks {
        let version = try world.direct().text(
          """
          select coalesce(max(version), 0)::text from open.entries
           where form = 'VS' and participant = '\(walk.key.text)'
          """)
        try await walk.save(
          "VS", "SCR",
          ["sbp": "19\(version)", "dbp": "90", "hr": "70", "spo2": version == "0" ? "90" : "95"],
          expected: Int(version) ?? 0, reason: "measured again", at: walk.instant(4))
      }
      let manager = try await world.actor("data_manager", now: walks[0].instant(5))
      _ = try await world.installation.openQuery(
        walks[0].key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "sex",
        text: "Please confirm.", isBlocking: false, as: manager)
      let numbers = try await world.installation.openQueries(as: manager).map(\.number)
      #expect(numbers.count >= 3)
      #expect(numbers == Array(1...numbers.count))
    }
  }

  @Test func `faults refuse the whole form and are given all at once`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let refused = await refusal {
        try await walk.save(
          "VS", "SCR", ["sbp": "80", "dbp": "90", "hr": "900"], at: walk.instant(4))
      }
      guard case .invalid(let faults)? = refused else {
        Issue.record("refused with \(String(describing: refused))")
        return
      }
      #expect(Set(faults.compactMap(\.field)).isSuperset(of: ["hr"]))
      #expect(
        try world.direct().text("select count(*)::text from open.entries where form = 'VS'") == "0")
    }
  }
}

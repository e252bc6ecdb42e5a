import Conduct
import Store
import StudyModel
import Testing

/// The dry run of an amendment: what a coming version touches of the data there are, before anybody approves it.
@Suite(.serialized) struct AmendmentDryRunTests {
  @Test func `the dry run names every participant, value, query and derived field in reach`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let randomized = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "EF", birthYear: 1981))
      _ = try await randomized.randomize()
      let manager = try await world.actor("data_manager", now: ProtocolAmendmentTests.later)
      _ = try await world.installation.at(ProtocolAmendmentTests.later).openQuery(
        walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "employ",
        text: "is that right?", isBlocking: false, as: manager)
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            ProtocolAmendmentTests.employment, ProtocolAmendmentTests.wider,
            (
              of: "type: integer, range: [0, 30], unit: years, required: true }",
              to: "type: integer, range: [0, 12], unit: years, required: true }"
            ),
            (of: "value: \"edu_years <= 12\"", to: "value: \"edu_years <= 14\""),
          ]))
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      let found = run.findings.map { "\($0.kind.rawValue) \($0.form).\($0.field)" }
      #expect(
        Set(found) == [
          "value DM.edu_years", "value DM.employ", "derived DM.edu12", "check DM.region",
          "query DM.employ", "visit .",
        ], "\(found)")
      #expect(
        run.participants == [walk.key.text, randomized.key.text]
          && run.classes == [.open, .outcome])
      // Who is randomized keeps the window; the others' visit would move.
      let moved = try #require(run.visits.first)
      #expect(run.visits.count == 1 && moved.visit == "A1")
      #expect(moved.moving == [walk.key.text] && moved.kept == 1)
      #expect(
        run.findings.filter { $0.kind == .visit }.map { "\($0.participant) \($0.sentence)" } == [
          "\(walk.key) It would be due on days 5 to 12, best on day 8, not on days 6 to 10, best on day 8."
        ])
      #expect(run.csv.split(separator: "\n").count == run.findings.count + 1)
      // A blinded reader's run reads no treatment; a reader of treatment reads nothing else.
      let other = try await amendment.office.dryRunAmendment(
        version, as: try await amendment.unblindedManager())
      #expect(other.classes == [.treatment] && other.findings.isEmpty)
      // Nothing was changed by trying.
      #expect(try world.direct().text("select count(*)::text from open.site_versions") == "0")
    }
  }

  /// Checks that read another form in every way a formula can, and never find anything.
  private static let readers = [
    (
      of: "      - { code: EC-ELIG-01, severity: hard,",
      to: """
            - { code: EC-RD-01, severity: query, when: "DM.edu_years@previous > 90", say: Before. }
            - { code: EC-RD-02, severity: query, when: "has(DM.edu_years@all) and FACT.visit = 'EOT'", say: All. }
            - { code: EC-RD-03, severity: query, when: "has(DM.edu_years@here) and FACT.visit = 'EOT'", say: Here. }
            - { code: EC-RD-04, severity: query, when: "DM.edu_years@SCR > 90", say: At a visit. }
            - { code: EC-RD-05, severity: query, when: "DM.edu_years > 90", say: At the same visit. }
            - { code: EC-RD-06, severity: query, when: "PREG.presult@SCR = 'POS' and FACT.visit = 'EOT'", say: Unchanged. }
            - { code: EC-ELIG-01, severity: hard,
      """
    )
  ]
  private static let narrower = (
    of: "type: integer, range: [0, 30], unit: years",
    to: "type: integer, range: [0, 28], unit: years"
  )

  private static func findings(
    _ run: AmendmentDryRun, of key: ParticipantKey, _ kind: AmendmentFinding.Kind = .check
  ) -> [String] {
    run.findings.filter { $0.participant == key.text && $0.kind == kind }
      .map { "\($0.form) \($0.sentence)" }.sorted()
  }

  @Test
  func `the dry run names what reads a changed field in whatever way, where there are data`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let first = StudyAmendment(
        world: world, now: ReferenceTrial.start.advanced(bySeconds: 3600))
      try await first.bring(try StudyAmendment.source("2.0", Self.readers))
      var people: [Walk] = []
      for (initials, born) in [("AB", 1970), ("CD", 1971), ("EF", 1972)] {
        people.append(
          try await Walk.ready(
            world,
            Way(
              initials: initials, birthYear: born,
              consentedAt: ReferenceTrial.start.advanced(bySeconds: 2 * 86_400))))
      }
      let (whole, voided, draft) = (people[0], people[1], people[2])
      let direct = try world.direct()
      try direct.run("set session_replication_role = replica")
      try direct.run(
        "update open.entries set status = 'voided' where form = 'DM' and participant = '\(voided.key)'"
      )
      try direct.run(
        """
        update open.entries set status = 'in_progress', submitted_at = null
         where form = 'DM' and participant = '\(draft.key)'
        """)
      let manager = try await world.actor("data_manager", now: ProtocolAmendmentTests.later)
      _ = try await world.installation.at(ProtocolAmendmentTests.later).openQuery(
        whole.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "edu_years",
        text: "is that right?", isBlocking: false, as: manager)
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let version = try await amendment.draft(
        try StudyAmendment.source("3.0", Self.readers + [Self.narrower]))
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      // Every value is still accepted; who reads the field is told nevertheless, by each way of reading.
      #expect(
        Self.findings(run, of: whole.key)
          == [
            "01: reads DM.edu_years@previous", "02: reads DM.edu_years@all",
            "03: reads DM.edu_years@here",
            "04: reads DM.edu_years@SCR", "05: reads DM.edu_years",
          ].map { "ELIG EC-RD-\($0), which the new version changes." })
      #expect(
        Self.findings(run, of: whole.key, .query) == ["DM The field it asks about is changed."])
      // What was voided or not handed in is read by nobody.
      #expect(Self.findings(run, of: voided.key).isEmpty)
      #expect(Self.findings(run, of: draft.key).isEmpty)
      // The class of who reads is to be looked at before approval.
      let changes = try await amendment.office.amendmentChanges(version, as: manager)
      #expect(changes.classes.contains(.open))
    }
  }

  @Test
  func `the dry run works out what new formulas read elsewhere, and says what cannot be told`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let draft = try await Walk.ready(world, Way(initials: "CD", birthYear: 1971))
      let direct = try world.direct()
      try direct.run("set session_replication_role = replica")
      try direct.run(
        """
        update open.entries set status = 'in_progress', submitted_at = null
         where form = 'DM' and participant = '\(draft.key)'
        """)
      let manager = try await world.actor("data_manager", now: ProtocolAmendmentTests.later)
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let asks = [
        "DM.edu_years@previous > 6", "has(DM.edu_years@all)", "has(DM.edu_years@here)",
        "DM.edu_years@SCR > 6",
        "FACT.visit = 'SCR' and FACT.today > FACT.consented_on", "FACT.serial > 0",
      ].enumerated().map { number, condition in
        "      - { code: EC-NEW-0\(number + 1), severity: query, when: \"\(condition)\", say: New. }\n"
      }.joined()
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            (
              of: "      - { code: EC-ELIG-01, severity: hard,",
              to: asks + "      - { code: EC-ELIG-01, severity: hard,"
            )
          ]))
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      let untold =
        "ELIG EC-NEW-06: is changed and reads FACT.serial, which is not read here; what it comes to "
        + "cannot be told."
      #expect(
        Self.findings(run, of: walk.key)
          == (1...5).map { "ELIG EC-NEW-0\($0) would open a data query." } + [untold])
      #expect(
        Self.findings(run, of: draft.key)
          == ["ELIG EC-NEW-05 would open a data query.", untold])
    }
  }

  @Test func `the dry run names a query that a check of another form asks, once that is changed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.save(
        "PREF", "BL", ["pref": "KET", "pref_strength": "9", "would_decline": "ECT"], expected: 1,
        reason: "said so today", at: walk.instant(8))
      #expect(
        try world.direct().text(
          "select form || ' ' || field from outcome.data_queries where rule = 'EC-ELIG-05'")
          == "PREF would_decline")
      let amendment = StudyAmendment(world: world, now: ProtocolAmendmentTests.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            (
              of: "I11 = 'Y' and PREF.would_decline@BL != 'NONE'",
              to: "I11 = 'Y' and not definitely(PREF.would_decline@BL = 'NONE')"
            )
          ]))
      let manager = try await world.actor("data_manager", now: ProtocolAmendmentTests.later)
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      #expect(
        run.findings.filter { $0.kind == .query }.map { "\($0.form).\($0.field) \($0.sentence)" }
          == ["PREF.would_decline The check it asks by is changed."])
    }
  }
}

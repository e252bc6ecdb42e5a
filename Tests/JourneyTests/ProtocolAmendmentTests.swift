import Conduct
import Store
import StudyModel
import Testing

/// Amendments of the protocol: versions in force site by site, over data that keep theirs.
@Suite(.serialized) struct ProtocolAmendmentTests {
  static let later = ReferenceTrial.start.advanced(bySeconds: 20 * 86_400)
  private static let wider = (
    of: "code: A1, title: Assessment 1, day: 8, window: [6, 10]",
    to: "code: A1, title: Assessment 1, day: 8, window: [5, 12]"
  )
  private static let employment = (
    of: """
              - { id: employ, label: Employment, type: code, codes: { FT: Full time, PT: Part time, "NE": Not employed, ST: Student, RT: Retired, DIS: Disabled } }

    """, to: "          - { id: region, label: Region, type: text, max: 40, required: true }\n"
  )
  static let consentAgain = [
    (
      of: "+44 20 7946 0101\", consent_versions: { \"1.0\": 2026-01-01 }",
      to: "+44 20 7946 0101\", consent_versions: { \"1.0\": 2026-01-01, \"2.0\": 2026-06-01 }"
    ),
    (
      of: "codes: { \"1.0\": \"Version 1.0\" }, required: true }",
      to: "codes: { \"1.0\": \"Version 1.0\", \"2.0\": \"Version 2.0\" }, required: true }"
    ),
    (
      of: "    title: Consent\n    class: open\n",
      to: "    title: Consent\n    repeating: true\n    class: open\n"
    ),
  ]

  private static func window(
    _ walk: Walk, _ visit: String, at now: UTCInstant
  ) async throws -> ClosedRange<Int>? {
    let book = try await walk.world.installation.at(now).casebook(
      of: walk.key, as: try await walk.world.actor("coordinator", at: walk.way.site, now: now))
    return try #require(book.definition).visit(try VisitCode(parsing: visit))?.window
  }

  @Test
  func `AS-25: a new window at one site leaves scheduled visits and other sites as they were`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let scheduled = try await Walk.ready(world)
      _ = try await scheduled.randomize()
      let amendment = StudyAmendment(world: world, now: Self.later)
      try await amendment.bring(try StudyAmendment.source("2.0", [Self.wider]))
      let after = Self.later.advanced(bySeconds: 3600)
      let fresh = try await Walk.ready(
        world, Way(initials: "CD", birthYear: 1980, consentedAt: after))
      _ = try await fresh.randomize()
      let elsewhere = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "EF", birthYear: 1981, consentedAt: after)
      )
      _ = try await elsewhere.randomize()
      let now = fresh.instant(10)
      #expect(try await Self.window(scheduled, "A1", at: now) == 6...10)
      #expect(try await Self.window(fresh, "A1", at: now) == 5...12)
      #expect(try await Self.window(elsewhere, "A1", at: now) == 6...10)
      // The check of the date goes by the same window: day 11 is in time for one and late for the others.
      for (walk, isLate) in [(scheduled, true), (fresh, false), (elsewhere, true)] {
        let at = walk.pressed.advanced(bySeconds: 11 * 86_400)
        let saved = try await world.installation.at(at).saveEntry(
          walk.key, FormID(parsing: "CSSRSS"), VisitCode(parsing: "A1"),
          EntrySubmission(
            answers: try Walk.answers([
              "version": "slc", "q1": "N", "q2": "N", "q6": "N", "done": "Y",
              "vdate": try Walk.date(at, walk.way.site),
            ]), expectedVersion: 0, isFinal: true),
          as: try await world.actor("coordinator", at: walk.way.site, now: at))
        #expect(saved.remarks.contains { $0.code == "EC-GEN-04" } == isLate, "\(walk.key)")
      }
    }
  }

  @Test func `an entry is read, checked and changed under the version it was entered under`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let old = try await Walk.ready(world)
      let amendment = StudyAmendment(world: world, now: Self.later)
      try await amendment.bring(try StudyAmendment.source("2.0", [Self.employment]))
      let now = Self.later.advanced(bySeconds: 7200)
      let (form, visit) = try (FormID(parsing: "DM"), VisitCode(parsing: "SCR"))
      let coordinator = try await world.actor("coordinator", at: old.way.site, now: now)
      let office = world.installation.at(now)
      let file = try await office.entryFile(old.key, form, visit, as: coordinator)
      #expect(file.definition.version == "1.0")
      #expect(file.entry.form.fields.contains { $0.id.text == "employ" })
      let employ = try FieldID(parsing: "employ")
      #expect(file.entry.answers[employ] == .value("FT"))
      // Changed as it was asked then: nobody asks for the region, and the employment has its codes.
      let changed = [
        "birth_year": "1974", "sex": "F", "edu_years": "14", "employ": "PT", "childbearing": "true",
      ]
      try await old.save(
        "DM", "SCR", changed, expected: 1, reason: "works part time", at: old.instant(1))
      let stored =
        "select definition from open.entries where form = 'DM' and participant = '\(old.key)'"
      #expect(try world.direct().text(stored) == "1.0")
      #expect(
        try world.direct().refusal(
          of: "update open.entries set definition = '2.0' where form = 'DM'") == "EQ409")
      // Who consents now is asked what is in force now.
      let key = try await Self.consent(world, at: now)
      let fresh = Walk(
        world: world, way: Way(initials: "GH", birthYear: 1990, consentedAt: now), key: key)
      let asked = [
        "birth_year": "1990", "sex": "M", "edu_years": "12",
      ]
      let lacking = await refusal { try await fresh.save("DM", "SCR", asked, at: now) }
      #expect(fields(of: lacking) == ["region"])
      let unknown = await refusal {
        try await fresh.save(
          "DM", "SCR", asked.merging(["region": "North", "employ": "FT"]) { old, _ in old }, at: now
        )
      }
      #expect(fields(of: unknown) == [""])
      try await fresh.save(
        "DM", "SCR", asked.merging(["region": "North"]) { old, _ in old }, at: now)
      #expect(
        try world.direct().text(
          "select definition from open.entries where form = 'DM' and participant = '\(key)'")
          == "2.0")
    }
  }

  private static func consent(
    _ world: ReferenceTrial, version: String = "1.0", at now: UTCInstant
  ) async throws -> ParticipantKey {
    let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
    return try await world.installation.at(now).consent(
      ConsentRequest(
        initials: "GH", birthYear: 1990, sex: "M",
        consent: try Walk.answers([
          "icf_ver": version, "icf_dt": now.description, "icf_copy": "true",
          "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
          "opt_remote": "true", "vdate": try Walk.date(now, ReferenceTrial.london), "done": "Y",
        ])), as: coordinator)
  }

  @Test
  func `a form dated before the version came into force is filled in as it was on that day`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let consented = ReferenceTrial.start.advanced(bySeconds: 3600)
      let key = try await Self.consent(world, at: consented)
      let amendment = StudyAmendment(world: world, now: Self.later)
      try await amendment.bring(try StudyAmendment.source("2.0", [Self.employment]))
      let now = Self.later.advanced(bySeconds: 7200)
      let day = try CalendarDate(parsing: try Walk.date(consented, ReferenceTrial.london))
      var submission = EntrySubmission(
        answers: try Walk.answers([
          "birth_year": "1990", "sex": "M", "edu_years": "12", "employ": "FT", "done": "Y",
          "vdate": day.description,
        ]), expectedVersion: 0, isFinal: true)
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
      let office = world.installation.at(now)
      let (form, visit) = try (FormID(parsing: "DM"), VisitCode(parsing: "SCR"))
      let refused = await refusal {
        try await office.saveEntry(key, form, visit, submission, as: coordinator)
      }
      guard case .invalid(let faults)? = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      #expect(faults.map(\.code) == ["other_version"] && faults[0].sentence.contains("version 1.0"))
      submission.formOf = day
      let file = try await office.entryFile(key, form, visit, on: day, as: coordinator)
      #expect(file.definition.version == "1.0")
      _ = try await office.saveEntry(key, form, visit, submission, as: coordinator)
      #expect(
        try world.direct().text("select definition from open.entries where form = 'DM'") == "1.0")
    }
  }

  @Test
  func `an amendment is approved by a second person after a dry run of every class it touches`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let amendment = StudyAmendment(world: world, now: Self.later)
      let version = try await amendment.draft(try StudyAmendment.source("2.0", [Self.employment]))
      let manager = try await amendment.manager()
      let early = await refusal {
        try await amendment.office.approveAmendment(version, as: manager)
      }
      #expect(early?.code == "dry_run_missing")
      #expect(
        await refusal { try await amendment.putInForce(version, at: ReferenceTrial.london) }?.code
          == "not_in_force")
      _ = try await amendment.office.dryRunAmendment(version, as: manager)
      // The database knows the second person too.
      let direct = try world.direct("eq_custodian", actor: try await amendment.builder().user)
      #expect(
        direct.refusal(of: "select open.approve_version('2.0', array['open'])") == "23514")
      #expect(
        await refusal {
          try await amendment.office.draftAmendment(
            AmendmentDraft(
              source: try StudyAmendment.source("2.1"), summary: "another", asksReconsent: false),
            as: try await amendment.builder())
        }?.code == "draft_exists")
      try await amendment.office.approveAmendment(version, as: manager)
      #expect(
        await refusal { try await amendment.office.approveAmendment(version, as: manager) }?.code
          == "not_from_this_state")
      try await amendment.putInForce(version, at: ReferenceTrial.london)
      #expect(
        await refusal { try await amendment.putInForce(version, at: ReferenceTrial.london) }?.code
          == "not_in_force")
      // Neither by a role without the right, nor the day before the committee's.
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london)
      #expect(
        await refusal { try await amendment.office.amendments(as: coordinator) } == .notFound)
      let today = try CalendarDate(parsing: try Walk.date(Self.later, ReferenceTrial.berlin))
      let coming = ComingIntoForce(
        version: version, site: try SiteKey(parsing: ReferenceTrial.berlin),
        from: today.advanced(by: -1), ethicsApprovedOn: today, ethicsReference: "EK 12")
      let tooEarly = await refusal {
        try await amendment.office.putInForce(coming, as: try await amendment.lead())
      }
      #expect(fields(of: tooEarly) == ["from"])
    }
  }

  @Test(arguments: [
    (
      "field edu_years of DM",
      "id: edu_years, label: Years of education, type: integer, range: [0, 30], unit: years",
      "id: edu_years, label: Years of education, type: integer, range: [0, 30], unit: months"
    ),
    (
      "arms", "{ code: KET, title: Ketamine alone, ratio: 1 }",
      "{ code: KET, title: Ketamine only, ratio: 1 }"
    ),
    (
      "roles", "purpose: Stock, dispensing and accountability.",
      "purpose: Stock and accountability."
    ),
    ("form MADRS", "  - id: MADRS\n    title: ", "  - id: MADRS\n    title: New "),
    (
      "visit A1", "code: A1, title: Assessment 1,",
      "code: A1, title: Assessment 1, class: treatment,"
    ),
  ])
  func `what no amendment may change is refused by name, and nothing is loaded`(
    part: String, before: String, after: String
  ) async throws {
    try await ReferenceTrial.run { world in
      let amendment = StudyAmendment(world: world, now: Self.later)
      let source = try StudyAmendment.source("2.0", [(of: before, to: after)])
      let found = await refusal { try await amendment.draft(source) }
      guard case .invalid(let faults)? = found else {
        Issue.record("\(String(describing: found))")
        return
      }
      #expect(
        faults.contains { $0.sentence.hasPrefix(part) || $0.code == "bad_definition" }, "\(faults)")
      #expect(try world.direct().text("select count(*)::text from sealed.definitions") == "1")
    }
  }

  @Test func `the dry run names every participant, value, query and derived field in reach`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let randomized = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "EF", birthYear: 1981))
      _ = try await randomized.randomize()
      let manager = try await world.actor("data_manager", now: Self.later)
      _ = try await world.installation.at(Self.later).openQuery(
        walk.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "employ",
        text: "is that right?", isBlocking: false, as: manager)
      let amendment = StudyAmendment(world: world, now: Self.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            Self.employment, Self.wider,
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
      let manager = try await world.actor("data_manager", now: Self.later)
      _ = try await world.installation.at(Self.later).openQuery(
        whole.key, FormID(parsing: "DM"), VisitCode(parsing: "SCR"), field: "edu_years",
        text: "is that right?", isBlocking: false, as: manager)
      let amendment = StudyAmendment(world: world, now: Self.later)
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
      let manager = try await world.actor("data_manager", now: Self.later)
      let amendment = StudyAmendment(world: world, now: Self.later)
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
      let amendment = StudyAmendment(world: world, now: Self.later)
      let version = try await amendment.draft(
        try StudyAmendment.source(
          "2.0",
          [
            (
              of: "I11 = 'Y' and PREF.would_decline@BL != 'NONE'",
              to: "I11 = 'Y' and not definitely(PREF.would_decline@BL = 'NONE')"
            )
          ]))
      let manager = try await world.actor("data_manager", now: Self.later)
      let run = try await amendment.office.dryRunAmendment(version, as: manager)
      #expect(
        run.findings.filter { $0.kind == .query }.map { "\($0.form).\($0.field) \($0.sentence)" }
          == ["PREF.would_decline The check it asks by is changed."])
    }
  }

  @Test
  func
    `REQ-117: consent is asked for again at the site, and RND-02 wants the version in force there`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let london = try await Walk.ready(world)
      let berlin = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "EF", birthYear: 1981))
      let amendment = StudyAmendment(world: world, now: london.instant(9, 30))
      let plain = await refusal {
        try await amendment.draft(try StudyAmendment.source("2.0"), asksReconsent: true)
      }
      #expect(fields(of: plain) == ["reconsent", "reconsent"])
      let asked = try await amendment.bring(
        try StudyAmendment.source("2.0", Self.consentAgain), asksReconsent: true)
      #expect(asked == 1)
      let now = london.instant(9, 120)
      let coordinator = try await world.actor("coordinator", at: ReferenceTrial.london, now: now)
      let office = world.installation.at(now)
      let open = try await office.reconsentTasks(as: coordinator)
      #expect(open.map(\.participant) == [london.key.text] && open.map(\.consentVersion) == ["2.0"])
      let readiness = try await office.readiness(of: london.key, as: coordinator)
      #expect(readiness.filter { !$0.isMet }.map(\.code) == ["RND-02"])
      let refused = await refusal { try await london.randomize(requestKey: "consent-of-before-1") }
      guard case .notReady(let outcomes)? = refused else {
        Issue.record("\(String(describing: refused))")
        return
      }
      #expect(outcomes.filter { !$0.isMet }.map(\.code) == ["RND-02"])
      // The other site goes on under its own version.
      _ = try await berlin.randomize()
      // The consent given before stays as it was signed; the new one stands beside it.
      let (form, visit) = try (FormID(parsing: "ICF"), VisitCode(parsing: "SCR"))
      let saved = try await office.saveEntry(
        london.key, form, visit, number: 0,
        EntrySubmission(
          answers: try Walk.answers([
            "icf_ver": "2.0", "icf_dt": now.description, "icf_copy": "true",
            "who_explained": coordinator.username, "opt_recording": "true", "opt_future": "true",
            "opt_remote": "true", "vdate": try Walk.date(now, ReferenceTrial.london), "done": "Y",
            "reconsent_of": "1.0",
          ]), expectedVersion: 0, isFinal: true), as: coordinator)
      #expect(saved.number == 2)
      let unsigned = try await office.reconsentTasks(as: coordinator)
      #expect(unsigned.allSatisfy { $0.doneAt == nil })
      let signing = now.advanced(bySeconds: 60)
      _ = try await world.installation.at(signing).signEntry(
        london.key, form, visit, number: 2, version: 1,
        as: try await world.actor("investigator", at: ReferenceTrial.london, now: signing))
      let done = try await office.reconsentTasks(as: coordinator)
      #expect(done.count == 1 && done[0].doneAt == signing)
      _ = try await london.randomize(at: signing.advanced(bySeconds: 60))
    }
  }
}

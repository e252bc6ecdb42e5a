import Conduct
import Store
import StudyModel
import Testing

/// Amendments of the protocol: versions in force site by site, over data that keep theirs.
@Suite(.serialized) struct ProtocolAmendmentTests {
  static let later = ReferenceTrial.start.advanced(bySeconds: 20 * 86_400)
  static let wider = (
    of: "code: A1, title: Assessment 1, day: 8, window: [6, 10]",
    to: "code: A1, title: Assessment 1, day: 8, window: [5, 12]"
  )
  static let employment = (
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

  @Test
  func `AS-25: a window recorded later, for the day of randomization or before, moves no visit`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let scheduled = try await Walk.ready(world)
      let receipt = try await scheduled.randomize()
      let now = try UTCInstant(parsing: receipt.randomizedAt).advanced(bySeconds: 600)
      let amendment = StudyAmendment(world: world, now: now)
      try await amendment.bring(try StudyAmendment.source("2.0", [Self.wider]))
      let later = scheduled.pressed.advanced(bySeconds: 11 * 86_400)
      #expect(try await Self.window(scheduled, "A1", at: later) == 6...10)
      // The round that finds missed visits goes by the same window.
      _ = try await world.installation.at(later).goSafetyRound(
        of: try #require(try await world.installation.trials().first))
      #expect(
        try world.direct().text(
          """
          select string_agg(visit, ',')
            from (select visit from open.alerts union all select visit from outcome.alerts) a
          """) == "A1")
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

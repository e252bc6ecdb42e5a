import CheckSamples
import Postgres
import Simulation
import StudyModel
import Testing

@testable import Conduct
@testable import Store

/// The edit checks of the definition as the daemon makes them: other entries and facts stand in the
/// database, and what is found is what somebody who saves would be told.
@Suite(.serialized) struct CheckTests {
  @Test func `every edit check acts on stored entries and facts, and leaves alone what keeps it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      for sample in EditCheckCase.all {
        let broken = try await room.findings(sample, sample.breaks)
        #expect(broken.contains(sample.found), "\(sample) broken: \(broken)")
        let kept = try await room.findings(sample, sample.keeps)
        #expect(!kept.contains(sample.found), "\(sample) kept: \(kept)")
      }
      #expect(EditCheckCase.all.count >= 129)
    }
  }

  @Test func `EC-MAD-01 tells the rater, and EC-MAD-03 asks the data manager`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let (rater, task) = try await walk.book("A2", at: walk.instant(24))
      var values: [String: String] = ["mode": "VIDEO", "start": "\(walk.instant(24))"]
      values["end"] = "\(walk.instant(24, 300))"
      for item in 1...10 { values[item < 10 ? "m0\(item)" : "m10"] = "0" }
      let saved = try await world.installation.at(walk.instant(24, 400)).saveRating(
        task.token, FormID(parsing: "MADRS"),
        EntrySubmission(
          answers: try Walk.answers(values), expectedVersion: 0, isFinal: true), as: rater)
      #expect(saved.remarks.compactMap(\.code) == ["EC-MAD-01"])
      let manager = try await world.actor("data_manager", now: walk.instant(24, 500))
      let office = world.installation.at(walk.instant(24, 500))
      let asked = try await office.openQueries(as: manager).filter { $0.form == "MADRS" }
      #expect(asked.map(\.rule) == ["EC-MAD-03"])
      // Corrected, it is asked no more.
      values["end"] = "\(walk.instant(24, 1500))"
      _ = try await world.installation.at(walk.instant(24, 1600)).saveRating(
        task.token, FormID(parsing: "MADRS"),
        EntrySubmission(
          answers: try Walk.answers(values), expectedVersion: 1, isFinal: true,
          reason: "wrong time"), as: rater)
      #expect(try await office.openQueries(as: manager).filter { $0.form == "MADRS" }.isEmpty)
      // Nobody blinded at the site learns that there was a query on a rating.
      #expect(
        try world.direct("eq_open", role: "coordinator")
          .refusal(of: "select count(*) from outcome.data_queries") == "42501")
    }
  }

  @Test func `EC-QID-02: a questionnaire answered in less than 40 seconds is asked about`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      for (visit, seconds, rules) in [("A1", 39, ["EC-QID-02"]), ("A2", 40, [])] {
        let day: Int64 = visit == "A1" ? 17 : 24
        let link = try await walk.issue(visit, at: walk.instant(day))
        let seen = world.installation.at(walk.instant(day, 60))
        try await seen.openQuestionnaire(seen.questionnaire(link: link), link: link)
        // Opened again, the first time counts.
        let again = world.installation.at(walk.instant(day, 70))
        try await again.openQuestionnaire(again.questionnaire(link: link), link: link)
        try await walk.hand(in: link, at: walk.instant(day, 60 + Int64(seconds)))
        let manager = try await world.actor("data_manager", now: walk.instant(day, 200))
        let asked = try await world.installation.openQueries(as: manager)
          .filter { $0.form == "QIDSSR16" && $0.visit == visit }
        #expect(asked.map(\.rule) == rules)
      }
    }
  }

  @Test func `a questionnaire sent asks for a reminder after 24 and 48 hours, and lapses after 72`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let link = try await walk.issue("A1", at: walk.instant(16))
      func standing(_ seconds: Int64) async throws -> [QuestionnaireStanding] {
        let now = walk.instant(16, seconds)
        return try await world.installation.at(now).waitingQuestionnaires(
          as: try await world.actor("coordinator", at: walk.way.site, now: now)
        ).map(\.standing)
      }
      #expect(try await standing(24 * 3600 - 1) == [.sent])
      #expect(try await standing(24 * 3600) == [.reminderDue(afterHours: 24)])
      #expect(try await standing(48 * 3600) == [.reminderDue(afterHours: 48)])
      #expect(try await standing(72 * 3600 - 1) == [.reminderDue(afterHours: 48)])
      #expect(try await standing(72 * 3600) == [.lapsed])
      try await walk.hand(in: link, at: walk.instant(16, 3600))
      #expect(try await standing(7200).isEmpty)
      let investigator = try await world.actor("investigator", at: walk.way.site)
      #expect(
        await refusal { _ = try await world.installation.waitingQuestionnaires(as: investigator) }
          == .notFound)
    }
  }

  @Test func `a questionnaire is sent within the window of its visit, and lapses with it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      // Day 0 is the ninth of the walk; the window of A1 is days 6 to 10, that of A2 begins on day 13.
      let early = await refusal { _ = try await walk.issue("A1", at: walk.instant(14)) }
      #expect(early?.code == "window_ahead")
      let link = try await walk.issue("A1", at: walk.instant(19))
      let expires = try world.direct().text(
        """
        select to_char(expires_at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI:SS')
          from outcome.questionnaire_links where visit = 'A1' and used_at is null
        """)
      let last = try Walk.date(walk.instant(20), walk.way.site)
      #expect(expires == "\(last) 00:00:00")
      #expect(await refusal { try await walk.hand(in: link, at: walk.instant(20)) } == .closed)
      // Late until the next visit at which the same is asked; then it is that visit's.
      _ = try await walk.issue("A1", at: walk.instant(21))
      let past = await refusal { _ = try await walk.issue("A1", at: walk.instant(22)) }
      #expect(past?.code == "window_past")
      _ = try await walk.issue("A2", at: walk.instant(22))
      // What has no window is sent whenever it is needed.
      _ = try await walk.issue("UNS", at: walk.instant(22))
    }
  }

  @Test func `a blinded writer's check reads nothing of treatment, and the login enforces it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let one = try #require(room.byArm["KET"])
      try room.clear()
      try room.enter("KDOSE", "K1", ["vdate": "2027-01-16", "given_mg": "35"], of: one.key)
      let office = world.installation.at(room.now)
      let form = try #require(world.definition.form(FormID(parsing: "AE")))
      let participant = try #require(
        try await office.asSystem(world.trial) { try $0.participant(one.key, in: world.trial.id) })
      let reference = FieldReference(
        form: try FormID(parsing: "KDOSE"), field: try FieldID(parsing: "given_mg"),
        occasion: .all)
      func value(_ role: String) async throws -> FormulaValue? {
        try await office.surroundings(
          of: CheckPlace(
            participant: participant, form: form, visit: try VisitCode(parsing: "UNS"), number: 0),
          [:], trial: world.trial, world.definition,
          writer: try await world.actor(role, at: one.way.site, now: room.now)
        ).elsewhere[reference]
      }
      #expect(try await value("treat_coordinator") == .choices(["35"]))
      #expect(try await value("coordinator") == .missing)
      for table in ["treatment.entries", "identity.people", "allocation.acknowledgements"] {
        #expect(
          try world.direct("eq_allocator").refusal(of: "select count(*) from \(table)") == "42501")
      }
    }
  }

  @Test
  func `EC-GEN-07: visits out of the order of the protocol open a query where both are known`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let vitals = ["sbp": "120", "dbp": "80", "hr": "70"]
      try await walk.save("VS", "F6", vitals, at: walk.instant(40))
      try await walk.save("VS", "EOT", vitals, at: walk.instant(41))
      let manager = try await world.actor("data_manager", now: walk.instant(42))
      let asked = try await world.installation.openQueries(as: manager).filter { $0.form == "VS" }
      #expect(asked.map { "\($0.visit) \($0.rule)" }.contains("EOT EC-GEN-07"))
      #expect(!asked.map { "\($0.visit) \($0.rule)" }.contains("F6 EC-GEN-07"))
    }
  }

  @Test func `a session of treatment outside its window makes no finding that blinded people read`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let room = try await CheckRoom(world)
      let one = try #require(room.byArm["ECT"])
      try room.clear()
      let late = room.now.advanced(bySeconds: 20 * 86_400)
      _ = try await world.installation.at(late).saveEntry(
        one.key, FormID(parsing: "ECTREC"), VisitCode(parsing: "E1"),
        EntrySubmission(
          answers: try Walk.answers([
            "vdate": try Walk.date(late, "101"), "done": "Y", "orient_min": "10",
            "not_by_60": "false", "agitation": "N", "headache": "N", "myalgia": "N",
            "nausea": "N", "dental": "false", "escort": "true", "discharged_at": "\(late)",
          ]), expectedVersion: 0, isFinal: true), as: try await room.anybody("ect_clinician"))
      #expect(
        try world.direct().text(
          "select count(*)::text from open.deviations where participant = '\(one.key.text)'") == "0"
      )
    }
  }

  @Test func `a serious event has its number over all sites, given once`() async throws {
    try await ReferenceTrial.run { world in
      let london = try await Walk.ready(world)
      let berlin = try await Walk.ready(
        world, Way(site: ReferenceTrial.berlin, initials: "CD", birthYear: 1980))
      let sae = [
        "aware_at": "\(london.instant(20))", "criteria": "HOSP", "narrative": "A fall.",
        "onset": "2027-01-20",
      ]
      func report(_ walk: Walk, number: Int, expected: Int, final: Bool = true) async throws -> Int
      {
        let now = walk.instant(21)
        let form = try #require(world.definition.form(FormID(parsing: "SAE")))
        let plain = PlainAnswers(
          on: try CalendarDate(parsing: "2027-01-21"), at: now, by: "nobody")
        let given = try Walk.answers(sae).filter { form.field($0.key) != nil }
        return try await world.installation.at(now.advanced(bySeconds: Int64(expected))).saveEntry(
          walk.key, form.id, VisitCode(parsing: "UNS"), number: number,
          EntrySubmission(
            answers: plain.answers(to: form, with: given), expectedVersion: expected,
            isFinal: final, reason: "more is known"),
          as: try await world.actor("treat_coordinator", at: walk.way.site, now: now)
        ).number
      }
      #expect(try await report(london, number: 0, expected: 0) == 1)
      #expect(try await report(berlin, number: 0, expected: 0, final: false) == 1)
      #expect(try await report(london, number: 0, expected: 0) == 2)
      #expect(try await report(berlin, number: 1, expected: 1) == 1)
      let numbers = try world.direct().lines(
        """
        select participant || '#' || repeat || ' ' || coalesce(answers ->> 'sae_no', '') from treatment.entries
         where form = 'SAE' order by 1
        """)
      #expect(
        numbers == [
          "\(london.key.text)#1 SAE-0001", "\(london.key.text)#2 SAE-0002",
          "\(berlin.key.text)#1 SAE-0003",
        ])
    }
  }
}

extension EditCheckCase {
  /// What is found when it is broken: the code, and whether the save is refused.
  var found: String { "\(code)\(kind == .hard ? " refused" : "")" }
}

/// Participants of every arm in a trial whose other entries a test sets as it needs them.
struct CheckRoom {
  let world: ReferenceTrial
  let byArm: [String: Walk]
  let now: UTCInstant

  /// Somebody who holds the role of a therapist at the site.
  static let therapist = "thea-lund"

  private let direct: DirectSession

  /// - Parameter arms: how many arms there must be somebody in.
  init(_ world: ReferenceTrial, arms: Int = 3) async throws {
    self.world = world
    var found: [String: Walk] = [:]
    var number: UInt8 = 0
    // Blocks have 6 or 9 places, so that nine in one stratum have every arm.
    while found.count < arms, number < 9 {
      let letters = "E" + String(UnicodeScalar(65 + number))
      let walk = try await Walk.ready(world, Way(initials: letters))
      _ = try await walk.randomize()
      let arm = try await walk.acknowledge(at: walk.pressed.advanced(bySeconds: 60)).arm.code.text
      found[arm] = found[arm] ?? walk
      number += 1
    }
    byArm = found
    let site = try SiteKey(parsing: ReferenceTrial.london)
    let account = try await world.installation.createAccount(
      username: Self.therapist, fullName: "Thea Lund", password: ReferenceTrial.password,
      cost: Passwords.simulationCost)
    try await world.installation.grant(
      RoleID(parsing: "therapist"), site: site, in: world.trial, to: account.user)
    // And of a nurse, who may witness what is booked.
    try await world.installation.grant(
      RoleID(parsing: "ketamine_nurse"), site: site, in: world.trial, to: account.user)
    now = ReferenceTrial.start.advanced(bySeconds: 30 * 86_400)
    direct = try world.direct()
    try direct.run("set session_replication_role = replica")
  }

  /// Takes every entry away.
  func clear() throws {
    for schema in ["open", "outcome", "treatment"] {
      try direct.run("delete from \(schema).entries; delete from \(schema).entry_versions")
    }
  }

  /// Puts an entry into the database as if it had been handed in.
  func enter(
    _ form: String, _ visit: String, _ answers: [String: String], number: Int = 1,
    of key: ParticipantKey
  ) throws {
    let form = try #require(world.definition.form(FormID(parsing: form)), "\(form)")
    let json = try AnswerText.json(Walk.answers(answers))
    try direct.run(
      """
      insert into \(form.dataClass.rawValue).entries (trial_id, participant, site_key, form, visit, repeat,
        version, status, answers, definition, author, entered_at, submitted_at)
      values (\(world.trial.id), '\(form.subject == .site ? "101" : key.text)', '101', '\(form.id.text)', '\(visit)', \(number), 1, 'submitted',
        '\(json)', '1.0', 1, now(), now())
      on conflict (trial_id, participant, form, visit, repeat) do update
        set answers = entries.answers || excluded.answers
      """)
  }

  /// What somebody who saves the answers of a sample is told: codes, and that the save is refused.
  func findings(_ sample: EditCheckCase, _ further: [String: String]) async throws -> Set<String> {
    let values = sample.common.merging(further) { $1 }
    let form = try #require(world.definition.form(FormID(parsing: sample.form)))
    let walk = try #require(byArm[arm(of: form, sample, values)])
    let visit = try place(of: form, values)
    try clear()
    let given = try set(values, form, visit, of: walk)
    let now = now
    let office = world.installation.at(now)
    let submission = EntrySubmission(
      answers: try Walk.answers(given), expectedVersion: 0, isFinal: false)
    do {
      let remarks: [Fault]
      if isRemote(form) {
        let checked = try await office.checkRemotely(
          submission, form,
          at: CollectionPlace(
            participant: walk.key, visit: visit,
            openedAt: values["FACT.seconds_open"].flatMap(Int64.init).map {
              now.advanced(bySeconds: -$0)
            }), trial: world.trial, world.definition)
        remarks = checked.checked.faults.map(Fault.init)
      } else {
        remarks = try await office.saveEntry(
          form.subject == .site ? .site(SiteKey(parsing: "101")) : walk.key.subject, form.id, visit,
          number: form.isRepeating ? 0 : 1, submission,
          as: try await writer(of: form, walk)
        ).remarks
      }
      return Set(remarks.compactMap(\.code))
    } catch ActRefusal.invalid(let faults) {
      return Set(faults.compactMap(\.code).map { "\($0) refused" })
    }
  }

  private func isRemote(_ form: Form) -> Bool {
    form.enteredBy.allSatisfy { ["rater", "participant"].contains($0.text) }
  }

  private func writer(of form: Form, _ walk: Walk) async throws -> Actor {
    let roles = form.enteredBy.map(\.text).filter { !["rater", "participant"].contains($0) }
    return try await anybody(try #require(roles.first))
  }

  /// Somebody in a role at the site of London, or of the whole study.
  func anybody(_ role: String) async throws -> Actor {
    let role = try #require(world.definition.role(RoleID(parsing: role)))
    let person = try #require(
      world.staff.person("treat_coordinator", at: SiteKey(parsing: ReferenceTrial.london)))
    return try #require(
      try await world.installation.actor(
        user: person.user, username: person.username, fullName: person.fullName, role: role.id,
        site: role.scope == .site ? ReferenceTrial.london : "*", trial: world.trial,
        authenticatedAt: now))
  }

  /// The account every writer of a sample acts with.
  private var writerName: String {
    get throws {
      try #require(
        world.staff.person("treat_coordinator", at: SiteKey(parsing: ReferenceTrial.london))
      ).username
    }
  }

  private func arm(
    of form: Form, _ sample: EditCheckCase, _ values: [String: String]
  ) -> String {
    values["FACT.arm"] ?? form.arms.first?.text ?? "KET"
  }

  // The last visit of a form has others before it.
  private func place(of form: Form, _ values: [String: String]) throws -> VisitCode {
    if let named = values["FACT.visit"] { return try VisitCode(parsing: named) }
    if form.subject == .site { return .site }
    if let last = form.visits.last { return last }
    return try VisitCode(parsing: "UNS")
  }

  /// Puts what a sample knows from elsewhere where it would stand; gives what is typed.
  private func set(
    _ values: [String: String], _ form: Form, _ visit: VisitCode, of walk: Walk
  ) throws -> [String: String] {
    var typed: [String: String] = [:]
    try date(
      walk,
      """
      consented_at = '2027-01-04T09:00:00Z', randomized_at = '2027-01-13T10:00:00Z',
      randomized_site = site_key, day0 = '2027-01-13'
      """)
    if form.field(try FieldID(parsing: "kit")) != nil, form.id.text != "ACCT" {
      let isThere = values["FACT.kit_in_stock"] != "false"
      for kit in isThere ? ["K-1", "K-2", "K-3"] : ["K-9"] {
        try enter(
          "ACCT", "SITE", ["kit": kit, "received": "2027-01-01"],
          number: Int(kit.suffix(1)) ?? 1, of: walk.key)
      }
    }
    for (name, text) in values where !(form.id.text == "ACCT" && name == "witness") {
      guard name.contains(".") || name.contains("@") else {
        typed[name] = text
        continue
      }
      try set(name, text, form, visit, of: walk, typed: &typed)
    }
    if let witness = values["witness"], let writer = values["FACT.writer"] {
      typed["witness"] = witness == writer ? try writerName : Self.therapist
    }
    return typed
  }

  private func set(
    _ name: String, _ text: String, _ form: Form, _ visit: VisitCode, of walk: Walk,
    typed: inout [String: String]
  ) throws {
    guard case .reference(let reference) = try Formula(parsing: name) else { return }
    if reference.form?.text == StudyFact.formName {
      return try set(
        try #require(StudyFact(rawValue: reference.field.text)), text, form, of: walk,
        typed: &typed)
    }
    // The vault holds the year of 1974 since consent.
    if reference.form?.text == "IDENT" { return }
    let source = reference.form?.text ?? form.id.text
    let visits = try #require(world.definition.form(FormID(parsing: source))).visits
    let field = reference.field.text
    switch reference.occasion {
    case nil:
      try enter(source, (reference.visit ?? visit).text, [field: text], of: walk.key)
    case .previous:
      try enter(source, try #require(visits.first).text, [field: text], of: walk.key)
    case .here:
      for (index, one) in text.split(separator: ",").enumerated() {
        try enter(source, visit.text, [field: String(one)], number: index + 1, of: walk.key)
      }
    case .all:
      for (index, one) in text.split(separator: ",").enumerated() {
        try enter(
          source, index < visits.count ? visits[index].text : "UNS", [field: String(one)],
          of: walk.key)
      }
    }
  }

  /// Changes what is dated of a participant, which nothing but a hand in the database does later.
  private func date(_ walk: Walk, _ change: String) throws {
    try direct.run("alter table open.participants disable trigger participants_dated")
    try direct.run("update open.participants set \(change) where participant = '\(walk.key.text)'")
    try direct.run("alter table open.participants enable trigger participants_dated")
  }

  private func set(
    _ fact: StudyFact, _ text: String, _ form: Form, of walk: Walk, typed: inout [String: String]
  ) throws {
    switch fact {
    case .day0, .consentedOn:
      let change =
        fact == .day0
        ? "randomized_at = '\(text)T10:00:00Z', day0 = '\(text)'"
        : "consented_at = '\(text)T10:00:00Z'"
      try date(walk, change)
    case .therapistCertified:
      typed[form.id.text == "ACCT" ? "witness" : "ther1"] =
        text == "true" ? Self.therapist : "nobody"
    case .kitUsed:
      guard text == "true" else { break }
      let other = try #require(byArm.values.first { $0.key != walk.key })
      try enter(form.id.text, form.visits[0].text, ["kit": "k-1 "], of: other.key)
    case .consentVersions:
      // Approved at the site from 2026 on.
      let date = text.contains("1.0") ? "2027-01-04" : "2025-12-31"
      typed["vdate"] = date
      typed["icf_dt"] = "\(date)T10:00:00Z"
    // Handed in when the sample is checked.
    case .enteredAt: break
    case .arm, .visit, .kitInStock, .secondsOpen, .writer: break
    case .randomizedAt, .randomizationNumber, .consentHolds, .isDuplicate, .state, .diedOn, .today,
      .serial,
      .hasExcludingDeviation, .enrolmentClosed, .expected, .acknowledged, .ethicsApprovedOn,
      .contractSigned, .staffComplete, .capacityConfirmed, .releaseApproved,
      .randomizationInForce, .followUpEnded:
      Issue.record("\(fact) is asked for by a check")
    }
  }
}

import Conduct
import Store
import StudyModel
import Testing

@testable import Simulation

/// Personal data in the words of an act: asked for by its row of the audit trail, gone from wherever they stand.
@Suite(.serialized) struct RemovedWordsTests {
  private static let gone = "[personal data removed]"

  /// Asks for the row of the newest act of that name, as one person, and confirms as another.
  private static func remove(
    _ action: String, in dataClass: DataClass, _ world: ReferenceTrial, at now: UTCInstant,
    asked asker: Actor, confirmed confirmer: Actor
  ) async throws {
    let office = world.installation.at(now)
    let trail = try await office.auditTrail(of: dataClass, AuditFilter(), as: asker)
    let row = try #require(trail.rows.first { $0.row.action == action })
    #expect(row.hasWords)
    let number = try await office.askRemoval(
      ofActIn: Int(row.row.number), in: dataClass, reason: "The name of a person.", as: asker)
    #expect(
      await refusal { try await office.confirmRemoval(number, in: dataClass, as: asker) } != nil)
    #expect(
      await refusal {
        _ = try await office.askRemoval(
          ofActIn: Int(row.row.number), in: dataClass, reason: "The name of a person.", as: asker)
      }?.code == "not_from_this_state")
    #expect(try await !world.findings("Xanthippe").isEmpty)
    try await office.confirmRemoval(number, in: dataClass, as: confirmer)
    let stone = try #require(try await office.removals(as: confirmer).first)
    guard case .act(_, action) = stone.subject else {
      Issue.record("\(stone.subject)")
      return
    }
    #expect(stone.confirmedName == confirmer.fullName)
    let left = try await world.findings("Xanthippe")
    #expect(left == [], "\(left)")
    #expect(try await RecordActsTests.findings(world).isEmpty)
  }

  private static func people(
    _ world: ReferenceTrial, _ walk: Walk, _ manager: String, at now: UTCInstant
  ) async throws -> (Actor, Actor) {
    (
      try await world.actor("investigator", at: walk.way.site, now: now),
      try await world.actor(manager, now: now)
    )
  }

  /// Somebody else with the same role at the same place.
  private static func another(
    _ actor: Actor, _ world: ReferenceTrial, at now: UTCInstant
  ) async throws -> Actor {
    let site = try actor.role.scope == .site ? SiteKey(parsing: actor.sites.setting) : nil
    let account = try await world.installation.createAccount(
      username: "second", fullName: "Second Person", password: ReferenceTrial.password,
      cost: Passwords.simulationCost)
    try await world.installation.grant(
      actor.role.id, site: site, in: world.trial, to: account.user)
    return try await world.actor(
      SimulatedPerson(
        username: "second", password: ReferenceTrial.password, fullName: "Second Person",
        role: actor.role.id, site: site, user: account.user), now: now)
  }

  /// Freezes an entry, and unfreezes it for a reason.
  private static func thaw(
    _ walk: Walk, _ form: String, _ visit: String, _ reason: String, as manager: Actor,
    at now: UTCInstant
  ) async throws {
    let office = walk.world.installation.at(now)
    let (form, visit) = (try FormID(parsing: form), try VisitCode(parsing: visit))
    try await office.freezeEntry(walk.key, form, visit, version: 1, as: manager)
    try await office.unfreezeEntry(
      walk.key, form, visit, version: 1, reason: reason, as: manager)
  }

  /// Somebody whose booked call was cancelled for a reason that names a person.
  private static func cancelled(
    _ world: ReferenceTrial
  ) async throws -> (walk: Walk, now: UTCInstant) {
    let walk = try await Walk.ready(world)
    _ = try await walk.randomize()
    let now = walk.instant(20)
    _ = try await walk.book("A2", at: now)
    try await world.installation.at(now).cancelRating(
      walk.key, at: VisitCode(parsing: "A2"), reason: "Xanthippe Doe is ill",
      as: try await world.actor("coordinator", at: walk.way.site, now: now))
    return (walk, now)
  }

  @Test func `REQ-014: why a call was moved and cancelled goes from bookings and audit trail`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (walk, now) = try await Self.cancelled(world)
      let office = world.installation.at(now)
      #expect(
        try await world.findings("Xanthippe") == ["open.audit", "outcome.ended_bookings"])
      // Of ratings the investigator is told nothing: two people confirm who may know of them.
      let (investigator, manager) = try await Self.people(world, walk, "data_manager", at: now)
      #expect(
        try await office.auditTrail(of: .open, AuditFilter(), as: investigator).rows
          .allSatisfy { $0.row.action != "rating cancelled" })
      let second = try await Self.another(manager, world, at: now)
      try await Self.remove(
        "rating cancelled", in: .open, world, at: now, asked: manager, confirmed: second)
      #expect(try await office.removals(as: investigator).isEmpty)
      // Nobody takes words away behind the program, and the removal itself is on record.
      let owner = try world.direct(Login.owner)
      #expect(
        owner.refusal(of: "update outcome.ended_bookings set reason = 'nothing'") == "EQ403")
      try world.tamper("delete from open.removed_reasons")
      #expect(
        try await RecordActsTests.findings(world).contains { $0.part == .stored(.audit, .changed) })
    }
  }

  @Test func `REQ-014: why a participant is handed over goes from every step of it`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let other =
        walk.way.site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london
      let here = try await world.actor("coordinator", at: walk.way.site, now: now)
      let there = try await world.actor("coordinator", at: other, now: now)
      try await office.offerTransfer(
        of: walk.key, to: other, reason: "Xanthippe Doe moved house", as: here)
      try await office.decideTransfer(of: walk.key, .accepted, as: there)
      #expect(try await world.findings("Xanthippe") == ["open.audit", "open.transfers"])
      let manager = try await world.actor("data_manager", now: now)
      let investigator = try await world.actor("investigator", at: other, now: now)
      // The site that took over asks nothing of what was written elsewhere; who reads all sites does.
      try await Self.remove(
        "taken over from another site", in: .open, world, at: now, asked: investigator,
        confirmed: manager)
      #expect(
        try world.direct().lines(
          "select distinct reason from open.audit where object = '\(walk.key)' and reason like '[%'"
        )
          == [Self.gone])
    }
  }

  @Test func `REQ-014: what was done about an alert goes, wherever it was said`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(14)
      let office = world.installation.at(now)
      let values = [
        "t_min": "20", "at": now.description, "sbp": "185", "dbp": "90", "hr": "80", "spo2": "97",
        "rr": "14", "moaas": "5",
      ]
      try await AlertTests.monitor(world, walk, values, at: now)
      let (investigator, manager) = try await Self.people(world, walk, "data_manager_u", at: now)
      let alert = try #require(
        try await office.alerts(as: investigator).first { $0.name == "HAEMO" })
      _ = try await office.acknowledgeAlert(
        alert.alert, action: "Gave labetalol to Xanthippe Doe", as: investigator)
      #expect(try await world.findings("Xanthippe") == ["treatment.alerts", "treatment.audit"])
      try await Self.remove(
        "alert acknowledged", in: .treatment, world, at: now, asked: manager,
        confirmed: investigator)
      // The row of the trail goes on to name the alert.
      #expect(
        try world.direct().text(
          "select reason || ': ' || new from treatment.audit where action = 'alert acknowledged'")
          == "HAEMO: \(Self.gone)")
      // Of an alert whose class may not hold what an unblinded person writes, the trail alone says it.
      let later = walk.instant(17)
      let link = try await walk.issue("A1", at: later)
      var answers: [String: String] = [:]
      for item in 1...16 { answers["q" + (item < 10 ? "0" : "") + String(item)] = "0" }
      answers["q12"] = "3"
      let then = world.installation.at(later)
      let other = try await world.actor("data_manager_u", now: later)
      try await then.submitQuestionnaire(link: link, try Walk.answers(answers))
      let physician = try await world.actor("investigator", at: walk.way.site, now: later)
      let raised = try #require(
        try await then.alerts(as: physician).first { $0.name == "SI_HIGH" })
      _ = try await then.acknowledgeAlert(
        raised.alert, action: "Xanthippe Doe was called", as: physician)
      #expect(try await world.findings("Xanthippe") == ["treatment.audit"])
      let elsewhere = try await then.auditTrail(
        of: .outcome, AuditFilter(), as: try await world.actor("data_manager", now: later)
      ).rows.first { $0.row.action == "alert acknowledged" }
      #expect(elsewhere?.row.new == "Said in the treatment record." && elsewhere?.hasWords == false)
      // Read by who is told of such alerts, which the data manager of the treatment is not.
      let trail = try await then.auditTrail(of: .treatment, AuditFilter(), as: other)
      #expect(!trail.rows.contains { $0.row.reason.contains("Xanthippe") })
      try await Self.remove(
        "alert acknowledged", in: .treatment, world, at: later, asked: physician,
        confirmed: try await Self.another(physician, world, at: later))
    }
  }

  @Test func `REQ-014: how an arm was learnt and what was made of it goes from the report`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      try await office.reportUnblinding(
        about: walk.key.text, learnt: "ARM", how: "Xanthippe Doe told me.", at: now,
        as: try await world.actor("coordinator", at: walk.way.site, now: now))
      let (investigator, manager) = try await Self.people(world, walk, "data_manager_u", at: now)
      try await office.assessUnblinding(
        1, impact: "Xanthippe Doe speaks to all", action: "Xanthippe Doe was asked to be silent.",
        as: manager)
      #expect(
        try await world.findings("Xanthippe")
          == ["treatment.unblinding_assessments", "treatment.unblinding_reports"])
      try await Self.remove(
        "unblinding reported", in: .treatment, world, at: now, asked: manager,
        confirmed: investigator)
      let report = try #require(try await office.unblindingReports(as: manager).first)
      #expect(report.report.how == Self.gone && report.report.learnt == "ARM")
    }
  }

  @Test func `REQ-014: a judgement's reason and that of a later start go with their rows`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      try await ReportingTimeTests.report(walk, aware: now, ["criteria": "DEATH"], at: now)
      let officer = try await world.actor("safety_officer", now: now)
      let address = EntryAddress(
        walk.key, try FormID(parsing: "SAE"), try VisitCode(parsing: "UNS"))
      _ = try await office.judgeExpectedness(
        address, version: 1,
        ExpectednessJudgement(
          isExpected: false, reference: "Brochure, version 4", reason: "Dr Xanthippe Doe thinks so"),
        as: officer)
      let (investigator, manager) = try await Self.people(world, walk, "data_manager_u", at: now)
      try await Self.remove(
        "expectedness judged", in: .treatment, world, at: now, asked: manager,
        confirmed: investigator)
      let later = now.advanced(bySeconds: 90_000)
      try await world.installation.at(later).restartClock(
        address, "sae_triage", start: later, reason: "Xanthippe Doe called again",
        as: try await world.actor("safety_officer", now: later))
      let (second, other) = try await Self.people(world, walk, "data_manager_u", at: later)
      try await Self.remove(
        "reporting time restarted", in: .treatment, world, at: later, asked: other,
        confirmed: second)
    }
  }

  @Test func `REQ-014: what who knows arms said of a deviation of all goes from where it is kept`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let number = try await office.recordDeviation(
        walk.key,
        FoundDeviation(
          type: "MIN-DOC", dataClass: .open,
          occurredOn: try CalendarDate(parsing: Walk.date(walk.instant(15), walk.way.site)),
          source: .site, description: "The log has no date."),
        as: try await world.actor("coordinator", at: walk.way.site, now: now))
      let (investigator, manager) = try await Self.people(world, walk, "data_manager_u", at: now)
      try await office.judgeDeviation(
        walk.key, number: number, in: .open,
        DeviationJudgement(isConfirmed: false, reason: "Xanthippe Doe had it."), as: investigator)
      #expect(try await world.findings("Xanthippe") == ["treatment.audit"])
      try await Self.remove(
        "deviation judged", in: .treatment, world, at: now, asked: manager,
        confirmed: investigator)
      // What stands in the class of the deviation is removed with the deviation.
      let trail = try await office.auditTrail(
        of: .open, AuditFilter(), as: try await world.actor("data_manager", now: now))
      let rows = trail.rows.filter { $0.row.action == "deviation judged" }
      #expect(!rows.isEmpty && rows.allSatisfy { !$0.hasWords })
    }
  }

  @Test func `REQ-014: the name of an imported file goes, with every row that tells it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let participant = try await DataImportTests.consent(world, "AB")
      let coordinator = try await DataImportTests.coordinator(world)
      let now = DataImportTests.now
      let office = world.installation.at(now)
      let file = try DataImportTests.file(
        [try DataImportTests.row(participant)], name: "Xanthippe-Doe.csv")
      let tried = try await office.tryImport(file, as: coordinator)
      _ = try await office.importData(file, digest: tried.digest, as: coordinator)
      #expect(try await world.findings("Xanthippe") == ["open.audit", "open.imports"])
      let site = ReferenceTrial.london
      let investigator = try await world.actor("investigator", at: site, now: now)
      let manager = try await world.actor("data_manager", now: now)
      try await Self.remove(
        "file imported", in: .open, world, at: now, asked: manager, confirmed: investigator)
      #expect(try await office.imports(as: coordinator).map(\.fileName) == [Self.gone])
    }
  }

  @Test func `REQ-014: only what a person wrote in own words is offered for removal`() async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      try await walk.treat(in: "KET")
      let now = walk.instant(20)
      _ = try await Booked.book(walk, "A2", near: walk.instant(24))
      try await walk.save(
        "WDR", "UNS",
        [
          "level": "W2", "by": "PART", "storage_ok": "true",
          "date": try Walk.date(now, walk.way.site),
        ], at: now)
      try await walk.sign("WDR", "UNS", version: 1, at: now)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      try await Self.thaw(walk, "WDR", "UNS", "Xanthippe Doe called", as: manager, at: now)
      let rows = try await office.auditTrail(of: .open, AuditFilter(), as: manager).rows
      let reasoned = rows.filter { !$0.row.reason.isEmpty }
      // Meanings of signatures, levels of withdrawal and sentences of the program are nobody's words.
      let kept = ["signed", "withdrawn", "rating cancelled"]
      for action in kept {
        let found = reasoned.filter { $0.row.action == action }
        #expect(!found.isEmpty && found.allSatisfy { !$0.hasWords }, "\(action)")
      }
      #expect(Set(rows.filter(\.hasWords).map(\.row.action)) == ["unfrozen"])
      let direct = try world.direct("eq_outcome", role: "data_manager")
      for action in kept {
        #expect(
          direct.refusal(
            of: """
              select open.ask_words_removal(a.seq, 'The name of a person.') from open.audit a
               where a.action = '\(action)'
              """) == "EQ404", "\(action)")
      }
      #expect(try await office.removals(as: manager).isEmpty)
    }
  }

  @Test func `REQ-014: after the lock nothing is removed, and nothing is asked for`() async throws {
    try await ReferenceTrial.run { world in
      let walk = try #require(try await LockTests.followed(world, count: 1).first)
      let now = LockTests.closing
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      for reason in ["Xanthippe Doe called", "Xanthippe Doe called again"] {
        try await Self.thaw(walk, "DM", "SCR", reason, as: manager, at: now)
      }
      func rows() async throws -> [Int] {
        try await office.auditTrail(of: .open, AuditFilter(), as: manager).rows
          .filter { $0.row.action == "unfrozen" }.map { Int($0.row.number) }
      }
      func ask(_ row: Int) async throws -> Int {
        try await office.askRemoval(
          ofActIn: row, in: .open, reason: "The name of a person.", as: manager)
      }
      let asked = try await ask(try #require(try await rows().first))
      try await LockTests.softLock(world)
      try await LockTests.hardLock(world)
      #expect(
        await refusal {
          try await office.confirmRemoval(asked, in: .open, as: investigator)
        } == .closed)
      let other = try #require(try await rows().last)
      #expect(await refusal { _ = try await ask(other) } == .closed)
      #expect(try await world.findings("Xanthippe") == ["open.audit"])
      #expect(try await office.removals(as: manager).map(\.confirmedAt) == [nil])
    }
  }

  @Test func `REQ-014: nobody asks for what they may not read, or for what is removed elsewhere`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let (walk, now) = try await Self.cancelled(world)
      let office = world.installation.at(now)
      let (investigator, manager) = try await Self.people(world, walk, "data_manager", at: now)
      let trail = try await office.auditTrail(of: .open, AuditFilter(), as: manager)
      let cancelled = try #require(trail.rows.first { $0.row.action == "rating cancelled" })
      let saved = try #require(trail.rows.first { $0.row.action == "submitted" })
      #expect(!saved.hasWords)
      func ask(_ row: Int64, _ dataClass: DataClass, as actor: Actor) async -> String? {
        await refusal {
          _ = try await office.askRemoval(
            ofActIn: Int(row), in: dataClass, reason: "The name of a person.", as: actor)
        }?.code
      }
      #expect(await ask(saved.row.number, .open, as: manager) == "not_found")
      #expect(await ask(0, .open, as: manager) == "not_found")
      #expect(await ask(1_000_000, .open, as: manager) == "not_found")
      for dataClass in [DataClass.treatment, .allocation] {
        #expect(await ask(1, dataClass, as: manager) == "not_found")
      }
      #expect(await ask(1, .allocation, as: investigator) == "not_found")
      let monitor = try await world.actor("monitor", at: walk.way.site, now: now)
      #expect(await ask(cancelled.row.number, .open, as: monitor) == "not_found")
      // Rows are counted by each reader alone: the number of one says nothing to another.
      let elsewhere = try await world.actor(
        "investigator",
        at: walk.way.site == ReferenceTrial.london ? ReferenceTrial.berlin : ReferenceTrial.london,
        now: now)
      let theirs = try await office.auditTrail(of: .open, AuditFilter(), as: elsewhere)
      for row in theirs.rows where row.hasWords {
        #expect(!row.row.object.hasPrefix(walk.key.text))
      }
      #expect(await refusal { try await office.confirmRemoval(1, in: .open, as: manager) } != nil)
      #expect(try await world.findings("Xanthippe") == ["open.audit", "outcome.ended_bookings"])
    }
  }
}

extension ReferenceTrial {
  /// The tables in any row of which a text stands, whatever the column; the vault of identities aside.
  func findings(_ text: String) async throws -> [String] {
    try direct().lines(
      """
      select n.nspname || '.' || c.relname
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname in ('access', 'allocation', 'open', 'outcome', 'sealed', 'treatment')
         and query_to_xml(format('select 1 from %I.%I t where t::text like %L limit 1', n.nspname, c.relname,
               '%\(text)%'), false, true, '')::text <> ''
       order by 1
      """)
  }
}

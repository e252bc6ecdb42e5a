import Foundation
import Postgres
import PostgresTestServer
import Randomization
import StudyModel
import Testing

@testable import Conduct
@testable import Simulation
@testable import Store

/// Signatures and reading the audit trail, on a real database.
@Suite(.serialized) struct RecordActsTests {
  static func findings(_ world: ReferenceTrial) async throws -> [RecordFinding] {
    let trusted = world.installation.recordPublicKey
    return try await RecordReader.read(world.database.configuration) { reader in
      var check = try RecordCheck(
        reader, trusted: trusted, writeKey: JourneyServer.writeKey, witnesses: [])
      return try check.run().findings
    }
  }

  // MARK: The ledger

  @Test func `a ledger that is gone, and one that is not what a witness keeps, are named`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let witness = WitnessInMemory()
      var installation = world.installation
      installation.witness = witness
      _ = try await installation.checkLedger(of: world.trial)
      let kept = witness.ofLedgers
      #expect(kept.contains { $0.name == world.trial.key && !$0.heads.isEmpty })
      #expect(try await installation.ledgerFindings(kept).isEmpty)
      let foreign = kept.map { heads in
        WitnessedHeads(
          name: heads.name,
          heads: heads.heads.compactMap { signed in
            LedgerHead(
              ledger: signed.head.ledger, size: signed.head.size + 1, root: signed.head.root,
              at: signed.head.at
            ).map { SignedHead(head: $0, signature: signed.signature) }
          })
      }
      #expect(try await installation.ledgerFindings(foreign).map(\.part) == [.ledger])
      try world.tamper("truncate allocation.ledgers cascade")
      #expect(
        try await installation.ledgerFindings().map(\.sentence)
          == [LedgerFinding(.absent, 0).sentence])
    }
  }

  // MARK: Who may sign

  @Test
  func
    `REQ-035, REQ-038: nobody signs without acknowledged accountability and a verified identity`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, Way(leftOut: [.consentSignature]))
      let now = walk.instant(10)
      let account = try await world.installation.createAccount(
        username: "new-investigator", fullName: "New Investigator",
        password: ReferenceTrial.password, cost: Passwords.simulationCost)
      let role = try RoleID(parsing: "investigator")
      let site = try SiteKey(parsing: walk.way.site)
      try await world.installation.grant(role, site: site, in: world.trial, to: account.user)
      let person = SimulatedPerson(
        username: "new-investigator", password: ReferenceTrial.password,
        fullName: "New Investigator", role: role, site: site, user: account.user)
      let signer = try await world.actor(person, now: now)
      let office = world.installation.at(now)
      func sign() async -> String? {
        let refused: ActRefusal? = await refusal {
          try await office.signEntry(
            walk.key, FormID(parsing: "ICF"), VisitCode(parsing: "SCR"), version: 2, as: signer)
        }
        return refused?.code
      }
      #expect(await sign() == "not_acknowledged")
      try await office.acknowledgeAccountability(as: signer)
      try await office.acknowledgeAccountability(as: signer)
      #expect(await sign() == "identity_not_verified")
      #expect(
        try world.direct().text(
          "select count(*)::text from open.signatures where form = 'ICF' and voided_at is null")
          == "0")
      let admin = try await world.actor("access_admin", now: now)
      #expect(
        await refusal {
          try await office.recordIdentityCheck(of: admin.user, method: "passport seen", as: admin)
        }?.code == "own_identity")
      #expect(
        await refusal {
          try await office.recordIdentityCheck(of: account.user, method: "passport", as: signer)
        } == .notFound)
      try await office.recordIdentityCheck(
        of: account.user, method: "Passport seen at the site.", as: admin)
      #expect(await sign() == nil)
      let standing = try await office.signerStanding(of: account.user)
      #expect(standing.identityBy == admin.fullName && standing.textVersion == "1")
      let events = try world.direct().text(
        """
        select string_agg(kind, ', ' order by event_id) from access.events where subject = 'new-investigator'
        """)
      #expect(events.contains("accountability acknowledged, identity verified"))
      // A login of the program cannot write either record by itself.
      for login in Login.allCases.map(\.rawValue) {
        let direct = try world.direct(login, role: "investigator", actor: account.user)
        #expect(
          direct.refusal(
            of: "insert into access.accountability values (1, '9', sha256('x'), now())") == "42501")
        #expect(
          direct.refusal(of: "insert into access.identity_checks values (1, 'xxx', 2, now())")
            == "42501")
      }
    }
  }

  // MARK: Signing several

  @Test
  func `REQ-040: several forms are signed in one act, all or none, and no blocked or foreign one`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world, Way(leftOut: [.consentSignature]))
      let now = walk.instant(11)
      let office = world.installation.at(now)
      let investigator = try await world.actor("investigator", at: walk.way.site, now: now)
      // A change voids the signature, and the form waits again.
      try await walk.save(
        "ELIG", "SCR", walk.criteria(), expected: 1, reason: "looked at again", at: now)
      let waiting = try await office.signableForms(of: walk.key, as: investigator)
      #expect(waiting.contains { $0.address.form.text == "ICF" })
      #expect(waiting.contains { $0.address.form.text == "ELIG" && $0.version == 2 })
      try #require(waiting.count >= 2)
      let orders = waiting.map { SigningOrder($0.address, version: $0.version) }
      func count() throws -> Int? {
        Int(try world.direct().text("select count(*)::text from open.signatures"))
      }
      let before = try count()
      // A version nobody has read any more.
      var stale = orders
      stale[1] = SigningOrder(stale[1].address, version: 99)
      #expect(
        await refusal {
          _ = try await office.signEntries(stale, of: walk.key, as: investigator)
        } == .stale)
      // A form that is not the investigator's to sign.
      let foreign = EntryAddress(
        walk.key, try FormID(parsing: "MADRS"), try VisitCode(parsing: "BL"))
      #expect(
        await refusal {
          _ = try await office.signEntries(
            orders + [SigningOrder(foreign, version: 1)], of: walk.key, as: investigator)
        } == .notFound)
      // A blocking query on one of them.
      let blocked = orders[0].address
      try world.tamper(
        """
        insert into open.data_queries (trial_id, query_no, participant, site_key, form, visit, repeat, field, is_blocking,
          state, text, opened_at, rule)
        values (1, 900, '\(walk.key.text)', '\(walk.way.site)', '\(blocked.form.text)', '\(blocked.visit.text)', 1, '',
          true, 'open', 'Please look.', now(), '')
        """)
      #expect(
        try await office.signableForms(of: walk.key, as: investigator)
          .first { $0.address == blocked }?.isBlocked == true)
      #expect(
        await refusal {
          _ = try await office.signEntries(orders, of: walk.key, as: investigator)
        }?.code == "queries_open")
      #expect(try count() == before)
      try world.tamper("delete from open.data_queries where query_no = 900")
      let old = try await world.actor(
        "investigator", at: walk.way.site, now: now, authenticatedAt: walk.instant(10))
      #expect(
        await refusal { _ = try await office.signEntries(orders, of: walk.key, as: old) }
          == .authenticationStale)
      #expect(
        try await office.signEntries(orders, of: walk.key, as: investigator) == orders.count)
      #expect(try count() == before.map { $0 + orders.count })
      #expect(try await Self.findings(world).isEmpty)
    }
  }

  // MARK: Reading the audit trail

  @Test
  func `REQ-007: the audit trail is read by participant, person and period, within the classes`()
    async throws
  {
    try await AllocatedTrial.run { world in
      let office = world.installation
      let manager = try await world.actor("data_manager")
      let monitor = try await world.actor("monitor", at: ReferenceTrial.london)
      #expect(
        manager.auditClasses == [.open, .outcome] && monitor.auditClasses == [.open, .outcome])
      for dataClass in [DataClass.treatment, .allocation, .sealed] {
        for actor in [manager, monitor] {
          #expect(
            await refusal {
              _ = try await office.auditTrail(of: dataClass, AuditFilter(), as: actor)
            }
              == .notFound)
        }
      }
      var filter = AuditFilter()
      filter.limit = 1_000_000
      let all = try await office.auditTrail(of: .open, filter, as: manager)
      #expect(all.rows.map(\.row.number) == (1...Int64(all.total)).reversed())
      #expect(all.total > 300 && all.rows.count == all.total)
      // A reader of one site has a numbering of their own, without gaps.
      let own = try await office.auditTrail(of: .open, filter, as: monitor)
      #expect(own.rows.map(\.row.number) == (1...Int64(own.total)).reversed())
      #expect(own.total < all.total)
      // The monitor reads questionnaires and no central rating, so that her trail holds none of it.
      let outcome = try await office.auditTrail(of: .outcome, filter, as: manager)
      let seen = try await office.auditTrail(of: .outcome, filter, as: monitor)
      #expect(outcome.rows.contains { $0.row.object.contains("/MADRS@") })
      #expect(seen.total > 0)
      #expect(!seen.rows.contains { $0.row.object.contains("/MADRS@") })
      filter.participant = "101-0001"
      let one = try await office.auditTrail(of: .open, filter, as: manager)
      #expect(one.total > 20 && one.rows.allSatisfy { $0.row.object.hasPrefix("101-0001") })
      filter.user = "coordinator-101"
      let entered = try await office.auditTrail(of: .open, filter, as: manager)
      #expect(entered.total > 0 && entered.rows.allSatisfy { $0.username == "coordinator-101" })
      // Whoever treats is named to nobody blinded, so that no filter finds them.
      filter.user = "investigator-101"
      #expect(try await office.auditTrail(of: .open, filter, as: manager).total == 0)
      filter = AuditFilter()
      filter.from = ReferenceTrial.start.advanced(bySeconds: 4 * 86_400)
      let later = try await office.auditTrail(of: .open, filter, as: manager)
      #expect(later.total > 0 && later.total < all.total)
      #expect(later.rows.allSatisfy { $0.row.at >= ReferenceTrial.start })
      let entry = try #require(one.rows.last)
      #expect(entry.software == "equipoise test" && entry.zone == "Europe/London")
      #expect(entry.cause == "person")
      let lines = try await office.auditFile(of: .open, AuditFilter(), form: .lines, as: manager)
      #expect(lines.rows == all.total && lines.bytes.count { $0 == 0x0A } == all.total)
      let table = try await office.auditFile(of: .open, AuditFilter(), form: .table, as: manager)
      #expect(table.digest == Digests.sha256(of: table.bytes) && table.digest != lines.digest)
    }
  }

  @Test
  func
    `REQ-009: a file of the audit trail tells two people of one name apart, and names nobody else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(20)
      let office = world.installation.at(now)
      try world.tamper("update access.users set full_name = 'A. Same'")
      let manager = try await world.actor("data_manager", now: now)
      let file = try await office.auditFile(of: .open, AuditFilter(), form: .table, as: manager)
      let rows = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      #expect(rows.first?.hasPrefix("number,at,zone,name,username,role,object,") == true)
      #expect(rows.contains { $0.contains(",A. Same,coordinator-101,coordinator,") })
      // Who treats is named to nobody blinded, by neither name.
      let treating = rows.filter { $0.contains(",treatment_team,") }
      #expect(!treating.isEmpty && treating.allSatisfy { $0.contains(",Treatment team,,") })
      let lines = try await office.auditFile(of: .open, AuditFilter(), form: .lines, as: manager)
      let first = try #require(
        String(decoding: lines.bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first)
      let told = try JSONDecoder().decode([String: String].self, from: Data(first.utf8))
      #expect(
        told.keys.sorted() == (rows.first ?? "").split(separator: ",").map(String.init).sorted())
      let treat = try await world.actor("treat_coordinator", at: walk.way.site, now: now)
      let seeing = try await office.auditFile(of: .open, AuditFilter(), form: .table, as: treat)
      #expect(
        String(decoding: seeing.bytes, as: UTF8.self).contains(",A. Same,investigator-101,"))
    }
  }

  @Test func `REQ-009: a file of the audit trail is whole or refused, and says how to narrow it`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let now = walk.instant(20)
      let office = world.installation.at(now)
      let manager = try await world.actor("data_manager", now: now)
      let total = try await office.auditTrail(of: .open, AuditFilter(), as: manager).total
      func file(_ limit: Int, _ filter: AuditFilter = AuditFilter()) async throws -> AuditFile {
        try await office.auditFile(of: .open, filter, form: .table, atMost: limit, as: manager)
      }
      #expect(try await file(total).rows == total)
      let refused = await refusal { _ = try await file(total - 1) }
      #expect(refused?.code == "too_many_rows")
      #expect(
        refused?.sentence.hasPrefix("\(total) rows match, and a file holds at most \(total - 1).")
          == true)
      #expect(refused?.sentence.contains("shorter period") == true)
      var shorter = AuditFilter()
      shorter.from = ReferenceTrial.start.advanced(bySeconds: 4 * 86_400)
      let later = try await office.auditTrail(of: .open, shorter, as: manager).total
      #expect(later < total)
      #expect(try await file(total - 1, shorter).rows == later)
    }
  }

  @Test func `REQ-009: each question of a review lists what it asks for, and nothing else`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let manager = try await world.actor("data_manager", now: walk.instant(30))
      let office = world.installation.at(walk.instant(30))
      func listed(_ question: AuditQuestion) async throws -> [String] {
        var filter = AuditFilter()
        filter.question = question.rawValue
        filter.participant = walk.key.text
        return try await office.auditTrail(of: .open, filter, as: manager).rows.map {
          "\($0.row.action) \($0.row.field)"
        }
      }
      #expect(try await listed(.afterQuery).isEmpty)
      #expect(try await listed(.mass).isEmpty)
      var person = EntryReviewTests.person
      let (form, visit) = try EntryReviewTests.ids("DM", "SCR")
      _ = try await office.openQuery(
        walk.key, form, visit, field: "edu_years", text: "Please confirm.", isBlocking: false,
        as: manager)
      person["edu_years"] = "15"
      try await walk.save(
        "DM", "SCR", person, expected: 1, reason: "typing error", at: walk.instant(30, 60))
      #expect(try await listed(.afterQuery) == ["submitted edu_years"])
      // Twenty values and more within ten minutes.
      for round in 0..<7 {
        person["edu_years"] = String(10 + round % 2)
        person["employ"] = round.isMultiple(of: 2) ? "PT" : "FT"
        person["birth_year"] = String(1975 + round % 2)
        try await walk.save(
          "DM", "SCR", person, expected: 2 + round, reason: "typing error",
          at: walk.instant(30, 100 + Int64(round)))
      }
      #expect(try await !listed(.mass).isEmpty)
      // At two in the morning of the site.
      let day: Int64 = 86_400_000_000
      let before = try await listed(.hours).count
      person["edu_years"] = "18"
      try await walk.save(
        "DM", "SCR", person, expected: 9, reason: "typing error",
        at: UTCInstant(
          microsecondsSince1970: walk.instant(31).microsecondsSince1970 / day * day + day / 12))
      #expect(try await listed(.hours).count > before)
      #expect(
        await refusal {
          var filter = AuditFilter()
          filter.question = "another"
          _ = try await office.auditTrail(of: .open, filter, as: manager)
        } == .notFound)
    }
  }

  @Test
  func `REQ-009: late, fast and changed at the primary endpoint are told apart from what is usual`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      _ = try await walk.randomize()
      let office = world.installation
      let day: Int64 = 86_400
      func listed(_ question: AuditQuestion, in dataClass: DataClass) async throws -> [String] {
        var filter = AuditFilter()
        filter.question = question.rawValue
        filter.participant = walk.key.text
        filter.from = walk.pressed.advanced(bySeconds: 1)
        let manager = try await world.actor("data_manager", now: walk.instant(90))
        return try await office.at(walk.instant(90)).auditTrail(of: dataClass, filter, as: manager)
          .rows.map { "\($0.row.action) \($0.row.field) \($0.row.object)" }
      }
      // The end of treatment may be visited until day 34: a week later is not late, a day more is.
      let visited = walk.pressed.advanced(bySeconds: 29 * day)
      func measure(_ form: String, _ values: [String: String], daysLater: Int64, seconds: Int64 = 0)
        async throws
      {
        let header = ["vdate": try Walk.date(visited, walk.way.site), "done": "Y"]
        try await walk.save(
          form, "EOT", values.merging(header) { old, _ in old }, hasHeader: false,
          at: visited.advanced(bySeconds: daysLater * day + seconds))
      }
      try await measure("WT", ["height": "170", "weight": "71.5"], daysLater: 12, seconds: -60)
      #expect(try await listed(.late, in: .open).isEmpty)
      try await measure("VS", ["sbp": "120", "dbp": "80", "hr": "64"], daysLater: 12, seconds: 60)
      let late = try await listed(.late, in: .open)
      #expect(late.count == 1 && late.first?.hasPrefix("complete ") == true, "\(late)")
      #expect(late.first?.contains("/VS@EOT#1") == true)

      // These two were two minutes apart; at the half-year's visit the second comes ten seconds after the first.
      #expect(try await listed(.speed, in: .open).isEmpty)
      for (form, values, seconds) in [
        ("WT", ["height": "170", "weight": "71.5"], 0 as Int64),
        ("VS", ["sbp": "120", "dbp": "80", "hr": "64"], 10),
      ] {
        try await walk.save(
          form, "F6", values, at: walk.pressed.advanced(bySeconds: 209 * day + seconds))
      }
      let fast = try await listed(.speed, in: .open)
      #expect(fast.count == 1 && fast.first?.contains("/VS@F6#1") == true, "\(fast)")

      #expect(try await listed(.endpoint, in: .outcome).isEmpty)
      let now = walk.instant(24)
      let (rater, task) = try await walk.book("A2", at: now)
      try await walk.saveRating(task.token, total: 20, as: rater, at: now)
      #expect(try await listed(.endpoint, in: .outcome).isEmpty)
      try await walk.saveRating(
        task.token, total: 21, expected: 1, reason: "item misread", as: rater, at: now)
      let changed = try await listed(.endpoint, in: .outcome)
      #expect(
        changed.contains { $0.hasPrefix("submitted m01 ") && $0.contains("/MADRS@A2#1") }
          && changed.allSatisfy { $0.contains("/MADRS@") }, "\(changed)")
      // A change of another form is none of the endpoint.
      try await walk.save(
        "WT", "F6", ["height": "170", "weight": "72.5"], expected: 1, reason: "typing error",
        at: walk.pressed.advanced(bySeconds: 209 * day + 600))
      #expect(try await listed(.endpoint, in: .open).isEmpty)
      #expect(try await listed(.endpoint, in: .outcome) == changed)
    }
  }

  @Test
  func
    `REQ-009: a review of the audit trail is signed, kept for its role alone, and never changed`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let office = world.installation
      let monitor = try await world.actor("monitor", at: ReferenceTrial.london)
      let manager = try await world.actor("data_manager")
      let day = try CalendarDate(parsing: "2027-01-04")
      func review(_ actor: Actor, scope: String = "All questions, 3 rows.") async throws -> Int {
        try await office.signAuditReview(
          from: day, through: day, scope: scope, findings: "Nothing to follow.", as: actor)
      }
      #expect(await refusal { _ = try await review(monitor, scope: "") }?.code == "invalid")
      #expect(try await review(monitor) == 1)
      #expect(try await review(manager) == 1)
      #expect(try await review(manager) == 2)
      #expect(try await office.auditReviews(as: monitor).map(\.name) == [monitor.fullName])
      #expect(try await office.auditReviews(as: manager).map(\.number) == [2, 1])
      #expect(try await Self.findings(world).isEmpty)
      try world.tamper(
        "update open.audit_reviews set findings = 'Something else.' where role = 'monitor'")
      let found = try await Self.findings(world)
      #expect(found.contains { $0.part == .stored(.review, .changed) })
      #expect(found.contains { $0.part == .stored(.row, .changed) })
    }
  }
}

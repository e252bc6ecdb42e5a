import Conduct
import Datasets
import Randomization
import Simulation
import Store
import StudyModel
import Testing

@Suite(.serialized) struct LockTests {
  static let plan = String(repeating: "0f", count: 32)
  static let closing = ReferenceTrial.start.advanced(bySeconds: 300 * 86_400)

  /// Participants who are randomized, acknowledged and rated at the end of treatment.
  ///
  /// Nine of one stratum fill a block, so that every arm occurs; in every arm some respond.
  static func followed(_ world: ReferenceTrial, count: Int = 3) async throws -> [Walk] {
    var walks: [Walk] = []
    var ofArm: [String: Int] = [:]
    for number in 0..<count {
      let isAway = count < 9 && number == 1
      let letters = "C" + String(UnicodeScalar(UInt8(65 + number)))
      let walk = try await Walk.ready(
        world,
        Way(site: isAway ? ReferenceTrial.berlin : ReferenceTrial.london, initials: letters))
      _ = try await walk.randomize()
      let arm = try await walk.acknowledge(at: walk.instant(9, 600)).arm.code.text
      ofArm[arm, default: 0] += 1
      let responds = (ofArm[arm] ?? 0).isMultiple(of: 2)
      try await walk.rate(
        "EOT", total: responds ? 15 : 16 + number, at: walk.instant(38, Int64(number) * 60))
      walks.append(walk)
    }
    return walks
  }

  static func softLock(_ world: ReferenceTrial, withPlan: Bool = true) async throws {
    let office = world.installation.at(closing)
    if withPlan {
      try await office.recordAnalysisPlan(
        digest: plan, as: try await world.actor("statistician", now: closing))
    }
    let manager = try await world.actor("data_manager", now: closing)
    for query in try await office.openQueries(as: manager) {
      try await office.closeQuery(query.address, reason: "Confirmed.", as: manager)
    }
    try await endFollowUp(world)
    try await office.softLock(as: manager)
  }

  /// Closes enrolment and follow-up long after the last day of everybody.
  static func endFollowUp(_ world: ReferenceTrial) async throws {
    try await TrialSetUp.endFollowUp(
      lead: try await world.actor("sponsor_lead", now: closing),
      manager: try await world.actor("data_manager", now: closing),
      world.installation.at(closing))
  }

  static func hardLock(_ world: ReferenceTrial) async throws {
    let office = world.installation.at(closing)
    for role in ["data_manager", "statistician"] {
      _ = try await office.hardLock(as: try await world.actor(role, now: closing))
    }
  }

  static func unblind(
    _ world: ReferenceTrial, by roles: [String] = ["sponsor_lead", "rand_manager"]
  )
    async throws -> [Bool]
  {
    var completed: [Bool] = []
    for role in roles {
      completed.append(
        try await world.installation.at(closing).unblind(
          as: try await world.actor(role, now: closing)))
    }
    return completed
  }

  static func state(_ world: ReferenceTrial) async throws -> String {
    try await world.installation.trial(world.trial.key).state
  }

  @Test func `AS-22: one person does not make a hard lock, not even by signing twice`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await Self.followed(world, count: 1)
      let office = world.installation.at(Self.closing)
      let manager = try await world.actor("data_manager", now: Self.closing)
      #expect(await refusal { try await office.hardLock(as: manager) }?.code == "not_soft_locked")
      try await Self.softLock(world)
      #expect(try await office.hardLock(as: manager) == false)
      #expect(try await Self.state(world) == "soft_locked")
      #expect(try await office.hardLock(as: manager) == false)
      #expect(try await Self.state(world) == "soft_locked")
      // The database itself does not lock for one person either.
      let direct = try world.direct("eq_committee")
      #expect(direct.refusal(of: "update open.trials set state = 'hard_locked'") == "42501")
      #expect(
        direct.refusal(of: "select open.move_trial('{soft_locked}', 'hard_locked', '')") == "EQ409")
      // One signature is too few even where the snapshot of a lock is cut.
      let owner = try world.direct()
      try owner.run(
        """
        begin;
        insert into open.cuts (trial_id, snapshot, kind, cut_off, definition, software, made_by, made_at)
        values (\(world.trial.id), 99, 'hard_lock', now(), '1.0', 'test', 1, now())
        """)
      #expect(owner.refusal(of: "update open.trials set state = 'hard_locked'") == "EQ409")
      try owner.run("rollback")
      let second = try await world.actor("statistician", now: Self.closing)
      #expect(try await office.hardLock(as: second))
      #expect(try await Self.state(world) == "hard_locked")
    }
  }

  @Test func `a soft lock waits for open data queries and unfinished forms`() async throws {
    try await ReferenceTrial.run { world in
      let walks = try await Self.followed(world, count: 1)
      let walk = try #require(walks.first)
      let manager = try await world.actor("data_manager", now: Self.closing)
      let number = try await world.installation.at(Self.closing).openQuery(
        walk.key, FormID(parsing: "PREG"), VisitCode(parsing: "BL"), field: "ptype",
        text: "Which kit was used?", isBlocking: false, as: manager)
      let office = world.installation.at(Self.closing)
      #expect(await refusal { try await office.softLock(as: manager) }?.code == "not_clean")
      try await office.closeQuery(QueryAddress(number), reason: "The kit of the site.", as: manager)
      // Nor before follow-up has ended.
      #expect(
        await refusal { try await office.softLock(as: manager) }?.code == "not_by_protocol")
      try await Self.endFollowUp(world)
      try await office.softLock(as: manager)
      // Nothing is entered from now on.
      let late = await refusal {
        try await walk.save(
          "VS", "EOT", ["sbp": "120", "dbp": "80", "hr": "70"], at: Self.closing)
      }
      #expect(late == .closed)
    }
  }

  @Test func `AS-23: unblinding is refused from soft lock, and without the plan on record`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await Self.followed(world, count: 1)
      try await Self.softLock(world, withPlan: false)
      let early = await refusal { try await Self.unblind(world) }
      #expect(early?.code == "unblinding_out_of_order")
      try await Self.hardLock(world)
      let planless = await refusal { try await Self.unblind(world) }
      #expect(planless?.code == "unblinding_out_of_order")
      #expect(
        try world.direct().text(
          "select count(*)::text from open.lock_signatures where act = 'unblind'") == "0")
      try await world.installation.at(Self.closing).recordAnalysisPlan(
        digest: Self.plan, as: try await world.actor("statistician", now: Self.closing))
      #expect(try await Self.unblind(world) == [false, true])
      #expect(try await Self.state(world) == "unblinded")
    }
  }

  @Test func `AS-23: the database unblinds only from hard lock, with the plan, for two people`()
    async throws
  {
    try await ReferenceTrial.run { world in
      _ = try await Self.followed(world, count: 1)
      let insert = """
        insert into allocation.unblinding (trial_id, snapshot, arms, bundle, at)
        values (\(world.trial.id), 1, '[]', '{}', now())
        """
      let direct = try world.direct("eq_committee")
      #expect(direct.refusal(of: insert) == "EQ429")
      try await Self.softLock(world, withPlan: false)
      #expect(direct.refusal(of: insert) == "EQ429")
      try await Self.hardLock(world)
      #expect(direct.refusal(of: insert) == "EQ430")
      try world.direct().run(
        """
        insert into open.lock_signatures (trial_id, act, attempt, signer, name, role, meaning, at)
        select \(world.trial.id), 'unblind', 1, n, 'n', 'r' || n, 'm', now() from generate_series(1, 2) n
        """)
      #expect(direct.refusal(of: insert) == "EQ431")
      #expect(
        direct.refusal(of: "select open.move_trial('{hard_locked}', 'unblinded', '')") == "EQ429")
    }
  }

  @Test func `one person does not unblind`() async throws {
    try await ReferenceTrial.run { world in
      _ = try await Self.followed(world, count: 1)
      try await Self.softLock(world)
      try await Self.hardLock(world)
      #expect(try await Self.unblind(world, by: ["sponsor_lead"]) == [false])
      #expect(try await Self.unblind(world, by: ["sponsor_lead"]) == [false])
      for role in ["data_manager", "statistician", "stat_unblinded", "dsmb_member"] {
        #expect(await refusal { try await Self.unblind(world, by: [role]) } == .notFound)
      }
      #expect(try await Self.state(world) == "hard_locked")
      #expect(try world.direct().text("select count(*)::text from allocation.unblinding") == "0")
    }
  }

  /// Tables that go on after the lock: the trail, the signatures and the record of unblinding.
  static let goesOn: Set<String> = [
    "open.audit", "outcome.audit", "treatment.audit", "allocation.audit", "open.lock_signatures",
    "allocation.unblinding", "open.trials",
  ]

  @Test func `AS-24: after the hard lock the database refuses every write of every login`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await Self.followed(world, count: 9)
      let look = try await InterimTests.build(world, at: Self.closing)
      try await world.installation.at(Self.closing).releaseInterim(
        look, as: try await world.actor("data_manager_u", now: Self.closing))
      try await Self.softLock(world)
      try await Self.hardLock(world)
      let inserts = try world.direct().lines(Self.granted("insert"))
      #expect(inserts.count >= 35)
      for line in inserts {
        let parts = line.split(separator: " ").map(String.init)
        guard !Self.goesOn.contains(parts[1]) else { continue }
        let state = try world.direct(parts[0]).refusal(
          of: "insert into \(parts[1]) (trial_id) values (\(world.trial.id))")
        #expect(state == "EQ423", "\(line)")
      }
      let updates = try world.direct().lines(Self.granted("update"))
      #expect(updates.count >= 30)
      var refused = 0
      for line in updates {
        let parts = line.split(separator: " ").map(String.init)
        guard !Self.goesOn.contains(parts[1]) else { continue }
        let rows = try world.direct().text("select count(*)::text from \(parts[1])")
        guard rows != "0" else { continue }
        let state = try world.direct(parts[0]).refusal(
          of: "update \(parts[1]) set \(parts[2]) = null")
        #expect(state == "EQ423", "\(line)")
        refused += 1
      }
      #expect(refused >= 25)
      for login in Login.allCases.map(\.rawValue) {
        for to in ["enrolling", "soft_locked", "unblinded", "archived"] {
          let direct = try world.direct(login)
          #expect(
            direct.refusal(of: "update open.trials set state = '\(to)'") == "42501",
            "\(login) \(to)")
          let moved = direct.refusal(
            of: "select open.move_trial('{hard_locked}', '\(to)', '')")
          #expect(["42501", "EQ423", "EQ429"].contains(moved), "\(login) \(to)")
        }
      }
      #expect(try await Self.state(world) == "hard_locked")
      try await everyAct(world, walks)
    }
  }

  /// Login, table and column of every grant of an act on a table of the trial.
  private static func granted(_ act: String) -> String {
    """
    select distinct r.rolname || ' ' || n.nspname || '.' || c.relname
        || case when '\(act)' = 'update' then ' ' || a.attname else '' end
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      cross join pg_roles r
     where c.relkind = 'r' and r.rolname like 'eq\\_%'
       and n.nspname in ('open', 'outcome', 'treatment', 'allocation', 'sealed', 'identity')
       and c.relname <> 'trials' and has_schema_privilege(r.oid, n.oid, 'usage')
       and has_column_privilege(r.oid, c.oid, a.attnum, '\(act)')
     order by 1
    """
  }

  private func everyAct(_ world: ReferenceTrial, _ walks: [Walk]) async throws {
    let walk = try #require(walks.first)
    let at = Self.closing
    let manager = try await world.actor("data_manager", now: at)
    let office = world.installation.at(at)
    let (form, visit) = try (FormID(parsing: "PREG"), VisitCode(parsing: "BL"))
    let acts: [(String, () async throws -> Void)] = [
      ("save", { try await walk.pregnancy("BL", "NEG", expected: 1, reason: "late", at: at) }),
      ("new form", { try await walk.save("WT", "EOT", ["weight": "70.0"], at: at) }),
      ("sign", { try await walk.sign("ICF", "SCR", version: 1, at: at) }),
      ("book", { _ = try await walk.book("F6", at: at) }),
      ("issue", { _ = try await walk.issue("F6", at: at) }),
      ("likeness", { try await walk.resolveLikeness(at: at) }),
      ("consent", { _ = try await Walk.ready(world, Way(initials: "ZZ", consentedAt: at)) }),
      (
        "query",
        {
          _ = try await office.openQuery(
            walk.key, form, visit, field: "ptype", text: "Why?", isBlocking: false, as: manager)
        }
      ),
      (
        "site",
        {
          try await office.suspendSite(
            SiteKey(parsing: "101"), reason: "too late",
            as: try await world.actor("sponsor_lead", now: at))
        }
      ),
      ("enrolment", { try await office.openEnrolment(as: try await world.actor("sponsor_lead")) }),
      (
        "interim",
        {
          _ = try await office.buildInterim(
            outsidePlan: true, as: try await world.actor("stat_unblinded", now: at))
        }
      ),
    ]
    let before = try world.direct().text(Self.everything)
    for (name, act) in acts {
      let refused = await refusal(act)
      #expect(
        [
          "closed", "not_from_this_state", "study_not_enrolling", "no_likeness", "not_by_protocol",
        ].contains(refused?.code), "\(name): \(String(describing: refused))")
    }
    #expect(try world.direct().text(Self.everything) == before)
  }

  private static let everything = """
    select md5(string_agg(t, '')) from (
      select e::text as t from open.entries e union all select e::text from outcome.entries e
      union all select e::text from treatment.entries e union all select p::text from open.participants p
      union all select s::text from open.signatures s union all select r::text from outcome.rating_tasks r
      union all select q::text from open.data_queries q union all select l::text from allocation.ledgers l
      union all select s::text from open.sites s union all select c::text from open.cuts c
      order by 1) all_rows
    """

  @Test
  func
    `AS-20, AS-30: nothing is exported before the lock; unblinding adds arms and bundle, and changes no byte`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await Self.followed(world)
      let statistician = try await world.actor("statistician", now: Self.closing)
      let office = world.installation.at(Self.closing)
      #expect(
        await refusal { try await office.exportBlinded(as: statistician) }?.code == "not_locked")
      // Files leave the server only for somebody who has just proved who it is.
      let stale = try await world.actor(
        "statistician", now: Self.closing,
        authenticatedAt: .some(Self.closing.advanced(bySeconds: -301)))
      #expect(
        await refusal { try await office.exportBlinded(as: stale) } == .secondFactorStale)
      #expect(
        await refusal { try await office.exportUnblinded(as: stale) } == .secondFactorStale)
      try await Self.softLock(world)
      try await Self.hardLock(world)
      let before = try await office.exportBlinded(as: statistician)
      let again = try await office.exportBlinded(as: statistician)
      #expect(again.archive == before.archive)
      #expect(
        await refusal { try await office.exportUnblinded(as: statistician) }?.code
          == "not_unblinded")
      _ = try await Self.unblind(world)
      let after = try await world.installation.at(Self.closing.advanced(bySeconds: 86_400))
        .exportBlinded(
          as: try await world.actor(
            "statistician", now: Self.closing.advanced(bySeconds: 86_400)))
      #expect(after.archive == before.archive)
      let other = try world.anotherDaemon().at(Self.closing)
      let elsewhere = try await other.exportBlinded(as: statistician)
      #expect(elsewhere.archive == before.archive)
      await other.store.close()
      let open = try await office.exportUnblinded(as: statistician)
      #expect(try await office.exportUnblinded(as: statistician).archive == open.archive)
      for (path, bytes) in before.files {
        #expect(open.files.first { $0.path == path }?.bytes == bytes, "\(path)")
      }
      let added = Set(open.files.map(\.path)).subtracting(before.files.map(\.path))
      #expect(!added.isEmpty && added.allSatisfy { $0.hasPrefix("unblinded/") }, "\(added)")
      try expectNoArm(in: before, of: world)
      try expectVerified(open, walks, world)
    }
  }

  /// No file of the blinded layer tells who has which arm: rows of participants hold no arm code.
  private func expectNoArm(in bundle: DatasetBundle, of world: ReferenceTrial) throws {
    let codes: Set<Substring> = ["KET", "KAP", "ECT"]
    for (path, bytes) in bundle.files {
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      where line.contains("101-0") || line.contains("103-0") {
        let words = Set(line.split { !$0.isLetter && !$0.isNumber })
        #expect(words.isDisjoint(with: codes), "\(path): \(line)")
      }
    }
  }

  private func expectVerified(
    _ open: DatasetBundle, _ walks: [Walk], _ world: ReferenceTrial
  ) throws {
    let bundle = try #require(
      open.files.first { $0.path == "unblinded/randomization/bundle.json" })
    #expect(BundleVerifier.verify(bundle.bytes) == .verified(3 + walks.count))
    // Planted: one arm exchanged in the revealed table no longer verifies.
    let text = String(decoding: bundle.bytes, as: UTF8.self)
    let arm = try #require(["KET", "KAP", "ECT"].first { text.contains("\"arm\":\"\($0)\"") })
    let forged = text.replacing("\"arm\":\"\(arm)\"", with: "\"arm\":\"ZZZ\"")
    guard case .failure = BundleVerifier.verify(Array(forged.utf8)) else {
      Issue.record("a forged table of arms verifies")
      return
    }
    let table = try #require(
      open.files.first { $0.path == "unblinded/randomization/allocations.csv" })
    let rows = String(decoding: table.bytes, as: UTF8.self).split(separator: "\n")
    #expect(rows.count == 1 + walks.count)
  }
}

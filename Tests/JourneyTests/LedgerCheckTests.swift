import Postgres
import PostgresTestServer
import Randomization
import Store
import StudyModel
import Testing

@testable import Conduct

/// What somebody with all rights on the database did to it, and where the check must find it.
struct Tampering: Sendable, CustomTestStringConvertible {
  let what: String
  let sql: String
  let code: LedgerFinding.Code
  let index: Int

  init(_ what: String, _ code: LedgerFinding.Code, _ index: Int, _ sql: String) {
    self.what = what
    self.code = code
    self.index = index
    self.sql = sql
  }

  var testDescription: String { what }

  /// Rewrites the predecessor of every later entry, as somebody would who hides a change.
  static let chainedAnew = """
    do $$ declare r record; v_leaf bytea := decode(repeat('00', 32), 'hex'); begin
      for r in select i, entry from allocation.ledger_entries order by i loop
        update allocation.ledger_entries set entry = convert_to(regexp_replace(convert_from(r.entry, 'UTF8'),
          '"prev":"[0-9a-f]{64}"', '"prev":"' || encode(v_leaf, 'hex') || '"'), 'UTF8') where i = r.i
          returning leaf into v_leaf;
      end loop;
      update allocation.ledgers set last_leaf = v_leaf;
    end $$
    """

  /// Another instant in an entry: the same length, other content.
  static func dated(_ entry: Int) -> String {
    """
    update allocation.ledger_entries set entry = convert_to(regexp_replace(convert_from(entry, 'UTF8'),
      '"at":"2027', '"at":"2026'), 'UTF8') where i = \(entry)
    """
  }

  static let entries: [Tampering] = [
    Tampering("an entry edited", .chain, 6, dated(5)),
    Tampering("the last entry edited", .fork, 8, dated(8)),
    Tampering("an entry edited and the chain made anew", .fork, 5, dated(5) + ";" + chainedAnew),
    Tampering("an entry deleted", .index, 5, "delete from allocation.ledger_entries where i = 5"),
    Tampering(
      "the last entry deleted", .fork, 8, "delete from allocation.ledger_entries where i = 8"),
    Tampering("all entries truncated", .open, 0, "truncate allocation.ledger_entries cascade"),
    Tampering(
      "an entry inserted", .index, 4,
      """
      update allocation.ledger_entries set i = i + 100 where i >= 4;
      insert into allocation.ledger_entries (trial_id, i, entry)
        select trial_id, 4, entry from allocation.ledger_entries where i = 3;
      update allocation.ledger_entries set i = i - 99 where i >= 100
      """),
    Tampering(
      "a note added at the end", .headMissing, 9,
      """
      insert into allocation.ledger_entries (trial_id, i, entry) select trial_id, 9, convert_to(
        '{"at":"2027-02-01T00:00:00.000Z","body":{"text":"n"},"by":"u1","i":9,"kind":"note","prev":"'
        || encode(leaf, 'hex') || '"}', 'UTF8') from allocation.ledger_entries where i = 8
      """),
    Tampering(
      "two entries in each other's place", .index, 5,
      "update allocation.ledger_entries set i = 11 - i + 100 where i in (5, 6);"
        + "update allocation.ledger_entries set i = i - 100 where i > 100"),
    Tampering(
      "an entry that is no JSON", .format, 4,
      "update allocation.ledger_entries set entry = 'x' where i = 4"),
  ]

  static let allocations: [Tampering] = [
    Tampering(
      "an allocation deleted", .rowMissing, 5, "delete from allocation.allocations where i = 5"),
    Tampering("all allocations truncated", .rowMissing, 3, "truncate allocation.allocations"),
    Tampering(
      "an allocation inserted", .rowExtra, 2,
      """
      insert into allocation.allocations select trial_id, 2, rid || 'x', '101-0099', site_key, stratum, epoch, 99,
        arm_box, at, requested_by from allocation.allocations where i = 3
      """),
    Tampering(
      "an allocation after the last", .rowExtra, 9,
      """
      insert into allocation.allocations select trial_id, 9, rid || 'x', '101-0099', site_key, stratum, epoch, 99,
        arm_box, at, requested_by from allocation.allocations where i = 3
      """),
    Tampering(
      "another position", .row, 4, "update allocation.allocations set seq = 77 where i = 4"),
    Tampering(
      "another stratum", .row, 4, "update allocation.allocations set stratum = '\\x00' where i = 4"),
    Tampering(
      "another request", .row, 6, "update allocation.allocations set rid = 'r' where i = 6"),
    Tampering("another epoch", .row, 6, "update allocation.allocations set epoch = 2 where i = 6"),
    Tampering(
      "another instant", .row, 7,
      "update allocation.allocations set at = at + interval '1 day' where i = 7"),
    Tampering(
      "another requester", .row, 7,
      "update allocation.allocations set requested_by = 1000 where i = 7"),
    Tampering(
      "two participants exchanged", .row, 4,
      """
      do $$ declare v_one text; v_other text; begin
        select participant into v_one from allocation.allocations where i = 4;
        select participant into v_other from allocation.allocations where i = 5;
        update allocation.allocations set participant = 'x' where i = 4;
        update allocation.allocations set participant = v_one where i = 5;
        update allocation.allocations set participant = v_other where i = 4;
      end $$
      """),
    Tampering(
      "two boxes exchanged", .armBox, 4,
      """
      update allocation.allocations a set arm_box = b.arm_box from allocation.allocations b
       where (a.i, b.i) in ((4, 5), (5, 4))
      """),
    Tampering(
      "a box moved to another row", .armBox, 7,
      "update allocation.allocations set arm_box = (select arm_box from allocation.allocations where i = 3) where i = 7"
    ),
    Tampering(
      "a box altered by one bit", .armBox, 8,
      "update allocation.allocations set arm_box = set_byte(arm_box, 20, get_byte(arm_box, 20) # 1) where i = 8"
    ),
  ]

  static let heads: [Tampering] = [
    Tampering("a head deleted", .headMissing, 5, "delete from allocation.heads where size = 6"),
    Tampering(
      "the head over the entropy deleted", .headMissing, 2,
      "delete from allocation.heads where size = 3"),
    Tampering("all heads truncated", .headMissing, 1, "truncate allocation.heads"),
    Tampering(
      "a head edited", .signature, 5,
      "update allocation.heads set head = set_byte(head, 8, get_byte(head, 8) # 1) where size = 6"),
    Tampering(
      "the signature of another head", .signature, 6,
      "update allocation.heads set signature = (select signature from allocation.heads where size = 6) where size = 7"
    ),
    Tampering(
      "a head under another size", .fork, 9, "update allocation.heads set size = 10 where size = 6"),
    Tampering(
      "a head copied to a size without one", .fork, 0,
      "insert into allocation.heads select trial_id, 1, head, signature from allocation.heads where size = 6"
    ),
  ]

  static let others: [Tampering] = [
    Tampering("the size", .size, 9, "update allocation.ledgers set size = 8"),
    Tampering(
      "the last leaf", .lastLeaf, 9, "update allocation.ledgers set last_leaf = sha256('x')"),
    Tampering(
      "the count of allocations", .allocationCount, 9,
      "update allocation.ledgers set allocations = 5"),
    Tampering(
      "the last allocation counted", .lastAllocation, 9,
      "update allocation.ledgers set last_allocation = last_allocation - 1"),
    Tampering(
      "the last allocation forgotten", .lastAllocation, 9,
      "update allocation.ledgers set last_allocation = -1"),
    Tampering(
      "the public key", .ledger, 0, "update allocation.ledgers set public_key = sha256('another')"),
    Tampering(
      "the identity", .ledger, 0,
      "update allocation.ledgers set ledger = decode(repeat('ab', 16), 'hex')"),
    Tampering(
      "the seed's box", .seed, 0,
      "update sealed.secrets set box = set_byte(box, 20, get_byte(box, 20) # 1) where name = 'seed'"
    ),
    Tampering(
      "the box of the signing key", .headKey, 0,
      "update sealed.secrets set box = set_byte(box, 20, get_byte(box, 20) # 1) where name = 'head-key'"
    ),
    Tampering(
      "the box of the scheme", .scheme, 1,
      "update sealed.schemes set box = set_byte(box, 20, get_byte(box, 20) # 1)"),
    Tampering("the scheme deleted", .scheme, 1, "delete from sealed.schemes"),
    Tampering(
      "a randomization number", .participant, 3,
      """
      update open.participants p set randomization_number = 999999 from allocation.allocations a
       where a.participant = p.participant and a.i = 3
      """),
    Tampering(
      "a participant no more randomized", .participant, 5,
      """
      update open.participants p set randomization_number = null, randomized_at = null
        from allocation.allocations a where a.participant = p.participant and a.i = 5
      """),
    Tampering(
      "a participant randomized beside the ledger", .participantExtra, 9,
      """
      insert into open.participants (trial_id, participant, site_key, consented_at, state, likeness, randomized_at,
        randomization_number) select trial_id, '101-0999', '101', consented_at, 'randomized', likeness, randomized_at, 100001
        from open.participants limit 1
      """),
    Tampering(
      "the total of a site", .siteTotal, 9,
      "update open.sites set randomized = randomized + 1 where site_key = '101'"),
  ]

  static let all = entries + allocations + heads + others
}

@Suite(.serialized) struct LedgerCheckTests {
  @Test func `a ledger nobody touched passes, and the audit trail says so`() async throws {
    try await AllocatedTrial.run { world in
      let verdict = try #require(try await world.installation.checkLedger(of: world.trial))
      guard case .passed(let entries, let allocations, _, _) = verdict else {
        Issue.record("\(verdict)")
        return
      }
      #expect(entries == AllocatedTrial.entries && allocations == AllocatedTrial.participants)
      let audited = try world.direct().text(
        "select reason from allocation.audit where action = 'ledger checked' order by seq desc limit 1"
      )
      #expect(audited.wholeMatch(of: /passed: 9 entries, 6 allocations, [0-9]+ ms/) != nil)
      let health = try await world.installation.health()
      #expect(health.checkedLedgers == 1 && health.failedLedgers == 0)
    }
  }

  @Test(arguments: Tampering.all)
  func `what somebody with all rights changes is found at its first entry, and drawing stops`(
    _ tampering: Tampering
  ) async throws {
    try await AllocatedTrial.run { world in
      try world.tamper(tampering.sql)
      let verdict = try #require(try await world.installation.checkLedger(of: world.trial))
      guard case .failed(let finding, _) = verdict else {
        Issue.record("\(tampering.what) was not found: \(verdict)")
        return
      }
      #expect(finding == LedgerFinding(tampering.code, tampering.index))
      let audited = try world.direct().text(
        "select reason from allocation.audit where action = 'ledger checked' order by seq desc limit 1"
      )
      #expect(audited == "failed: \(finding)")
      #expect(try await world.installation.health().failedLedgers == 1)
    }
  }

  @Test func `an arm sealed anew by an insider with the key is found`() async throws {
    try await AllocatedTrial.run { world in
      let keys = try #require(world.installation.keys)
      let context = RequestContext(trial: world.trial.id, actor: nil, role: "", sites: .all)
      let rows = try #require(
        try await world.installation.store.snapshot(.allocator, context) {
          try $0.ledgerRows(of: world.trial.id)
        })
      let ledger = try #require(LedgerIdentity(rows.ledger))
      let row = rows.allocations[2]
      let index = Int(row.index)
      let arm = try ArmBox.opened(row.armBox, ledger: ledger, entry: index, key: keys.boxKey)
      let other: Label = arm == "ECT" ? "KET" : "ECT"
      let box = try ArmBox.sealing(
        other, ledger: ledger, entry: index, key: keys.boxKey,
        nonce: SystemRandomSource().bytes(12))
      try world.tamper(
        "update allocation.allocations set arm_box = '\\x\(box.hex)' where i = \(index)")
      let verdict = try await world.installation.checkLedger(of: world.trial)
      guard case .failed(let finding, _)? = verdict else {
        Issue.record("not found")
        return
      }
      #expect(finding == LedgerFinding(.arm, index))
    }
  }

  @Test
  func `after a failed check nobody is randomized, reading goes on, and a restart finds it again`()
    async throws
  {
    try await AllocatedTrial.run { world in
      let walk = try await Walk.ready(world, Way(initials: "ZZ"))
      try world.tamper(Tampering.dated(5))
      let before = try world.consumed()
      for office in [world.installation, try world.anotherDaemon()] {
        let refused = await refusal { try await walk.randomize(on: office) }
        #expect(refused?.code == "ledger_check_failed")
        #expect(refused?.sentence.contains("Nobody was randomized") == true)
        #expect(try world.consumed() == before)
        let coordinator = try await world.actor("coordinator", at: walk.way.site, now: walk.pressed)
        #expect(try await office.participant(walk.key, as: coordinator).state == "eligible")
        if office.ledgers !== world.installation.ledgers { await office.store.close() }
      }
    }
  }

  @Test func `two who ask at once wait for one check, and both are answered`() async throws {
    try await AllocatedTrial.run { world in
      async let first = world.installation.checkLedger(of: world.trial)
      async let second = world.installation.checkLedger(of: world.trial)
      let verdicts = try await [first, second]
      #expect(verdicts.allSatisfy { $0?.isPassed == true })
      let checks = try world.direct().text(
        "select count(*)::text from allocation.audit where action = 'ledger checked'")
      // One was made when the trial was prepared.
      #expect(checks == "2" || checks == "3")
    }
  }

  @Test func `between draft and approval, and before entropy, the ledger passes as well`()
    async throws
  {
    let database = try JourneyServer.emptyDatabase()
    _ = try await JourneyServer.migrator(of: database).migrate()
    let installation = try JourneyServer.installation(on: database)
    let template = try await TemplateTrial.made.value
    let source = try #require(EmbeddedStudies.definition("kap-ect"))
    let trial = try await installation.loadStudy(source, mode: .simulation)
    #expect(try await installation.checkLedger(of: trial) == nil)
    let manager = try #require(template.definition.role(RoleID(parsing: "rand_manager")))
    let actor = Actor(
      user: 1, username: "m", fullName: "M", role: manager, sites: .all, trial: trial,
      definition: template.definition, authenticatedAt: ReferenceTrial.start)
    let office = installation.at(ReferenceTrial.start)
    let draft = try await office.draftScheme(.definition, as: actor)
    _ = try await office.simulateDrafts(SimulationOrder(runs: 5, participants: 40), as: actor)
    try await office.commitScheme(draft, entropyPlan: "beacon", as: actor)
    #expect(try await installation.checkLedger(of: trial)?.isPassed == true)
    await installation.store.close()
    try database.drop()
  }
}

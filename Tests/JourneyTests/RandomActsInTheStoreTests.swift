import Foundation
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import Store
import StudyModel
import Testing

@testable import Conduct

/// Random acts through the whole product, each compared with a plain model and with the engine.
@Suite(.serialized) struct RandomActsInTheStoreTests {
  /// What the product is compared with: as plain as it can be.
  private struct Model {
    var entries = 3
    var receipts: [String: Data] = [:]
    var keys: [String: String] = [:]
    var positions: [String: Int] = [:]
    var bySite: [String: Int] = [:]
    var isAmending = false
    var isClosed = false
  }

  private final class Run {
    let world: ReferenceTrial
    let offices: [Installation]
    var model = Model()
    var engine: AllocationLedger
    var waiting: [Walk]
    var drawn: [Walk] = []
    let unready: Walk
    let keys: KeyRing
    var chance: TestChance
    var schemes: [Scheme]
    let context: Comment

    init(_ world: ReferenceTrial, seed: UInt64) async throws {
      self.world = world
      offices = [world.installation, try world.anotherDaemon()]
      keys = try #require(world.installation.keys)
      chance = TestChance(seed: seed)
      context = "seed \(seed)"
      var walks: [Walk] = []
      for number in 0..<14 {
        var way = Way(
          site: number.isMultiple(of: 3) ? ReferenceTrial.berlin : ReferenceTrial.london,
          initials: "R" + String(UnicodeScalar(UInt8(65 + number))))
        way.setting = number.isMultiple(of: 2) ? "OUT" : "IN"
        way.baseline = number.isMultiple(of: 4) ? 38 : 30
        walks.append(try await Walk.ready(world, way))
      }
      waiting = walks
      unready = try await Walk.ready(world, Way(initials: "QQ", leftOut: [.slot]))
      let ledger = try await world.installation.openLedger(of: world.trial)
      engine = ledger.state
      schemes = [try #require(ledger.state.schemeInForce)]
    }

    func office() -> Installation { offices[Int.random(in: 0..<2, using: &chance)] }

    /// What an act was refused with, as the stable code.
    func code(_ act: () async throws -> RandomizationReceipt) async -> String? {
      do {
        _ = try await act()
        return nil
      } catch let refusal as ActRefusal {
        return refusal.code
      } catch {
        return (error as? AllocationRefusal)?.rawValue ?? "\(error)"
      }
    }

    /// An act that must be refused with this code, and leave everything as it was.
    func refused(_ expected: String, _ act: () async throws -> RandomizationReceipt) async throws {
      let before = try world.consumed()
      let found = await code(act)
      #expect(found == expected, context)
      #expect(try world.consumed() == before, context)
    }

    func draw() async throws {
      guard !waiting.isEmpty else { return }
      let walk = waiting[Int.random(in: waiting.indices, using: &chance)]
      let office = office()
      if model.isClosed || model.isAmending {
        return try await refused(model.isClosed ? "closed" : "not_open") {
          try await walk.randomize(on: office)
        }
      }
      let receipt = try await walk.randomize(on: office)
      waiting.removeAll { $0.key == walk.key }
      drawn.append(walk)
      let participant = walk.key.text
      model.entries += 1
      model.receipts[participant] = try ConcurrencyTests.bytes(receipt)
      model.bySite[walk.way.site, default: 0] += 1
      let stratum = "\(walk.way.site) \(walk.way.setting) \(walk.way.baseline)"
      model.positions[stratum, default: 0] += 1
      let seq = try world.direct().text(
        "select seq::text from allocation.allocations where participant = '\(participant)'")
      #expect(seq == String(model.positions[stratum, default: 0]), context)
    }

    func repeatKey() async throws {
      guard let walk = drawn.randomElement(using: &chance) else { return }
      let before = try world.direct().text("select size::text from allocation.ledgers")
      let again = try await walk.randomize(on: office())
      #expect(try ConcurrencyTests.bytes(again) == model.receipts[walk.key.text], context)
      #expect(
        try world.direct().text("select size::text from allocation.ledgers") == before, context)
    }

    func misuse() async throws {
      guard let walk = drawn.randomElement(using: &chance) else { return }
      switch Int.random(in: 0..<4, using: &chance) {
      case 0:
        guard let other = waiting.first else { return }
        try await refused("request_key_reused") {
          try await other.randomize(
            requestKey: "journey-of-\(walk.key.text)", on: offices[0],
            as: try await world.actor("coordinator", at: walk.way.site, now: other.pressed))
        }
      case 1:
        try await refused("not_ready") {
          try await walk.randomize(
            requestKey: "another-key-for-the-same-\(model.entries)", on: offices[1])
        }
      case 2:
        try await refused("not_ready") {
          try await unready.randomize(
            requestKey: "a-key-for-who-is-not-ready-\(model.entries)", on: offices[0])
        }
      default:
        try await refused("invalid") {
          try await walk.randomize(requestKey: "short", on: offices[0])
        }
      }
    }

    /// Appends an entry as the acts beside allocation do, and what they keep beside it.
    func append(_ act: LedgerAct) async throws {
      let entry: LedgerEntry
      do {
        entry = try engine.entry(recording: act, at: "2027-02-01T00:00:00.000Z", by: "u1")
      } catch {
        // A second void of one allocation: the engine refuses it and nothing is written.
        return
      }
      let scope = RequestContext(trial: world.trial.id, actor: 1, role: "rand_manager", sites: .all)
      let ledger = try await world.installation.openLedger(of: world.trial)
      var state = ledger.state
      try state.apply(entry, scheme: scheme(of: entry))
      let head = try signedHead(of: state, at: entry.at, with: ledger.signing)
      let appended = AppendedEntry(
        index: Int64(entry.index), entry: entry.canonicalBytes, head: head.head.canonicalBytes,
        signature: head.signature)
      try await world.installation.store.session(.allocator, scope) { session in
        switch act {
        case .void(let subject, let reason):
          try session.recordCorrection(
            appended, of: ParticipantKey(parsing: subject.text), kind: "void", ground: reason.text,
            reason: "found at monitoring")
        case .correct(let subject, _, let reason):
          try session.recordCorrection(
            appended, of: ParticipantKey(parsing: subject.text), kind: "correct",
            ground: reason.text, reason: "found at monitoring")
        case .unblind(let subject, _):
          _ = try session.recordUnblinding(
            appended,
            DisclosureRecord(
              participant: try ParticipantKey(parsing: subject.text), kind: "EMERGENCY",
              channel: "page", isPlanned: false, ground: "CARE", reason: "found at monitoring",
              eventNumber: "", openedBy: "P. Physician", openedAt: nil, toldRoles: []))
        case .note, .close:
          try session.appendEntry(
            appended.entry, at: appended.index, head: appended.head, signature: appended.signature)
        }
      }
      model.entries += 1
    }

    func scheme(of entry: LedgerEntry) -> Scheme? {
      guard case .epoch(let number, _) = entry.body else { return nil }
      return schemes[number - 1]
    }

    func ledgerAct() async throws {
      guard let walk = drawn.randomElement(using: &chance) else { return }
      let subject = Label(walk.key.text)
      switch Int.random(in: 0..<4, using: &chance) {
      case 0: try await append(.void(subject: subject, reason: "ineligible"))
      case 1:
        guard let levels = engine.allocation(of: subject)?.levels else { return }
        try await append(.correct(subject: subject, levels: levels, reason: "typed wrongly"))
      case 2: try await append(.unblind(subject: subject, reason: "EMERGENCY CARE"))
      default: try await append(.note(text: "monitoring visit"))
      }
    }

    /// The first half of an amendment: another scheme is committed to.
    func amend() async throws {
      guard !model.isAmending, !model.isClosed, schemes.count < 3 else { return }
      let last = try #require(schemes.last)
      let text = String(decoding: last.canonicalBytes, as: UTF8.self)
      let next = try Scheme(
        parsing: Array(
          text.replacing("\"epoch\":\(last.epoch)", with: "\"epoch\":\(last.epoch + 1)").utf8))
      let candidate = text.replacing(#/"(v|epoch)":[0-9]+,?|"ledger":"[0-9a-f]+",?/#, with: "")
        .replacing(",}", with: "}")
      let draft = try await amendment.draft(candidate)
      _ = try await amendment.simulate()
      try await amendment.commit(draft)
      try await amendment.approve()
      schemes.append(next)
      model.entries += 1
      model.isAmending = true
    }

    func putIntoForce() async throws {
      guard model.isAmending else { return }
      try await amendment.record(Array(repeating: UInt8(schemes.count), count: 16))
      model.entries += 1
      model.isAmending = false
    }

    var amendment: Amendment { Amendment(world: world, now: ReferenceTrial.start) }

    /// Follows what was written and compares database, engine and model.
    func compare() async throws {
      let scope = RequestContext(trial: world.trial.id, actor: nil, role: "", sites: .all)
      let size = engine.size
      let added = try await world.installation.store.session(.custodian, scope) {
        try $0.ledgerEntries(from: Int64(size), in: scope.trial)
      }
      for bytes in added {
        let entry = try LedgerEntry(canonical: bytes)
        try engine.apply(entry, scheme: scheme(of: entry))
      }
      #expect(engine.size == model.entries, context)
      #expect(engine.allocationCount == model.receipts.count, context)
      let stored = try world.direct().text(
        """
        select l.size || ' ' || l.allocations || ' ' || encode(l.last_leaf, 'hex') || ' '
            || (select count(*) from allocation.allocations) || ' '
            || (select count(*) from open.participants where randomized_at is not null)
          from allocation.ledgers l
        """)
      let count = model.receipts.count
      #expect(
        stored == "\(model.entries) \(count) \(engine.lastLeaf.hex) \(count) \(count)", context)
      let sites = try world.direct().lines(
        "select site_key || ' ' || randomized from open.sites where randomized > 0 order by 1")
      #expect(
        sites == model.bySite.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }, context)
    }

    func act() async throws {
      switch Int.random(in: 0..<12, using: &chance) {
      case 0...3: try await draw()
      case 4...5: try await repeatKey()
      case 6...7: try await misuse()
      case 8...9: try await ledgerAct()
      case 10: try await amend()
      default: try await putIntoForce()
      }
      try await compare()
    }
  }

  @Test(arguments: [0xE0_0401, 0xE0_0402] as [UInt64])
  func `after every random act, database, engine and a plain model agree`(_ seed: UInt64)
    async throws
  {
    try await ReferenceTrial.run { world in
      let run = try await Run(world, seed: seed)
      for _ in 0..<70 { try await run.act() }
      try await run.putIntoForce()
      try await run.compare()
      try await run.append(.close(reason: "enrolment is complete"))
      run.model.isClosed = true
      try await run.draw()
      try await run.compare()
      #expect(run.drawn.count >= 8, "seed \(seed)")
      let checker = try world.anotherDaemon()
      let verdict = try await checker.checkLedger(of: world.trial)
      #expect(verdict?.isPassed == true, "seed \(seed): \(String(describing: verdict))")
      await checker.store.close()
      await run.offices[1].store.close()
    }
  }
}

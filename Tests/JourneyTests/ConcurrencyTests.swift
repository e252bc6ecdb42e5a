import Conduct
import Foundation
import Randomization
import Store
import StudyModel
import Synchronization
import Testing

@Suite(.serialized) struct ConcurrencyTests {
  /// The key of the ledger and its identity, as a receipt is checked against.
  static func ledgerKey(_ world: ReferenceTrial) async throws -> (LedgerIdentity, VerifyingKey) {
    let context = RequestContext(trial: world.trial.id, actor: nil, role: "", sites: .all)
    let stored = try #require(
      try await world.installation.store.session(.custodian, context) {
        try $0.ledger(of: world.trial.id)
      })
    return (
      try #require(LedgerIdentity(stored.ledger)), try #require(VerifyingKey(stored.publicKey))
    )
  }

  static func verify(_ receipts: [RandomizationReceipt], _ world: ReferenceTrial) async throws {
    let (identity, key) = try await ledgerKey(world)
    for receipt in receipts {
      let proof = try SiteReceipt(canonical: Array(receipt.receipt.utf8))
      try proof.verify(ledger: identity, key: key)
    }
  }

  static func bytes(_ receipt: RandomizationReceipt) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(receipt)
  }

  @Test func `REQ-084, AS-03: of two requests for one participant at one moment, one allocates`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let other = try world.anotherDaemon()
      let offices = [world.installation, other, world.installation, other]
      let outcomes = try await withThrowingTaskGroup(of: ActRefusal?.self) { group in
        for (number, office) in offices.enumerated() {
          group.addTask {
            await refusal {
              try await walk.randomize(requestKey: "at-the-same-moment-\(number)", on: office)
            }
          }
        }
        var outcomes: [ActRefusal?] = []
        for try await outcome in group { outcomes.append(outcome) }
        return outcomes
      }
      await other.store.close()
      #expect(outcomes.filter { $0 == nil }.count == 1)
      for case .notReady(let judged)? in outcomes {
        #expect(judged.filter { !$0.isMet }.map(\.code) == ["RND-03"])
      }
      #expect(outcomes.compactMap { $0?.code } == ["not_ready", "not_ready", "not_ready"])
      #expect(try world.direct().text("select count(*)::text from allocation.allocations") == "1")
      #expect(try world.direct().text("select size::text from allocation.ledgers") == "4")
    }
  }

  @Test
  func `REQ-084, AS-04: sixteen of one stratum at once take the positions 1 to 16 without gap`()
    async throws
  {
    try await ReferenceTrial.run { world in
      var walks: [Walk] = []
      for number in 0..<16 {
        let letters = "A" + String(UnicodeScalar(UInt8(65 + number)))
        walks.append(try await Walk.ready(world, Way(initials: letters)))
      }
      let other = try world.anotherDaemon()
      let receipts = try await withThrowingTaskGroup(of: RandomizationReceipt.self) { group in
        for (number, walk) in walks.enumerated() {
          let office = number.isMultiple(of: 2) ? world.installation : other
          group.addTask { try await randomizeInSpite(walk, on: office) }
        }
        var receipts: [RandomizationReceipt] = []
        for try await receipt in group { receipts.append(receipt) }
        return receipts
      }
      await other.store.close()
      let positions = try world.direct().lines(
        "select a.seq::text from allocation.allocations a order by a.seq")
      #expect(positions == (1...16).map(String.init))
      #expect(
        try world.direct().text("select count(distinct stratum)::text from allocation.allocations")
          == "1")
      #expect(Set(receipts.map(\.number)).count == 16)
      try await Self.verify(receipts, world)
      try Chain.expectWhole(world, entries: 19)
    }
  }

  @Test func `two participants who share a randomization number cannot be, whoever draws`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let first = try await Walk.ready(world)
      let second = try await Walk.ready(world, Way(initials: "CD"))
      // A source that gives the same number twice before it gives another.
      let unlucky = Installation(
        store: world.installation.store, keys: world.installation.keys,
        clock: world.installation.clock, random: RepeatingSource(), software: "equipoise test")
      let one = try await first.randomize(on: unlucky)
      let two = try await second.randomize(on: unlucky)
      #expect(one.number != two.number)
      try Chain.expectWhole(world, entries: 5)
    }
  }

  @Test func `REQ-085: the same request key gives the same receipt byte for byte, from any daemon`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walk = try await Walk.ready(world)
      let other = try world.anotherDaemon()
      let first = try await walk.randomize()
      let before = try world.direct().text("select head::text from open.audit_heads")
      let again = try await walk.randomize(at: walk.instant(9, 180))
      let elsewhere = try await walk.randomize(on: other, at: walk.instant(9, 240))
      await other.store.close()
      #expect(try Self.bytes(again) == Self.bytes(first))
      #expect(try Self.bytes(elsewhere) == Self.bytes(first))
      #expect(try world.direct().text("select head::text from open.audit_heads") == before)
      #expect(try world.direct().text("select size::text from allocation.ledgers") == "4")
      #expect(try world.direct().text("select replays::text from access.replies") == "2")
    }
  }

  @Test func `a request key used for another participant is refused and nothing is drawn`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let first = try await Walk.ready(world)
      let second = try await Walk.ready(world, Way(initials: "CD"))
      _ = try await first.randomize(requestKey: "one-key-for-two-people")
      let size = try world.direct().text("select size::text from allocation.ledgers")
      let refused = await refusal {
        try await second.randomize(requestKey: "one-key-for-two-people")
      }
      #expect(refused == .requestKeyReused)
      #expect(try world.direct().text("select size::text from allocation.ledgers") == size)
      _ = try await second.randomize()
    }
  }

  @Test func `two daemons in turn keep one whole ledger, and every receipt verifies`() async throws
  {
    try await ReferenceTrial.run { world in
      let other = try world.anotherDaemon()
      var receipts: [RandomizationReceipt] = []
      for number in 0..<6 {
        let site = number.isMultiple(of: 3) ? ReferenceTrial.berlin : ReferenceTrial.london
        let letters = "B" + String(UnicodeScalar(UInt8(65 + number)))
        let walk = try await Walk.ready(
          world, Way(site: site, initials: letters, setting: number < 4 ? "OUT" : "IN"))
        receipts.append(
          try await walk.randomize(on: number.isMultiple(of: 2) ? world.installation : other))
      }
      await other.store.close()
      try await Self.verify(receipts, world)
      try Chain.expectWhole(world, entries: 9)
    }
  }
}

/// Randomizes as a client does that asks again while it is not known or not possible.
private func randomizeInSpite(_ walk: Walk, on office: Installation) async throws
  -> RandomizationReceipt
{
  for _ in 0..<5 {
    do {
      return try await walk.randomize(on: office)
    } catch ActRefusal.unavailable, ActRefusal.outcomeUnknown {
      continue
    }
  }
  return try await walk.randomize(on: office)
}

/// The chain of the ledger as the database keeps it.
enum Chain {
  static func expectWhole(_ world: ReferenceTrial, entries: Int) throws {
    let broken = try world.direct().text(
      """
      select count(*)::text from allocation.ledger_entries e
        left join allocation.ledger_entries p on p.trial_id = e.trial_id and p.i = e.i - 1
       where convert_from(e.entry, 'UTF8')::jsonb ->> 'prev'
             is distinct from encode(coalesce(p.leaf, decode(repeat('00', 32), 'hex')), 'hex')
          or e.leaf <> sha256('\\x00'::bytea || e.entry)
      """)
    #expect(broken == "0")
    let whole = try world.direct().text(
      """
      select (l.size = count(e) and l.size = max(e.i) + 1
              and l.last_leaf = (select t.leaf from allocation.ledger_entries t order by t.i desc limit 1))::text
        from allocation.ledgers l join allocation.ledger_entries e using (trial_id)
       group by l.size, l.last_leaf
      """)
    #expect(whole == "true")
    #expect(try world.direct().text("select size::text from allocation.ledgers") == "\(entries)")
  }
}

/// A source of randomness whose short draws come in pairs.
private final class RepeatingSource: RandomSource {
  private let drawn = Counter()

  func bytes(_ count: Int) -> [UInt8] {
    guard count == 8 else { return SystemRandomSource().bytes(count) }
    return [0, 0, 0, 0, 0, 0, 0, UInt8(drawn.next() / 2)]
  }
}

/// Counts calls from any task.
private final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}

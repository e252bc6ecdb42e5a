import CRelay
import Foundation
import Postgres
import PostgresTestServer
import Randomization
import Simulation
import Store
import StudyModel
import Synchronization
import Testing

@testable import Conduct

/// Repeatable draws of a test, from a seed that a failure prints.
struct TestChance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// What must hold after any fault (the invariants of the security specification).
enum Invariants {
  /// - Parameter acknowledged: the receipts that clients hold, by participant.
  static func expect(
    _ world: ReferenceTrial, acknowledged: [String: [RandomizationReceipt]], asked: Set<String>,
    _ context: Comment
  ) async throws {
    let direct = try world.direct()
    // I1, I2: what was acknowledged exists once, with its number, and nobody else is randomized.
    let stored = try direct.lines(
      """
      select a.participant || ' R-' || p.randomization_number from allocation.allocations a
        join open.participants p using (trial_id, participant) order by 1
      """)
    #expect(Set(stored).count == stored.count, context)
    for (participant, receipts) in acknowledged {
      for receipt in receipts {
        #expect(stored.contains("\(participant) \(receipt.number)"), context)
      }
      // I5: every answer to one key is the same.
      let answers = try Set(receipts.map { try ConcurrencyTests.bytes($0) })
      #expect(answers.count == 1, context)
    }
    let randomized = Set(stored.map { String($0.prefix { $0 != " " }) })
    #expect(randomized.isSubset(of: asked), context)
    // I3 and I4: once each, and positions without gap.
    let gaps = try direct.text(
      """
      select count(*)::text from (select stratum, count(*) as n, max(seq) as last, count(distinct seq) as different
        from allocation.allocations group by stratum) s where n <> last or n <> different
      """)
    #expect(gaps == "0", context)
    // I8 and I10: the chain verifies, extends every receipt, and the seed gives the same arms.
    let checker = try world.anotherDaemon()
    let verdict = try await checker.checkLedger(of: world.trial)
    #expect(verdict?.isPassed == true, "\(context) \(String(describing: verdict))")
    await checker.store.close()
    try await ConcurrencyTests.verify(acknowledged.values.flatMap { $0 }, world)
    // I7: one audit row each.
    #expect(
      try direct.text("select count(*)::text from open.audit where action = 'randomized'")
        == String(stored.count), context)
  }
}

@Suite(.serialized) struct DrawingUnderFaultsTests {
  /// Participants of one stratum, ready.
  static func ready(_ count: Int, _ world: ReferenceTrial) async throws -> [Walk] {
    var walks: [Walk] = []
    for number in 0..<count {
      let letters =
        String(UnicodeScalar(UInt8(65 + number / 26)))
        + String(UnicodeScalar(UInt8(65 + number % 26)))
      walks.append(try await Walk.ready(world, Way(initials: letters)))
    }
    return walks
  }

  /// A client that asks until it is answered, as the programs of sites do.
  static func persist(
    _ walk: Walk, on office: Installation, times: Int = 300
  ) async throws -> RandomizationReceipt {
    for _ in 0..<times {
      do {
        return try await walk.randomize(on: office)
      } catch ActRefusal.unavailable, ActRefusal.outcomeUnknown {
        try await Task.sleep(for: .milliseconds(20))
      } catch ActRefusal.notReady {
        // Its own answer was lost, or the other client of the key came first: ask the key again.
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    return try await walk.randomize(on: office)
  }

  /// Every key is asked by two clients, on two daemons.
  private func drawTwiceEach(
    _ walks: [Walk], _ offices: [Installation]
  ) async throws -> [String: [RandomizationReceipt]] {
    try await withThrowingTaskGroup(of: (String, RandomizationReceipt).self) { group in
      for walk in walks {
        for office in offices {
          group.addTask { (walk.key.text, try await Self.persist(walk, on: office)) }
        }
      }
      var answers: [String: [RandomizationReceipt]] = [:]
      for try await (participant, receipt) in group {
        answers[participant, default: []].append(receipt)
      }
      return answers
    }
  }

  @Test
  func `64 clients on one stratum, two to a key: one allocation each, no gap, one answer a key`()
    async throws
  {
    try await ReferenceTrial.run { world in
      let walks = try await Self.ready(32, world)
      let other = try world.anotherDaemon()
      let answers = try await drawTwiceEach(walks, [world.installation, other])
      await other.store.close()
      #expect(answers.count == 32 && answers.values.allSatisfy { $0.count == 2 })
      try await Invariants.expect(
        world, acknowledged: answers, asked: Set(walks.map(\.key.text)), "64 clients")
      try Chain.expectWhole(world, entries: 3 + 32)
    }
  }

  @Test func `connections killed while 64 clients draw lose nothing and double nothing`()
    async throws
  {
    let seed: UInt64 = 0xE0_0301
    try await ReferenceTrial.run { world in
      let walks = try await Self.ready(32, world)
      let other = try world.anotherDaemon()
      let isDone = Mutex(false)
      let killer = Task.detached {
        var chance = TestChance(seed: seed)
        var killed = 0
        // Bounded, since on a busy machine an endless killer is faster than any draw.
        while killed < 100, !isDone.withLock({ $0 }) {
          let direct = try world.direct()
          killed += try direct.lines(
            """
            select pg_terminate_backend(pid)::text from pg_stat_activity
             where datname = current_database() and usename = 'eq_allocator'
             order by pid offset \(Int.random(in: 0...6, using: &chance)) limit 1
            """
          ).count
          direct.connection.close()
          try await Task.sleep(for: .milliseconds(Int.random(in: 5...40, using: &chance)))
        }
        return killed
      }
      let answers = try await drawTwiceEach(walks, [world.installation, other])
      isDone.withLock { $0 = true }
      let killed = try await killer.value
      await other.store.close()
      #expect(killed >= 5, "only \(killed) connections were killed")
      #expect(answers.count == 32 && answers.values.allSatisfy { $0.count == 2 })
      try await Invariants.expect(
        world, acknowledged: answers, asked: Set(walks.map(\.key.text)), "seed \(seed)")
    }
  }

  @Test func `the line cut anywhere in the exchange of a draw leaves the draw whole or undone`()
    async throws
  {
    let seed: UInt64 = 0xE0_0302
    let server = try JourneyServer.shared()
    let path = server.directory + "/cut"
    try server.makeDirectory(path)
    let socket = "/.s.PGSQL.5432"
    #expect(unsafe relay_start(1, path + socket, server.directory + socket) == 0)
    try await ReferenceTrial.run { world in
      // Checks are looked at again behind the draw: a cut there is one of the exchange and loses nothing.
      let walks = try await Self.ready(36, world)
      var chance = TestChance(seed: seed)
      var answers: [String: [RandomizationReceipt]] = [:]
      var lost = 0
      let cut = Installation(
        store: TrialStore(world.database.configuration.with("host", path)),
        keys: world.installation.keys, clock: world.installation.clock, software: "equipoise test")
      // The first draw goes through and tells how long the exchange is.
      answers[walks[0].key.text] = [try await walks[0].randomize(on: cut)]
      relay_arm(1, -1, -1)
      answers[walks[1].key.text] = [try await walks[1].randomize(on: cut)]
      let (up, down) = (relay_sent_to_server(1), relay_sent_to_client(1))
      #expect(up > 500 && down > 500)
      for walk in walks.dropFirst(2) {
        let isUp = Bool.random(using: &chance)
        relay_arm(
          1, isUp ? Int64.random(in: 0...up, using: &chance) : -1,
          isUp ? -1 : Int64.random(in: 0...down, using: &chance))
        do {
          answers[walk.key.text, default: []].append(try await walk.randomize(on: cut))
        } catch {
          lost += 1
          #expect(error is ActRefusal, "\(error)")
        }
        relay_arm(1, -1, -1)
        // The same key again, over the mended line and beside it.
        for office in [cut, world.installation] {
          answers[walk.key.text, default: []].append(try await Self.persist(walk, on: office))
        }
      }
      await cut.store.close()
      #expect(lost >= 10, "only \(lost) draws were cut")
      #expect(answers.count == 36)
      try await Invariants.expect(
        world, acknowledged: answers, asked: Set(walks.map(\.key.text)), "seed \(seed)")
      try Chain.expectWhole(world, entries: 3 + 36)
    }
  }
}

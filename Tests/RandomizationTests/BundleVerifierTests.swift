import Testing

@testable import Randomization

@Suite struct BundleVerifierTests {
  private let world: TrialWorld

  init() throws {
    var world = try TrialWorld(
      .block(sizes: [3, 6]), caps: [.init(when: ["site": "S03"], max: 2)])
    for number in 1...6 { try world.allocate(number, site: TrialWorld.sites[number % 2]) }
    try world.act(.void(subject: "P-3", reason: "ineligible"))
    try world.act(
      .correct(subject: "P-4", levels: ["site": "S01", "sex": "male"], reason: "typed wrongly"))
    try world.act(.unblind(subject: "P-1", reason: "emergency"))
    try world.act(.note(text: "audit"))
    try world.allocate(7, site: "S03")
    try world.allocate(8, site: "S03")
    try world.act(.close(reason: "target reached"))
    self.world = world
  }

  /// The bodies as a chain of their own, with no head, so that only replay can object.
  private func chain(_ bodies: [LedgerEntry.Body]) throws -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    for body in bodies {
      entries.append(
        try LedgerEntry(
          index: entries.count, previous: entries.last?.leaf ?? .zero, at: TrialWorld.instant,
          by: "keeper", body: body))
    }
    return entries
  }

  private func outcome(
    _ entries: [LedgerEntry], heads: [SignedHead] = [], reveal: Bundle.Reveal?
  ) throws -> BundleVerifier.Outcome {
    BundleVerifier.verify(
      try Bundle(entries: entries, heads: heads, reveal: reveal).canonicalBytes())
  }

  private func forged(
    _ change: (inout [LedgerEntry.Body]) throws -> Void
  ) throws -> BundleVerifier.Outcome {
    var bodies = world.entries.map(\.body)
    try change(&bodies)
    return try outcome(chain(bodies), reveal: world.reveal)
  }

  /// The allocation at an index with some parts replaced.
  private func allocation(
    _ index: Int, rid: Label? = nil, subject: Label? = nil, epoch: Int? = nil,
    levels: [Label: Label]? = nil, seq: Int? = nil, seal: Fingerprint? = nil
  ) throws -> LedgerEntry.Body {
    guard case .allocate(let old) = world.entries[index].body else {
      throw LedgerFault.kind
    }
    return .allocate(
      .init(
        requestID: rid ?? old.requestID, subject: subject ?? old.subject,
        epoch: epoch ?? old.epoch, levels: levels ?? old.levels, seq: seq ?? old.seq,
        seal: seal ?? old.seal))
  }

  @Test func `a finished trial verifies, and without the reveal its chain does`() throws {
    #expect(
      try outcome(world.entries, heads: world.heads, reveal: world.reveal)
        == .verified(world.entries.count))
    #expect(
      try outcome(world.entries, heads: world.heads, reveal: nil)
        == .chainOnly(world.entries.count))
    #expect(try forged { _ in } == .verified(world.entries.count))
  }

  @Test func `an entry removed or edited in place is found where it is`() throws {
    var entries = world.entries
    entries.remove(at: 5)
    #expect(try outcome(entries, reveal: nil) == .failure(.index, index: 5))
    entries = world.entries
    entries[5] = try LedgerEntry(
      index: 5, previous: entries[5].previous, at: entries[5].at, by: "somebody else",
      body: entries[5].body)
    #expect(try outcome(entries, reveal: nil) == .failure(.chain, index: 6))
    #expect(try outcome([], reveal: nil) == .failure(.open, index: 0))
    let headless = try chain([.note(text: "first")])
    #expect(try outcome(headless, reveal: nil) == .failure(.open, index: 0))
  }

  @Test func `a head of another history, ledger or size forks, an altered one is unsigned`() throws
  {
    let good = world.heads
    func head(_ head: LedgerHead?) throws -> [SignedHead] {
      [good[0], try #require(head).signed(with: world.signingKey)]
    }
    let last = try #require(good.last?.head)
    let other = try #require(LedgerIdentity(Array(repeating: 0, count: 16)))
    let at = TrialWorld.instant
    for forked in [
      LedgerHead(ledger: world.identity, size: last.size, root: .zero, at: at),
      LedgerHead(ledger: other, size: last.size, root: last.root, at: at),
      LedgerHead(ledger: world.identity, size: last.size + 1, root: last.root, at: at),
    ] {
      #expect(
        try outcome(world.entries, heads: try head(forked), reveal: nil)
          == .failure(.fork, index: 1))
    }
    let unsigned = SignedHead(head: last, signature: good[0].signature)
    #expect(
      try outcome(world.entries, heads: [good[0], good[1], unsigned], reveal: nil)
        == .failure(.signature, index: 2))
  }

  @Test func `another seed or scheme is not the one committed to`() throws {
    let seed = try #require(Seed(secureBytes: Array(repeating: 0, count: 32)))
    let reveal = world.reveal
    #expect(
      try outcome(
        world.entries, reveal: .init(seed: seed, schemes: reveal.schemes, arms: nil))
        == .failure(.seed, index: 0))
    let scheme = try world.scheme(.block(sizes: [3]))
    #expect(
      try outcome(
        world.entries, reveal: .init(seed: reveal.seed, schemes: [scheme], arms: nil))
        == .failure(.scheme, index: 1))
    #expect(
      try outcome(world.entries, reveal: .init(seed: reveal.seed, schemes: [], arms: nil))
        == .failure(.scheme, index: 1))
  }

  @Test func `entropy without a pending epoch, and allocation without entropy, are found`() throws {
    #expect(
      try forged { $0[2] = .entropy(epoch: 2, value: [], source: "dice") }
        == .failure(.entropy, index: 2))
    #expect(try forged { $0.remove(at: 2) } == .failure(.entropy, index: 2))
    // Entropy chosen afterwards changes every key, so the first seal no longer follows.
    let steered = try forged { $0[2] = .entropy(epoch: 1, value: [9], source: "dice") }
    #expect(steered == .failure(.allocation, index: 3))
  }

  @Test func `a participant or request allocated twice is found`() throws {
    #expect(
      try forged { $0[5] = try allocation(5, rid: "r1") } == .failure(.duplicate, index: 5))
    #expect(
      try forged { $0[5] = try allocation(5, subject: "P-1") } == .failure(.duplicate, index: 5))
  }

  @Test func `an allocation that had to be refused is found`() throws {
    #expect(
      try forged { $0[5] = try allocation(5, levels: ["site": "S01"]) }
        == .failure(.refusable, index: 5))
    #expect(
      try forged { $0[5] = try allocation(5, levels: ["site": "S09", "sex": "male"]) }
        == .failure(.refusable, index: 5))
    #expect(
      try forged { bodies in
        bodies.insert(
          try allocation(
            8, rid: "r9", subject: "P-9", levels: ["site": "S03", "sex": "male"], seq: 3),
          at: 15)
      } == .failure(.refusable, index: 15))
    #expect(
      try forged { bodies in
        bodies.append(try allocation(8, rid: "r9", subject: "P-9", seq: 9))
      } == .failure(.refusable, index: 16))
  }

  @Test func `a position, epoch or seal that does not follow is found`() throws {
    #expect(
      try forged { $0[5] = try allocation(5, seq: 9) } == .failure(.sequence, index: 5))
    #expect(
      try forged { $0[5] = try allocation(5, epoch: 2) } == .failure(.sequence, index: 5))
    let other = try #require(world.ledger.allocation(of: "P-3"))
    let steered = other.sealKey.seal(arm: other.arm == "KET" ? "ECT" : "KET")
    #expect(
      try forged { $0[5] = try allocation(5, seal: steered) } == .failure(.allocation, index: 5))
  }

  @Test func `an act upon somebody never allocated, and an unknown kind, are found`() throws {
    #expect(
      try forged { $0[9] = .void(subject: "P-99", reason: "x") } == .failure(.subject, index: 9))
    #expect(
      try forged { $0[10] = .correct(subject: "P-99", levels: [:], reason: "x") }
        == .failure(.subject, index: 10))
    #expect(try forged { $0[12] = $0[0] } == .failure(.kind, index: 12))
    let text = String(decoding: try world.bundle.canonicalBytes(), as: UTF8.self)
    let cut = try chain(world.entries.prefix(13).map(\.body))
    let short = String(
      decoding: try Bundle(entries: cut, heads: [], reveal: world.reveal).canonicalBytes(),
      as: UTF8.self)
    let renamed = short.replacing("\"kind\":\"note\"", with: "\"kind\":\"remark\"")
    #expect(renamed != short)
    #expect(BundleVerifier.verify(Array(renamed.utf8)) == .failure(.kind, index: 12))
    #expect(
      BundleVerifier.verify(Array(text.dropLast().utf8)) == .failure(.format, index: 0))
  }

  @Test func `a scheme that may not follow is found when it comes into force`() throws {
    let carrying = try world.scheme(.minimizing, epoch: 2, carry: true)
    let commitment = world.seed.commitment(to: carrying)
    let entries = try chain(
      world.entries.prefix(9).map(\.body) + [
        .epoch(number: 2, commitment: commitment),
        .entropy(epoch: 2, value: [], source: "dice"),
      ])
    let reveal = world.reveal
    #expect(
      try outcome(
        entries,
        reveal: .init(seed: reveal.seed, schemes: reveal.schemes + [carrying], arms: nil))
        == .failure(.scheme, index: 10))
  }

  @Test func `a committed scheme that breaks a rule is found when it comes into force`() throws {
    let sound = try world.scheme(.block(sizes: [3]), epoch: 2)
    let bad = String(decoding: sound.canonicalBytes, as: UTF8.self)
      .replacing("[3]", with: "[4]")
    let commitment = world.seed.commitment(toCanonical: Array(bad.utf8), epoch: 2)
    let entries = try chain(
      world.entries.prefix(9).map(\.body) + [
        .epoch(number: 2, commitment: commitment),
        .entropy(epoch: 2, value: [], source: "dice"),
      ])
    let bundle = Bundle(
      entries: entries, heads: [],
      reveal: .init(seed: world.seed, schemes: world.schemes, arms: nil))
    let text = String(decoding: try bundle.canonicalBytes(), as: UTF8.self)
      .replacing("\"schemes\":[", with: "\"schemes\":[\(bad),")
    #expect(BundleVerifier.verify(Array(text.utf8)) == .failure(.scheme, index: 10))
  }

  @Test func `a treatment column that differs from the ledger is found`() throws {
    let reveal = world.reveal
    let rows = try #require(reveal.arms)
    func outcome(_ rows: [Bundle.ArmRow]) throws -> BundleVerifier.Outcome {
      try self.outcome(
        world.entries, reveal: .init(seed: reveal.seed, schemes: reveal.schemes, arms: rows))
    }
    var changed = rows
    changed[4] = .init(subject: rows[4].subject, arm: rows[4].arm == "KET" ? "KAP" : "KET")
    #expect(try outcome(changed) == .failure(.arms, index: 4))
    #expect(try outcome(rows.dropLast()) == .failure(.arms, index: rows.count - 1))
    changed = rows
    changed[4] = rows[3]
    #expect(try outcome(changed) == .failure(.arms, index: 4))
    changed[4] = .init(subject: "P-99", arm: "KET")
    #expect(try outcome(changed) == .failure(.arms, index: 4))
  }
}

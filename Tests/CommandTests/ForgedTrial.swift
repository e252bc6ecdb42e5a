import Foundation

@testable import Randomization

/// A finished trial of random acts, and the keys with which a keeper could forge it.
///
/// Three epochs, each by a method of its own; minimization is carried on where the rules allow it.
struct ForgedTrial {
  static let instant = "2027-03-01T09:30:00.000Z"
  static let sites: [Label] = ["Zürich", "S\"2\\", "S03 精神科 😀"]

  let number: UInt64
  let seed: Seed
  let signingKey: SigningKey
  let identity: LedgerIdentity
  private(set) var ledger: AllocationLedger
  private(set) var bodies: [LedgerEntry.Body]
  private(set) var schemes: [Scheme] = []
  private var bits: Bits

  struct NoKey: Error {}

  /// The trial of this number, always the same.
  init(_ number: UInt64) throws {
    self.number = number
    bits = Bits(state: number)
    guard let seed = Seed(secureBytes: (0..<32).map { UInt8(($0 * 7 + number) % 256) }),
      let key = SigningKey(secureBytes: Array(repeating: UInt8(number % 200 + 1), count: 32)),
      let identity = LedgerIdentity(Array(repeating: UInt8(number % 250), count: 16))
    else { throw NoKey() }
    self.seed = seed
    signingKey = key
    self.identity = identity
    let opening = LedgerEntry.Opening(
      ledger: identity, seedCommitment: seed.commitment, key: key.verifyingKey,
      entropyPlan: "dice of the committee")
    ledger = try AllocationLedger(
      opening: AllocationLedger.opening(opening, at: Self.instant, by: "keeper"), seed: seed)
    bodies = [.open(opening)]
    try conduct()
  }

  private mutating func conduct() throws {
    for epoch in 1...3 {
      let scheme = try nextScheme(epoch)
      try record(ledger.entry(committingTo: scheme, at: Self.instant, by: "keeper"), scheme)
      try record(
        ledger.entry(
          publicEntropy: (0..<Int.random(in: 0...40, using: &bits)).map { UInt8($0) },
          source: "dice", at: Self.instant, by: "committee"))
      for _ in 0..<40 { try act() }
    }
    try record(ledger.entry(recording: .close(reason: "target"), at: Self.instant, by: "keeper"))
  }

  private mutating func record(_ entry: LedgerEntry, _ scheme: Scheme? = nil) throws {
    try ledger.apply(entry, scheme: scheme)
    bodies.append(entry.body)
    if let scheme { schemes.append(scheme) }
  }

  private mutating func act() throws {
    let levels: [Label: Label] = [
      "site": Self.sites[Int.random(in: 0..<3, using: &bits)],
      "sex": Bool.random(using: &bits) ? "female" : "male",
      "age": ["18–40", "41–65", "> 65"][Int.random(in: 0..<3, using: &bits)],
    ]
    let subject = Label("P-\(Int.random(in: 1...400, using: &bits))")
    switch Int.random(in: 0..<10, using: &bits) {
    case 0:
      try attempt(.void(subject: subject, reason: "ineligible"))
    case 1:
      try attempt(.correct(subject: subject, levels: levels, reason: "typed wrongly"))
    case 2:
      try attempt(.unblind(subject: subject, reason: "emergency"))
    default:
      let request = try AllocationRequest(
        requestID: Label("r\(bodies.count)"), subject: subject, levels: levels)
      guard case .success(let draw) = ledger.draw(request) else { return }
      try record(ledger.entry(for: draw, at: Self.instant, by: "coordinator"))
    }
  }

  /// Recorded of somebody who was allocated, else of nobody.
  private mutating func attempt(_ act: LedgerAct) throws {
    guard let entry = try? ledger.entry(recording: act, at: Self.instant, by: "monitor") else {
      return
    }
    try record(entry)
  }

  private mutating func nextScheme(_ epoch: Int) throws -> Scheme {
    // The number of the trial decides what must occur somewhere; the rest is left to chance.
    let turn = Int(number) + epoch
    let isMinimized = (Int(number) >> (epoch - 1)) % 2 == 1
    let before = schemes.last
    let carries: Bool
    if let before, isMinimized, case .minimization = before.method {
      carries = true
    } else {
      carries = false
    }
    let ratios =
      carries ? (before?.ratios ?? []) : Bool.random(using: &bits) ? [1, 1, 1] : [2, 2, 1]
    let method =
      isMinimized
      ? minimization(turn, like: carries ? before : nil) : Self.plain(turn, ratios)
    return try Scheme(
      ledger: identity, epoch: epoch,
      arms: zip(["KET", "KAP", "ECT"], ratios).map { .init(id: $0, ratio: $1) },
      factors: [
        .init(id: "site", levels: Self.sites), .init(id: "sex", levels: ["female", "male"]),
        .init(id: "age", levels: ["18–40", "41–65", "> 65"]),
      ], strata: isMinimized ? ["sex"] : ["site", "sex"], method: method,
      caps: [.init(when: ["site": Self.sites[2]], max: 25), .init(when: [:], max: 85)],
      void: number % 2 == 1 ? .drop : .keep, correct: number % 3 == 0 ? .apply : .keep,
      carry: carries)
  }

  private mutating func minimization(_ turn: Int, like before: Scheme?) -> Scheme.Method {
    var unequal: Scheme.Minimization.Unequal = Bool.random(using: &bits) ? .slots : .biasedCoin
    if case .minimization(let settings)? = before?.method { unequal = settings.unequal }
    let measures: [Scheme.Minimization.Measure] = [.range, .variance, .sd, .marginalBalance]
    return .minimization(
      .init(
        factors: [.init(id: "site", weight: 3), .init(id: "age", weight: 2)],
        overall: Int.random(in: 0...1, using: &bits),
        measure: measures[turn % measures.count], p: .init(4, of: 5),
        unequal: unequal))
  }

  private static func plain(_ turn: Int, _ ratios: [Int]) -> Scheme.Method {
    let sum = ratios.reduce(0, +)
    let methods: [Scheme.Method] = [
      .simple, .block(sizes: [sum, 2 * sum]), .blockUrn(lambda: 2), .bigStick(mti: 2),
      .maximal(mti: 2, length: 2 * sum), .biasedCoin(.init(2, of: 3)), .urn(alpha: 0, beta: 2),
    ]
    return methods[turn % methods.count]
  }

  /// The index of the nth allocation among the entries.
  func allocation(_ number: Int) -> (index: Int, body: LedgerEntry.SealedAllocation) {
    let all = bodies.enumerated().compactMap { index, body in
      if case .allocate(let allocation) = body { (index, allocation) } else { nil }
    }
    return all[number]
  }

  /// The bodies as a chain of entries.
  func chain(_ bodies: [LedgerEntry.Body]) throws -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    for body in bodies {
      entries.append(
        try LedgerEntry(
          index: entries.count, previous: entries.last?.leaf ?? .zero, at: Self.instant,
          by: "keeper", body: body))
    }
    return entries
  }

  /// Heads of some sizes over entries, signed by the ledger's key.
  func heads(_ entries: [LedgerEntry]) throws -> [SignedHead] {
    try [0, 1, 2, entries.count / 2, entries.count - 1, entries.count].map { size in
      let root = MerkleTree(leaves: entries.prefix(size).map(\.leaf)).root()
      guard let head = LedgerHead(ledger: identity, size: size, root: root, at: Self.instant)
      else { throw NoKey() }
      return head.signed(with: signingKey)
    }
  }

  /// What is revealed of the trial as it was conducted.
  var rows: [Randomization.Bundle.ArmRow] {
    ledger.allocations.map { .init(subject: $0.subject, arm: $0.arm) }
  }

  /// The bundle of bodies, everything recomputed and signed anew.
  func bundle(
    _ bodies: [LedgerEntry.Body]? = nil, schemes: [Scheme]? = nil, seed: Seed? = nil,
    rows: [Randomization.Bundle.ArmRow]? = nil
  ) throws -> Randomization.Bundle {
    let entries = try chain(bodies ?? self.bodies)
    return Randomization.Bundle(
      entries: entries, heads: try heads(entries),
      reveal: .init(
        seed: seed ?? self.seed, schemes: schemes ?? self.schemes, arms: rows ?? self.rows))
  }

  /// The bundle after one body was replaced.
  func replacing(_ index: Int, by body: LedgerEntry.Body) throws -> Randomization.Bundle {
    var bodies = bodies
    bodies[index] = body
    return try bundle(bodies)
  }

  /// A small generator, repeatable from its state.
  struct Bits: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
  }
}

import Testing

@testable import Randomization

/// One made-up trial for tests, with everything a server would hold.
struct TrialWorld {
  static let instant = "2027-03-01T09:30:00.000Z"
  static let sites: [Label] = ["S01", "S02", "S03"]

  let seed: Seed
  let signingKey: SigningKey
  let identity: LedgerIdentity
  private(set) var ledger: AllocationLedger
  private(set) var entries: [LedgerEntry]
  private(set) var heads: [SignedHead] = []
  private(set) var schemes: [Scheme] = []

  init() throws {
    seed = try #require(Seed(secureBytes: Array(repeating: 0x5E, count: 32)))
    signingKey = try #require(SigningKey(secureBytes: Array(repeating: 0x21, count: 32)))
    identity = try #require(LedgerIdentity(Array(repeating: 0xA1, count: 16)))
    let opening = try AllocationLedger.opening(
      .init(
        ledger: identity, seedCommitment: seed.commitment, key: signingKey.verifyingKey,
        entropyPlan: "dice of the monitoring committee"), at: Self.instant, by: "statistician")
    ledger = try AllocationLedger(opening: opening, seed: seed)
    entries = [opening]
  }

  /// A trial whose first epoch allocates by this method.
  init(
    _ method: Scheme.Method, strata: [Label] = ["site"], caps: [Scheme.Cap] = [],
    void: Scheme.VoidRule = .keep, correct: Scheme.CorrectionRule = .keep
  ) throws {
    try self.init()
    try start(
      scheme(method, strata: strata, caps: caps, void: void, correct: correct))
  }

  func scheme(
    _ method: Scheme.Method, epoch: Int = 1, ratios: [Int] = [1, 1, 1],
    arms: [Label] = ["KET", "KAP", "ECT"], strata: [Label] = ["site"],
    caps: [Scheme.Cap] = [], void: Scheme.VoidRule = .keep,
    correct: Scheme.CorrectionRule = .keep, carry: Bool = false
  ) throws -> Scheme {
    try Scheme(
      ledger: identity, epoch: epoch,
      arms: zip(arms, ratios).map { .init(id: $0, ratio: $1) },
      factors: [
        .init(id: "site", levels: Self.sites), .init(id: "sex", levels: ["female", "male"]),
      ], strata: strata, method: method, caps: caps, void: void, correct: correct, carry: carry)
  }

  mutating func record(_ entry: LedgerEntry, scheme: Scheme? = nil) throws {
    try ledger.apply(entry, scheme: scheme)
    entries.append(entry)
    if let scheme { schemes.append(scheme) }
    guard let head = LedgerHead(of: ledger, at: Self.instant) else { return }
    heads.append(head.signed(with: signingKey))
  }

  mutating func commit(_ scheme: Scheme) throws {
    try record(
      ledger.entry(committingTo: scheme, at: Self.instant, by: "statistician"), scheme: scheme)
  }

  mutating func start(_ scheme: Scheme) throws {
    try commit(scheme)
    try record(
      ledger.entry(publicEntropy: [1, 2, 3], source: "dice", at: Self.instant, by: "committee"))
  }

  mutating func act(_ act: LedgerAct) throws {
    try record(ledger.entry(recording: act, at: Self.instant, by: "monitor"))
  }

  static func request(
    _ number: Int, site: Label = "S01", sex: Label = "female"
  ) throws -> AllocationRequest {
    try AllocationRequest(
      requestID: Label("r\(number)"), subject: Label("P-\(number)"),
      levels: ["site": site, "sex": sex])
  }

  @discardableResult
  mutating func allocate(
    _ number: Int, site: Label = "S01", sex: Label = "female"
  ) throws -> Draw {
    let draw = try ledger.draw(Self.request(number, site: site, sex: sex)).get()
    try record(ledger.entry(for: draw, at: Self.instant, by: "coordinator"))
    return draw
  }

  var reveal: Bundle.Reveal {
    .init(
      seed: seed, schemes: schemes,
      arms: ledger.allocations.map { .init(subject: $0.subject, arm: $0.arm) })
  }

  var bundle: Bundle { Bundle(entries: entries, heads: heads, reveal: reveal) }
}

extension Scheme.Method {
  static let minimizing = Scheme.Method.minimization(
    .init(
      factors: [.init(id: "sex", weight: 2)], overall: 1, measure: .range, p: .init(4, of: 5),
      unequal: .slots))
}

/// A small generator for tests, repeatable from its seed.
struct TestBits: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

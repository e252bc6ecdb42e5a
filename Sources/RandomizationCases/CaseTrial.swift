import Randomization

/// A trial opened for a case, allocating as the server does: draw, record, apply.
struct CaseTrial {
  private static let instant = "2027-01-01T00:00:00.000Z"

  private(set) var ledger: AllocationLedger

  init(scheme: Scheme, seed: Seed, publicEntropy: [UInt8]) throws(CaseFileRefusal) {
    guard let key = VerifyingKey(Array(repeating: 0, count: VerifyingKey.length)) else {
      throw .malformed("a key")
    }
    do {
      let opening = try AllocationLedger.opening(
        .init(
          ledger: scheme.ledger, seedCommitment: seed.commitment, key: key, entropyPlan: "none"),
        at: Self.instant, by: "case")
      ledger = try AllocationLedger(opening: opening, seed: seed)
      try ledger.apply(
        ledger.entry(committingTo: scheme, at: Self.instant, by: "case"), scheme: scheme)
      try ledger.apply(
        ledger.entry(publicEntropy: publicEntropy, source: "case", at: Self.instant, by: "case"))
    } catch {
      throw .malformed("a scheme of the first epoch")
    }
  }

  /// Allocates and records, or tells why not.
  mutating func allocate(
    rid: String, subject: String, levels: [Label: Label]
  ) throws(CaseFileRefusal) -> Result<Draw, AllocationRefusal> {
    do {
      let request = try AllocationRequest(
        requestID: Label(rid), subject: Label(subject), levels: levels)
      let result = ledger.draw(request)
      if case .success(let draw) = result, draw.recordedIn == nil {
        try ledger.apply(ledger.entry(for: draw, at: Self.instant, by: "case"))
      }
      return result
    } catch {
      throw .malformed("a request that can be recorded")
    }
  }
}

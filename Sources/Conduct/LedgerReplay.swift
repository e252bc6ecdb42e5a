import Randomization
import Store

/// Opens a trial's boxes and follows its ledger from the first entry.
struct LedgerReplay {
  let keys: KeyRing
  let trial: TrialID

  func replay(
    entries: [[UInt8]], seedBox: [UInt8]?, headBox: [UInt8]?, schemes: [[UInt8]]
  ) throws -> OpenLedger {
    guard let first = entries.first, let seedBox, let headBox else {
      throw ActRefusal.notNow(
        code: "randomization_not_in_force", sentence: "The randomization is not set up yet.")
    }
    let opening = try LedgerEntry(canonical: first)
    guard case .open(let body) = opening.body else { throw LedgerFault.open }
    let seed = try keys.seed(in: seedBox, of: body.ledger)
    guard let signing = SigningKey(secureBytes: try keys.open(headBox, for: .headKey(trial: trial)))
    else { throw ActRefusal.keyMissing }
    var state = try AllocationLedger(opening: opening, seed: seed)
    try follow(&state, entries: entries.dropFirst(), schemes: schemes)
    return OpenLedger(state: state, signing: signing)
  }

  /// The ledger as this transaction sees it.
  ///
  /// - Parameters:
  ///   - known: where this daemon last was.
  ///   - size: the entries the database holds, where the transaction has locked the ledger.
  func current(
    _ session: Session, from known: OpenLedger?, size: Int? = nil
  ) throws -> OpenLedger {
    let schemes = { try session.schemes(in: trial).map(\.box) }
    if var known, known.state.size <= size ?? .max {
      if known.state.size != size {
        try follow(
          &known.state,
          entries: try session.ledgerEntries(from: Int64(known.state.size), in: trial),
          schemes: try schemes())
      }
      return known
    }
    return try replay(
      entries: try session.ledgerEntries(from: 0, in: trial),
      seedBox: try session.secret(.seed, in: trial),
      headBox: try session.secret(.headKey, in: trial), schemes: try schemes())
  }

  private func follow(
    _ state: inout AllocationLedger, entries: some Sequence<[UInt8]>, schemes: [[UInt8]]
  ) throws {
    for bytes in entries {
      let entry = try LedgerEntry(canonical: bytes)
      if case .epoch(let number, _) = entry.body {
        guard schemes.indices.contains(number - 1) else { throw LedgerFault.scheme }
        let canonical = try keys.open(
          schemes[number - 1], for: .scheme(trial: trial, epoch: number))
        try state.apply(entry, scheme: try Scheme(parsing: canonical))
      } else {
        try state.apply(entry)
      }
    }
  }
}

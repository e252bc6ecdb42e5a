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
  /// What is known is gone on from only where the database holds its last entry: a draw whose
  /// commit failed may have left behind an entry that was never written.
  ///
  /// - Parameters:
  ///   - known: where this daemon last was.
  ///   - locked: the ledger's end, where the transaction has locked it.
  func current(
    _ session: Session, from known: OpenLedger?, locked: LockedLedger? = nil
  ) throws -> OpenLedger {
    let schemes = { try session.schemes(in: trial).map(\.box) }
    if var known {
      if locked?.lastLeaf == known.state.lastLeaf.bytes { return known }
      let entries = try session.ledgerEntries(from: Int64(known.state.size - 1), in: trial)
      if let last = entries.first, try LedgerEntry(canonical: last).leaf == known.state.lastLeaf {
        try follow(&known.state, entries: entries.dropFirst(), schemes: try schemes())
        return known
      }
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

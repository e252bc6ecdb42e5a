import Randomization
import Store

extension LedgerReplay {
  /// The ledger as this transaction sees it, followed from where the daemon last was.
  func current(_ session: Session, shelf: LedgerShelf) throws -> OpenLedger {
    let schemes = try session.schemes(in: trial).map(\.box)
    if var known = shelf.find(trial) {
      let entries = try session.ledgerEntries(from: Int64(known.state.size), in: trial)
      try follow(&known.state, entries: entries, schemes: schemes)
      return known
    }
    return try replay(
      entries: try session.ledgerEntries(from: 0, in: trial),
      seedBox: try session.secret(.seed, in: trial),
      headBox: try session.secret(.headKey, in: trial), schemes: schemes)
  }
}

import Crypto
import Randomization
import Store
import Synchronization

/// A trial's ledger as the daemon has followed it, with what is needed to go on.
struct OpenLedger: Sendable {
  var state: AllocationLedger
  let signing: SigningKey
}

/// Ledgers already followed, by trial.
///
/// A shortcut only: each is compared with the database's last entry and brought up to it before it
/// is used (`LedgerReplay.current`), and replaying from nothing gives the same value. The last entry
/// of one may still be in flight, or never have been committed.
final class LedgerShelf: Sendable {
  private let known = Mutex<[TrialID: OpenLedger]>([:])

  func find(_ trial: TrialID) -> OpenLedger? { known.withLock { $0[trial] } }

  /// Takes the ledger off the shelf, so that its one owner changes it without a copy.
  func take(_ trial: TrialID) -> OpenLedger? { known.withLock { $0.removeValue(forKey: trial) } }

  func keep(_ ledger: OpenLedger, for trial: TrialID) {
    known.withLock { shelf in
      if let other = shelf[trial], other.state.size > ledger.state.size { return }
      shelf[trial] = ledger
    }
  }

  func forget(_ trial: TrialID) { known.withLock { _ = $0.removeValue(forKey: trial) } }
}

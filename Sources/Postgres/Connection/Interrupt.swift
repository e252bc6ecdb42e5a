internal import CPostgres
internal import Synchronization

/// The bell by which another thread asks a connection to stop what it is doing.
final class Interrupt: Sendable {
  /// Readable while the bell rings.
  let event: Int32
  private let cause = Mutex<DatabaseError?>(nil)
  private let isRaisedFlag = Atomic(false)

  init() { event = cpostgres_event_open() }

  deinit { cpostgres_close(event) }

  /// Looked at before each statement without a lock.
  var isRaised: Bool { isRaisedFlag.load(ordering: .acquiring) }

  var reason: DatabaseError { cause.withLock { $0 } ?? .cancelled }

  func raise(_ error: DatabaseError) {
    cause.withLock { $0 = $0 ?? error }
    isRaisedFlag.store(true, ordering: .releasing)
    cpostgres_event_raise(event)
  }

  func clear() {
    guard isRaised else { return }
    cause.withLock { $0 = nil }
    isRaisedFlag.store(false, ordering: .releasing)
    cpostgres_event_clear(event)
  }
}

/// Whose work it is: allocations keep connections in reserve.
public enum Lane: Sendable, Hashable {
  /// Everything but drawing an allocation.
  case ordinary
  /// Drawing an allocation, which must not wait behind page views.
  case allocation
}

/// One closure that wants a connection.
///
/// `@unchecked Sendable`: `phase` and `ticket` are read and written only under the pool's lock; the
/// rest never changes.
final class UnitOfWork: @unchecked Sendable {
  enum Phase {
    case new
    case abandoned
    case waiting
    case running(worker: Int)
    case done
  }

  let lane: Lane
  let deadline: Int64
  /// Does the work and returns what tells the caller, to be called when the worker is free again.
  let run: @Sendable (Connection) -> @Sendable () -> Void
  let fail: @Sendable (DatabaseError) -> Void
  var phase = Phase.new
  var ticket: UInt64 = 0

  init(
    lane: Lane, deadline: Int64, run: @escaping @Sendable (Connection) -> @Sendable () -> Void,
    fail: @escaping @Sendable (DatabaseError) -> Void
  ) {
    self.lane = lane
    self.deadline = deadline
    self.run = run
    self.fail = fail
  }
}

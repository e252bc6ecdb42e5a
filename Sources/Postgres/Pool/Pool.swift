internal import Synchronization

/// A bounded set of connections, each on a thread of its own, given out first come, first served.
///
/// A unit of work is one synchronous closure that runs on the connection's thread: a transaction
/// has no suspension point, and no thread of the cooperative pool ever blocks. Connections are
/// opened when they are first needed and again when they broke.
public final class Pool: Sendable {
  private let core: PoolCore

  /// A pool of `size` connections, of which `reserve` are kept for drawing allocations.
  ///
  /// `prepare` runs on every new connection, such as to check settings of the server; when it
  /// throws, the connection is not used.
  public init(
    configuration: ConnectionConfiguration, size: Int, reserve: Int = 0, name: String = "database",
    prepare: @escaping @Sendable (Connection) throws -> Void = { _ in }
  ) {
    precondition(size > 0 && reserve >= 0 && reserve < size, "no connection for ordinary work")
    core = PoolCore(
      configuration: configuration, size: size, reserve: reserve, name: name, prepare: prepare)
  }

  deinit {
    core.shutDown()
    Crew.shared.leave(core)
  }

  /// What lends connections to the crew.
  var lender: PoolCore { core }

  /// Runs the body on a connection and returns what it returns.
  ///
  /// The deadline covers waiting and working. Running out of time or cancelling the task stops the
  /// statement that runs, except a COMMIT: its expiry is `commitUnknown`. A transaction that the
  /// body leaves open is undone and reported as `transactionMisuse`. While no connection can be
  /// had, the pool keeps trying until the deadline.
  @discardableResult
  public func withConnection<Value: Sendable>(
    _ lane: Lane = .ordinary, deadline: Duration = .seconds(10),
    _ body: @escaping @Sendable (Connection) throws -> Value
  ) async throws -> Value {
    let core = core
    let relay = Relay<Value>()
    let unit = UnitOfWork(lane: lane, deadline: Monotonic.after(deadline)) { connection in
      var outcome = Result { try body(connection) }
      if connection.inTransaction, !connection.isClosed {
        connection.rollback()
        if case .success = outcome { outcome = .failure(DatabaseError.transactionMisuse) }
      }
      let told = outcome
      return { relay.resume(told) }
    } fail: { error in
      relay.resume(.failure(error))
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        relay.install(continuation)
        core.submit(unit)
      }
    } onCancel: {
      core.abandon(unit)
    }
  }

  /// What the pool has done and is doing.
  public var statistics: PoolStatistics {
    core.state.withLock { state in
      var statistics = state.statistics
      statistics.waiting = state.waiting
      return statistics
    }
  }

  /// Refuses new work, stops what runs (a COMMIT is waited for) and returns when all is closed.
  public func close() async {
    core.shutDown()
    Crew.shared.leave(core)
    await core.close()
  }

  /// Hands a unit of work to the threads, for streams that have no single caller.
  func submit(_ unit: UnitOfWork) { core.submit(unit) }

  /// Drops a unit of work whose caller has gone.
  func abandon(_ unit: UnitOfWork) { core.abandon(unit) }
}

/// Carries the outcome from the thread to the task.
///
/// `@unchecked Sendable`: the continuation is set once, before the unit of work is submitted, and
/// taken once, by whoever ends it; the pool's lock lies between the two.
private final class Relay<Value: Sendable>: @unchecked Sendable {
  private var continuation: CheckedContinuation<Value, any Error>?

  func install(_ continuation: CheckedContinuation<Value, any Error>) {
    self.continuation = continuation
  }

  func resume(_ outcome: Result<Value, any Error>) {
    continuation?.resume(with: outcome)
    continuation = nil
  }
}

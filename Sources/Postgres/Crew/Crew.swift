internal import Glibc
internal import Synchronization

/// The threads that speak to the database for tasks, and on which tasks may run.
///
/// A task that prefers the crew runs on one of its threads, and so do the answers it waits for:
/// nothing is woken between a task, its statement and its answer but the server process. Waking a
/// thread costs more than a short statement does, several times so on a virtual machine.
///
/// Pools lend their connections to the crew while there is work for them.
public final class Crew: TaskExecutor {
  /// The crew of this process; its threads start when first needed and never end.
  public static let shared = Crew()

  private let reactors: [Reactor]
  private let turn = Atomic<Int>(0)

  private init() {
    // More threads than processors would only wake each other.
    let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    reactors = (0..<min(count, 64)).map { _ in Reactor() }
  }

  /// Runs a job of a task on the thread that made it ready, or on the next in turn.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    reactor.enqueue(job, of: self)
  }

  /// The reactor whose thread calls, or the next in turn.
  private var reactor: Reactor {
    if let own = Reactor.current { return own }
    let number = turn.add(1, ordering: .relaxed).oldValue
    return reactors[(number & Int.max) % reactors.count]
  }

  func carry(_ request: Reactor.Request, on core: PoolCore) {
    reactor.carry(request, on: core)
  }

  /// Gives back what the pool lent and nobody uses.
  func somebodyWaits(for core: PoolCore) {
    for reactor in reactors { reactor.giveBackIdle(to: core) }
  }

  /// Gives back what the pool lent and tells those who wait for it.
  func leave(_ core: PoolCore) {
    for reactor in reactors { reactor.leave(core) }
  }
}

extension Pool {
  /// Runs one statement that only reads, together with those of other callers.
  ///
  /// The server refuses a statement that writes (`readOnlyTransaction`). Each sees what was
  /// committed before it; one that fails fails alone. For statements answered at once: a slow one
  /// holds up those that travel with it.
  public func read(
    _ statement: Statement, _ parameters: SQLValue..., deadline: Duration = .seconds(10)
  ) async throws -> Rows {
    try await read(statement, parameters: parameters, deadline: deadline)
  }

  /// Runs one statement that only reads, together with those of other callers.
  public func read(
    _ statement: Statement, parameters: [SQLValue], deadline: Duration = .seconds(10)
  ) async throws -> Rows {
    let query = Query(statement, parameters: parameters)
    try query.requireStorable()
    let caller = Caller<Rows>()
    let read = WaitingStatement(
      query: query, deadline: Monotonic.after(deadline), caller: caller)
    return try await told(caller) { crew, core in crew.carry(.read(read), on: core) }
  }

  /// Runs one statement as a transaction of its own, which shares the wait for the disk with those
  /// of other callers; returns only when it is on the disk, as `Connection.execute` does.
  ///
  /// One that fails fails alone. For statements answered at once, which wait for no lock: a slow
  /// one holds up those that travel with it. A caller who gives up while it runs is told
  /// `commitUnknown`, since it may be stored. No statement that begins or ends a transaction.
  @discardableResult
  public func execute(
    _ statement: Statement, _ parameters: SQLValue..., deadline: Duration = .seconds(10)
  ) async throws -> Rows {
    try await execute(statement, parameters: parameters, deadline: deadline)
  }

  /// Runs one statement as a transaction of its own, which shares the wait for the disk.
  @discardableResult
  public func execute(
    _ statement: Statement, parameters: [SQLValue], deadline: Duration = .seconds(10)
  ) async throws -> Rows {
    let query = Query(statement, parameters: parameters)
    try query.requireStorable()
    let caller = Caller<Rows>()
    let write = WaitingStatement(
      query: query, deadline: Monotonic.after(deadline), caller: caller)
    return try await told(caller, onCancel: .commitUnknown) { crew, core in
      crew.carry(.write(write), on: core)
    }
  }

  /// Runs a transaction in two round trips: what the first reads decides what the second writes
  /// and commits.
  ///
  /// The decision is made between the two on the thread that speaks to the database, while rows
  /// may be locked: it takes its time from everybody, and a further statement on the connection,
  /// for the rare case that needs one, makes everybody wait. Returns only when the
  /// commit counts, as `Connection.commit` does.
  public func transaction<Value: Sendable>(
    _ first: [Query], mode: TransactionMode = .readCommitted, deadline: Duration = .seconds(10),
    decide: @escaping @Sendable (Connection, [Rows]) throws -> Decision<Value>
  ) async throws -> Value {
    let caller = Caller<Value>()
    let errand = TwoStepTransaction(
      first, mode: mode, deadline: Monotonic.after(deadline), caller: caller, decide: decide)
    return try await told(caller, onCancel: .commitUnknown) { crew, core in
      crew.carry(.errand(errand), on: core)
    }
  }

  private func told<Value: Sendable>(
    _ caller: Caller<Value>, onCancel error: DatabaseError = .cancelled,
    _ send: (Crew, PoolCore) -> Void
  ) async throws -> Value {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        caller.install(continuation)
        send(.shared, lender)
      }
    } onCancel: {
      caller.tell(.failure(error))
    }
  }
}

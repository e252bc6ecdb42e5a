internal import CPostgres
internal import Synchronization

/// What the pool's threads share; it lives until the last of them has ended.
final class PoolCore: Sendable {
  let configuration: ConnectionConfiguration
  let name: String
  let prepare: @Sendable (Connection) throws -> Void
  let state: Mutex<PoolState>
  let interrupts: [Interrupt]
  private let bells: [Semaphore]
  /// Connections that ordinary work may have at once.
  let ordinarySize: Int
  /// Connections in the hands of the crew.
  let lent = Atomic<Int>(0)
  /// Raised when the watchdog must look earlier than it meant to.
  let watchdogEvent: Interrupt

  /// The watchdog looks no more often than this, however many deadlines there are.
  private static let watchdogPause = Duration.milliseconds(5)
  /// Between attempts to connect, doubling from the first to the last.
  private static let retryPause = Duration.milliseconds(50)
  private static let longestRetryPause = Duration.milliseconds(800)

  init(
    configuration: ConnectionConfiguration, size: Int, reserve: Int, name: String,
    prepare: @escaping @Sendable (Connection) throws -> Void
  ) {
    self.configuration = configuration
    self.name = name
    self.prepare = prepare
    ordinarySize = size - reserve
    state = Mutex(PoolState(size: size, reserve: reserve))
    interrupts = (0..<size).map { _ in Interrupt() }
    bells = (0..<size).map { _ in Semaphore() }
    watchdogEvent = Interrupt()
  }

  // MARK: Asking for a connection

  private enum Admission {
    case handed(to: Int)
    case waits(startWorker: Int?, wakeWatchdog: Bool, startWatchdog: Bool)
    case refused(DatabaseError)
  }

  func submit(_ unit: UnitOfWork) {
    let admission = state.withLock { admit(unit, &$0) }
    switch admission {
    case .handed(let worker): bells[worker].post()
    case .refused(let error): unit.fail(error)
    case .waits(let worker, let wakeWatchdog, let startWatchdog):
      if lent.load(ordering: .relaxed) > 0 { Crew.shared.somebodyWaits(for: self) }
      if let worker { startWorker(worker) }
      if startWatchdog {
        Thread.start(name: "pg-watchdog") { [self] in watch() }
      } else if wakeWatchdog {
        watchdogEvent.raise(.deadlineExceeded)
      }
    }
  }

  private func admit(_ unit: UnitOfWork, _ state: inout PoolState) -> Admission {
    func refuse(_ error: DatabaseError) -> Admission {
      unit.phase = .done
      state.statistics.refused += 1
      return .refused(error)
    }
    if case .abandoned = unit.phase { return refuse(.cancelled) }
    guard !state.isClosed else { return refuse(.poolClosed) }
    guard state.waiting < PoolState.maximumWaiting else { return refuse(.tooManyWaiting) }
    state.nextTicket += 1
    unit.ticket = state.nextTicket
    if unit.lane == .allocation || state.ordinaryMayStart, let worker = state.idle.popLast() {
      state.start(unit, on: worker)
      return .handed(to: worker)
    }
    state.enqueue(unit)
    let isFirst = state.watchdogWakes == Monotonic.never
    let wake = unit.deadline < state.watchdogWakes
    if wake { state.watchdogWakes = unit.deadline }
    return .waits(
      startWorker: state.workerToStart(), wakeWatchdog: wake, startWatchdog: isFirst && wake)
  }

  /// The caller has gone; work that runs is stopped, work that waits is dropped.
  func abandon(_ unit: UnitOfWork) {
    let isDropped = state.withLock { state in
      switch unit.phase {
      case .new: unit.phase = .abandoned
      case .running(let worker): interrupts[worker].raise(.cancelled)
      case .abandoned, .done: break
      case .waiting:
        state.leave(unit)
        unit.phase = .done
        state.statistics.refused += 1
        return true
      }
      return false
    }
    if isDropped { unit.fail(.cancelled) }
  }

  /// Whether anybody waits for a connection.
  var isWanted: Bool { state.withLock { $0.waiting > 0 } }

  // MARK: The threads

  private func startWorker(_ index: Int) {
    let isStarted = Thread.start(name: "pg-\(name.prefix(8))-\(index)") { [self] in work(index) }
    if !isStarted { giveUp(index, because: .connectionFailed(.resources), isFinal: true) }
  }

  private func work(_ index: Int) {
    while let connection = connect(index) {
      let mayContinue = serve(index, connection)
      connection.close()
      guard mayContinue else { break }
    }
  }

  /// Tries until it succeeds, somebody says that it never will, or nobody waits any more.
  private func connect(_ index: Int) -> Connection? {
    var pause = Self.retryPause
    while true {
      do {
        let connection = try Connection(
          configuration: configuration, interrupt: interrupts[index])
        try prepare(connection)
        let another = state.withLock { state in
          state.lastFailure = nil
          state.statistics.open += 1
          state.statistics.opened += 1
          return state.workerToStart()
        }
        if let another { startWorker(another) }
        return connection
      } catch {
        let error = error as? DatabaseError ?? .connectionFailed(.other)
        guard case .connectionFailed(let failure) = error, failure.isTransient else {
          giveUp(index, because: error, isFinal: true)
          return nil
        }
        guard mayRetry(after: failure) else {
          giveUp(index, because: error, isFinal: false)
          return nil
        }
        _ = cpostgres_wait(-1, 0, 0, interrupts[index].event, Monotonic.after(pause))
        pause = min(pause * 2, Self.longestRetryPause)
      }
    }
  }

  private func mayRetry(after failure: ConnectionFailure) -> Bool {
    state.withLock { state in
      state.lastFailure = failure
      return !state.isClosed && state.waiting > 0
    }
  }

  /// Ends a worker that has no connection; when no other has one and trying again is useless,
  /// everybody waiting is told why.
  private func giveUp(_ index: Int, because error: DatabaseError, isFinal: Bool) {
    let (told, another, closers) = state.withLock { state in
      state.workers[index] = .absent
      if case .connectionFailed(let failure) = error { state.lastFailure = failure }
      let told = isFinal && state.statistics.open == 0 ? state.removeEverybodyWaiting() : []
      state.statistics.refused += UInt64(told.count)
      // Somebody may have come while this worker was ending.
      let another = isFinal ? nil : state.workerToStart()
      return (told, another, state.takeClosersIfEmpty())
    }
    for unit in told { unit.fail(error) }
    if let another { startWorker(another) }
    for closer in closers { closer.resume() }
  }

  private enum NextStep {
    case run(UnitOfWork)
    case sleep
    case reconnect
    case end(closers: [CheckedContinuation<Void, Never>])
  }

  /// Serves work until the connection or the pool ends; true when a new connection is wanted.
  private func serve(_ index: Int, _ connection: Connection) -> Bool {
    var tellCaller: (@Sendable () -> Void)?
    while true {
      let isUsable = !connection.isClosed
      let step = state.withLock { next(index, isUsable: isUsable, &$0) }
      // The worker is free before its caller goes on, so that the caller finds it free.
      tellCaller?()
      tellCaller = nil
      switch step {
      case .run(let unit):
        tellCaller = perform(unit, connection)
      case .reconnect: return true
      case .end(let closers):
        connection.close()
        for closer in closers { closer.resume() }
        return false
      case .sleep:
        bells[index].wait()
        guard let unit = state.withLock({ $0.assigned(to: index) }) else { continue }
        guard !connection.isStale else {
          connection.close()
          putBack(unit, from: index)
          return true
        }
        tellCaller = perform(unit, connection)
      }
    }
  }

  private func perform(_ unit: UnitOfWork, _ connection: Connection) -> @Sendable () -> Void {
    connection.deadline = unit.deadline
    let tellCaller = unit.run(connection)
    connection.endUnitOfWork()
    return tellCaller
  }

  /// Work whose connection turned out to be dead before it began keeps its place in line.
  private func putBack(_ unit: UnitOfWork, from index: Int) {
    let refusal: DatabaseError? = state.withLock { state in
      _ = state.stop(index)
      state.workers[index] = .starting
      state.statistics.open -= 1
      state.statistics.closed += 1
      guard !state.isClosed, !interrupts[index].isRaised else {
        unit.phase = .done
        let reason = interrupts[index].reason
        if !state.isClosed { interrupts[index].clear() }
        return reason
      }
      unit.phase = .waiting
      switch unit.lane {
      case .ordinary: state.ordinary.putBack(unit)
      case .allocation: state.allocation.putBack(unit)
      }
      return nil
    }
    if let refusal { unit.fail(refusal) }
  }

  private func next(_ index: Int, isUsable: Bool, _ state: inout PoolState) -> NextStep {
    if let unit = state.stop(index) {
      unit.phase = .done
      state.statistics.served += 1
    }
    if !state.isClosed { interrupts[index].clear() }
    if state.isClosed || !isUsable {
      state.statistics.open -= 1
      state.statistics.closed += 1
      if !state.isClosed, state.waiting > 0 {
        state.workers[index] = .starting
        return .reconnect
      }
      state.workers[index] = .absent
      return .end(closers: state.takeClosersIfEmpty())
    }
    if let unit = state.takeNext() {
      state.start(unit, on: index)
      return .run(unit)
    }
    state.workers[index] = .idle
    state.idle.append(index)
    return .sleep
  }

  /// Tells those whose time has passed while they waited.
  private func watch() {
    while true {
      let (expired, error, wakes) = state.withLock { state in
        let now = Monotonic.now
        let expired =
          state.ordinary.removeExpired(at: now) + state.allocation.removeExpired(at: now)
        for unit in expired { unit.phase = .done }
        state.statistics.refused += UInt64(expired.count)
        let earliest = min(state.ordinary.earliestDeadline, state.allocation.earliestDeadline)
        // With nobody waiting the watchdog ends; the next in line starts a new one.
        state.watchdogWakes =
          earliest == Monotonic.never
          ? Monotonic.never : max(earliest, Monotonic.after(Self.watchdogPause))
        // Whoever waited in vain for a first connection learns why there was none.
        let failure = state.statistics.open == 0 ? state.lastFailure : nil
        let error = failure.map { DatabaseError.connectionFailed($0) } ?? .deadlineExceeded
        return (expired, error, state.watchdogWakes)
      }
      for unit in expired { unit.fail(error) }
      guard wakes != Monotonic.never else { return }
      _ = cpostgres_wait(-1, 0, 0, watchdogEvent.event, wakes)
      watchdogEvent.clear()
    }
  }

  // MARK: Closing

  /// Refuses new work, turns away those who wait and stops what runs, except a commit.
  func shutDown() {
    let (told, sleepers) = state.withLock { state in
      state.isClosed = true
      let told = state.removeEverybodyWaiting()
      for interrupt in interrupts { interrupt.raise(.poolClosed) }
      let sleepers = state.idle
      state.idle = []
      return (told, sleepers)
    }
    for unit in told { unit.fail(.poolClosed) }
    for worker in sleepers { bells[worker].post() }
  }

  func close() async {
    shutDown()
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if !state.isEmpty { state.closers.append(continuation) }
        return state.isEmpty
      }
      if isOver { continuation.resume() }
    }
  }
}

extension PoolState {
  fileprivate func assigned(to worker: Int) -> UnitOfWork? {
    guard case .busy(let unit) = workers[worker] else { return nil }
    return unit
  }

  fileprivate mutating func takeClosersIfEmpty() -> [CheckedContinuation<Void, Never>] {
    guard isEmpty else { return [] }
    defer { closers = [] }
    return closers
  }
}

extension Connection {
  /// Whether an idle session has ended or has something to say, which ends it for us.
  ///
  /// Asked before work is given to it. An idle session speaks up only to say farewell or that a setting changed.
  var isStale: Bool {
    guard let link = unsafe link else { return true }
    return unsafe cpostgres_wait(PQsocket(link), 1, 0, -1, 0) != 0
  }

  /// Leaves the session as the next unit of work expects it, or closed.
  func endUnitOfWork() {
    if inTransaction { rollback() }
    deadline = Monotonic.never
    stopped = nil
    if cancellation != nil { close() }
  }
}

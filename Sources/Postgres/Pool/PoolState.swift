/// What a pool has done and is doing.
public struct PoolStatistics: Sendable, Hashable {
  /// Connections that are open now.
  public var open = 0
  /// Connections at work now.
  public var busy = 0
  /// Callers that wait for a connection now.
  public var waiting = 0
  /// Units of work that were given a connection.
  public var served: UInt64 = 0
  /// Connections opened since the start.
  public var opened: UInt64 = 0
  /// Connections closed since the start.
  public var closed: UInt64 = 0
  /// Callers that were turned away before they had a connection.
  public var refused: UInt64 = 0
}

/// Who works, who waits, who is next: pure bookkeeping, always under the pool's lock.
struct PoolState {
  enum WorkerPhase {
    case absent
    case starting
    case idle
    case busy(UnitOfWork)
  }

  let size: Int
  let reserve: Int
  var workers: [WorkerPhase]
  /// The most recently used last, so that warm connections are used first.
  var idle: [Int] = []
  var ordinaryBusy = 0
  var ordinary = WaitingLine()
  var allocation = WaitingLine()
  var nextTicket: UInt64 = 0
  var lastFailure: ConnectionFailure?
  var isClosed = false
  var statistics = PoolStatistics()
  /// When the watchdog looks again.
  var watchdogWakes = Monotonic.never
  var closers: [CheckedContinuation<Void, Never>] = []

  /// A line longer than this only turns a slow service into a slower one.
  static let maximumWaiting = 10_000

  init(size: Int, reserve: Int) {
    self.size = size
    self.reserve = reserve
    workers = Array(repeating: .absent, count: size)
  }

  var waiting: Int { ordinary.count + allocation.count }

  var ordinaryMayStart: Bool { ordinaryBusy < size - reserve }

  /// The oldest work that may have a connection now.
  mutating func takeNext() -> UnitOfWork? {
    let reserved = allocation.first
    guard ordinaryMayStart, let usual = ordinary.first else { return allocation.removeFirst() }
    if let reserved, reserved.ticket < usual.ticket { return allocation.removeFirst() }
    return ordinary.removeFirst()
  }

  mutating func enqueue(_ unit: UnitOfWork) {
    unit.phase = .waiting
    switch unit.lane {
    case .ordinary: ordinary.append(unit)
    case .allocation: allocation.append(unit)
    }
  }

  mutating func leave(_ unit: UnitOfWork) {
    switch unit.lane {
    case .ordinary: ordinary.remove(unit)
    case .allocation: allocation.remove(unit)
    }
  }

  mutating func start(_ unit: UnitOfWork, on worker: Int) {
    unit.phase = .running(worker: worker)
    workers[worker] = .busy(unit)
    if unit.lane == .ordinary { ordinaryBusy += 1 }
    statistics.busy += 1
  }

  /// Takes the work away from a worker, which is then without a phase until given one.
  mutating func stop(_ worker: Int) -> UnitOfWork? {
    guard case .busy(let unit) = workers[worker] else { return nil }
    if unit.lane == .ordinary { ordinaryBusy -= 1 }
    statistics.busy -= 1
    return unit
  }

  /// An absent worker that ought to be started now, marked as starting.
  mutating func workerToStart() -> Int? {
    guard !isClosed else { return nil }
    let starting = workers.count { if case .starting = $0 { true } else { false } }
    let wanted = allocation.count + min(ordinary.count, max(0, size - reserve - ordinaryBusy))
    // While nobody answers, one attempt at a time is enough.
    let limit = lastFailure == nil ? wanted : min(wanted, 1)
    guard starting < limit,
      let index = workers.firstIndex(where: { if case .absent = $0 { true } else { false } })
    else { return nil }
    workers[index] = .starting
    return index
  }

  mutating func removeEverybodyWaiting() -> [UnitOfWork] {
    let units = ordinary.removeAll() + allocation.removeAll()
    for unit in units { unit.phase = .done }
    return units
  }

  var isEmpty: Bool {
    workers.allSatisfy { if case .absent = $0 { true } else { false } }
  }
}

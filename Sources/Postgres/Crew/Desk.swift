/// What one reactor does for one pool: the connections it was lent and the work that waits.
final class Desk {
  private let core: PoolCore
  private var idle: [Loan] = []
  private var flying: [Loan] = []
  private var asked = 0
  private var reads: [WaitingRead] = []
  private var errands: [any Errand] = []

  init(core: PoolCore) { self.core = core }

  func take(_ request: Reactor.Request) {
    switch request {
    case .errand(let errand):
      guard errands.count < PoolState.maximumWaiting else { return errand.fail(.tooManyWaiting) }
      errands.append(errand)
    case .read(let read):
      guard reads.count < PoolState.maximumWaiting else {
        return read.caller.tell(.failure(DatabaseError.tooManyWaiting))
      }
      reads.append(read)
    }
  }

  func receive(_ loan: Loan) {
    asked -= 1
    loan.idleSince = Monotonic.now
    idle.append(loan)
  }

  /// The pool gave no connection: tells those whose time is up, or all when it is final.
  func loanRefused(_ error: DatabaseError) {
    asked -= 1
    turnAway(error, before: error == .deadlineExceeded ? Monotonic.now : Monotonic.never)
  }

  private func turnAway(_ error: DatabaseError, before instant: Int64) {
    let (lateReads, lateErrands) = (
      reads.filter { $0.deadline <= instant }, errands.filter { $0.deadline <= instant }
    )
    guard !lateReads.isEmpty || !lateErrands.isEmpty else { return }
    reads.removeAll { $0.deadline <= instant }
    errands.removeAll { $0.deadline <= instant }
    for read in lateReads { read.caller.tell(.failure(error)) }
    for errand in lateErrands { errand.fail(error) }
  }

  /// Sends what waits, as far as there are connections, and asks the pool for more.
  func send(to reactor: Reactor) {
    guard !reads.isEmpty || !errands.isEmpty else { return }
    reads.removeAll(where: \.caller.isTold)
    errands.removeAll(where: \.isTold)
    while !idle.isEmpty, let errand = nextErrand() {
      guard let loan = idle.popLast() else { break }
      begin(errand, on: loan)
    }
    let wanted = errands.count + (reads.isEmpty ? 0 : 1)
    let allowed = core.ordinarySize - idle.count - flying.count
    while asked < min(wanted, allowed) {
      asked += 1
      let deadline = min(
        reads.map(\.deadline).min() ?? Monotonic.never,
        errands.map(\.deadline).min() ?? Monotonic.never)
      reactor.borrow(from: core, deadline: deadline)
    }
  }

  private func nextErrand() -> (any Errand)? {
    if !reads.isEmpty {
      let party = ReadingParty(Array(reads.prefix(ReadingParty.maximumSize)))
      reads.removeFirst(party.reads.count)
      return party
    }
    return errands.isEmpty ? nil : errands.removeFirst()
  }

  private func begin(_ errand: any Errand, on loan: Loan) {
    loan.connection.deadline = errand.deadline
    if let flight = errand.begin(loan.connection) {
      loan.underWay = (errand, flight)
      flying.append(loan)
      if loan.connection.hasUnsent { giveBack(loan) }
    } else {
      settle(loan)
    }
  }

  /// The connections to watch; one that is idle and yet readable has ended.
  var watched: [Loan] { flying + idle }

  func answerArrived(_ loan: Loan) {
    guard let (errand, flight) = loan.underWay else { return giveBack(loan) }
    loan.connection.takeInput()
    if let next = errand.proceed(loan.connection, flight) {
      loan.underWay = (errand, next)
      if loan.connection.hasUnsent { giveBack(loan) }
    } else {
      loan.underWay = nil
      flying.removeAll { $0 === loan }
      settle(loan)
    }
  }

  /// Keeps a connection that has ended its errand, unless it is of no use or others want it.
  private func settle(_ loan: Loan) {
    loan.connection.endUnitOfWork()
    if loan.connection.isClosed || core.isWanted {
      loan.giveBack()
    } else {
      loan.idleSince = Monotonic.now
      idle.append(loan)
    }
  }

  private func giveBack(_ loan: Loan) {
    flying.removeAll { $0 === loan }
    idle.removeAll { $0 === loan }
    loan.giveBack()
  }

  /// When something is due even if nothing arrives.
  func wakes(_ now: Int64) -> Int64 {
    var wakes = flying.compactMap { $0.underWay?.errand.deadline }.min() ?? Monotonic.never
    wakes = min(wakes, reads.map(\.deadline).min() ?? Monotonic.never)
    wakes = min(wakes, errands.map(\.deadline).min() ?? Monotonic.never)
    if !idle.isEmpty { wakes = min(wakes, now + 100_000_000) }
    return wakes
  }

  /// Hands what is late to threads that may wait and cancel, and gives back what is not used.
  func look(at now: Int64, idleLimit: Duration) {
    turnAway(.deadlineExceeded, before: now)
    for loan in flying where (loan.underWay?.errand.deadline ?? 0) <= now { giveBack(loan) }
    guard !idle.isEmpty else { return }
    let oldest = now - Int64(idleLimit / .nanoseconds(1))
    let isWanted = core.isWanted
    for loan in idle where isWanted || loan.idleSince < oldest { giveBack(loan) }
  }

  /// The pool closes: nothing is lent any more.
  func close() {
    for loan in flying + idle { giveBack(loan) }
    turnAway(.poolClosed, before: Monotonic.never)
  }
}

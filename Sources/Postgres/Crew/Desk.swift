/// What one reactor does for one pool: the connections it was lent and the work that waits.
final class Desk {
  private let core: PoolCore
  /// It lives as long as the process.
  private unowned let reactor: Reactor
  private var idle: [Loan] = []
  private var flying: [Loan] = []
  private var asked = 0
  private var reads: [WaitingRead] = []
  private var errands: [any Errand] = []

  /// When something is due even if nothing arrives; never late, at times early.
  private(set) var wakes = Monotonic.never

  /// A connection that had nothing to do for this long goes back to its pool.
  private static let idleLimit: Int64 = 100_000_000

  init(core: PoolCore, reactor: Reactor) {
    self.core = core
    self.reactor = reactor
  }

  func take(_ request: Reactor.Request) {
    switch request {
    case .errand(let errand):
      guard errands.count < PoolState.maximumWaiting else { return errand.fail(.tooManyWaiting) }
      errands.append(errand)
      wakes = min(wakes, errand.deadline)
    case .read(let read):
      guard reads.count < PoolState.maximumWaiting else {
        return read.caller.tell(.failure(DatabaseError.tooManyWaiting))
      }
      reads.append(read)
      wakes = min(wakes, read.deadline)
    }
  }

  func receive(_ loan: Loan) {
    asked -= 1
    reactor.attend(to: loan)
    rest(loan)
  }

  private func rest(_ loan: Loan) {
    loan.idleSince = Monotonic.now
    wakes = min(wakes, loan.idleSince + Self.idleLimit)
    idle.append(loan)
  }

  /// The pool gave no connection: tells those whose time is up, or all when it is final.
  func loanRefused(_ error: DatabaseError) {
    asked -= 1
    turnAway(error, before: error == .deadlineExceeded ? Monotonic.now : Monotonic.never)
  }

  private func turnAway(_ error: DatabaseError, before instant: Int64) {
    guard !reads.isEmpty || !errands.isEmpty else { return }
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
  func send() {
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

  /// Something can be read; a connection that is idle and yet readable has ended.
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
      giveBack(loan)
    } else {
      rest(loan)
    }
  }

  private func giveBack(_ loan: Loan) {
    flying.removeAll { $0 === loan }
    idle.removeAll { $0 === loan }
    reactor.leaveAlone(loan)
    loan.giveBack()
  }

  /// Hands what is late to threads that may wait and cancel, and gives back what is not used.
  func look(at now: Int64) {
    turnAway(.deadlineExceeded, before: now)
    for loan in flying where (loan.underWay?.errand.deadline ?? 0) <= now { giveBack(loan) }
    for loan in idle where loan.idleSince + Self.idleLimit <= now { giveBack(loan) }
    wakes = flying.reduce(Monotonic.never) { min($0, $1.underWay?.errand.deadline ?? $0) }
    wakes = reads.reduce(wakes) { min($0, $1.deadline) }
    wakes = errands.reduce(wakes) { min($0, $1.deadline) }
    wakes = idle.reduce(wakes) { min($0, $1.idleSince + Self.idleLimit) }
  }

  /// Somebody waits for a connection of the pool.
  func giveBackIdle() {
    for loan in idle { giveBack(loan) }
  }

  /// The pool closes: nothing is lent any more.
  func close() {
    for loan in flying + idle { giveBack(loan) }
    turnAway(.poolClosed, before: Monotonic.never)
  }
}

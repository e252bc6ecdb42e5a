/// What one reactor does for one pool: the connections it was lent and the work that waits.
final class Desk {
  private let core: PoolCore
  /// It lives as long as the process.
  private unowned let reactor: Reactor
  private var idle: [Loan] = []
  private var flying: [Loan] = []
  private var asked = 0
  private var reads: [WaitingStatement] = []
  private var writes: [WaitingStatement] = []
  private var errands: [any Errand] = []
  private var turn = 0

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
    case .read(let read): append(read, to: &reads)
    case .write(let write): append(write, to: &writes)
    }
  }

  private func append(_ statement: WaitingStatement, to line: inout [WaitingStatement]) {
    guard line.count < PoolState.maximumWaiting else {
      return statement.caller.tell(.failure(DatabaseError.tooManyWaiting))
    }
    line.append(statement)
    wakes = min(wakes, statement.deadline)
  }

  private var isAnybodyWaiting: Bool { !reads.isEmpty || !writes.isEmpty || !errands.isEmpty }

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
    guard isAnybodyWaiting else { return }
    let late = (reads + writes).filter { $0.deadline <= instant }
    let lateErrands = errands.filter { $0.deadline <= instant }
    reads.removeAll { $0.deadline <= instant }
    writes.removeAll { $0.deadline <= instant }
    errands.removeAll { $0.deadline <= instant }
    for statement in late { statement.caller.tell(.failure(error)) }
    for errand in lateErrands { errand.fail(error) }
  }

  /// Sends what waits, as far as there are connections, and asks the pool for more.
  func send() {
    guard isAnybodyWaiting else { return }
    reads.removeAll(where: \.caller.isTold)
    writes.removeAll(where: \.caller.isTold)
    errands.removeAll(where: \.isTold)
    while !idle.isEmpty, let errand = nextErrand() {
      guard let loan = idle.popLast() else { break }
      begin(errand, on: loan)
    }
    let wanted = errands.count + (reads.isEmpty ? 0 : 1) + (writes.isEmpty ? 0 : 1)
    let allowed = core.ordinarySize - idle.count - flying.count
    while asked < min(wanted, allowed) {
      asked += 1
      reactor.borrow(from: core, deadline: earliestDeadline)
    }
  }

  private var earliestDeadline: Int64 {
    let statements = (reads + writes).reduce(Monotonic.never) { min($0, $1.deadline) }
    return errands.reduce(statements) { min($0, $1.deadline) }
  }

  /// What is sent next: reads, writes and transactions by turns, so that none waits for ever.
  private func nextErrand() -> (any Errand)? {
    for _ in 0..<3 {
      turn = (turn + 1) % 3
      switch turn {
      case 0 where !reads.isEmpty:
        let party = ReadingParty(Array(reads.prefix(ReadingParty.maximumSize)))
        reads.removeFirst(party.reads.count)
        return party
      case 1 where !writes.isEmpty:
        let party = WritingParty(Array(writes.prefix(WritingParty.maximumSize)))
        writes.removeFirst(party.writes.count)
        return party
      case 2 where !errands.isEmpty: return errands.removeFirst()
      default: continue
      }
    }
    return nil
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
    if let next = errand.proceed(loan.connection, flight, waits: false) {
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
    wakes = min(wakes, earliestDeadline)
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

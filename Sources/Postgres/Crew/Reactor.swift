internal import CPostgres
internal import Synchronization

/// One thread of the crew: runs jobs, sends what they ask for, and reads what has been answered.
///
/// `@unchecked Sendable`: everything but the inbox is touched by its own thread alone.
final class Reactor: @unchecked Sendable {
  enum Request {
    case errand(any Errand)
    case read(WaitingStatement)
    case write(WaitingStatement)
  }

  private enum Letter {
    case job(UnownedJob, Crew)
    case request(Request, PoolCore)
    case loan(Loan)
    case refusal(PoolCore, DatabaseError)
    case giveBackIdle(PoolCore)
    case leave(PoolCore)
  }

  private struct Inbox {
    var letters: [Letter] = []
    var isAsleep = false
    var isStarted = false
  }

  private let inbox = Mutex(Inbox())
  private let hasLetters = Atomic(false)
  private let bell = cpostgres_event_open()
  private let set = cpostgres_watch_open()

  private var jobs: [UnownedJob] = []
  private var desks: [ObjectIdentifier: Desk] = [:]
  private var executor: Crew?
  /// The connections that are watched, by their mark.
  private var loans: [Loan?] = []
  private var marks = [UInt64](repeating: 0, count: 64)

  private static let bellMark = UInt64.max
  /// Jobs run before the sockets are looked at again.
  private static let jobsPerRound = 256

  /// The reactor whose thread this is.
  static var current: Reactor? {
    guard let mark = unsafe cpostgres_thread_marked() else { return nil }
    // A reactor lives as long as the process, and its thread marks itself with nothing else.
    return unsafe Unmanaged<Reactor>.fromOpaque(mark).takeUnretainedValue()
  }

  private var isOwnThread: Bool { Reactor.current === self }

  // MARK: From any thread

  func enqueue(_ job: UnownedJob, of crew: Crew) {
    if isOwnThread, executor != nil { jobs.append(job) } else { post(.job(job, crew)) }
  }

  func carry(_ request: Request, on core: PoolCore) {
    if isOwnThread {
      desk(of: core).take(request)
    } else {
      post(.request(request, core))
    }
  }

  func receive(_ loan: Loan) { post(.loan(loan)) }

  func loanRefused(by core: PoolCore, _ error: DatabaseError) { post(.refusal(core, error)) }

  func giveBackIdle(to core: PoolCore) { post(.giveBackIdle(core)) }

  func leave(_ core: PoolCore) { post(.leave(core)) }

  private func post(_ letter: Letter) {
    let (isFirst, isAsleep) = inbox.withLock { inbox in
      inbox.letters.append(letter)
      hasLetters.store(true, ordering: .releasing)
      defer { (inbox.isStarted, inbox.isAsleep) = (true, false) }
      return (!inbox.isStarted, inbox.isAsleep)
    }
    if isFirst {
      Thread.start(name: "crew") { [self] in work() }
    } else if isAsleep {
      cpostgres_event_raise(bell)
    }
  }

  // MARK: The thread

  private func work() {
    unsafe cpostgres_thread_mark(Unmanaged.passUnretained(self).toOpaque())
    _ = cpostgres_watch_add(set, bell, Self.bellMark)
    while true {
      readLetters()
      runJobs()
      for desk in desks.values { desk.send() }
      watch()
    }
  }

  private func readLetters() {
    guard hasLetters.load(ordering: .acquiring) else { return }
    let letters = inbox.withLock { inbox in
      hasLetters.store(false, ordering: .relaxed)
      defer { inbox.letters = [] }
      return inbox.letters
    }
    for letter in letters {
      switch letter {
      case .job(let job, let crew):
        executor = crew
        jobs.append(job)
      case .request(let request, let core): desk(of: core).take(request)
      case .loan(let loan): desks[ObjectIdentifier(loan.core)]?.receive(loan) ?? loan.giveBack()
      case .refusal(let core, let error): desks[ObjectIdentifier(core)]?.loanRefused(error)
      case .giveBackIdle(let core): desks[ObjectIdentifier(core)]?.giveBackIdle()
      case .leave(let core): desks.removeValue(forKey: ObjectIdentifier(core))?.close()
      }
    }
  }

  private func desk(of core: PoolCore) -> Desk {
    if let desk = desks[ObjectIdentifier(core)] { return desk }
    let desk = Desk(core: core, reactor: self)
    desks[ObjectIdentifier(core)] = desk
    return desk
  }

  private func runJobs() {
    guard !jobs.isEmpty, let executor else { return }
    let batch = jobs.prefix(Self.jobsPerRound)
    jobs.removeFirst(batch.count)
    for job in batch { unsafe job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
  }

  /// Reads the answers that are there; sleeps when there is nothing else to do.
  private func watch() {
    let now = Monotonic.now
    let wakes = jobs.isEmpty ? desks.values.reduce(Monotonic.never) { min($0, $1.wakes) } : now
    let mayRest =
      wakes > now
      && inbox.withLock { inbox in
        inbox.isAsleep = inbox.letters.isEmpty
        return inbox.isAsleep
      }
    let count = unsafe cpostgres_watch_wait(set, &marks, Int32(marks.count), mayRest ? wakes : now)
    if mayRest { inbox.withLock { $0.isAsleep = false } }
    for mark in marks.prefix(Int(count)) {
      guard mark != Self.bellMark else {
        cpostgres_event_clear(bell)
        continue
      }
      guard let loan = loans[Int(mark)] else { continue }
      desks[ObjectIdentifier(loan.core)]?.answerArrived(loan)
    }
    let later = Monotonic.now
    for desk in desks.values where desk.wakes <= later { desk.look(at: later) }
  }

  /// Watches a connection that was lent.
  func attend(to loan: Loan) {
    let mark = loans.firstIndex { $0 == nil } ?? loans.count
    if mark == loans.count { loans.append(nil) }
    loans[mark] = loan
    loan.mark = mark
    _ = cpostgres_watch_add(set, loan.connection.socket, UInt64(mark))
  }

  /// Watches it no more, before anybody else may use it.
  func leaveAlone(_ loan: Loan) {
    guard let mark = loan.mark else { return }
    loan.mark = nil
    loans[mark] = nil
    // A closed descriptor has left the set by itself, and its number may be another's by now.
    if !loan.connection.isClosed { cpostgres_watch_remove(set, loan.connection.socket) }
  }

  /// Asks a pool for one more connection.
  func borrow(from core: PoolCore, deadline: Int64) {
    core.submit(Loan.unit(of: core, to: self, deadline: deadline))
  }
}

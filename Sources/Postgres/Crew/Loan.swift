internal import CPostgres
internal import Synchronization

/// A connection of a pool in the hands of a reactor, while the thread it belongs to sleeps.
///
/// `@unchecked Sendable`: the reactor alone uses the connection from `receive` until it gives it
/// back; the semaphore lies between its last use and the owner's next.
final class Loan: @unchecked Sendable {
  let core: PoolCore
  let connection: Connection
  /// What is under way; nil while idle.
  var underWay: (errand: any Errand, flight: Connection.Flight)?
  /// Since when nothing is under way.
  var idleSince = Monotonic.now
  /// The reactor's number for it, while it is watched.
  var mark: Int?
  private let returned = Semaphore()
  private var rest: (errand: any Errand, flight: Connection.Flight)?

  private init(_ core: PoolCore, _ connection: Connection) {
    self.core = core
    self.connection = connection
  }

  /// The unit of work by which a pool lends a connection to a reactor.
  static func unit(of core: PoolCore, to reactor: Reactor, deadline: Int64) -> UnitOfWork {
    UnitOfWork(lane: .ordinary, deadline: deadline) { connection in
      let loan = Loan(core, connection)
      core.lent.add(1, ordering: .relaxed)
      reactor.receive(loan)
      loan.returned.wait()
      core.lent.subtract(1, ordering: .relaxed)
      loan.finish()
      return {}
    } fail: { error in
      reactor.loanRefused(by: core, error)
    }
  }

  /// Gives the connection back; what is under way is waited for by the thread it belongs to, which
  /// may wait, cancel and close.
  func giveBack() {
    rest = underWay
    underWay = nil
    returned.post()
  }

  private func finish() {
    guard let (errand, flight) = rest else { return }
    rest = nil
    var next: Connection.Flight? = flight
    while let flight = next { next = errand.proceed(connection, flight, waits: true) }
  }
}

extension Connection {
  /// Whether something still waits to be sent, which only a thread that may wait can finish.
  var hasUnsent: Bool {
    guard let link = unsafe link else { return false }
    return unsafe PQflush(link) != 0
  }

  /// Takes in what has arrived; a failure shows as a failed result, which is about to be read.
  func takeInput() {
    guard let link = unsafe link else { return }
    _ = unsafe PQconsumeInput(link)
  }

  /// The socket to watch; -1 once the connection is gone.
  var socket: Int32 {
    guard let link = unsafe link else { return -1 }
    return unsafe PQsocket(link)
  }
}

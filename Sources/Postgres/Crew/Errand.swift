internal import Synchronization

/// Work on a connection in steps, none of which waits: each sends, and the next reads the answer.
protocol Errand: AnyObject, Sendable {
  /// When it must have ended.
  var deadline: Int64 { get }
  /// Whether the caller was told and nothing needs to be done any more.
  var isTold: Bool { get }
  /// Sends the first statements; nil when the errand has ended already.
  func begin(_ connection: Connection) -> Connection.Flight?
  /// Reads what has arrived and sends what follows; nil when the errand has ended.
  func proceed(_ connection: Connection, _ flight: Connection.Flight) -> Connection.Flight?
  /// Tells the caller why it was not done.
  func fail(_ error: DatabaseError)
}

/// The caller's continuation, resumed once.
final class Caller<Value: Sendable>: Sendable {
  private enum Phase {
    case new
    case waiting(CheckedContinuation<Value, any Error>)
    case told
  }

  private let phase = Mutex(Phase.new)

  var isTold: Bool {
    phase.withLock { if case .told = $0 { true } else { false } }
  }

  /// Notes who waits; a caller who gave up before is told so.
  func install(_ continuation: CheckedContinuation<Value, any Error>) {
    let isLate = phase.withLock { phase in
      guard case .new = phase else { return true }
      phase = .waiting(continuation)
      return false
    }
    if isLate { continuation.resume(throwing: DatabaseError.cancelled) }
  }

  func tell(_ outcome: Result<Value, any Error>) {
    let continuation: CheckedContinuation<Value, any Error>? = phase.withLock { phase in
      defer { phase = .told }
      guard case .waiting(let continuation) = phase else { return nil }
      return continuation
    }
    continuation?.resume(with: outcome)
  }
}

/// One statement that only reads, with the caller who waits for its rows.
struct WaitingRead: Sendable {
  let query: Query
  let deadline: Int64
  let caller: Caller<Rows>
}

/// Reading statements of several callers, sent together in one read-only transaction.
///
/// A single statement costs less than waking the threads and the server process it passes
/// through; so those that wait at the same moment share the cost.
final class ReadingParty: Errand {
  let reads: [WaitingRead]
  let deadline: Int64

  /// More would make the first wait for the last.
  static let maximumSize = 64

  init(_ reads: [WaitingRead]) {
    self.reads = reads
    deadline = reads.map(\.deadline).min() ?? Monotonic.never
  }

  var isTold: Bool { reads.allSatisfy(\.caller.isTold) }

  func begin(_ connection: Connection) -> Connection.Flight? {
    do {
      return try connection.launchReading(reads.map(\.query))
    } catch {
      tellEach(connection, because: error)
      return nil
    }
  }

  func proceed(_ connection: Connection, _ flight: Connection.Flight) -> Connection.Flight? {
    do {
      let rows = try connection.landReading(flight)
      for (read, rows) in zip(reads, rows) { read.caller.tell(.success(rows)) }
    } catch {
      tellEach(connection, because: error)
    }
    return nil
  }

  /// The statement that failed kept the others from running; each is asked alone.
  private func tellEach(_ connection: Connection, because error: DatabaseError) {
    guard !connection.isClosed, connection.stopped == nil else { return fail(error) }
    for read in reads {
      read.caller.tell(Result { try connection.readAlone(read.query) })
    }
  }

  func fail(_ error: DatabaseError) {
    for read in reads { read.caller.tell(.failure(error)) }
  }
}

/// One statement that is a transaction of its own.
final class SingleStatement: Errand {
  let query: Query
  let deadline: Int64
  let caller: Caller<Rows>

  init(_ query: Query, deadline: Int64, caller: Caller<Rows>) {
    self.query = query
    self.deadline = deadline
    self.caller = caller
  }

  var isTold: Bool { caller.isTold }

  func begin(_ connection: Connection) -> Connection.Flight? {
    do {
      try connection.requireUsable()
      return try connection.launch([query], ending: nil)
    } catch {
      fail(error)
      return nil
    }
  }

  func proceed(_ connection: Connection, _ flight: Connection.Flight) -> Connection.Flight? {
    do {
      caller.tell(.success(try connection.land(flight)[0]))
    } catch {
      guard connection.isStalePlan(error), !connection.isClosed else {
        fail(error)
        return nil
      }
      // A changed table made the plan useless before anything ran; once more with a new plan.
      caller.tell(
        Result {
          try connection.forgetPlan(of: query)
          return try connection.execute(query.statement, parameters: query.parameters)
        })
    }
    return nil
  }

  func fail(_ error: DatabaseError) { caller.tell(.failure(error)) }
}

/// A transaction of two round trips: what is read first decides what is written and committed.
final class TwoStepTransaction<Value: Sendable>: Errand {
  private let first: [Query]
  private let mode: TransactionMode
  private let decide: @Sendable (Connection, [Rows]) throws -> Decision<Value>
  let deadline: Int64
  let caller: Caller<Value>
  /// Set between the two steps; only the thread that carries the errand touches it.
  private let decided = Mutex<Value?>(nil)

  init(
    _ first: [Query], mode: TransactionMode, deadline: Int64, caller: Caller<Value>,
    decide: @escaping @Sendable (Connection, [Rows]) throws -> Decision<Value>
  ) {
    self.first = first
    self.mode = mode
    self.deadline = deadline
    self.caller = caller
    self.decide = decide
  }

  var isTold: Bool { caller.isTold }

  func begin(_ connection: Connection) -> Connection.Flight? {
    do {
      try connection.requireUsable()
      guard !connection.inTransaction else { throw DatabaseError.transactionMisuse }
      return try connection.launch(
        [Query(TransactionStatement.begin(mode))] + first, ending: nil)
    } catch {
      caller.tell(.failure(error))
      return nil
    }
  }

  func proceed(_ connection: Connection, _ flight: Connection.Flight) -> Connection.Flight? {
    do {
      if let value = decided.withLock({ $0 }) {
        _ = try connection.land(flight)
        caller.tell(.success(value))
        return nil
      }
      let decision = try decide(connection, try connection.landBeginning(flight))
      guard case .commit(let last, let value) = decision else {
        connection.rollback()
        if case .abandon(let value) = decision { caller.tell(.success(value)) }
        return nil
      }
      decided.withLock { $0 = value }
      try connection.requireUsable()
      return try connection.launch(last, ending: .commit)
    } catch {
      connection.rollback()
      caller.tell(.failure(error))
      return nil
    }
  }

  func fail(_ error: DatabaseError) { caller.tell(.failure(error)) }
}

/// What follows from what a transaction has read.
public enum Decision<Value: Sendable>: Sendable {
  /// Run these and commit; the value is the caller's once that counts.
  case commit([Query], Value)
  /// Undo everything; the value is the caller's.
  case abandon(Value)
}

extension Connection {
  func launchReading(_ queries: [Query]) throws(DatabaseError) -> Flight {
    try requireUsable()
    return try launch([Query(TransactionStatement.beginReading)] + queries, ending: .commit)
  }

  func landReading(_ flight: Flight) throws(DatabaseError) -> ArraySlice<Rows> {
    do {
      return try land(flight).dropFirst()
    } catch .commitUnknown {
      // Nothing was to be stored.
      throw .connectionFailed(.lost)
    }
  }

  func readAlone(_ query: Query) throws(DatabaseError) -> Rows {
    do {
      return try readOnce(query)
    } catch {
      guard isStalePlan(error) else { throw error }
      try forgetPlan(of: query)
      return try readOnce(query)
    }
  }

  private func readOnce(_ query: Query) throws(DatabaseError) -> Rows {
    let rows = try landReading(try launchReading([query]))
    guard let answer = rows.first else { throw lose() }
    return answer
  }
}

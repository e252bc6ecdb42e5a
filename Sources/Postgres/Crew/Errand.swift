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
  ///
  /// An answer that comes in one piece is waited for in any case; `waits` says whether the thread
  /// may stand still for one that comes in several.
  func proceed(
    _ connection: Connection, _ flight: Connection.Flight, waits: Bool
  ) -> Connection.Flight?
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

/// One statement with the caller who waits for its rows.
struct WaitingStatement: Sendable {
  let query: Query
  let deadline: Int64
  let caller: Caller<Rows>
}

/// Reading statements of several callers, sent together in one read-only transaction.
///
/// A single statement costs less than waking the threads and the server process it passes
/// through; so those that wait at the same moment share the cost.
final class ReadingParty: Errand {
  let reads: [WaitingStatement]
  let deadline: Int64

  /// More would make the first wait for the last.
  static let maximumSize = 64

  init(_ reads: [WaitingStatement]) {
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

  func proceed(
    _ connection: Connection, _ flight: Connection.Flight, waits _: Bool
  ) -> Connection.Flight? {
    do {
      let rows = try connection.landReading(flight)
      for (read, rows) in zip(reads, rows) { read.caller.tell(.success(rows)) }
    } catch {
      tellEach(connection, because: error)
    }
    return nil
  }

  /// The statement that failed kept the others from running; each is asked alone, unless the one
  /// who waited for it has given up.
  private func tellEach(_ connection: Connection, because error: DatabaseError) {
    guard !connection.isClosed, connection.stopped == nil else { return fail(error) }
    for read in reads where !read.caller.isTold {
      read.caller.tell(Result { try connection.readAlone(read.query) })
    }
  }

  func fail(_ error: DatabaseError) {
    for read in reads { read.caller.tell(.failure(error)) }
  }
}

/// Statements of several callers, each a transaction of its own, that share one wait for the disk.
final class WritingParty: Errand {
  let writes: [WaitingStatement]
  let deadline: Int64

  /// More would make the first wait for the last.
  static let maximumSize = 64

  init(_ writes: [WaitingStatement]) {
    self.writes = writes
    deadline = writes.map(\.deadline).min() ?? Monotonic.never
  }

  var isTold: Bool { writes.allSatisfy(\.caller.isTold) }

  func begin(_ connection: Connection) -> Connection.Flight? {
    do {
      try connection.requireUsable()
      guard writes.count > 1 else { return try connection.launch([writes[0].query], ending: nil) }
      return try connection.launchConvoy(writes.map(\.query))
    } catch {
      fail(error)
      return nil
    }
  }

  func proceed(
    _ connection: Connection, _ flight: Connection.Flight, waits: Bool
  ) -> Connection.Flight? {
    guard let convoy = flight.convoy else {
      tell(
        writes[0], Result { () throws(DatabaseError) in try connection.land(flight)[0] }, connection
      )
      return nil
    }
    guard let outcomes = connection.landConvoy(convoy, waits: waits) else { return flight }
    for (write, outcome) in zip(writes, outcomes) { tell(write, outcome, connection) }
    return nil
  }

  private func tell(
    _ write: WaitingStatement, _ outcome: Result<Rows, DatabaseError>, _ connection: Connection
  ) {
    guard case .failure(let error) = outcome, connection.isStalePlan(error), !connection.isClosed
    else { return write.caller.tell(outcome.mapError { $0 }) }
    // A changed table made the plan useless before anything ran; once more with a new plan.
    write.caller.tell(
      Result {
        try connection.forgetPlan(of: write.query)
        return try connection.execute(write.query.statement, parameters: write.query.parameters)
      })
  }

  func fail(_ error: DatabaseError) {
    for write in writes { write.caller.tell(.failure(error)) }
  }
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

  func proceed(
    _ connection: Connection, _ flight: Connection.Flight, waits _: Bool
  ) -> Connection.Flight? {
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

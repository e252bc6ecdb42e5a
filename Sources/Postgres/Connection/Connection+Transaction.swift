internal import CPostgres

/// How a transaction sees the data and whether it may change them.
public enum TransactionMode: Sendable, Hashable {
  /// Each statement sees what was committed before it.
  case readCommitted
  /// Each statement sees what was committed before the first; for reports and exports.
  case snapshot
  /// As if no other transaction ran; may be refused with `serializationFailure`.
  case serializable
}

/// The statements that open and close a transaction.
enum TransactionStatement {
  static let commit: Statement = "COMMIT"
  static let beginReading: Statement = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"

  static func begin(_ mode: TransactionMode) -> Statement {
    switch mode {
    // Said, since the sessions of the logins that serve requests begin as such that only read.
    case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    case .snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
    }
  }
}

/// Transactions.
extension Connection {
  /// Opens a transaction and runs its first statements in the same round trip.
  ///
  /// When one of them fails, no transaction is open afterwards.
  @discardableResult
  public func begin(
    _ first: [Query] = [], mode: TransactionMode = .readCommitted
  ) throws(DatabaseError) -> [Rows] {
    try requireUsable()
    guard !inTransaction else { throw .transactionMisuse }
    let all = [Query(TransactionStatement.begin(mode))] + first
    return try landBeginning(try launch(all, ending: nil))
  }

  /// Reads the answers to the beginning of a transaction.
  func landBeginning(_ flight: Flight) throws(DatabaseError) -> [Rows] {
    do {
      return Array(try land(flight).dropFirst())
    } catch {
      rollback()
      // Nothing was committed, whatever happened to the connection.
      if case .commitUnknown = error { throw .connectionFailed(.lost) }
      throw error
    }
  }

  /// Runs the last statements and commits in the same round trip.
  ///
  /// Returns only when the server's answer is exactly `COMMIT` without a warning. Throws
  /// `rolledBack` when it undid the transaction, `commitUnknown` when the answer is missing or
  /// warns, and the server's refusal when a statement or a deferred rule failed; then nothing was
  /// stored.
  @discardableResult
  public func commit(_ last: [Query] = []) throws(DatabaseError) -> [Rows] {
    do {
      try requireUsable()
    } catch {
      rollback()
      throw error
    }
    guard inTransaction else { throw .transactionMisuse }
    return try runPipeline(last, ending: .commit)
  }

  /// Undoes the open transaction, if there is one; a connection that cannot is closed.
  public func rollback() {
    guard let link = unsafe link else { return }
    switch unsafe PQtransactionStatus(link) {
    case PQTRANS_IDLE: return
    case PQTRANS_INTRANS, PQTRANS_INERROR: break
    default:
      close()
      return
    }
    let (before, shield) = (deadline, isShielded)
    deadline = Monotonic.after(Self.rollbackGrace)
    isShielded = true
    defer { (deadline, isShielded) = (before, shield) }
    do {
      _ = try simpleQuery("ROLLBACK")
    } catch {
      close()
    }
    if inTransaction { close() }
  }

  /// Runs the body in a transaction that is committed when it returns and undone when it throws.
  ///
  /// The body may commit by itself, together with its last statements.
  public func transaction<Value>(
    _ first: [Query] = [], mode: TransactionMode = .readCommitted,
    _ body: (Connection, [Rows]) throws -> Value
  ) throws -> Value {
    let rows = try begin(first, mode: mode)
    do {
      let value = try body(self, rows)
      if isClosed { throw DatabaseError.connectionFailed(.lost) }
      if inTransaction { try commit() }
      return value
    } catch {
      rollback()
      throw error
    }
  }
}

internal import CPostgres

/// Single statements.
extension Connection {
  /// Runs one statement, prepared at its first use on this connection.
  ///
  /// Outside a transaction it is one of its own; if the connection breaks then, the outcome is
  /// `commitUnknown`.
  @discardableResult
  public func execute(
    _ statement: Statement, _ parameters: SQLValue...
  ) throws(DatabaseError) -> Rows {
    try execute(statement, parameters: parameters)
  }

  /// Runs one statement, prepared at its first use on this connection.
  @discardableResult
  public func execute(
    _ statement: Statement, parameters values: [SQLValue]
  ) throws(DatabaseError) -> Rows {
    try requireUsable()
    try parameters.load(values)
    let wasInTransaction = inTransaction
    do {
      return try runOnce(statement, values)
    } catch {
      guard !wasInTransaction, !isClosed, isStalePlan(error) else { throw error }
      // A changed table made the plan useless before anything ran; once more with a new plan.
      try requireUsable()
      try parameters.load(values)
      return try runOnce(statement, values)
    }
  }

  private func runOnce(_ statement: Statement, _ values: [SQLValue]) throws(DatabaseError) -> Rows {
    guard let prepared = cache.find(statement.text, parameters.types) else {
      let rows = try runPipeline([Query(statement, parameters: values)], ending: nil)
      return rows[0]
    }
    let wasInTransaction = inTransaction
    notices.clear()
    guard send(prepared) else { throw lose() }
    do {
      let handle = try collect()
      try requireUnended(wasInTransaction)
      return Rows(handle: handle)
    } catch {
      if isStalePlan(error) { forget(prepared) }
      throw judged(error, wasInTransaction: wasInTransaction)
    }
  }

  /// Whether the server no longer accepts a prepared statement.
  func isStalePlan(_ error: DatabaseError) -> Bool {
    guard case .server(let fault) = error else { return false }
    return fault.sqlState == .featureNotSupported || fault.sqlState == .invalidStatementName
  }

  /// Drops the plan of a statement, which is then prepared anew.
  func forgetPlan(of query: Query) throws(DatabaseError) {
    try parameters.load(query.parameters)
    if let prepared = cache.find(query.statement.text, parameters.types) { forget(prepared) }
  }

  /// Sends a prepared statement with the loaded parameters.
  func send(_ prepared: PreparedStatement) -> Bool {
    guard let link = unsafe link else { return false }
    let count = Int32(parameters.count)
    return unsafe parameters.withPointers { _, values, lengths, formats in
      unsafe PQsendQueryPrepared(link, prepared.name, count, values, lengths, formats, 1) == 1
    }
  }

  /// Reads to the point where the server is ready again; the last result counts, unless one
  /// failed: a deferred rule speaks only after the statement itself has succeeded.
  func collect() throws(DatabaseError) -> ResultHandle {
    var answer: ResultHandle?
    var refusal: DatabaseError?
    while let result = unsafe try nextResult() {
      let handle = unsafe ResultHandle(result)
      switch unsafe PQresultStatus(result) {
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        // A copy has its own calls; nothing else can be done on the connection until it ends.
        throw lose()
      default: break
      }
      if let fault = unsafe fault(of: result) {
        refusal = refusal ?? fault
      } else {
        answer = handle
      }
    }
    let cause = settleCancellation()
    if let error = verdict(refusal, cancelledBy: cause) { throw error }
    guard let answer else { throw lose() }
    return answer
  }

  /// A statement outside a transaction is its own transaction, so a lost answer is a lost outcome.
  func judged(_ error: DatabaseError, wasInTransaction: Bool) -> DatabaseError {
    guard !wasInTransaction, isClosed else { return error }
    if case .server = error { return error }
    return .commitUnknown
  }

  /// A commit is judged by `commit` alone; one that slipped through as a statement is not counted.
  func requireUnended(_ wasInTransaction: Bool) throws(DatabaseError) {
    if notices.hasUnconfirmedCommit { throw .commitUnknown }
    if wasInTransaction && !inTransaction { throw .transactionMisuse }
  }

  /// Runs several statements in one text, as migrations need them; no parameters, no results.
  public func script(_ sql: String) throws(DatabaseError) {
    try requireUsable()
    let wasInTransaction = inTransaction
    do throws(DatabaseError) {
      _ = try simpleQuery(sql)
      if notices.hasUnconfirmedCommit { throw DatabaseError.commitUnknown }
    } catch {
      throw judged(error, wasInTransaction: wasInTransaction)
    }
  }

  /// The simple protocol: every value comes back as text.
  func simpleQuery(_ sql: String) throws(DatabaseError) -> Rows {
    guard let link = unsafe link else { throw .connectionFailed(.lost) }
    notices.clear()
    guard unsafe PQsendQuery(link, sql) == 1 else { throw lose() }
    return Rows(handle: try collect())
  }

  /// Makes room for another prepared statement; costs a round trip once the cache is full.
  func makeRoom(usedSince mark: UInt64) {
    guard cache.count >= StatementCache.capacity,
      let oldest = cache.leastRecentlyUsed(before: mark)
    else { return }
    forget(oldest)
  }

  /// Drops a prepared statement here and, where the transaction still allows it, on the server.
  func forget(_ prepared: PreparedStatement) {
    cache.remove(prepared)
    guard let link = unsafe link, stopped == nil,
      unsafe PQtransactionStatus(link) != PQTRANS_INERROR
    else { return }
    // The name is one of ours: a letter and a number. In an open transaction a missing name
    // would fail the transaction, so it is left to the end of the session there.
    guard !inTransaction else { return }
    _ = try? simpleQuery("deallocate " + prepared.name)
  }
}

internal import CPostgres

/// Results of any size, one row at a time.
extension Connection {
  /// Runs a statement and hands its rows on as they arrive; returns how many there were.
  ///
  /// The server waits while the body works. When the body throws, the statement is stopped, the
  /// connection stays usable and the body's error is thrown.
  @discardableResult
  public func forEachRow(
    _ statement: Statement, _ parameters: SQLValue..., body: (Row) throws -> Void
  ) throws -> Int {
    try forEachRow(statement, parameters: parameters, body: body)
  }

  /// Runs a statement and hands its rows on as they arrive; returns how many there were.
  @discardableResult
  public func forEachRow(
    _ statement: Statement, parameters values: [SQLValue], body: (Row) throws -> Void
  ) throws -> Int {
    try requireUsable()
    try parameters.load(values)
    let wasInTransaction = inTransaction
    var refusal: DatabaseError?
    var bodyError: (any Error)?
    var count = 0
    do throws(DatabaseError) {
      let prepared = try preparedStatement(statement.text)
      notices.clear()
      guard send(prepared), let link = unsafe link, unsafe PQsetSingleRowMode(link) == 1 else {
        throw lose()
      }
      while let result = unsafe try nextRow() {
        let handle = unsafe ResultHandle(result)
        if let fault = unsafe fault(of: result) {
          refusal = refusal ?? fault
          continue
        }
        for row in Rows(handle: handle) where bodyError == nil {
          do {
            try body(row)
            count += 1
          } catch {
            bodyError = error
            beginCancellation(.cancelled)
          }
        }
      }
      let cause = settleCancellation()
      if bodyError == nil, let error = verdict(refusal, cancelledBy: cause) { throw error }
      if bodyError == nil { try requireUnended(wasInTransaction) }
    } catch {
      if bodyError == nil { throw judged(error, wasInTransaction: wasInTransaction) }
    }
    if let bodyError {
      if !interrupt.isRaised, Monotonic.now < deadline { stopped = nil }
      throw bodyError
    }
    return count
  }

  /// As `nextResult`, but without a bound on the sum: the rows are not kept.
  private func nextRow() throws(DatabaseError) -> OpaquePointer? {
    while let link = unsafe link, unsafe PQisBusy(link) != 0 {
      let unsent = unsafe PQflush(link)
      try waitOnce(writing: unsent == 1)
    }
    guard let link = unsafe link else { throw .connectionFailed(.lost) }
    return unsafe PQgetResult(link)
  }

  /// The statement prepared for the loaded parameters, in a round trip of its own if need be.
  private func preparedStatement(_ text: String) throws(DatabaseError) -> PreparedStatement {
    if let known = cache.find(text, parameters.types) { return known }
    makeRoom(usedSince: cache.now)
    let prepared = cache.add(text, parameters.types)
    let count = Int32(parameters.count)
    let isSent = unsafe parameters.withPointers { types, _, _, _ in
      guard let link = unsafe link else { return false }
      return unsafe PQsendPrepare(link, prepared.name, text, count, types) == 1
    }
    guard isSent else { throw lose() }
    do throws(DatabaseError) {
      _ = try collect()
    } catch {
      cache.remove(prepared)
      throw error
    }
    prepared.isReady = true
    return prepared
  }
}

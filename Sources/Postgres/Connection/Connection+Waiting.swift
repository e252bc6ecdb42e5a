internal import CPostgres

/// Waiting for the server: the only place where a thread of a connection stands still.
extension Connection {
  /// The next result of what was sent, or nil at its end; waits, and cancels when it must.
  func nextResult() throws(DatabaseError) -> OpaquePointer? {
    var rounds = 0
    var received: Int64 = 0
    while true {
      guard let link = unsafe link else { throw .connectionFailed(.lost) }
      let unsent = unsafe PQflush(link)
      if unsafe PQisBusy(link) == 0 { break }
      try waitOnce(writing: unsent == 1)
      rounds += 1
      // Small results are not measured: one read takes no more than libpq's buffer.
      guard rounds > 64, cancellation == nil, let link = unsafe self.link else { continue }
      received += unsafe cpostgres_pending(PQsocket(link))
      if received > Int64(Self.maximumResultBytes) {
        beginCancellation(.resultTooLarge(limitBytes: Self.maximumResultBytes))
      }
    }
    guard let link = unsafe link else { throw .connectionFailed(.lost) }
    return unsafe PQgetResult(link)
  }

  /// Waits until the server has said something, or the socket takes more, or time is up.
  func waitOnce(writing: Bool) throws(DatabaseError) {
    guard let link = unsafe link else { throw .connectionFailed(.lost) }
    // libpq gives a broken connection's socket up; waiting on none would last until the deadline.
    guard unsafe PQsocket(link) >= 0 else { throw lose() }
    let limit = cancellation.map { min($0.repeatAt, $0.closeAt) } ?? deadline
    let hearsInterrupt = cancellation == nil && !isShielded
    let seen = unsafe cpostgres_wait(
      PQsocket(link), 1, writing ? 1 : 0, hearsInterrupt ? interrupt.event : -1, limit)
    if seen & Int32(CPOSTGRES_FAILED) != 0 { throw lose() }
    if seen & Int32(CPOSTGRES_READY) != 0 {
      // A failure shows as a failed result, which the caller is about to read.
      _ = unsafe PQconsumeInput(link)
    }
    if seen & Int32(CPOSTGRES_SIGNALLED) != 0 { beginCancellation(interrupt.reason) }
    if seen == 0 { try timeIsUp() }
  }

  private func timeIsUp() throws(DatabaseError) {
    guard let current = cancellation else {
      guard !isShielded else {
        // A COMMIT is never cancelled: whether it took effect is for the caller to look up.
        close()
        throw .commitUnknown
      }
      beginCancellation(.deadlineExceeded)
      return
    }
    guard Monotonic.now < current.closeAt else {
      close()
      throw current.cause
    }
    sendCancelRequest()
  }

  /// Asks the server to stop the statement; what it answers is read as usual.
  func beginCancellation(_ cause: DatabaseError) {
    guard cancellation == nil else { return }
    let now = Monotonic.now
    cancellation = Cancellation(
      cause: cause, request: nil, repeatAt: now, closeAt: Monotonic.after(Self.cancellationGrace))
    if case .resultTooLarge = cause {} else { stopped = cause }
    sendCancelRequest()
  }

  private func sendCancelRequest() {
    guard let link = unsafe link, var current = cancellation else { return }
    // One request at a time: a second is sent only once the first is known to have arrived.
    if current.request?.hasArrived ?? true {
      current.request = unsafe CancelRequest(link)
      current.request?.send()
    }
    current.repeatAt = Monotonic.after(Self.cancellationRepeat)
    cancellation = current
  }

  /// Called when the server is idle again: no request to stop may be left on its way, since it
  /// would hit the next statement.
  func settleCancellation() -> DatabaseError? {
    guard let current = cancellation else { return nil }
    cancellation = nil
    if let request = current.request {
      while !request.hasArrived, Monotonic.now < current.closeAt {
        _ = cpostgres_wait(-1, 0, 0, request.event, current.closeAt)
      }
      if !request.hasArrived { close() }
    }
    return current.cause
  }

  /// Gives the connection up.
  func lose() -> DatabaseError {
    close()
    return .connectionFailed(.lost)
  }

  /// What a result says went wrong, if anything; a connection that broke is closed.
  func fault(of result: OpaquePointer) -> DatabaseError? {
    switch unsafe PQresultStatus(result) {
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: break
    default: return nil
    }
    let severity = unsafe diagnostic(result, CPOSTGRES_DIAG_SEVERITY)
    guard let state = unsafe diagnostic(result, CPOSTGRES_DIAG_SQLSTATE),
      severity == "ERROR"
    else { return lose() }
    return .server(
      ServerFault(
        sqlState: SQLState(rawValue: state),
        constraint: unsafe diagnostic(result, CPOSTGRES_DIAG_CONSTRAINT),
        table: unsafe diagnostic(result, CPOSTGRES_DIAG_TABLE),
        internalMessage: unsafe diagnostic(result, CPOSTGRES_DIAG_MESSAGE) ?? ""))
  }

  /// Which of two things to report: the server's answer to our own request is not a refusal.
  func verdict(_ fault: DatabaseError?, cancelledBy cause: DatabaseError?) -> DatabaseError? {
    guard let cause else { return fault }
    if case .server(let refusal) = fault, refusal.sqlState == .queryCanceled { return cause }
    if case .resultTooLarge = cause { return cause }
    return fault
  }
}

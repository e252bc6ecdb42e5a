internal import CPostgres

/// Statements of several callers, each a transaction of its own, that share one wait for the disk.
///
/// The server is told not to wait for its log after each; then one commit waits for all of them:
/// the log is written in the order of the commits, so what holds the last holds the others. No
/// outcome is read from a convoy before that commit is confirmed. Others may see a row of it the
/// wait for the disk earlier than otherwise; whatever they commit on that ground comes later in
/// the log, and can so not outlive it.
///
/// A failed statement fails alone, as if it had been sent alone.
final class Convoy {
  /// What became of a statement.
  enum Outcome {
    case unknown
    case done(ResultHandle)
    case refused(DatabaseError)
  }

  private enum Step {
    case prepare(PreparedStatement)
    case run
    /// Here a transaction ends.
    case end
  }

  private var steps: [Step] = []
  private var position = 0
  private var answered = 0
  private var all: [Outcome] = []

  /// Of the callers' statements: the first of all defers the wait, the last two make up for it.
  fileprivate var outcomes: ArraySlice<Outcome> { all.dropFirst().dropLast(2) }

  fileprivate var isComplete: Bool { position == steps.count }

  /// Whether the log has been waited for: the last transaction has ended, and well.
  fileprivate var isConfirmed: Bool {
    isComplete && all.suffix(2).allSatisfy { if case .done = $0 { true } else { false } }
  }

  fileprivate func addStatement(preparing prepared: PreparedStatement?) {
    if let prepared { steps.append(.prepare(prepared)) }
    steps.append(.run)
    all.append(.unknown)
  }

  fileprivate func addEnd() { steps.append(.end) }

  fileprivate func note(_ fault: DatabaseError) {
    // A deferred rule speaks at the end of its transaction, when its statement was answered.
    let index = if case .end = steps[position] { answered - 1 } else { answered }
    all[index] = .refused(fault)
  }

  fileprivate func note(_ handle: ResultHandle) {
    switch steps[position] {
    case .prepare(let prepared): prepared.isReady = true
    case .run: all[answered] = .done(handle)
    case .end: break
    }
  }

  /// All results of a statement have been read; false when none was to be.
  fileprivate func closeStatement() -> Bool {
    switch steps[position] {
    case .prepare: position += 1
    case .run: (position, answered) = (position + 1, answered + 1)
    case .end: return false
    }
    return true
  }

  fileprivate func closeTransaction() { position += 1 }

  fileprivate var unready: [PreparedStatement] {
    steps.compactMap {
      if case .prepare(let prepared) = $0, !prepared.isReady { prepared } else { nil }
    }
  }
}

private enum ConvoyStatement {
  static let deferWait = Statement("set synchronous_commit to off")
  static let waitAgain = Statement("reset synchronous_commit")
  /// The least that the server counts as a change worth waiting for.
  static let confirm = Statement("select pg_logical_emit_message(true, 'equipoise', '')::text")
}

extension Connection {
  /// Sends each statement as a transaction of its own.
  func launchConvoy(_ queries: [Query]) throws(DatabaseError) -> Flight {
    try requireUsable()
    guard !inTransaction else { throw .transactionMisuse }
    notices.clear()
    guard let link = unsafe link, unsafe PQenterPipelineMode(link) == 1 else { throw lose() }
    let convoy = Convoy()
    do {
      try send([Query(ConvoyStatement.deferWait)], in: convoy)
      for query in queries { try send([query], in: convoy) }
      try send([Query(ConvoyStatement.waitAgain), Query(ConvoyStatement.confirm)], in: convoy)
    } catch {
      // The first of them may be stored by now.
      close()
      throw .commitUnknown
    }
    return Flight(convoy: convoy)
  }

  /// Statements that are one transaction.
  private func send(_ queries: [Query], in convoy: Convoy) throws(DatabaseError) {
    for query in queries {
      convoy.addStatement(preparing: try send(query))
    }
    guard let link = unsafe link, unsafe PQpipelineSync(link) == 1 else { throw lose() }
    convoy.addEnd()
  }

  /// What became of the statements of a convoy, in their order, once all is answered; nil before.
  ///
  /// - Parameter waits: whether to wait for what has not arrived.
  func landConvoy(_ convoy: Convoy, waits: Bool) -> [Result<Rows, DatabaseError>]? {
    do {
      guard try read(convoy, waits: waits) else { return nil }
    } catch {
      close()
    }
    for prepared in convoy.unready { cache.remove(prepared) }
    let isConfirmed = convoy.isConfirmed && !inTransaction && !notices.hasUnconfirmedCommit
    // The session may be one that does not wait for its log.
    if !isConfirmed { close() }
    let cause = settleCancellation()
    return convoy.outcomes.map { outcome in
      switch outcome {
      case .done(let handle) where isConfirmed: return .success(Rows(handle: handle))
      case .refused(let fault):
        guard case .server = fault else { return .failure(.commitUnknown) }
        return .failure(verdict(fault, cancelledBy: cause) ?? fault)
      default: return .failure(.commitUnknown)
      }
    }
  }

  /// Reads what there is; false when more is to come.
  private func read(_ convoy: Convoy, waits: Bool) throws(DatabaseError) -> Bool {
    var emptyAnswers = 0
    while !convoy.isComplete {
      if !waits, try isAnswerOutstanding() { return false }
      guard let result = unsafe try nextResult() else {
        emptyAnswers = convoy.closeStatement() ? 0 : emptyAnswers + 1
        guard emptyAnswers < 3 else { throw lose() }
        continue
      }
      let handle = unsafe ResultHandle(result)
      switch unsafe PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK: convoy.note(handle)
      case PGRES_PIPELINE_ABORTED: break
      case PGRES_PIPELINE_SYNC: convoy.closeTransaction()
      default:
        guard let fault = unsafe fault(of: result) else { throw lose() }
        convoy.note(fault)
        if isClosed { throw fault }
      }
    }
    guard let link = unsafe link, unsafe PQexitPipelineMode(link) == 1 else { throw lose() }
    return true
  }

  private func isAnswerOutstanding() throws(DatabaseError) -> Bool {
    guard let link = unsafe link else { throw .connectionFailed(.lost) }
    _ = unsafe PQflush(link)
    return unsafe PQisBusy(link) != 0
  }
}

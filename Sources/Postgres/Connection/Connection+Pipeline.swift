internal import CPostgres

/// Statements that are sent together and answered together.
extension Connection {
  fileprivate enum Step {
    case prepare(PreparedStatement)
    case run(Int)
  }

  /// What a pipeline ends with.
  enum Ending { case commit }

  /// Runs statements in one round trip; the first failure keeps the later ones from running.
  ///
  /// Outside a transaction the batch is a transaction of its own, judged as `commit` is.
  @discardableResult
  public func pipeline(_ queries: [Query]) throws(DatabaseError) -> [Rows] {
    guard !queries.isEmpty else { return [] }
    try requireUsable()
    guard !inTransaction else { return try runPipeline(queries, ending: nil) }
    let all = [Query(TransactionStatement.begin(.readCommitted))] + queries
    return Array(try runPipeline(all, ending: .commit).dropFirst())
  }

  /// Statements that were sent and whose answers were not read yet.
  struct Flight {
    fileprivate let steps: [Step]
    fileprivate let queryCount: Int
    fileprivate let ending: Ending?
    fileprivate let wasInTransaction: Bool
    fileprivate let isAlone: Bool
    /// Set where each statement is a transaction of its own.
    let convoy: Convoy?

    fileprivate init(
      steps: [Step], queryCount: Int, ending: Ending?, wasInTransaction: Bool, isAlone: Bool
    ) {
      self.steps = steps
      self.queryCount = queryCount
      self.ending = ending
      self.wasInTransaction = wasInTransaction
      self.isAlone = isAlone
      convoy = nil
    }

    init(convoy: Convoy) {
      steps = []
      queryCount = 0
      ending = nil
      wasInTransaction = false
      isAlone = false
      self.convoy = convoy
    }
  }

  /// Sends everything, then reads everything.
  func runPipeline(_ given: [Query], ending: Ending?) throws(DatabaseError) -> [Rows] {
    try land(try launch(given, ending: ending))
  }

  /// Sends statements; what does not fit into the socket is sent when the answers are read, which
  /// are taken in while sending, so that two full buffers cannot wait for each other.
  func launch(_ given: [Query], ending: Ending?) throws(DatabaseError) -> Flight {
    for query in given { try query.requireStorable() }
    let queries = ending == nil ? given : given + [Query(TransactionStatement.commit)]
    let wasInTransaction = inTransaction
    notices.clear()
    return Flight(
      steps: try sendAll(queries), queryCount: queries.count, ending: ending,
      wasInTransaction: wasInTransaction, isAlone: given.count == 1)
  }

  /// Reads the answers of what was sent; waits for them.
  func land(_ flight: Flight) throws(DatabaseError) -> [Rows] {
    let (steps, ending) = (flight.steps, flight.ending)
    isShielded = ending != nil
    defer { isShielded = false }
    var answers = Answers(count: flight.queryCount)
    do {
      try read(steps, into: &answers)
    } catch {
      removeUnready(steps)
      if ending != nil {
        // The tag was seen, so the commit counts although the connection broke behind it.
        if answers.isCommitted && !notices.hasWarning { return answers.rows.dropLast() }
        throw .commitUnknown
      }
      throw judged(error, wasInTransaction: flight.wasInTransaction)
    }
    removeUnready(steps)
    if let refusal = answers.refusal {
      if ending != nil {
        rollback()
        if isClosed, case .connectionFailed = refusal { throw .commitUnknown }
      }
      throw judged(refusal, wasInTransaction: flight.wasInTransaction || ending != nil)
    }
    guard ending != nil else {
      if flight.isAlone { try requireUnended(flight.wasInTransaction) }
      return answers.rows
    }
    try requireCommitted(answers)
    return answers.rows.dropLast()
  }

  private struct Answers {
    var handles: [ResultHandle?]
    var refusal: DatabaseError?

    init(count: Int) { handles = Array(repeating: nil, count: count) }

    var rows: [Rows] { handles.compactMap { $0.map(Rows.init(handle:)) } }

    var isCommitted: Bool { handles.last??.commandTag == "COMMIT" }
  }

  /// A commit counts only by its tag, and only when the server had nothing to warn about.
  private func requireCommitted(_ answers: Answers) throws(DatabaseError) {
    guard answers.isCommitted else {
      rollback()
      throw .rolledBack
    }
    guard !notices.hasWarning else { throw .commitUnknown }
  }

  fileprivate func sendAll(_ queries: [Query]) throws(DatabaseError) -> [Step] {
    let mark = cache.now
    if queries.count == 1 { makeRoom(usedSince: mark) }
    guard let link = unsafe link, unsafe PQenterPipelineMode(link) == 1 else { throw lose() }
    var steps: [Step] = []
    for (index, query) in queries.enumerated() {
      if let prepared = try send(query) { steps.append(.prepare(prepared)) }
      steps.append(.run(index))
    }
    guard unsafe PQpipelineSync(link) == 1 else { throw lose() }
    return steps
  }

  /// Sends a statement, and before it the request to prepare it where it is new, which is given.
  func send(_ query: Query) throws(DatabaseError) -> PreparedStatement? {
    guard let link = unsafe link else { throw lose() }
    try parameters.load(query.parameters)
    let text = query.statement.text
    if let known = cache.find(text, parameters.types) {
      guard send(known) else { throw lose() }
      return nil
    }
    let prepared = cache.add(text, parameters.types)
    let count = Int32(parameters.count)
    let isSent = unsafe parameters.withPointers { types, _, _, _ in
      unsafe PQsendPrepare(link, prepared.name, text, count, types) == 1
    }
    guard isSent, send(prepared) else { throw lose() }
    return prepared
  }

  private func read(_ steps: [Step], into answers: inout Answers) throws(DatabaseError) {
    for step in steps {
      while let result = unsafe try nextResult() {
        let handle = unsafe ResultHandle(result)
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
          switch step {
          case .prepare(let prepared): prepared.isReady = true
          case .run(let index): answers.handles[index] = handle
          }
        case PGRES_PIPELINE_ABORTED: break
        default:
          guard let fault = unsafe fault(of: result) else { throw lose() }
          answers.refusal = answers.refusal ?? fault
          if isClosed { throw fault }
        }
      }
    }
    try readSync(into: &answers)
    answers.refusal = verdict(answers.refusal, cancelledBy: settleCancellation())
  }

  /// The end of the pipeline; a deferred rule of an implicit transaction may refuse before it.
  private func readSync(into answers: inout Answers) throws(DatabaseError) {
    var emptyAnswers = 0
    while true {
      guard let result = unsafe try nextResult() else {
        emptyAnswers += 1
        guard emptyAnswers < 3 else { throw lose() }
        continue
      }
      defer { unsafe PQclear(result) }
      if unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC { break }
      guard let fault = unsafe fault(of: result) else { throw lose() }
      answers.refusal = answers.refusal ?? fault
      if isClosed { throw fault }
    }
    guard let link = unsafe link, unsafe PQexitPipelineMode(link) == 1 else { throw lose() }
  }

  private func removeUnready(_ steps: [Step]) {
    for step in steps {
      if case .prepare(let prepared) = step, !prepared.isReady { cache.remove(prepared) }
    }
  }
}

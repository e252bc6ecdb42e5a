public import Store
public import StudyModel

/// A data query with what was written about it.
public struct QueryFile: Sendable {
  /// The query.
  public let query: StoredQuery
  /// The thread, oldest first.
  public let thread: [StoredQueryMessage]
}

extension StoredQuery {
  /// Days a data query may wait before it counts as overdue.
  public static let patience = 14

  /// Whether it waits longer than it may: open or answered for more than `patience` days.
  public func isOverdue(at now: UTCInstant) -> Bool {
    state != "closed" && now.seconds(since: openedAt) > Int64(Self.patience) * 86_400
  }
}

extension Installation {
  /// Opens a data query on a field, or on the form as a whole where the field is empty.
  public func openQuery(
    _ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1,
    field: String, text: String, isBlocking: Bool, as actor: Actor
  ) async throws -> Int {
    try actor.need(.openDataQuery)
    let actor = try await acting(
      actor, on: EntryAddress(owner, form, visit, number: number))
    guard let form = actor.definition.form(form) else { throw ActRefusal.notFound }
    try form.needNumber(number)
    try Self.checkWords(text, field: "text", "Nothing was opened.")
    guard actor.reads(form), actor.files(form, under: owner.subject) else {
      throw ActRefusal.notFound
    }
    guard field.isEmpty || form.fields.contains(where: { $0.id.text == field }) else {
      throw ActRefusal.invalid([
        Fault(
          field: "field", code: "no_such_field",
          sentence: "The form has no such field. Nothing was opened.")
      ])
    }
    return try await session(actor) { session in
      try session.openQuery(
        EntryAddress(owner, form.id, visit, number: number), in: form.dataClass,
        field: field, text: text, isBlocking: isBlocking)
    }
  }

  /// The data queries not closed in the actor's reach, of every class the role reads by itself.
  public func openQueries(as actor: Actor) async throws -> [StoredQuery] {
    let classes = actor.entryClasses
    let reader = try await knowingEveryVersion(actor)
    return try await session(actor) { session in
      try classes.flatMap { try session.queries(of: nil, in: $0, trial: actor.trial.id) }
        .filter { try session.mayRead($0, as: reader) }
    }
  }

  /// One data query with its thread, closed ones included.
  public func query(_ query: QueryAddress, as actor: Actor) async throws -> QueryFile {
    try needQueryRole(query, actor)
    let trial = actor.trial.id
    let reader = try await knowingEveryVersion(actor)
    let found = try await session(actor) { session in
      try session.query(query, trial: trial).flatMap { found in
        try session.mayRead(found.query, as: reader) ? found : nil
      }
    }
    guard let found else { throw ActRefusal.notFound }
    return QueryFile(query: found.query, thread: found.thread)
  }

  /// Answers a data query; whoever asked closes it or asks again.
  public func answerQuery(_ query: QueryAddress, answer: String, as actor: Actor) async throws {
    guard actor.role.can(.answerDataQuery) else { throw ActRefusal.notFound }
    let asked = try await self.query(query, as: actor).query
    try Self.checkWords(answer, field: "answer", "Nothing was answered.")
    try await session(actor) { session in
      // Free text of an unblinded writer is of class treatment, whatever it says.
      guard actor.isUnblinded, query.dataClass != .treatment else {
        return try session.answerQuery(query, answer: answer)
      }
      try session.answerQuery(query, answer: "Answered in the treatment record.")
      try session.note(
        "data query answered",
        on: "\(asked.participant)/\(asked.form)@\(asked.visit)#\(asked.entryNumber)",
        site: actor.sites.setting, reason: answer, in: .treatment)
    }
  }

  /// Closes a data query with a reason: an act of who asks, not of who answers.
  public func closeQuery(_ query: QueryAddress, reason: String, as actor: Actor) async throws {
    try actor.need(.openDataQuery)
    _ = try await self.query(query, as: actor)
    try Self.checkWords(reason, field: "reason", "Nothing was closed.")
    try await session(actor) { try $0.closeQuery(query, reason: reason) }
  }

  /// Asks again, after an answer or after closing.
  public func reopenQuery(_ query: QueryAddress, reason: String, as actor: Actor) async throws {
    try actor.need(.openDataQuery)
    _ = try await self.query(query, as: actor)
    try Self.checkWords(reason, field: "reason", "Nothing was opened again.")
    try await session(actor) { try $0.reopenQuery(query, reason: reason) }
  }

  private func needQueryRole(_ query: QueryAddress, _ actor: Actor) throws(ActRefusal) {
    guard actor.role.can(.answerDataQuery) || actor.role.can(.openDataQuery),
      actor.entryClasses.contains(query.dataClass)
    else { throw .notFound }
  }

  private static func checkWords(
    _ text: String, field: String, _ consequence: String
  ) throws(ActRefusal) {
    guard (3...2000).contains(text.unicodeScalars.count), text.contains(where: { !$0.isWhitespace })
    else {
      throw .invalid([
        Fault(
          field: field, code: "bad_text",
          sentence: "Write 3 to 2000 characters. \(consequence)")
      ])
    }
  }
}

extension Session {
  /// Whether a data query is for this reader: on a form all of whose entries are read, or on an own one.
  func mayRead(_ query: StoredQuery, as reader: Actor) throws -> Bool {
    guard reader.readsOwn(formNamed: query.form) else { return reader.reads(formNamed: query.form) }
    let address = EntryAddress(
      try EntrySubject(parsing: query.participant), try FormID(parsing: query.form),
      try VisitCode(parsing: query.visit), number: query.entryNumber)
    return try entry(address, in: query.address.dataClass, trial: reader.trial.id)?.isOwn ?? false
  }
}

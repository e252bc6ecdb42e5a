import Postgres
public import StudyModel

/// Which data query: each class numbers its own.
public struct QueryAddress: Hashable, Sendable {
  /// The class.
  public let dataClass: DataClass
  /// The number in its class.
  public let number: Int

  /// Makes an address.
  public init(_ number: Int, in dataClass: DataClass = .open) {
    self.number = number
    self.dataClass = dataClass
  }

  /// Reads `3` of class open or `outcome-3`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard let last = parts.last, let number = Int(last), number > 0, String(number) == last else {
      return nil
    }
    switch parts.count {
    case 1: self.init(number)
    case 2:
      guard let dataClass = DataClass(rawValue: String(parts[0])), dataClass != .open else {
        return nil
      }
      self.init(number, in: dataClass)
    default: return nil
    }
  }

  /// As it stands in an address.
  public var text: String {
    dataClass == .open ? String(number) : "\(dataClass.rawValue)-\(number)"
  }
}

/// A data query.
public struct StoredQuery: Sendable {
  /// The class and number.
  public let address: QueryAddress
  /// The number in its class.
  public var number: Int { address.number }
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let entryNumber: Int
  /// The field.
  public let field: String
  /// Whether randomization waits for it.
  public let isBlocking: Bool
  /// open, answered or closed.
  public let state: String
  /// The question.
  public let text: String
  /// The last answer.
  public let answer: String?
  /// The instant of opening.
  public let openedAt: UTCInstant
  /// The check that opened it, empty for a person.
  public let rule: String
}

/// One thing written in the thread of a data query.
public struct StoredQueryMessage: Sendable {
  /// opened, answered, reopened or closed.
  public let kind: String
  /// The printed name of who wrote it, empty for a check.
  public let author: String
  /// The role acted in.
  public let role: String
  /// The instant.
  public let at: UTCInstant
  /// What was written.
  public let text: String
}

enum QuerySQL: String, StatementSet {
  case open = "select {class}.open_data_query($1, $2, $3, $4::int, $5, $6, $7, $8)::bigint"
  case answer = "select {class}.answer_data_query($1::int, $2)"
  case reopen = "select {class}.reopen_data_query($1::int, $2)"
  case close = "select {class}.close_data_query($1::int, $2)"
  case closeMet = "select {class}.close_met_queries($1, $2, $3, $4::int, $5)::bigint"
  case list = """
    select query_no::bigint, participant, form, visit, repeat::bigint, field, is_blocking, state, text, answer, opened_at, rule
      from {class}.data_queries
     where trial_id = $1 and (participant = $2 or $2 = '') and (state <> 'closed' or $3)
     order by query_no
     limit 500
    """
  case find = """
    select query_no::bigint, participant, form, visit, repeat::bigint, field, is_blocking, state, text, answer, opened_at, rule
      from {class}.data_queries
     where trial_id = $1 and query_no = $2::int
    """
  case closedByPerson = """
    select m.author is not null
      from {class}.data_query_messages m
     where m.trial_id = $1 and m.query_no = $2::int and m.kind = 'closed'
     order by m.message desc limit 1
    """
  case thread = """
    select m.kind, coalesce(u.full_name, t.full_name, ''), coalesce(t.role, m.role, ''), m.at, m.text
      from {class}.data_query_messages m left join access.users u on u.user_id = m.author
      left join lateral access.team_member(m.author) t on true
     where m.trial_id = $1 and m.query_no = $2::int
     order by m.message
    """
}

extension Session {
  /// Opens a data query and gives its number.
  ///
  /// - Parameter rule: the check that asks, empty for a person.
  public func openQuery(
    _ address: EntryAddress, in dataClass: DataClass, field: String, text: String,
    isBlocking: Bool, rule: String = ""
  ) throws(StoreError) -> Int {
    let row = try first(
      QuerySQL.open.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)),
      .text(field), .text(text), .bool(isBlocking), .text(rule))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Answers a data query; it waits then for who asked.
  public func answerQuery(_ query: QueryAddress, answer: String) throws(StoreError) {
    _ = try rows(
      QuerySQL.answer.of(query.dataClass), .int(Int64(query.number)), .text(answer))
  }

  /// Asks again, after an answer or after closing.
  public func reopenQuery(_ query: QueryAddress, reason: String) throws(StoreError) {
    _ = try rows(
      QuerySQL.reopen.of(query.dataClass), .int(Int64(query.number)), .text(reason))
  }

  /// Closes a data query with a reason.
  public func closeQuery(_ query: QueryAddress, reason: String) throws(StoreError) {
    _ = try rows(
      QuerySQL.close.of(query.dataClass), .int(Int64(query.number)), .text(reason))
  }

  /// Whether a person closed a data query, rather than a check that was met again.
  public func isClosedByPerson(_ query: QueryAddress, in trial: TrialID) throws(StoreError) -> Bool
  {
    try first(
      QuerySQL.closedByPerson.of(query.dataClass), .int(Int64(trial)), .int(Int64(query.number)))?
      .bool(0) ?? false
  }

  /// Closes the queries of checks that are met; gives how many.
  ///
  /// - Parameter standing: the checks that still fail, each as `code@field`.
  @discardableResult
  public func closeMetQueries(
    _ address: EntryAddress, in dataClass: DataClass, standing: [String]
  ) throws(StoreError) -> Int {
    let row = try first(
      QuerySQL.closeMet.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .textArray(standing))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Data queries of a participant or site, or of everybody in reach when nil.
  public func queries(
    of owner: (any EntryOwner)?, in dataClass: DataClass, trial: TrialID,
    includingClosed: Bool = false
  ) throws(StoreError) -> [StoredQuery] {
    try rows(
      QuerySQL.list.of(dataClass), .int(Int64(trial)), .text(owner?.subject.text ?? ""),
      .bool(includingClosed)
    ).map { row throws(StoreError) in try Self.query(row, dataClass) }
  }

  /// One data query with its thread, oldest first; nil when none is in reach.
  public func query(
    _ query: QueryAddress, trial: TrialID
  ) throws(StoreError) -> (query: StoredQuery, thread: [StoredQueryMessage])? {
    guard
      let row = try first(
        QuerySQL.find.of(query.dataClass), .int(Int64(trial)), .int(Int64(query.number)))
    else { return nil }
    let thread = try rows(
      QuerySQL.thread.of(query.dataClass), .int(Int64(trial)), .int(Int64(query.number))
    ).map { row throws(StoreError) in
      StoredQueryMessage(
        kind: try row.text(0), author: try row.text(1), role: try row.text(2),
        at: try row.instant(3), text: try row.text(4))
    }
    return (try Self.query(row, query.dataClass), thread)
  }

  private static func query(
    _ row: Row, _ dataClass: DataClass
  ) throws(StoreError) -> StoredQuery {
    StoredQuery(
      address: QueryAddress(try row.int(0), in: dataClass), participant: try row.text(1),
      form: try row.text(2), visit: try row.text(3), entryNumber: try row.int(4),
      field: try row.text(5), isBlocking: try row.bool(6), state: try row.text(7),
      text: try row.text(8), answer: try row.optionalText(9), openedAt: try row.instant(10),
      rule: try row.text(11))
  }
}

import Postgres
public import StudyModel

/// What goes with a removal.
public enum RemovalSubject: Sendable, Hashable {
  /// The value of a field.
  case value(field: String)
  /// The texts of a data query, by its number in the class.
  case query(Int)
  /// The reasons given with a version of an entry.
  case reasons(version: Int)
  /// The words of a deviation, by its number at the participant.
  case deviation(Int)
  /// The words of an act, by what the audit trail says of it.
  case act(object: String, action: String)
}

/// A value that was removed because personal data stood in it, or the request to remove it.
public struct StoredRemoval: Sendable, Equatable {
  /// The class it stands in.
  public let dataClass: DataClass
  /// The number in the class.
  public let number: Int
  /// The participant.
  public let participant: String
  /// The form, empty where the words of a deviation or of an act go.
  public let form: String
  /// The visit, empty where the words of a deviation or of an act go.
  public let visit: String
  /// The number among repeats.
  public let entryNumber: Int
  /// What goes.
  public let subject: RemovalSubject
  /// Why.
  public let reason: String
  /// The user who asked.
  public let askedBy: UserID
  /// The printed name of who asked.
  public let askedName: String
  /// The instant.
  public let askedAt: UTCInstant
  /// The printed name of who confirmed, empty while it waits.
  public let confirmedName: String
  /// The instant of removal, nil while it waits.
  public let confirmedAt: UTCInstant?
}

enum RemovalSQL: String, StatementSet {
  case ask = "select {class}.ask_removal($1, $2, $3, $4::int, $5, $6)::bigint"
  case askQuery = "select {class}.ask_query_removal($1, $2, $3, $4::int, $5::int, $6)::bigint"
  case askReasons = "select {class}.ask_reason_removal($1, $2, $3, $4::int, $5::int, $6)::bigint"
  case askDeviation = "select {class}.ask_deviation_removal($1, $2::int, $3)::bigint"
  /// The row is one of those the caller knows of, in the caller's numbering of them.
  case askAct = """
    select {class}.ask_words_removal(r.seq, $4)::bigint
      from (select a.seq, row_number() over (order by a.seq) as number from {class}.audit a
             where a.trial_id = $1 and coalesce(substring(a.object from '^[^/]+/([^@/#]+)[@#]') = any ($2), true)) r
     where r.number = $3
    """
  case confirm = "select {class}.confirm_removal($1::int)"
  case confirmDeviation = "select {class}.confirm_deviation_removal($1::int)"
  case confirmAct = "select {class}.confirm_words_removal($1::int)"
  case list = """
    select t.tombstone_no::bigint, t.participant, t.form, t.visit, t.repeat::bigint, t.field, t.reason, t.asked_by,
           coalesce(a.full_name, ''), t.asked_at, coalesce(c.full_name, ''), t.confirmed_at,
           t.query_no::bigint, t.version::bigint, t.deviation::bigint, w.object, w.action
      from {class}.tombstones t left join {class}.audit w on w.trial_id = t.trial_id and w.seq = t.audit_row
      left join access.users a on a.user_id = t.asked_by
      left join access.users c on c.user_id = t.confirmed_by
     where t.trial_id = $1
     order by t.tombstone_no desc
    """
}

extension Session {
  /// Asks that a value be removed; gives the number of the request.
  ///
  /// - Throws: `notFound`, `reasonMissing`, `conflict` when it was asked before.
  public func askRemoval(
    of field: FieldID, on address: EntryAddress, in dataClass: DataClass, reason: String
  ) throws(StoreError) -> Int {
    let row = try first(
      RemovalSQL.ask.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .text(field.text), .text(reason))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Asks that the texts of a data query on an entry be removed; gives the number of the request.
  ///
  /// - Throws: `notFound`, `reasonMissing`, `conflict` when it was asked before.
  public func askRemoval(
    ofQuery query: Int, on address: EntryAddress, in dataClass: DataClass, reason: String
  ) throws(StoreError) -> Int {
    let row = try first(
      RemovalSQL.askQuery.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(query)), .text(reason))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Asks that the reasons given with a version be removed, and the words of corrections beside it; gives the
  /// number of the request.
  ///
  /// - Throws: `notFound`, `reasonMissing`, `conflict` when it was asked before.
  public func askRemoval(
    ofReasonsOf version: Int, on address: EntryAddress, in dataClass: DataClass, reason: String
  ) throws(StoreError) -> Int {
    let row = try first(
      RemovalSQL.askReasons.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)), .text(reason))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Asks that the words of a deviation be removed; gives the number of the request.
  ///
  /// - Throws: `notFound`, `reasonMissing`, `conflict` when it was asked before.
  public func askRemoval(
    ofDeviation deviation: Int, of participant: ParticipantKey, in dataClass: DataClass,
    reason: String
  ) throws(StoreError) -> Int {
    let row = try first(
      RemovalSQL.askDeviation.of(dataClass), .text(participant.text), .int(Int64(deviation)),
      .text(reason))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Asks that the words of an act be removed; gives the number of the request.
  ///
  /// - Parameters:
  ///   - row: the number of its row in the audit trail, as the reader of those kinds counts them.
  ///   - kinds: what the reader is told of, as it stands after the participant in an object.
  /// - Throws: `notFound`, `reasonMissing`, `conflict` when it was asked before.
  public func askRemoval(
    ofActIn row: Int, toldOf kinds: [String], in dataClass: DataClass, trial: TrialID,
    reason: String
  ) throws(StoreError) -> Int {
    let found = try first(
      RemovalSQL.askAct.of(dataClass), .int(Int64(trial)), .textArray(kinds), .int(Int64(row)),
      .text(reason))
    guard let found else { throw .notFound }
    return try found.int(0)
  }

  /// Removes what was asked for from every version and the audit trail.
  ///
  /// - Throws: `notFound`, `conflict` when it is confirmed or by who asked, `closed`.
  public func confirm(_ removal: StoredRemoval) throws(StoreError) {
    let act: RemovalSQL =
      switch removal.subject {
      case .value, .query, .reasons: .confirm
      case .deviation: .confirmDeviation
      case .act: .confirmAct
      }
    _ = try rows(act.of(removal.dataClass), .int(Int64(removal.number)))
  }

  /// The removals of a class, newest first.
  public func removals(
    in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredRemoval] {
    try rows(RemovalSQL.list.of(dataClass), .int(Int64(trial))).map { row throws(StoreError) in
      StoredRemoval(
        dataClass: dataClass, number: try row.int(0), participant: try row.text(1),
        form: try row.text(2), visit: try row.text(3), entryNumber: try row.int(4),
        subject: try Self.subject(row), reason: try row.text(6), askedBy: try row.int64(7),
        askedName: try row.text(8), askedAt: try row.instant(9), confirmedName: try row.text(10),
        confirmedAt: try row.optionalInstant(11))
    }
  }

  private static func subject(_ row: Row) throws(StoreError) -> RemovalSubject {
    if let query = try row.optionalInt64(12) { return .query(Int(query)) }
    if let version = try row.optionalInt64(13) { return .reasons(version: Int(version)) }
    if let deviation = try row.optionalInt64(14) { return .deviation(Int(deviation)) }
    if let object = try row.optionalText(15), let action = try row.optionalText(16) {
      return .act(object: object, action: action)
    }
    return .value(field: try row.text(5))
  }
}

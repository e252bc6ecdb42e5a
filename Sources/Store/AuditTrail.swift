import Postgres
public import StudyModel

/// One row of an audit trail.
public struct AuditRow: Sendable {
  /// The position in its class.
  public let number: Int64
  /// The instant.
  public let at: UTCInstant
  /// The printed name of who did it, empty for the system.
  public let name: String
  /// The role.
  public let role: String
  /// What was changed.
  public let object: String
  /// What was done.
  public let action: String
  /// The field.
  public let field: String
  /// The earlier value.
  public let old: String?
  /// The new value.
  public let new: String?
  /// The reason.
  public let reason: String
}

enum AuditSQL: String, StatementSet {
  case list = """
    select a.seq, a.at, coalesce(u.full_name, t.full_name, ''), coalesce(t.role, a.role, ''), a.object, a.action,
           a.field, a.old, a.new, a.reason
      from {class}.audit a left join access.users u on u.user_id = a.actor
      left join lateral (select m.* from access.team_member(a.actor) m where a.actor < 0) t on true
     where a.trial_id = $1 and ($2 = '' or a.object = $2 or starts_with(a.object, $2 || '/'))
     order by a.seq desc
     limit $3
    """
  case note = "select {class}.note($1, $2, $3, $4)"
}

extension Session {
  /// Audit rows of a class, newest first, of one object or of everything in reach.
  public func audit(
    of dataClass: DataClass, in trial: TrialID, object: String = "", limit: Int
  ) throws(StoreError) -> [AuditRow] {
    try rows(
      AuditSQL.list.of(dataClass), .int(Int64(trial)), .text(object), .int(Int64(limit))
    ).map { row throws(StoreError) in
      AuditRow(
        number: try row.int64(0), at: try row.instant(1), name: try row.text(2),
        role: try row.text(3), object: try row.text(4), action: try row.text(5),
        field: try row.text(6), old: try row.optionalText(7), new: try row.optionalText(8),
        reason: try row.text(9))
    }
  }

  /// Writes one audit row of a class.
  public func note(
    _ action: String, on object: String, site: String = "*", reason: String = "",
    in dataClass: DataClass
  ) throws(StoreError) {
    _ = try rows(
      AuditSQL.note.of(dataClass), .text(site), .text(object), .text(action), .text(reason))
  }
}

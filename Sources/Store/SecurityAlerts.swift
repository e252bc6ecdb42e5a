import Postgres
public import StudyModel

/// A role somebody holds now.
public struct HeldRole: Sendable, Equatable {
  /// The holder.
  public let user: UserID
  /// The role.
  public let role: String
}

enum SecurityAlertSQL: String, StatementSet {
  case alert = "select access.alert_security($1::int, $2)::bigint"
  case held = """
    select g.user_id, g.role from access.grants g
     where g.trial_id = $1 and g.ended_at is null order by g.user_id, g.role
    """
  case incompatible = "select access.note_incompatible($1::int, $2, $3)"
}

extension Session {
  /// Writes letters to the holders of the roles for each new event that endangers access; gives how
  /// many events there were.
  public func alertSecurity(
    in trial: TrialID, roles: [RoleID]
  ) throws(StoreError) -> Int {
    let row = try first(
      SecurityAlertSQL.alert.statement, .int(Int64(trial)),
      .textArray(roles.map(\.text).sorted()))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// The roles held in a trial now, by holder.
  public func heldRoles(in trial: TrialID) throws(StoreError) -> [HeldRole] {
    try rows(SecurityAlertSQL.held.statement, .int(Int64(trial))).map { row throws(StoreError) in
      HeldRole(user: try row.int64(0), role: try row.text(1))
    }
  }

  /// Puts on record that somebody holds roles that nobody may hold together; false when it was on
  /// record within the night.
  public func noteIncompatible(
    _ user: UserID, in trial: TrialID, roles: String
  ) throws(StoreError) -> Bool {
    let row = try first(
      SecurityAlertSQL.incompatible.statement, .int(Int64(trial)), .int(user), .text(roles))
    guard let row else { throw .internalFault(nil) }
    return try row.bool(0)
  }
}

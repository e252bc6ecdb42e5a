import Postgres
public import StudyModel

/// An address at which a person chooses a password and takes a device.
public struct StoredInvitation: Sendable {
  /// What it is for.
  public enum Kind: String, Sendable {
    /// A new account.
    case invitation
    /// Password and device are replaced; a second administrator has to confirm it.
    case reset
  }

  /// The number.
  public let id: Int64
  /// Whose account.
  public let user: UserID
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// What it is for.
  public let kind: Kind
  /// The first administrator, nil for the console.
  public let madeBy: UserID?
  /// When it stops working.
  public let expiresAt: UTCInstant
  /// The digest of the spoken code, nil when there is none yet.
  public let codeHash: [UInt8]?
  /// Wrong answers so far.
  public let failures: Int
  /// When it was read, by the clock of the database.
  public let readAt: UTCInstant
}

enum InvitationSQL: String, StatementSet {
  case inviters = """
    select distinct made_by from access.invitations
     where user_id = $1 and kind = 'invitation' and made_by is not null
     order by made_by
    """
  case end = """
    update access.invitations set ended_at = clock_timestamp() where user_id = $1 and ended_at is null
    """
  case make = """
    insert into access.invitations (token_hash, user_id, kind, made_by, expires_at)
    values ($1, $2, $3, $4, clock_timestamp() + interval '72 hours')
    """
  case confirm = """
    update access.invitations set code_hash = $2, confirmed_by = $3, confirmed_at = clock_timestamp()
     where invitation_id = $1 and ended_at is null and confirmed_by is null
    """
  case fail = """
    update access.invitations set failures = failures + 1,
           ended_at = case when failures >= 4 then clock_timestamp() end
     where invitation_id = $1 and ended_at is null
    """
  case byToken = """
    select i.invitation_id, i.user_id, u.username, u.full_name, i.kind, i.made_by, i.expires_at, i.code_hash,
           i.failures::bigint, clock_timestamp()
      from access.invitations i join access.users u using (user_id)
     where i.token_hash = $1 and i.ended_at is null and i.expires_at > clock_timestamp()
     for update of i
    """
  case ofUser = """
    select i.invitation_id, i.user_id, u.username, u.full_name, i.kind, i.made_by, i.expires_at, i.code_hash,
           i.failures::bigint, clock_timestamp()
      from access.invitations i join access.users u using (user_id)
     where i.user_id = $1 and i.ended_at is null and i.expires_at > clock_timestamp()
    """
  case addCode = "insert into access.recovery_codes (user_id, code_hash) values ($1, $2)"
  case endCodes = """
    update access.recovery_codes set ended_at = clock_timestamp()
     where user_id = $1 and used_at is null and ended_at is null
    """
  case useCode = """
    update access.recovery_codes set used_at = clock_timestamp()
     where user_id = $1 and code_hash = $2 and used_at is null and ended_at is null
    """
  case codesLeft = """
    select count(*) from access.recovery_codes where user_id = $1 and used_at is null and ended_at is null
    """
}

extension Session {
  /// Who invited a person to the account.
  public func inviters(of user: UserID) throws(StoreError) -> [UserID] {
    try rows(InvitationSQL.inviters.statement, .int(user))
      .map { row throws(StoreError) in try row.int64(0) }
  }

  /// Makes an invitation; an earlier one of the same person ends.
  public func makeInvitation(
    _ kind: StoredInvitation.Kind, tokenHash: [UInt8], for user: UserID, by maker: UserID?
  ) throws(StoreError) {
    _ = try rows(InvitationSQL.end.statement, .int(user))
    _ = try rows(
      InvitationSQL.make.statement, .bytes(tokenHash), .int(user), .text(kind.rawValue),
      maker.map(SQLValue.int) ?? .null)
  }

  /// The invitation of a token while it works; the row is locked.
  public func invitation(tokenHash: [UInt8]) throws(StoreError) -> StoredInvitation? {
    try invitation(in: first(InvitationSQL.byToken.statement, .bytes(tokenHash)))
  }

  /// The invitation of a person that still works.
  public func invitation(of user: UserID) throws(StoreError) -> StoredInvitation? {
    try invitation(in: first(InvitationSQL.ofUser.statement, .int(user)))
  }

  private func invitation(in row: Row?) throws(StoreError) -> StoredInvitation? {
    guard let row, let kind = StoredInvitation.Kind(rawValue: try row.text(4)) else { return nil }
    return StoredInvitation(
      id: try row.int64(0), user: try row.int64(1), username: try row.text(2),
      fullName: try row.text(3), kind: kind, madeBy: try row.optionalInt64(5),
      expiresAt: try row.instant(6), codeHash: try row.optionalBytes(7),
      failures: try row.int(8), readAt: try row.instant(9))
  }

  /// Confirms a reset by a second administrator; false when it was confirmed or ended before.
  public func confirmInvitation(
    _ id: Int64, codeHash: [UInt8], by user: UserID
  ) throws(StoreError) -> Bool {
    try rows(InvitationSQL.confirm.statement, .int(id), .bytes(codeHash), .int(user)).affected == 1
  }

  /// Counts a wrong answer to an invitation; the fifth ends it.
  public func countFailure(ofInvitation id: Int64) throws(StoreError) {
    _ = try rows(InvitationSQL.fail.statement, .int(id))
  }

  /// Ends the open invitation of a person.
  public func endInvitation(of user: UserID) throws(StoreError) {
    _ = try rows(InvitationSQL.end.statement, .int(user))
  }

  /// Replaces the recovery codes of a person.
  public func replaceRecoveryCodes(of user: UserID, _ hashes: [[UInt8]]) throws(StoreError) {
    _ = try rows(InvitationSQL.endCodes.statement, .int(user))
    for hash in hashes { _ = try rows(InvitationSQL.addCode.statement, .int(user), .bytes(hash)) }
  }

  /// Uses a recovery code; false when there is none such, or it was used.
  public func useRecoveryCode(_ hash: [UInt8], of user: UserID) throws(StoreError) -> Bool {
    try rows(InvitationSQL.useCode.statement, .int(user), .bytes(hash)).affected == 1
  }

  /// How many recovery codes a person has left.
  public func recoveryCodesLeft(of user: UserID) throws(StoreError) -> Int {
    try first(InvitationSQL.codesLeft.statement, .int(user)).map { row throws(StoreError) in
      try row.int(0)
    } ?? 0
  }
}

import Postgres
public import StudyModel

/// Whether a person may sign, and since when.
public struct SignerStanding: Sendable, Equatable {
  /// How the identity was verified, nil while it was not.
  public let identityMethod: String?
  /// The printed name of who verified it, empty for the console.
  public let identityBy: String
  /// The instant of verification.
  public let identityAt: UTCInstant?
  /// The newest version of the text that was acknowledged, nil while none was.
  public let textVersion: String?
  /// The instant of acknowledgement.
  public let acknowledgedAt: UTCInstant?
}

enum SignerSQL: String, StatementSet {
  case standing = """
    select i.method, coalesce(b.full_name, ''), i.checked_at, a.text_version, a.acknowledged_at
      from access.users u
      left join access.identity_checks i on i.user_id = u.user_id
      left join access.users b on b.user_id = i.checked_by
      left join lateral (select x.text_version, x.acknowledged_at from access.accountability x
        where x.user_id = u.user_id order by x.acknowledged_at desc limit 1) a on true
     where u.user_id = $1
    """
  case check = "select access.record_identity_check($1, $2)"
  case acknowledge = "select access.acknowledge_accountability($1, $2)"
}

extension Session {
  /// Whether a person may sign.
  public func signerStanding(of user: UserID) throws(StoreError) -> SignerStanding {
    guard let row = try first(SignerSQL.standing.statement, .int(user)) else { throw .notFound }
    return SignerStanding(
      identityMethod: try row.optionalText(0), identityBy: try row.text(1),
      identityAt: try row.optionalInstant(2), textVersion: try row.optionalText(3),
      acknowledgedAt: try row.optionalInstant(4))
  }

  /// Records how somebody's identity was verified; `conflict` when it was before.
  public func recordIdentityCheck(of user: UserID, method: String) throws(StoreError) {
    _ = try rows(SignerSQL.check.statement, .int(user), .text(method))
  }

  /// Records that the caller acknowledged a version of the text.
  public func acknowledgeAccountability(
    version: String, digest: [UInt8]
  ) throws(StoreError) {
    _ = try rows(SignerSQL.acknowledge.statement, .text(version), .bytes(digest))
  }
}

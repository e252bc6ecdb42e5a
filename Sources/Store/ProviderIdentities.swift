import Postgres
public import StudyModel

/// A link with an account at a provider, as its person sees it.
public struct ProviderIdentity: Sendable {
  /// The address of the provider.
  public let issuer: String
  /// When it was linked.
  public let linkedAt: UTCInstant
  /// The last sign-in through it, nil before the first.
  public let usedAt: UTCInstant?
}

/// A browser on its way to a provider and back.
public struct ProviderFlow: Sendable {
  let stateDigest: [UInt8]
  let browserDigest: [UInt8]
  let sessionDigest: [UInt8]?
  let server: String

  /// Makes one.
  ///
  /// - Parameters:
  ///   - stateDigest: SHA-256 of the state sent along.
  ///   - browserDigest: SHA-256 of the secret the browser keeps.
  ///   - sessionDigest: SHA-256 of the token of the session that links; nil for signing in.
  ///   - server: name and port this server is asked by.
  public init(
    stateDigest: [UInt8], browserDigest: [UInt8], sessionDigest: [UInt8]?, server: String
  ) {
    self.stateDigest = stateDigest
    self.browserDigest = browserDigest
    self.sessionDigest = sessionDigest
    self.server = server
  }
}

enum ProviderSQL: String, StatementSet {
  case begin = "select access.begin_provider_flow($1, $2, $3, $4)"
  case take = "select access.take_provider_flow($1, $2, $3, $4)"
  case link = "select access.link_provider_identity($1, $2, $3)"
  case open = "select access.open_provider_session($1, $2, $3, $4)"
  case end = "select access.end_provider_identities($1, $2)"
  case person = """
    select user_id from access.provider_identities
     where issuer = $1 and subject_digest = $2 and ended_at is null
    """
  // Once a minute for each cause: whoever asks meanwhile learns nothing new.
  case noteSilent = """
    insert into access.events (user_id, subject, kind, detail)
    select null, '', 'provider sign-in refused', $1
     where not exists (select from access.events e
             where e.kind = 'provider sign-in refused' and e.detail = $1
               and e.at > clock_timestamp() - interval '1 minute')
    """
  case own = """
    select issuer, linked_at, used_at from access.provider_identities
     where user_id = $1 and ended_at is null
    """
}

extension Session {
  /// Keeps that a browser left; `notFound` when it is to link in a session that was not just proved.
  public func begin(_ flow: ProviderFlow) throws(StoreError) {
    _ = try rows(
      ProviderSQL.begin.statement, .bytes(flow.stateDigest), .bytes(flow.browserDigest),
      flow.sessionDigest.map(SQLValue.bytes) ?? .null, .text(flow.server))
  }

  /// Whether it left less than five minutes ago and did not come back before; now it did.
  public func take(_ flow: ProviderFlow) throws(StoreError) -> Bool {
    guard
      let row = try first(
        ProviderSQL.take.statement, .bytes(flow.stateDigest), .bytes(flow.browserDigest),
        flow.sessionDigest.map(SQLValue.bytes) ?? .null, .text(flow.server))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Links the person of a session with an account at a provider; false where either is linked already.
  public func linkProvider(
    _ issuer: String, subjectDigest: [UInt8], sessionDigest: [UInt8]
  ) throws(StoreError) -> Bool {
    guard
      let row = try first(
        ProviderSQL.link.statement, .bytes(sessionDigest), .text(issuer), .bytes(subjectDigest))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Who is linked with an account at a provider, nil when nobody is.
  public func person(at issuer: String, subjectDigest: [UInt8]) throws(StoreError) -> UserID? {
    try first(ProviderSQL.person.statement, .text(issuer), .bytes(subjectDigest))?.int64(0)
  }

  /// Opens a session that waits for the second factor; false where nobody is linked any more.
  public func openSession(
    at issuer: String, subjectDigest: [UInt8], tokenHash: [UInt8], formToken: [UInt8]
  ) throws(StoreError) -> Bool {
    guard
      let row = try first(
        ProviderSQL.open.statement, .text(issuer), .bytes(subjectDigest), .bytes(tokenHash),
        .bytes(formToken))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Puts on record that the provider could not be asked, and why.
  public func noteSilentProvider(_ cause: String) throws(StoreError) {
    _ = try rows(ProviderSQL.noteSilent.statement, .text(cause))
  }

  /// The link of a person, nil when there is none.
  public func providerIdentity(of user: UserID) throws(StoreError) -> ProviderIdentity? {
    guard let row = try first(ProviderSQL.own.statement, .int(user)) else { return nil }
    return ProviderIdentity(
      issuer: try row.text(0), linkedAt: try row.instant(1), usedAt: try row.optionalInstant(2))
  }

  /// Ends the link of a person and the other sessions; false where there is none.
  ///
  /// - Parameter sessionDigest: the session that goes on; empty in a reset.
  public func endProviderIdentity(
    of user: UserID, sessionDigest: [UInt8] = []
  ) throws(StoreError) -> Bool {
    guard let row = try first(ProviderSQL.end.statement, .int(user), .bytes(sessionDigest))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }
}

import Postgres
public import StudyModel

/// What a signature takes beside what was given already.
public enum SignatureProof: String, Sendable {
  /// Enough was given, and no signature has used it.
  case nothing
  /// The password.
  case password
  /// Password and one-time code: the first signature of a session.
  case both
}

/// A signed-in session as the database knows it.
public struct StoredSession: Sendable {
  /// The person.
  public let user: UserID
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// Whether the second factor was given.
  public let isComplete: Bool
  /// Trial, role and site worked in, when chosen.
  public let trial: TrialID?
  /// The role acted in.
  public let role: String?
  /// The site, or `*`.
  public let site: String?
  /// The anti-forgery token.
  public let formToken: [UInt8]
  /// When the password was given last.
  public let freshAt: UTCInstant?
  /// When password and second factor were given last.
  public let bothAt: UTCInstant?
  /// The absolute end.
  public let expiresAt: UTCInstant
  /// Whether the grant is still in force.
  public let isGranted: Bool
  /// Whether a passkey was given in it.
  public let isByPasskey: Bool
  /// Whether it was opened through a provider, without the password.
  public let isByProvider: Bool
  /// What the next signature still takes.
  public let signatureTakes: SignatureProof
  /// The trial worked in as it stands now, nil before one is chosen.
  public let workedIn: Trial?
}

enum SignInSessionSQL: String, StatementSet {
  case openSession = """
    insert into access.sessions (token_hash, user_id, stage, form_token, expires_at, trial_id, role, site_key)
    values ($1, $2, 'password', $3, clock_timestamp() + interval '12 hours', null, null, null)
    """
  case completeSession = """
    insert into access.sessions (token_hash, user_id, stage, form_token, fresh_at, both_at, is_proof_unspent, expires_at, trial_id,
      role, site_key, provider_identity)
    values ($1, $2, 'complete', $3, clock_timestamp(), clock_timestamp(), true,
      clock_timestamp() + interval '12 hours', $4, $5, $6,
      (select w.provider_identity from access.sessions w where w.token_hash = $7))
    """
  case endSurplusSessions = """
    with ended as (
      update access.sessions set ended_at = clock_timestamp()
       where user_id = $1 and ended_at is null and token_hash not in (
         select token_hash from access.sessions
          where user_id = $1 and ended_at is null order by created_at desc limit 3)
      returning user_id)
    insert into access.events (user_id, subject, kind, detail)
    select u.user_id, u.username, 'session ended', 'a newer one took its place'
      from ended e join access.users u on u.user_id = e.user_id
    """
  case signOut = """
    with ended as (
      update access.sessions set ended_at = clock_timestamp()
       where token_hash = $1 and ended_at is null returning user_id, stage)
    insert into access.events (user_id, subject, kind, detail)
    select u.user_id, u.username, 'signed out', '' from ended e join access.users u on u.user_id = e.user_id
     where e.stage = 'complete'
    """
  // Nothing happens at the moment a session lapses: a round finds it and says when it was.
  case expire = """
    with ended as (
      update access.sessions s
         set ended_at = least(s.expires_at, s.seen_at + $1 * interval '1 minute')
       where s.ended_at is null
         and least(s.expires_at, s.seen_at + $1 * interval '1 minute') <= clock_timestamp()
      returning s.user_id, s.stage, s.ended_at)
    insert into access.events (user_id, subject, kind, detail)
    select u.user_id, u.username, 'session expired',
           to_char(e.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      from ended e join access.users u on u.user_id = e.user_id where e.stage = 'complete'
    """
  case session = """
    update access.sessions s set seen_at = clock_timestamp()
      from access.users u
     where s.token_hash = $1 and u.user_id = s.user_id and u.is_enabled and s.ended_at is null
       and s.expires_at > clock_timestamp() and s.seen_at > clock_timestamp() - $2 * interval '1 minute'
    returning s.user_id, u.username, u.full_name, s.stage = 'complete', s.trial_id::bigint, s.role, s.site_key,
      s.form_token, s.fresh_at, s.expires_at,
      exists (select from access.grants g where g.trial_id = s.trial_id and g.user_id = s.user_id
        and g.role = s.role and g.site_key = s.site_key and g.ended_at is null
        and coalesce(g.trained_until >= (clock_timestamp() at time zone 'UTC')::date, true))
    """
  case readSession = """
    select s.user_id, u.username, u.full_name, s.stage = 'complete', s.trial_id::bigint, s.role, s.site_key,
           s.form_token, s.fresh_at, s.expires_at,
           exists (select from access.grants g where g.trial_id = s.trial_id and g.user_id = s.user_id
             and g.role = s.role and g.site_key = s.site_key and g.ended_at is null
        and coalesce(g.trained_until >= (clock_timestamp() at time zone 'UTC')::date, true)),
           s.seen_at < clock_timestamp() - interval '1 minute',
           t.key, t.title, t.mode, t.state, t.version, t.amendments::bigint,
           -- A minute less than counts, for who fills in the page.
           case when s.signed_at is null and coalesce(s.both_at < clock_timestamp() - interval '4 minutes', true)
                  then 'both'
                when s.is_proof_unspent and s.fresh_at >= clock_timestamp() - interval '4 minutes' then 'nothing'
                else 'password' end,
           s.passkey_at is not null, s.provider_identity is not null, s.both_at
      from access.sessions s join access.users u using (user_id)
      left join open.trials t on t.trial_id = s.trial_id
     where s.token_hash = $1 and u.is_enabled and s.ended_at is null
       and s.expires_at > clock_timestamp() and s.seen_at > clock_timestamp() - $2 * interval '1 minute'
    """
  // A copied cookie stays behind: the token of a session is another one from here on.
  case renew = """
    with ended as (
      update access.sessions set ended_at = clock_timestamp()
       where token_hash = $1 and ended_at is null and stage = 'complete' returning *)
    insert into access.sessions (token_hash, user_id, stage, form_token, fresh_at, both_at, is_proof_unspent, signed_at,
      passkey_at, created_at, seen_at, expires_at, trial_id, role, site_key, provider_identity)
    select $2, e.user_id, e.stage, $3, e.fresh_at, e.both_at, e.is_proof_unspent, e.signed_at, e.passkey_at, e.created_at,
           e.seen_at, e.expires_at, e.trial_id, e.role, e.site_key, e.provider_identity
      from ended e
    """
  case choose = """
    update access.sessions set trial_id = $2, role = $3, site_key = $4
     where token_hash = $1 and ended_at is null
       and exists (select from access.grants g where g.trial_id = $2 and g.user_id = sessions.user_id
         and g.role = $3 and g.site_key = $4 and g.ended_at is null
         and coalesce(g.trained_until >= (clock_timestamp() at time zone 'UTC')::date, true))
    """
  case refresh = """
    update access.sessions
       set fresh_at = clock_timestamp(), is_proof_unspent = true,
           both_at = case when $2 then clock_timestamp() else both_at end
     where token_hash = $1 and ended_at is null
    """
  case endSession = """
    update access.sessions set ended_at = clock_timestamp() where token_hash = $1 and ended_at is null
    """
}

extension Session {
  /// Opens a session after the first factor.
  public func openSession(
    tokenHash: [UInt8], user: UserID, formToken: [UInt8]
  ) throws(StoreError) {
    _ = try rows(
      SignInSessionSQL.openSession.statement, .bytes(tokenHash), .int(user), .bytes(formToken))
  }

  /// Opens a complete session; the oldest beyond three of the same user end.
  ///
  /// - Parameter waiting: the session it follows, whose way in it keeps; nil where there was none.
  public func completeSession(
    tokenHash: [UInt8], user: UserID, formToken: [UInt8], grant: Grant?, after waiting: [UInt8]?
  ) throws(StoreError) {
    _ = try rows(
      SignInSessionSQL.completeSession.statement, .bytes(tokenHash), .int(user), .bytes(formToken),
      grant.map { .int(Int64($0.trial)) } ?? .null, grant.map { .text($0.role) } ?? .null,
      grant.map { .text($0.site) } ?? .null, waiting.map(SQLValue.bytes) ?? .null)
    _ = try rows(SignInSessionSQL.endSurplusSessions.statement, .int(user))
  }

  /// Chooses the trial, role and site of a session; false when not granted.
  public func choose(_ grant: Grant, tokenHash: [UInt8]) throws(StoreError) -> Bool {
    try rows(
      SignInSessionSQL.choose.statement, .bytes(tokenHash), .int(Int64(grant.trial)),
      .text(grant.role),
      .text(grant.site)
    ).affected == 1
  }

  /// Ends a complete session and opens one that is the same but for its tokens; false when none is in force.
  ///
  /// One that was opened at a provider begins without a proof, as each of them does.
  public func renewSession(
    tokenHash: [UInt8], as newTokenHash: [UInt8], formToken: [UInt8]
  ) throws(StoreError) -> Bool {
    try rows(
      SignInSessionSQL.renew.statement, .bytes(tokenHash), .bytes(newTokenHash), .bytes(formToken)
    ).affected == 1
  }

  /// Marks the session as freshly authenticated, by both components or by the password alone.
  public func refreshSession(tokenHash: [UInt8], byBoth: Bool) throws(StoreError) {
    _ = try rows(SignInSessionSQL.refresh.statement, .bytes(tokenHash), .bool(byBoth))
  }

  /// Ends a session because its person says so, which is on record.
  public func signOut(tokenHash: [UInt8]) throws(StoreError) {
    _ = try rows(SignInSessionSQL.signOut.statement, .bytes(tokenHash))
  }

  /// Ends a session.
  public func endSession(tokenHash: [UInt8]) throws(StoreError) {
    _ = try rows(SignInSessionSQL.endSession.statement, .bytes(tokenHash))
  }
}

extension TrialStore {
  /// The session of a cookie, nil when it ended, lapsed or never was.
  ///
  /// The mark of activity is written at most once a minute, so that a read stays a read.
  public func session(tokenHash: [UInt8]) async throws -> StoredSession? {
    let found = try await read(
      .access, SignInSessionSQL.readSession.statement, .bytes(tokenHash), .int(Int64(idleMinutes)))
    guard let row = found.first else { return nil }
    if try row.bool(11) {
      _ = try await write(
        .access, SignInSessionSQL.session.statement, .bytes(tokenHash), .int(Int64(idleMinutes)))
    }
    let trial = try row.optionalInt64(4).map { Int($0) }
    var workedIn: Trial?
    if let trial, let key = try row.optionalText(12) {
      workedIn = Trial(
        id: trial, key: key, title: try row.text(13), mode: try row.text(14),
        state: try row.text(15), version: try row.text(16), amendments: try row.int(17))
    }
    return StoredSession(
      user: try row.int64(0), username: try row.text(1), fullName: try row.text(2),
      isComplete: try row.bool(3), trial: trial,
      role: try row.optionalText(5), site: try row.optionalText(6),
      formToken: try row.bytes(7), freshAt: try row.optionalInstant(8),
      bothAt: try row.optionalInstant(21),
      expiresAt: try row.instant(9), isGranted: try row.bool(10),
      isByPasskey: try row.bool(19), isByProvider: try row.bool(20),
      signatureTakes: SignatureProof(rawValue: try row.text(18)) ?? .both, workedIn: workedIn)
  }

  /// Ends the sessions that lapsed and puts each on record, with when it did.
  ///
  /// - Returns: of how many people.
  @discardableResult
  public func expireSessions() async throws -> Int {
    try await write(.access, SignInSessionSQL.expire.statement, .int(Int64(idleMinutes))).affected
  }
}

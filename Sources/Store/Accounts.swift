import Postgres
public import StudyModel

/// A person who can sign in, with what proves it.
public struct Account: Sendable {
  /// Pseudonymous number.
  public let id: UserID
  /// Name typed at sign-in.
  public let username: String
  /// Printed name.
  public let fullName: String
  /// The stored password hash.
  public let password: StoredPassword
  /// The boxed secret of the one-time codes.
  public let factorBox: [UInt8]
  /// The last step of the one-time code that was used.
  public let factorStep: Int64
  /// Failed sign-ins in a row.
  public let failures: Int
  /// Sign-in is refused before this instant.
  public let retryAfter: UTCInstant?
  /// False when disabled.
  public let isEnabled: Bool
  /// Last complete sign-in.
  public let lastSignIn: UTCInstant?
  /// When it was read, by the clock of the database: one-time codes are judged by it.
  public let readAt: UTCInstant
}

/// A password as stored: scrypt with its parameters.
public struct StoredPassword: Sendable, Equatable {
  /// The 32 bytes of scrypt.
  public let hash: [UInt8]
  /// The 16 random bytes.
  public let salt: [UInt8]
  /// scrypt's N.
  public let cost: Int

  /// Makes a stored password.
  public init(hash: [UInt8], salt: [UInt8], cost: Int) {
    self.hash = hash
    self.salt = salt
    self.cost = cost
  }
}

/// A role somebody holds in a trial.
public struct Grant: Hashable, Sendable {
  /// The trial.
  public let trial: TrialID
  /// The trial's key in addresses.
  public let trialKey: String
  /// The role.
  public let role: String
  /// The site, or `*`.
  public let site: String
}

enum AccountSQL: String, StatementSet {
  case create = """
    insert into access.users (username, full_name, password_hash, password_salt, password_cost, factor_box)
    values ($1, $2, $3, $4, $5::bigint, $6)
    returning user_id
    """
  case find = """
    select user_id, username, full_name, password_hash, password_salt, password_cost::bigint, factor_box,
           factor_step, failures::bigint, retry_after, is_enabled, last_sign_in,
           clock_timestamp()
      from access.users
     where username = $1
    """
  case findByID = """
    select user_id, username, full_name, password_hash, password_salt, password_cost::bigint, factor_box,
           factor_step, failures::bigint, retry_after, is_enabled, last_sign_in,
           clock_timestamp()
      from access.users
     where user_id = $1
    """
  case useStep = """
    update access.users
       set factor_step = $2, failures = 0, retry_after = null, last_sign_in = clock_timestamp()
     where user_id = $1 and factor_step < $2
    """
  case grant = """
    insert into access.grants (trial_id, user_id, role, site_key, granted_by, trained_on, trained_until, delegated_on)
    values ($1, $2, $3, $4, $5, $6::text::date, $7::text::date, $8::text::date)
    on conflict (trial_id, user_id, role, site_key) do update
      set ended_at = null, granted_at = clock_timestamp(), granted_by = excluded.granted_by,
          trained_on = excluded.trained_on, trained_until = excluded.trained_until,
          delegated_on = excluded.delegated_on
      where grants.ended_at is not null or excluded.trained_on is not null
    """
  case endGrant = """
    update access.grants set ended_at = clock_timestamp()
     where trial_id = $1 and user_id = $2 and role = $3 and site_key = $4 and ended_at is null
    """
  case roleKind = """
    insert into access.role_kinds (trial_id, role, blinding) values ($1, $2, $3) on conflict do nothing
    """
  case history =
    "select distinct role from access.grants where trial_id = $1 and user_id = $2 order by role"
  case grants = """
    select g.trial_id::bigint, t.key, g.role, g.site_key
      from access.grants g join open.trials t using (trial_id)
     where g.user_id = $1 and g.ended_at is null
       and coalesce(g.trained_until >= (clock_timestamp() at time zone 'UTC')::date, true)
     order by t.key, g.role, g.site_key
    """
  case event = """
    insert into access.events (user_id, subject, kind, detail) values ($1, $2, $3, $4)
    """
  case people = """
    select u.username, u.full_name, g.role, g.site_key
      from access.grants g join access.users u using (user_id)
     where g.trial_id = $1 and g.ended_at is null
     order by g.role, g.site_key, u.username
    """
}

extension Session {
  /// Creates an account and gives its number; refused as `notUnique` when the name is taken.
  public func createAccount(
    username: String, fullName: String, password: StoredPassword, factorBox: [UInt8]
  ) throws(StoreError) -> UserID {
    guard
      let row = try first(
        AccountSQL.create.statement, .text(username), .text(fullName), .bytes(password.hash),
        .bytes(password.salt), .int(Int64(password.cost)), .bytes(factorBox))
    else { throw .internalFault(nil) }
    return try row.int64(0)
  }

  /// The account of a user name, nil when there is none.
  public func account(named username: String) throws(StoreError) -> Account? {
    try account(in: first(AccountSQL.find.statement, .text(username)))
  }

  /// The account of a user number.
  public func account(_ user: UserID) throws(StoreError) -> Account? {
    try account(in: first(AccountSQL.findByID.statement, .int(user)))
  }

  private func account(in row: Row?) throws(StoreError) -> Account? {
    guard let row else { return nil }
    return Account(
      id: try row.int64(0), username: try row.text(1), fullName: try row.text(2),
      password: StoredPassword(
        hash: try row.bytes(3), salt: try row.bytes(4), cost: try row.int(5)),
      factorBox: try row.bytes(6), factorStep: try row.int64(7), failures: try row.int(8),
      retryAfter: try row.optionalInstant(9), isEnabled: try row.bool(10),
      lastSignIn: try row.optionalInstant(11),
      readAt: try row.instant(12))
  }

  /// Uses a step of the one-time code; false when it was used before.
  public func useFactorStep(_ user: UserID, _ step: Int64) throws(StoreError) -> Bool {
    try rows(AccountSQL.useStep.statement, .int(user), .int(step)).affected == 1
  }

  /// Gives a role in a trial; a role that is held gets the evidence, where there is some.
  public func grant(
    _ role: String, site: String, in trial: TrialID, to user: UserID, by granter: UserID?,
    _ evidence: GrantEvidence? = nil
  ) throws(StoreError) {
    _ = try rows(
      AccountSQL.grant.statement, .int(Int64(trial)), .int(user), .text(role), .text(site),
      granter.map(SQLValue.int) ?? .null, (evidence?.trainedOn).value,
      (evidence?.trainedUntil).value, (evidence?.delegatedOn).value)
  }

  /// Ends a role in a trial; false when it is not held.
  public func endGrant(
    _ role: String, site: String, in trial: TrialID, of user: UserID
  ) throws(StoreError) -> Bool {
    try rows(
      AccountSQL.endGrant.statement, .int(Int64(trial)), .int(user), .text(role), .text(site)
    ).affected == 1
  }

  /// Says what a role of a trial knows of arms, so that the database judges grants by it.
  public func keepRoleKind(
    _ role: String, blinding: Blinding, in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      AccountSQL.roleKind.statement, .int(Int64(trial)), .text(role), .text(blinding.rawValue))
  }

  /// Every role a user ever held in a trial, ended ones included.
  public func rolesEverHeld(by user: UserID, in trial: TrialID) throws(StoreError) -> [String] {
    try rows(AccountSQL.history.statement, .int(Int64(trial)), .int(user))
      .map { row throws(StoreError) in try row.text(0) }
  }

  /// The roles a user holds, in every trial.
  public func grants(of user: UserID) throws(StoreError) -> [Grant] {
    try rows(AccountSQL.grants.statement, .int(user)).map { row throws(StoreError) in
      try Grant(row: row)
    }
  }

  /// Everybody who holds a role in a trial: user name, printed name, role and site.
  public func people(in trial: TrialID) throws(StoreError) -> [(
    username: String, fullName: String, role: String, site: String
  )] {
    var people: [(username: String, fullName: String, role: String, site: String)] = []
    for row in try rows(AccountSQL.people.statement, .int(Int64(trial))) {
      people.append((try row.text(0), try row.text(1), try row.text(2), try row.text(3)))
    }
    return people
  }

  /// Writes an account event.
  public func recordEvent(
    _ kind: String, subject: String, user: UserID?, detail: String = ""
  ) throws(StoreError) {
    _ = try rows(
      AccountSQL.event.statement, user.map(SQLValue.int) ?? .null, .text(subject), .text(kind),
      .text(detail))
  }

}

extension TrialStore {
  /// The roles a user holds now, in every trial, read together with what other requests read.
  public func grants(of user: UserID) async throws -> [Grant] {
    try await read(.access, AccountSQL.grants.statement, .int(user)).map(Grant.init(row:))
  }
}

extension Grant {
  fileprivate init(row: Row) throws(StoreError) {
    self.init(

      trial: try row.int(0), trialKey: try row.text(1), role: try row.text(2),
      site: try row.text(3))
  }
}

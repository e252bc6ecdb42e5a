import Postgres
public import StudyModel

/// An account as those who manage accounts see it.
public struct AccountState: Sendable {
  /// The number.
  public let user: UserID
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// False when disabled.
  public let isEnabled: Bool
  /// Whether an invitation or a reset is open.
  public let isInvited: Bool
  /// Failed sign-ins in a row.
  public let failures: Int
  /// The last complete sign-in.
  public let lastSignIn: UTCInstant?
  /// Whether the person took password and device, so that there is something to take over.
  public let isOpened: Bool
  /// Whether the person holds, held or is to hold a role in the trial that asks.
  public let isOfTrial: Bool
  /// Whether the person holds a role in a live trial.
  public let worksLive: Bool
}

/// A session as its own person sees it.
public struct OwnSession: Sendable {
  /// The first bytes of its digest: a name, not a secret.
  public let name: String
  /// When it began.
  public let began: UTCInstant
  /// The last request.
  public let seen: UTCInstant
  /// The role acted in, nil before one was chosen.
  public let role: String?
}

enum AccountKeepingSQL: String, StatementSet {
  case states = """
    select u.user_id, u.username, u.full_name, u.is_enabled,
           exists (select from access.invitations i where i.user_id = u.user_id and i.ended_at is null
                     and i.expires_at > clock_timestamp()),
           u.failures::bigint, u.last_sign_in,
           u.factor_step > 0 or not exists (select from access.invitations i
             where i.user_id = u.user_id and i.kind = 'invitation'),
           true,
           exists (select from access.grants g join open.trials t using (trial_id)
                    where g.user_id = u.user_id and g.ended_at is null and t.mode = 'live')
      from access.users u
     where u.user_id in (select p.user_id from access.grant_periods p where p.trial_id = $1)
        or u.user_id in (select p.user_id from access.grant_proposals p where p.trial_id = $1)
     order by u.username
    """
  case state = """
    select u.user_id, u.username, u.full_name, u.is_enabled,
           exists (select from access.invitations i where i.user_id = u.user_id and i.ended_at is null
                     and i.expires_at > clock_timestamp()),
           u.failures::bigint, u.last_sign_in,
           u.factor_step > 0 or not exists (select from access.invitations i
             where i.user_id = u.user_id and i.kind = 'invitation'),
           u.user_id in (select p.user_id from access.grant_periods p where p.trial_id = $2)
             or u.user_id in (select p.user_id from access.grant_proposals p where p.trial_id = $2),
           exists (select from access.grants g join open.trials t using (trial_id)
                    where g.user_id = u.user_id and g.ended_at is null and t.mode = 'live')
      from access.users u
     where u.username = $1
    """
  case setPassword = """
    update access.users set password_hash = $2, password_salt = $3, password_cost = $4::bigint, failures = 0,
           retry_after = null
     where user_id = $1
    """
  case setFactor = "update access.users set factor_box = $2, factor_step = $3 where user_id = $1"
  case zone = "select zone from access.users where user_id = $1"
  case chooseZone = "update access.users set zone = $2 where user_id = $1"
  case setEnabled = """
    update access.users set is_enabled = $2 where user_id = $1 and is_enabled <> $2
    """
  case free = "update access.users set failures = 0, retry_after = null where user_id = $1"
  case succeed = """
    update access.users set failures = 0, retry_after = null, last_sign_in = clock_timestamp()
     where user_id = $1
    """
  case sessions = """
    select encode(substr(token_hash, 1, 8), 'hex'), created_at, seen_at, role
      from access.sessions
     where user_id = $1 and ended_at is null and stage = 'complete' and expires_at > clock_timestamp()
       and seen_at > clock_timestamp() - $2 * interval '1 minute'
     order by created_at desc, token_hash
    """
  case endOne = """
    update access.sessions set ended_at = clock_timestamp()
     where user_id = $1 and ended_at is null and encode(substr(token_hash, 1, 8), 'hex') = $2
    """
  case endAll = """
    update access.sessions set ended_at = clock_timestamp()
     where user_id = $1 and ended_at is null and token_hash <> $2
    """
}

extension Session {
  /// Every account that ever held or was to hold a role in a trial.
  public func accountStates(in trial: TrialID) throws(StoreError) -> [AccountState] {
    try rows(AccountKeepingSQL.states.statement, .int(Int64(trial)))
      .map { row throws(StoreError) in try AccountState(row: row) }
  }

  /// The state of an account, nil when there is none of that name.
  public func accountState(
    named username: String, seenFrom trial: TrialID
  ) throws(StoreError) -> AccountState? {
    try first(AccountKeepingSQL.state.statement, .text(username), .int(Int64(trial)))
      .map { row throws(StoreError) in try AccountState(row: row) }
  }

  /// Replaces a password; waiting times end.
  public func setPassword(_ password: StoredPassword, of user: UserID) throws(StoreError) {
    _ = try rows(
      AccountKeepingSQL.setPassword.statement, .int(user), .bytes(password.hash),
      .bytes(password.salt), .int(Int64(password.cost)))
  }

  /// Replaces the secret of the one-time codes, whose step was just used.
  public func setFactor(_ box: [UInt8], step: Int64, of user: UserID) throws(StoreError) {
    _ = try rows(AccountKeepingSQL.setFactor.statement, .int(user), .bytes(box), .int(step))
  }

  /// The time zone a person chose, nil where none was.
  public func zone(of user: UserID) throws(StoreError) -> String? {
    try first(AccountKeepingSQL.zone.statement, .int(user))?.optionalText(0)
  }

  /// Keeps the time zone a person chose.
  public func chooseZone(_ name: String?, of user: UserID) throws(StoreError) {
    _ = try rows(
      AccountKeepingSQL.chooseZone.statement, .int(user), name.map { SQLValue.text($0) } ?? .null)
  }

  /// Disables or enables an account; false when it is so already.
  public func setEnabled(_ isEnabled: Bool, of user: UserID) throws(StoreError) -> Bool {
    try rows(AccountKeepingSQL.setEnabled.statement, .int(user), .bool(isEnabled)).affected == 1
  }

  /// Forgets failed sign-ins, so that the next may be tried at once.
  public func forgetFailures(of user: UserID) throws(StoreError) {
    _ = try rows(AccountKeepingSQL.free.statement, .int(user))
  }

  /// Notes a complete sign-in that used no step of the one-time code.
  public func noteSignIn(of user: UserID) throws(StoreError) {
    _ = try rows(AccountKeepingSQL.succeed.statement, .int(user))
  }

  /// The sessions of a person that are in force, the newest first; after so many idle minutes one ends.
  public func sessions(of user: UserID, idleMinutes: Int) throws(StoreError) -> [OwnSession] {
    try rows(
      AccountKeepingSQL.sessions.statement, .int(user), .int(Int64(idleMinutes))
    ).map { row throws(StoreError) in
      OwnSession(
        name: try row.text(0), began: try row.instant(1), seen: try row.instant(2),
        role: try row.optionalText(3))
    }
  }

  /// Ends one session of a person by its name; false when there is none.
  public func endSession(named name: String, of user: UserID) throws(StoreError) -> Bool {
    try rows(AccountKeepingSQL.endOne.statement, .int(user), .text(name)).affected > 0
  }

  /// Ends every session of a person, but for one where it is named.
  public func endSessions(of user: UserID, except tokenHash: [UInt8] = []) throws(StoreError) {
    _ = try rows(AccountKeepingSQL.endAll.statement, .int(user), .bytes(tokenHash))
  }
}

extension AccountState {
  fileprivate init(row: Row) throws(StoreError) {
    self.init(
      user: try row.int64(0), username: try row.text(1), fullName: try row.text(2),
      isEnabled: try row.bool(3), isInvited: try row.bool(4), failures: try row.int(5),
      lastSignIn: try row.optionalInstant(6), isOpened: try row.bool(7), isOfTrial: try row.bool(8),
      worksLive: try row.bool(9))
  }
}

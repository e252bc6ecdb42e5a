import Postgres
public import StudyModel

/// What happened to an account or at a sign-in.
public struct AccountEvent: Sendable, Equatable {
  /// Its number.
  public let number: Int64
  /// When.
  public let at: UTCInstant
  /// The printed name of who acted, empty when that is not known.
  public let actor: String
  /// The user name or database account concerned; empty for a name nobody has.
  public let subject: String
  /// What happened.
  public let kind: String
  /// Further words: a reason, a role, an address.
  public let detail: String
}

enum AccountEventSQL: String, StatementSet {
  // A name nobody has may be a password typed in the wrong box: it is not shown. Files of an audit trail were once put
  // on record here with class and digest, which tell of their rows: of these too the trial alone is shown.
  case page = """
    with people as (
      select u.user_id, u.username from access.users u
       where u.user_id in (select p.user_id from access.grant_periods p where p.trial_id = $1)
          or u.user_id in (select p.user_id from access.grant_proposals p where p.trial_id = $1))
    select e.event_id, e.at, coalesce(a.full_name, ''),
           case when e.kind in ('database account', 'clock') then e.subject else coalesce(s.username, '') end, e.kind,
           case when e.kind = 'audit trail exported' then split_part(e.detail, ' ', 1) else e.detail end
      from access.events e
      left join access.users a on a.user_id = e.user_id
      left join people s on s.username = e.subject or s.user_id::text = e.subject
     where (s.user_id is not null or e.kind in ('database account', 'clock')
            or (e.kind in ('sign-in failed', 'provider sign-in refused') and e.user_id is null))
       and ($2::bigint = 0 or e.event_id < $2)
     order by e.event_id desc limit 200
    """
  // Each stranger once an hour: a connection that stays is not told of every minute.
  case noteStrangers = """
    insert into access.events (user_id, subject, kind, detail)
    select null, a.usename, 'database account', 'connected to the database of this server'
      from (select c.account as usename from access.connected_accounts() c where c.account <> all ($1)) a
     where not exists (select from access.events e
             where e.kind = 'database account' and e.subject = a.usename
               and e.at > clock_timestamp() - interval '1 hour')
    """
}

extension Session {
  /// Events of a trial's people, the newest first, 200 at most, before a number where it is not 0.
  public func accountEvents(in trial: TrialID, before: Int64) throws(StoreError) -> [AccountEvent] {
    try rows(AccountEventSQL.page.statement, .int(Int64(trial)), .int(before))
      .map { row throws(StoreError) in
        AccountEvent(
          number: try row.int64(0), at: try row.instant(1), actor: try row.text(2),
          subject: try row.text(3), kind: try row.text(4), detail: try row.text(5))
      }
  }

  /// Puts database accounts on record that are connected and none of the program's; gives how many.
  public func noteForeignAccounts() throws(StoreError) -> Int {
    let own = Login.allCases.map(\.rawValue) + [Login.owner]
    return try rows(AccountEventSQL.noteStrangers.statement, .textArray(own)).affected
  }
}

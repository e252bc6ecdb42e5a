import Postgres
public import StudyModel

/// The evidence behind a role: days of training and delegation.
public struct GrantEvidence: Sendable, Equatable {
  /// The day of the training for the role.
  public let trainedOn: CalendarDate
  /// The last day the training counts, nil when it does not end.
  public let trainedUntil: CalendarDate?
  /// The day the investigator or sponsor delegated the role.
  public let delegatedOn: CalendarDate

  /// Makes evidence.
  public init(trainedOn: CalendarDate, trainedUntil: CalendarDate?, delegatedOn: CalendarDate) {
    self.trainedOn = trainedOn
    self.trainedUntil = trainedUntil
    self.delegatedOn = delegatedOn
  }
}

/// A role somebody held for some time.
public struct GrantPeriod: Sendable {
  /// The number, by which audit rows name it.
  public let number: Int64
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// The role.
  public let role: String
  /// The site, or `*`.
  public let site: String
  /// From when.
  public let began: UTCInstant
  /// Until when, nil while in force.
  public let ended: UTCInstant?
  /// The printed name of who gave it, empty for the console.
  public let grantedBy: String
  /// The evidence, nil when it was given on the console.
  public let evidence: GrantEvidence?
  /// Whether the training had ended on the day asked for.
  public let isSuspended: Bool
  /// Whether the account was disabled all the time asked for, so that nothing was done in the role.
  public let isDisabled: Bool
}

/// A role that waits for a second administrator.
public struct GrantProposal: Sendable {
  /// The number.
  public let id: Int64
  /// Who is to hold it.
  public let user: UserID
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// The role.
  public let role: String
  /// The site, or `*`.
  public let site: String
  /// The evidence.
  public let evidence: GrantEvidence
  /// The first administrator.
  public let proposedBy: UserID
  /// The first administrator's printed name.
  public let proposer: String
  /// When it was proposed.
  public let proposedAt: UTCInstant
}

enum GrantPeriodSQL: String, StatementSet {
  case inForce = """
    select u.username, u.full_name, p.role, p.site_key, p.began_at, p.ended_at, coalesce(g.full_name, ''),
           p.trained_on::text, p.trained_until::text, p.delegated_on::text,
           coalesce(p.trained_until < ($2 at time zone 'UTC')::date, false), p.period_id,
           coalesce((select e.kind = 'account disabled' from access.events e where e.subject = u.username
             and e.kind in ('account disabled', 'account enabled') and e.at <= $2 order by e.event_id desc limit 1), false)
      from access.grant_periods p join access.users u using (user_id)
      left join access.users g on g.user_id = p.granted_by
     where p.trial_id = $1 and p.began_at <= $2 and (p.ended_at is null or p.ended_at > $2)
     order by p.role, p.site_key, u.username, p.period_id
    """
  case hold =
    "select pg_advisory_xact_lock(hashtextextended('access.grants/' || $1::bigint, 0))::text"
  case onDay = """
    select u.username, u.full_name, p.role, p.site_key, p.began_at, p.ended_at, coalesce(g.full_name, ''),
           p.trained_on::text, p.trained_until::text, p.delegated_on::text,
           coalesce(p.trained_until < ($2 at time zone 'UTC')::date, false), p.period_id,
           coalesce((select e.kind = 'account disabled' from access.events e where e.subject = u.username
             and e.kind in ('account disabled', 'account enabled') and e.at <= $2 order by e.event_id desc limit 1), false)
             and not exists (select from access.events e where e.subject = u.username and e.kind = 'account enabled'
               and e.at > $2 and e.at < $3)
      from access.grant_periods p join access.users u using (user_id)
      left join access.users g on g.user_id = p.granted_by
     where p.trial_id = $1 and p.began_at < $3 and (p.ended_at is null or p.ended_at > $2)
     order by p.role, p.site_key, u.username, p.period_id
    """
  case ofUser = """
    select u.username, u.full_name, p.role, p.site_key, p.began_at, p.ended_at, coalesce(g.full_name, ''),
           p.trained_on::text, p.trained_until::text, p.delegated_on::text,
           coalesce(p.trained_until < (clock_timestamp() at time zone 'UTC')::date, false), p.period_id, not u.is_enabled
      from access.grant_periods p join access.users u using (user_id)
      left join access.users g on g.user_id = p.granted_by
     where p.trial_id = $1 and p.user_id = $2
     order by p.ended_at is not null, p.began_at desc, p.period_id desc
    """
  case ofTrial = """
    select u.username, u.full_name, p.role, p.site_key, p.began_at, p.ended_at, coalesce(g.full_name, ''),
           p.trained_on::text, p.trained_until::text, p.delegated_on::text,
           coalesce(p.trained_until < (clock_timestamp() at time zone 'UTC')::date, false), p.period_id, not u.is_enabled
      from access.grant_periods p join access.users u using (user_id)
      left join access.users g on g.user_id = p.granted_by
     where p.trial_id = $1
     order by p.ended_at is not null, p.role, p.site_key, u.username, p.period_id
    """
  case propose = """
    insert into access.grant_proposals
      (trial_id, user_id, role, site_key, trained_on, trained_until, delegated_on, proposed_by)
    values ($1, $2, $3, $4, $5::text::date, $6::text::date, $7::text::date, $8)
    """
  case proposals = """
    select p.proposal_id, p.user_id, u.username, u.full_name, p.role, p.site_key, p.trained_on::text,
           p.trained_until::text, p.delegated_on::text, p.proposed_by, b.full_name, p.proposed_at
      from access.grant_proposals p join access.users u using (user_id)
      join access.users b on b.user_id = p.proposed_by
     where p.trial_id = $1 and p.decided_at is null
     order by p.proposal_id
    """
  case decide = """
    update access.grant_proposals set decided_by = $2, decided_at = clock_timestamp(), is_approved = $3
     where proposal_id = $1 and decided_at is null and proposed_by <> $2
    """
}

extension Session {
  /// Who held which role in a trial at an instant.
  public func grants(in trial: TrialID, at instant: UTCInstant) throws(StoreError) -> [GrantPeriod]
  {
    try rows(GrantPeriodSQL.inForce.statement, .int(Int64(trial)), instant.value)
      .map { row throws(StoreError) in try GrantPeriod(row: row) }
  }

  /// Waits until nobody else gives a role to a person, until the end of the transaction.
  public func holdRoles(of user: UserID) throws(StoreError) {
    _ = try rows(GrantPeriodSQL.hold.statement, .int(user))
  }

  /// Who held which role in a trial at any time from an instant to the one before another.
  public func grants(
    in trial: TrialID, from start: UTCInstant, to end: UTCInstant
  ) throws(StoreError) -> [GrantPeriod] {
    try rows(GrantPeriodSQL.onDay.statement, .int(Int64(trial)), start.value, end.value)
      .map { row throws(StoreError) in try GrantPeriod(row: row) }
  }

  /// Every role somebody ever held in a trial, those in force first.
  public func grantPeriods(of user: UserID, in trial: TrialID) throws(StoreError) -> [GrantPeriod] {
    try rows(GrantPeriodSQL.ofUser.statement, .int(Int64(trial)), .int(user))
      .map { row throws(StoreError) in try GrantPeriod(row: row) }
  }

  /// Every role anybody ever held in a trial, those in force first.
  public func grantPeriods(in trial: TrialID) throws(StoreError) -> [GrantPeriod] {
    try rows(GrantPeriodSQL.ofTrial.statement, .int(Int64(trial)))
      .map { row throws(StoreError) in try GrantPeriod(row: row) }
  }

  /// Proposes a role to a second administrator; refused as `notUnique` when it is proposed already.
  public func proposeGrant(
    _ role: String, site: String, _ evidence: GrantEvidence, in trial: TrialID, to user: UserID,
    by proposer: UserID
  ) throws(StoreError) {
    _ = try rows(
      GrantPeriodSQL.propose.statement, .int(Int64(trial)), .int(user), .text(role), .text(site),
      .text(evidence.trainedOn.description), evidence.trainedUntil.value,
      .text(evidence.delegatedOn.description), .int(proposer))
  }

  /// The roles that wait for a second administrator.
  public func grantProposals(in trial: TrialID) throws(StoreError) -> [GrantProposal] {
    try rows(GrantPeriodSQL.proposals.statement, .int(Int64(trial)))
      .map { row throws(StoreError) in
        guard let evidence = try GrantEvidence(row: row, from: 6) else { throw .internalFault(nil) }
        return GrantProposal(
          id: try row.int64(0), user: try row.int64(1), username: try row.text(2),
          fullName: try row.text(3), role: try row.text(4), site: try row.text(5),
          evidence: evidence, proposedBy: try row.int64(9), proposer: try row.text(10),
          proposedAt: try row.instant(11))
      }
  }

  /// Decides a proposal; false when it was decided before or by its own author.
  public func decideProposal(
    _ id: Int64, isApproved: Bool, by user: UserID
  ) throws(StoreError) -> Bool {
    try rows(GrantPeriodSQL.decide.statement, .int(id), .int(user), .bool(isApproved))
      .affected == 1
  }
}

extension GrantPeriod {
  fileprivate init(row: Row) throws(StoreError) {
    self.init(
      number: try row.int64(11), username: try row.text(0), fullName: try row.text(1),
      role: try row.text(2),
      site: try row.text(3), began: try row.instant(4), ended: try row.optionalInstant(5),
      grantedBy: try row.text(6), evidence: try GrantEvidence(row: row, from: 7),
      isSuspended: try row.bool(10), isDisabled: try row.bool(12))
  }
}

extension GrantEvidence {
  fileprivate init?(row: Row, from first: Int) throws(StoreError) {
    func date(_ index: Int) throws(StoreError) -> CalendarDate? {
      try row.optionalText(index).flatMap { try? CalendarDate(parsing: $0) }
    }
    guard let trained = try date(first), let delegated = try date(first + 2) else { return nil }
    self.init(trainedOn: trained, trainedUntil: try date(first + 1), delegatedOn: delegated)
  }
}

extension CalendarDate? {
  /// The day as text, for a parameter that is cast; null when there is none.
  var value: SQLValue { map { .text($0.description) } ?? .null }
}

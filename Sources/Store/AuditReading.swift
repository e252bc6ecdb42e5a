import Postgres
public import StudyModel

/// Which rows of an audit trail are asked for.
public struct AuditFilter: Sendable, Equatable {
  /// The participant, empty for all.
  public var participant = ""
  /// The user name, empty for everybody.
  public var user = ""
  /// The first instant, nil from the start.
  public var from: UTCInstant?
  /// The instant before which, nil to the end.
  public var until: UTCInstant?
  /// One row by its number among those the reader may know of, 0 for all.
  public var number = 0
  /// A question of review by its key, empty for every row.
  public var question = ""
  /// Rows a page.
  public var limit = 100
  /// Rows before the page.
  public var offset = 0

  /// Every row.
  public init() {}
}

/// What a reader's questions of review need to know of the study.
public struct AuditSurroundings: Sendable {
  /// What the reader is told of, as it stands after the participant in an object: forms, ratings, deviations.
  public var kinds: [String]
  /// Visits with the last study day they may take place on.
  public var lastDays: [(visit: String, day: Int)]
  /// Fields of the primary endpoint, `FORM.field`.
  public var endpoint: [String]

  /// All of it at once.
  public init(kinds: [String], lastDays: [(visit: String, day: Int)], endpoint: [String]) {
    self.kinds = kinds
    self.lastDays = lastDays
    self.endpoint = endpoint
  }
}

/// A row of the audit trail in the reader's own numbering.
public struct AuditEntry: Sendable {
  /// The row, numbered among those the reader may know of, without gaps.
  public let row: AuditRow
  /// The user name, empty for the system.
  public let username: String
  /// The time zone of the site.
  public let zone: String
  /// The program.
  public let software: String
  /// The mark of the session.
  public let session: String
  /// person, import, derivation or rule; empty in rows written before causes were kept.
  public let cause: String
  /// The number of the request, empty outside of one and in rows written before requests were kept.
  public let request: String
  /// The period of the role acted in, nil for the system and in such rows.
  public let period: Int64?
  /// The day of the delegation that period rests on.
  public let delegatedOn: CalendarDate?
  /// Whether personal data in its words are removed by asking for the row.
  public let hasWords: Bool
}

/// A signed review of the audit trail.
public struct AuditReview: Sendable, Equatable {
  /// The number among the reviews of the role.
  public let number: Int
  /// The printed name.
  public let name: String
  /// The first instant of the period.
  public let from: UTCInstant
  /// The end of the period.
  public let until: UTCInstant
  /// What was looked at.
  public let scope: String
  /// What was found.
  public let findings: String
  /// The meaning of the signature.
  public let meaning: String
  /// The digest.
  public let digest: [UInt8]
  /// The instant of signing.
  public let at: UTCInstant
}

enum AuditReadingSQL: String, StatementSet {
  case page = """
    with reach as (
      select a.seq, a.at, coalesce(u.full_name, t.full_name, '') as name,
             coalesce(u.username, t.username, '') as username, coalesce(t.role, a.role, '') as role, a.object,
             a.action, a.field, a.old, a.new, a.reason, coalesce(nullif(a.zone, ''), 'UTC') as zone, a.software,
             coalesce(t.session, a.session) as session, a.cause, coalesce(t.user_id, a.actor) as actor,
             coalesce(r.request, a.request) as request, coalesce(r.grant_period, a.grant_period) as period,
             split_part(a.object, '/', 1) as participant,
             substring(a.object from '^[^/]+/([^@/]+)@') as form,
             substring(a.object from '@([^#]+)#') as visit,
             row_number() over (order by a.seq) as number
        from {class}.audit a left join access.users u on u.user_id = a.actor
        left join lateral (select m.* from access.team_member(a.actor) m where a.actor < 0) t on true
        left join lateral (select q.* from access.team_request(a.actor) q where a.actor < 0) r on true
       where a.trial_id = $1
         and coalesce(substring(a.object from '^[^/]+/([^@/#]+)[@#]') = any ($2), true)),
    marked as (
      select r.*,
             count(*) filter (where r.old is not null and r.field <> '') over (partition by r.actor order by r.at
               range between interval '10 minutes' preceding and current row) as changes,
             r.at - lag(r.at) over (partition by r.actor, r.action order by r.seq) as since
        from reach r),
    found as (
      select m.* from marked m
       where ($3 = '' or m.participant = $3) and ($4 = '' or m.username = $4) and ($13::bigint in (0, m.number))
         and ($5::timestamptz is null or m.at >= $5) and ($6::timestamptz is null or m.at < $6)
         and case $7
           when '' then true
           when 'late' then m.action = 'complete' and exists (
             select from open.participants p join unnest($8::text[], $9::bigint[]) d (visit, day) on d.visit = m.visit
              where p.trial_id = $1 and p.participant = m.participant
                and m.at > p.randomized_at + make_interval(days => d.day::integer + 7))
           when 'mass' then m.changes >= 20 and m.old is not null and m.field <> ''
           when 'after-query' then m.action = 'submitted' and m.old is not null and exists (
             select from reach q where q.object = m.object and q.field = m.field and q.seq < m.seq
                and q.action = 'data query opened')
           when 'endpoint' then m.action = 'submitted' and m.old is not null and m.form || '.' || m.field = any ($10)
           when 'hours' then m.cause = 'person' and m.action in ('submitted', 'drafted', 'signed', 'complete')
             and (extract(isodow from m.at at time zone m.zone) > 5
               or extract(hour from m.at at time zone m.zone) not between 6 and 21)
           when 'speed' then m.action = 'complete' and m.since < interval '20 seconds'
           else false end)
    select number, at, name, role, object, action, field, old, new, reason, username, zone, software, session, cause,
           request, period, access.delegated_on(period)::text, count(*) over (),
           {class}.has_words(action, field, new, reason, actor is not null)
      from found
     order by number desc
     limit $11 offset $12
    """
  /// The trail of the allocations, of which the questions of review, being about entries, ask nothing.
  case allocations = """
    with reach as (
      select a.seq, a.at, coalesce(u.full_name, t.full_name, '') as name,
             coalesce(u.username, t.username, '') as username, coalesce(t.role, a.role, '') as role, a.object,
             a.action, a.field, a.old, a.new, a.reason, coalesce(nullif(a.zone, ''), 'UTC') as zone, a.software,
             coalesce(t.session, a.session) as session, a.cause, coalesce(r.request, a.request) as request,
             coalesce(r.grant_period, a.grant_period) as period, split_part(a.object, '/', 1) as participant,
             row_number() over (order by a.seq) as number
        from allocation.audit a left join access.users u on u.user_id = a.actor
        left join lateral (select m.* from access.team_member(a.actor) m where a.actor < 0) t on true
        left join lateral (select q.* from access.team_request(a.actor) q where a.actor < 0) r on true
       where a.trial_id = $1)
    select number, at, name, role, object, action, field, old, new, reason, username, zone, software, session, cause,
           request, period, access.delegated_on(period)::text, count(*) over (), false
      from reach
     where ($2 = '' or participant = $2) and ($3 = '' or username = $3)
       and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5) and $6 = ''
     order by number desc
     limit $7 offset $8
    """
  case own = "select at, object, action, field, old, new, reason from access.own_trail($1)"
  case reviews = """
    select review_no::bigint, name, period_from, period_to, scope, findings, meaning, digest, at
      from open.audit_reviews where trial_id = $1 order by review_no desc
    """
  case review = "select open.record_audit_review($1, $2, $3, $4, $5, $6)::bigint"
}

extension Session {
  /// A page of an audit trail, newest first, and how many rows the filter finds.
  public func auditPage(
    of dataClass: DataClass, in trial: TrialID, _ filter: AuditFilter,
    _ surroundings: AuditSurroundings
  ) throws(StoreError) -> (rows: [AuditEntry], total: Int) {
    let found = try rows(
      AuditReadingSQL.page.of(dataClass), .int(Int64(trial)), .textArray(surroundings.kinds),
      .text(filter.participant), .text(filter.user), filter.from?.value ?? .null,
      filter.until?.value ?? .null, .text(filter.question),
      .textArray(surroundings.lastDays.map(\.visit)),
      .intArray(surroundings.lastDays.map { Int64($0.day) }), .textArray(surroundings.endpoint),
      .int(Int64(filter.limit)), .int(Int64(filter.offset)), .int(Int64(filter.number)))
    return (try found.map(Self.auditEntry), try found.first?.int(18) ?? 0)
  }

  /// A page of the trail of the allocations, newest first, and how many rows the filter finds.
  public func allocationTrail(
    in trial: TrialID, _ filter: AuditFilter
  ) throws(StoreError) -> (rows: [AuditEntry], total: Int) {
    let found = try rows(
      AuditReadingSQL.allocations.statement, .int(Int64(trial)), .text(filter.participant),
      .text(filter.user), filter.from?.value ?? .null, filter.until?.value ?? .null,
      .text(filter.question), .int(Int64(filter.limit)), .int(Int64(filter.offset)))
    return (try found.map(Self.auditEntry), try found.first?.int(18) ?? 0)
  }

  /// What is on record of the caller's own entries of these forms, newest first, in a numbering of the
  /// caller's own.
  public func ownTrail(
    of forms: [FormID], by name: String, in role: RoleID
  ) throws(StoreError) -> [AuditRow] {
    let found = try rows(AuditReadingSQL.own.statement, .textArray(forms.map(\.text)))
    var trail: [AuditRow] = []
    for (index, row) in found.enumerated() {
      trail.append(
        AuditRow(
          number: Int64(found.count - index), at: try row.instant(0), name: name, role: role.text,
          object: try row.text(1), action: try row.text(2), field: try row.text(3),
          old: try row.optionalText(4), new: try row.optionalText(5), reason: try row.text(6)))
    }
    return trail
  }

  private static func auditEntry(_ row: Row) throws(StoreError) -> AuditEntry {
    let change = AuditRow(
      number: try row.int64(0), at: try row.instant(1), name: try row.text(2),
      role: try row.text(3), object: try row.text(4), action: try row.text(5),
      field: try row.text(6), old: try row.optionalText(7), new: try row.optionalText(8),
      reason: try row.text(9))
    return AuditEntry(
      row: change, username: try row.text(10), zone: try row.text(11),
      software: try row.text(12), session: try row.text(13), cause: try row.text(14),
      request: try row.text(15), period: try row.optionalInt64(16),
      delegatedOn: try row.optionalText(17).flatMap { try? CalendarDate(parsing: $0) },
      hasWords: try row.bool(19))
  }

  /// The reviews of the acting role, newest first.
  public func auditReviews(in trial: TrialID) throws(StoreError) -> [AuditReview] {
    try rows(AuditReadingSQL.reviews.statement, .int(Int64(trial))).map { row throws(StoreError) in
      AuditReview(
        number: try row.int(0), name: try row.text(1), from: try row.instant(2),
        until: try row.instant(3), scope: try row.text(4), findings: try row.text(5),
        meaning: try row.text(6), digest: try row.bytes(7), at: try row.instant(8))
    }
  }

  /// Records a signed review; gives its number.
  public func recordAuditReview(
    name: String, from: UTCInstant, until: UTCInstant, scope: String, findings: String,
    meaning: String
  ) throws(StoreError) -> Int {
    let row = try first(
      AuditReadingSQL.review.statement, .text(name), from.value,
      until.value, .text(scope), .text(findings), .text(meaning))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }
}

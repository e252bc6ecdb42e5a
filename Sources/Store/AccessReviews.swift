import Foundation
import Postgres
public import StudyModel

/// A role in force, with what a reviewer looks at before deciding on it.
public struct ReviewableRole: Sendable, Equatable {
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// The role.
  public let role: String
  /// The site, or `*`.
  public let site: String
  /// Since when it is held.
  public let since: UTCInstant
  /// The last day its training counts, nil when that does not end.
  public let trainedUntil: CalendarDate?
  /// The last complete sign-in, nil before the first.
  public let lastSignIn: UTCInstant?
  /// When the password was set last, nil when that is not on record.
  public let passwordSince: UTCInstant?
  /// False for a disabled account.
  public let isEnabled: Bool
  /// Whether it is the reviewer's own, which somebody else decides.
  public let isOwn: Bool
}

/// What a reviewer decides of a role.
public enum ReviewDecision: String, Sendable, CaseIterable {
  /// The role stays.
  case keep
  /// The role ends.
  case end
  /// The account is disabled, with its sessions, until an administrator enables it.
  case recall
  /// The reviewer's own role: left to another reviewer.
  case own
}

/// A role and what was decided of it.
public struct ReviewedRole: Sendable, Equatable {
  /// The user name.
  public let username: String
  /// The role.
  public let role: String
  /// The site, or `*`.
  public let site: String
  /// The decision.
  public let decision: ReviewDecision

  /// Names a role and decides on it.
  public init(username: String, role: String, site: String, decision: ReviewDecision) {
    self.username = username
    self.role = role
    self.site = site
    self.decision = decision
  }
}

/// A signed review of accounts and roles.
public struct AccessReview: Sendable, Equatable {
  /// Its number in the trial.
  public let number: Int
  /// The printed name of who signed.
  public let name: String
  /// The role acted in.
  public let role: String
  /// The meaning of the signature.
  public let meaning: String
  /// When it was signed.
  public let at: UTCInstant
  /// By when the next is due.
  public let nextOn: CalendarDate
  /// How many roles it covers.
  public let roles: Int
  /// How many of them it ended.
  public let ended: Int
  /// How many of them it recalled the account of.
  public let recalled: Int
  /// The digest of all of it.
  public let digest: [UInt8]
}

enum AccessReviewSQL: String, StatementSet {
  case lines = """
    select u.username, u.full_name, g.role, g.site_key, g.granted_at, g.trained_until::text, u.last_sign_in,
           (select max(e.at) from access.events e where e.subject = u.username
              and e.kind in ('account created', 'invitation accepted', 'password changed', 'reset done')),
           u.is_enabled, u.user_id = $2
      from access.grants g join access.users u using (user_id)
     where g.trial_id = $1 and g.ended_at is null
     order by u.username, g.role, g.site_key
    """
  case reviews = """
    select r.review_no::bigint, r.name, r.role, r.meaning, r.at, r.next_on::text, count(l)::bigint,
           (count(l) filter (where l.decision = 'end'))::bigint,
           (count(l) filter (where l.decision = 'recall'))::bigint, r.digest
      from access.access_reviews r join access.access_review_lines l using (trial_id, review_no)
     where r.trial_id = $1
     group by r.trial_id, r.review_no
     order by r.review_no desc
    """
  // The first review is due as long after the first role was given as the second after the first.
  case due = """
    select coalesce((select r.next_on from access.access_reviews r where r.trial_id = $1
                      order by r.review_no desc limit 1),
      (select (min(p.began_at) at time zone 'UTC')::date + $2::int from access.grant_periods p where p.trial_id = $1))::text
    """
  case sign =
    "select access.sign_access_review($1, $2, $3::text::date, $4::text::jsonb, $5::int)::bigint"
}

extension Session {
  /// Every role in force in a trial, in the order of names.
  public func reviewableRoles(in trial: TrialID, by reviewer: UserID) throws(StoreError)
    -> [ReviewableRole]
  {
    try rows(AccessReviewSQL.lines.statement, .int(Int64(trial)), .int(reviewer))
      .map { row throws(StoreError) in
        ReviewableRole(
          username: try row.text(0), fullName: try row.text(1), role: try row.text(2),
          site: try row.text(3), since: try row.instant(4),
          trainedUntil: try row.optionalText(5).flatMap { try? CalendarDate(parsing: $0) },
          lastSignIn: try row.optionalInstant(6), passwordSince: try row.optionalInstant(7),
          isEnabled: try row.bool(8), isOwn: try row.bool(9))
      }
  }

  /// The reviews of a trial, newest first.
  public func accessReviews(in trial: TrialID) throws(StoreError) -> [AccessReview] {
    try rows(AccessReviewSQL.reviews.statement, .int(Int64(trial))).map { row throws(StoreError) in
      guard let next = try? CalendarDate(parsing: try row.text(5)) else {
        throw StoreError.internalFault(nil)
      }
      return AccessReview(
        number: try row.int(0), name: try row.text(1), role: try row.text(2),
        meaning: try row.text(3), at: try row.instant(4), nextOn: next, roles: try row.int(6),
        ended: try row.int(7), recalled: try row.int(8), digest: try row.bytes(9))
    }
  }

  /// The day by which the next review is due, nil while nobody holds a role.
  public func accessReviewDue(
    in trial: TrialID, firstAfterDays days: Int
  ) throws(StoreError) -> CalendarDate? {
    try first(AccessReviewSQL.due.statement, .int(Int64(trial)), .int(Int64(days)))?
      .optionalText(0).flatMap { try? CalendarDate(parsing: $0) }
  }

  /// Signs a review and carries its decisions out; `stale` when the roles are others than these.
  public func signAccessReview(
    _ roles: [ReviewedRole], name: String, meaning: String, next: CalendarDate,
    within days: Int
  ) throws(StoreError) -> Int {
    let lines = roles.map {
      [
        "username": $0.username, "role": $0.role, "site": $0.site,
        "decision": $0.decision.rawValue,
      ]
    }
    guard let json = try? JSONEncoder().encode(lines),
      let row = try first(
        AccessReviewSQL.sign.statement, .text(name), .text(meaning), .text(next.description),
        .text(String(decoding: json, as: UTF8.self)), .int(Int64(days)))
    else { throw .internalFault(nil) }
    return try row.int(0)
  }
}

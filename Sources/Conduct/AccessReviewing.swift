public import Store
public import StudyModel

/// The roles to review, and when the review is due.
public struct AccessReviewDesk: Sendable {
  /// Every role in force.
  public let roles: [ReviewableRole]
  /// By when the next review is due, nil while nobody holds a role.
  public let dueOn: CalendarDate?
  /// Whether that day is over.
  public let isOverdue: Bool
  /// The last day that may be set for the review after this one.
  public let latestNext: CalendarDate
}

extension Installation {
  /// The meaning of the signature under a review of accounts and roles.
  public static let accessReviewMeaning =
    "I reviewed every role and account listed, and decided on each."

  /// The roles in force, for who manages accounts.
  public func accessReviewDesk(as actor: Actor) async throws -> AccessReviewDesk {
    try actor.need(.manageAccounts)
    let (trial, user) = (actor.trial.id, actor.user)
    let days = Self.accessReviewDays(of: actor)
    let today = CalendarDate(inUTC: clock.now)
    return try await session(actor, on: .access) { session in
      let due = try session.accessReviewDue(in: trial, firstAfterDays: days)
      return AccessReviewDesk(
        roles: try session.reviewableRoles(in: trial, by: user), dueOn: due,
        isOverdue: due.map { $0 < today } ?? false,
        latestNext: CalendarDate(daysSince1970: today.daysSince1970 + days))
    }
  }

  /// The longest time between two reviews, in days: a matter of the study (REQ-053).
  private static func accessReviewDays(of actor: Actor) -> Int {
    (actor.definition.accessReview ?? .usual).days
  }

  /// The signed reviews, newest first.
  public func accessReviews(as actor: Actor) async throws -> [AccessReview] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await session(actor, on: .access) { try $0.accessReviews(in: trial) }
  }

  /// Signs a review of every role in force and carries its decisions out; gives its number.
  ///
  /// Refused when a role is missing or was given or ended meanwhile, when one's own role is decided
  /// by oneself, and when the next review would be further away than the definition lets it be.
  public func signAccessReview(
    _ roles: [ReviewedRole], next: CalendarDate, as actor: Actor
  ) async throws -> Int {
    try actor.need(.manageAccounts)
    let desk = try await accessReviewDesk(as: actor)
    let today = CalendarDate(inUTC: clock.now)
    guard next > today, next <= desk.latestNext else {
      throw ActRefusal.invalid([
        Fault(
          field: "next", code: "next_review",
          sentence: "The next review is due after today and by \(desk.latestNext). "
            + "Nothing was signed.")
      ])
    }
    for line in desk.roles {
      let decided = roles.first {
        $0.username == line.username && $0.role == line.role && $0.site == line.site
      }
      // A list read before a role was given says nothing of it.
      guard let decided else { throw ActRefusal.stale }
      guard line.isOwn == (decided.decision == .own) else {
        throw ActRefusal.notNow(
          code: "own_account",
          sentence: "Another administrator decides about your own roles. Nothing was signed.")
      }
    }
    try needFreshSigner(actor)
    try needFreshSecondFactor(actor)
    for role in roles where role.decision == .recall {
      _ = try await account(role.username, managedBy: actor)
    }
    let (name, days) = (actor.fullName, Self.accessReviewDays(of: actor))
    let number = try await session(actor, on: .access) { session in
      try session.signAccessReview(
        roles, name: name, meaning: Self.accessReviewMeaning, next: next, within: days)
    }
    await replaceAbsentRaters()
    return number
  }
}

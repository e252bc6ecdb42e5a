/// When central ratings may begin, by the clock of the site.
public struct RatingPlan: Hashable, Sendable {
  /// The hours where a definition names none: those in which sites and raters are at work.
  public static let usual = RatingPlan(hours: 9...16)

  /// A day keeps so many hours at least: at least three in ten of them are withheld.
  public static let fewestHours = 4

  /// The full hours at which a rating may begin.
  public let hours: ClosedRange<Int>

  /// Makes the value from its parts.
  public init(hours: ClosedRange<Int>) {
    self.hours = hours
  }
}

/// How often accounts and roles are looked at again.
public struct AccessReviewPlan: Hashable, Sendable {
  /// The time where a definition names none: three months.
  public static let usual = AccessReviewPlan(days: 92)

  /// The longest time between two reviews, in days.
  public let days: Int

  /// Makes the value from its parts.
  public init(days: Int) {
    self.days = days
  }
}

/// A point in time to the microsecond, as the database keeps it.
public struct Instant: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01 00:00 UTC; negative before.
  public var microsecondsSince1970: Int64

  /// The point that many microseconds after the start of 1970 in UTC.
  public init(microsecondsSince1970: Int64) {
    self.microsecondsSince1970 = microsecondsSince1970
  }

  /// Whether the left point comes first.
  public static func < (left: Instant, right: Instant) -> Bool {
    left.microsecondsSince1970 < right.microsecondsSince1970
  }
}

/// A day of the calendar, without time or zone.
public struct CalendarDay: Sendable, Hashable, Comparable {
  /// Days since 1970-01-01 in the proleptic Gregorian calendar; negative before.
  public var daysSince1970: Int

  /// The day that many days after 1970-01-01.
  public init(daysSince1970: Int) {
    self.daysSince1970 = daysSince1970
  }

  /// Whether the left day comes first.
  public static func < (left: CalendarDay, right: CalendarDay) -> Bool {
    left.daysSince1970 < right.daysSince1970
  }
}

/// The database counts time from 2000-01-01.
enum DatabaseEpoch {
  static let microseconds: Int64 = 946_684_800_000_000
  static let days = 10957
}

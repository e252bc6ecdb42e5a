import StudyModel

/// An instant as the header Date tells it (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(_ instant: UTCInstant) -> String {
    let (day, micros) = instant.microsecondsSince1970.flooredByDay
    let second = micros / 1_000_000
    let parts = CalendarDate(daysSince1970: day).parts
    // The first of January 1970 was a Thursday.
    let weekday = weekdays[((day + 4) % 7 + 7) % 7]
    return "\(weekday), \(two(parts.day)) \(months[parts.month - 1]) \(four(parts.year)) "
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
  }

  private static func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }

  private static func four(_ year: Int) -> String {
    let digits = String(year)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension Int64 {
  /// The days, and what is left of the last one, of microseconds before or after an origin.
  fileprivate var flooredByDay: (days: Int, rest: Int) {
    let day: Int64 = 86_400_000_000
    let rest = (self % day + day) % day
    return (Int((self - rest) / day), Int(rest))
  }
}

import Foundation

/// The clock on the wall of a site: turns instants into the dates people there would write.
public struct SiteClock: Hashable, Sendable {
  /// The IANA name of the zone.
  public let zoneName: String
  private let zone: TimeZone

  // Asked for once: the list is built anew on every call.
  private static let places = Set(TimeZone.knownTimeZoneIdentifiers)

  /// Makes the clock of a zone, or says that there is no such zone.
  public init(zone name: String) throws(ParseFault) {
    // "UTC" and offsets would parse too, but know no daylight saving: only places are accepted.
    guard name.contains("/"), Self.places.contains(name),
      let zone = TimeZone(identifier: name)
    else { throw ParseFault("“\(name.prefix(40))” is not a time zone such as Europe/Berlin.") }
    zoneName = name
    self.zone = zone
  }

  /// Seconds the site's wall clock is ahead of UTC at an instant.
  public func offsetSeconds(at instant: UTCInstant) -> Int {
    let seconds = Double(instant.microsecondsSince1970) / 1_000_000
    return zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds))
  }

  /// The instant at which the clock on the wall shows a full hour of a date; nil where it leaps over that hour.
  public func instant(of date: CalendarDate, hour: Int) -> UTCInstant? {
    let wall = UTCInstant(
      microsecondsSince1970: (Int64(date.daysSince1970) * 24 + Int64(hour)) * 3_600_000_000)
    // What the clock is ahead by is known for instants only: it may be another one than at this hour of UTC.
    let near = wall.advanced(bySeconds: -Int64(offsetSeconds(at: wall)))
    let exact = wall.advanced(bySeconds: -Int64(offsetSeconds(at: near)))
    return [near, exact].first { $0.advanced(bySeconds: Int64(offsetSeconds(at: $0))) == wall }
  }

  /// The date people at the site would write at an instant.
  public func date(at instant: UTCInstant) -> CalendarDate {
    CalendarDate(inUTC: instant.advanced(bySeconds: Int64(offsetSeconds(at: instant))))
  }
}

extension CalendarDate {
  /// The date in UTC at an instant: for what belongs to no site.
  public init(inUTC instant: UTCInstant) {
    let (now, day): (Int64, Int64) = (instant.microsecondsSince1970, 86_400_000_000)
    self.init(daysSince1970: Int(now >= 0 ? now / day : (now - day + 1) / day))
  }
}

/// A day counted from the date of randomization, which is day 0.
public struct StudyDay: Hashable, Comparable, Sendable {
  /// Calendar days after the date of randomization.
  public let number: Int

  /// Counts the day of a date, both dates as written at the site.
  public init(of date: CalendarDate, randomizedOn day0: CalendarDate) {
    number = date.days(since: day0)
  }

  /// Counts the day of an instant at a site, for who was randomized there.
  public init(of instant: UTCInstant, randomizedAt start: UTCInstant, at clock: SiteClock) {
    self.init(of: clock.date(at: instant), randomizedOn: clock.date(at: start))
  }

  /// Earlier comes first.
  public static func < (left: StudyDay, right: StudyDay) -> Bool { left.number < right.number }
}

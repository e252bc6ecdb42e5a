import Crypto
import StudyModel

/// The times at which one rating may be booked: a function of the definition, the day of randomization, the calendar
/// of the site and a key, and of nothing that was done to the participant.
///
/// Who books is blinded. A day missing because a session took place before it would tell the arm; so days are missing
/// on which a session of any arm could have taken place, alike for everybody, and of the others at least three
/// in ten are withheld at random (Docs/Decisions/0024).
struct RatingTimes: Sendable {
  /// How many days ahead are offered: two weeks are what a site plans.
  static let daysAhead = 14
  /// A window that keeps fewer days than this far from treatment keeps them all.
  static let fewestDays = 2
  /// The share that is withheld at least, in tenths.
  static let withheldTenths = 3

  private let visit: Visit
  private let nextWindow: Int?
  private let day0: CalendarDate?
  private let treatment: TreatmentDays
  private let hours: ClosedRange<Int>
  private let clock: SiteClock
  private let key: SymmetricKey
  private let name: String

  /// Puts together what the times follow from.
  ///
  /// - Parameters:
  ///   - name: names the rating among all of the installation, and nothing about it.
  ///   - day0: the day of randomization at the site, nil before it.
  init(
    of visit: Visit, in definition: StudyDefinition, named name: String,
    randomizedOn day0: CalendarDate?, _ clock: SiteClock, key: SymmetricKey
  ) {
    self.visit = visit
    let last = visit.window?.upperBound ?? 0
    nextWindow = definition.visits.filter { $0.dataClass == .open }
      .compactMap { $0.window?.lowerBound }.filter { $0 > last }.min()
    treatment = TreatmentDays(of: definition)
    hours = (definition.ratings ?? .usual).hours
    self.name = name
    self.day0 = day0
    self.clock = clock
    self.key = key
  }

  /// The times from an instant on, without those at which no rater is free: what is withheld and what is full
  /// is absent alike.
  func offered(after now: UTCInstant, full: Set<UTCInstant> = []) -> [UTCInstant] {
    let today = clock.date(at: now)
    return (0...Self.daysAhead).flatMap { offered(on: today.advanced(by: $0), asked: today) }
      .filter { $0 > now && !full.contains($0) }
  }

  /// The hours of a date that are not withheld; none on a date that does not count.
  private func offered(on date: CalendarDate, asked today: CalendarDate) -> [UTCInstant] {
    let hours = hours(on: date, asked: today)
    let withheld = withheld(of: hours, on: date)
    return hours.filter { !withheld.contains($0) }
  }

  /// The hours at which a rating may begin on a date, if the visit may be rated then for who asks today.
  func hours(on date: CalendarDate, asked today: CalendarDate) -> [UTCInstant] {
    guard isOpen(date, asked: today) else { return [] }
    return hours.compactMap { clock.instant(of: date, hour: $0) }
  }

  private func isOpen(_ date: CalendarDate, asked today: CalendarDate) -> Bool {
    // Before randomization nobody is treated, and no window after it has a date yet.
    guard let day0 else { return visit.window.map { $0.upperBound <= 0 } ?? true }
    guard let window = visit.window else { return true }
    let day = date.days(since: day0)
    let isLate = today.days(since: day0) > window.upperBound
    guard isLate ? mayBeLate(day, after: window) : window.contains(day) else { return false }
    return !(keepsDistance && treatment.mayPrecede(day))
  }

  /// A rating that was missed is worth more late than never: once its window is over, the days up to the next
  /// window are offered.
  private func mayBeLate(_ day: Int, after window: ClosedRange<Int>) -> Bool {
    window.upperBound > 0 && day > window.upperBound && day < nextWindow ?? .max
  }

  /// Whether the window leaves enough days far from treatment: of the whole window, whatever of it is past, so
  /// that the answer is the same on every day.
  var keepsDistance: Bool {
    guard let window = visit.window else { return false }
    return window.count { !treatment.mayPrecede($0) } >= Self.fewestDays
  }

  /// Which hours of a date are withheld: at least three in ten, and on about every other day one more, so that
  /// counting what is absent does not tell it from what is full.
  private func withheld(of hours: [UTCInstant], on date: CalendarDate) -> Set<UTCInstant> {
    let least = (hours.count * Self.withheldTenths + 9) / 10
    let more = (draw("\(date)").first ?? 0) & 1
    let drawn = hours.sorted { left, right in
      draw("\(left)").lexicographicallyPrecedes(draw("\(right)"))
    }
    return Set(drawn.prefix(least + Int(more)))
  }

  private func draw(_ part: String) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array("\(name)|\(part)".utf8), using: key))
  }
}

/// Days a visit keeps from another one.
public struct VisitDistance: Hashable, Sendable {
  /// The visit before.
  public let visit: VisitCode
  /// The fewest and the most calendar days after it.
  public let days: ClosedRange<Int>

  /// Makes the value from its parts.
  public init(visit: VisitCode, days: ClosedRange<Int>) {
    self.visit = visit
    self.days = days
  }
}

/// A scheduled visit, anchored to the day of randomization.
public struct Visit: Hashable, Sendable {
  /// The code.
  public let code: VisitCode
  /// The name in words.
  public let title: String
  /// The study day it is meant for, when it has one.
  public let targetDay: Int?
  /// The study days it may take place on, first and last included.
  public let window: ClosedRange<Int>?
  /// Where it takes place.
  public let place: String
  /// Whether blinded people may know of it.
  public let dataClass: DataClass
  /// The arms it belongs to; empty for all.
  public let arms: [ArmCode]
  /// The distance it keeps from another visit.
  public let after: VisitDistance?
  /// The last study day on which it may take place.
  public let latestDay: Int?

  /// Makes the value from its parts.
  public init(
    code: VisitCode,
    title: String,
    targetDay: Int? = nil,
    window: ClosedRange<Int>? = nil,
    place: String,
    dataClass: DataClass = .open,
    arms: [ArmCode] = [],
    after: VisitDistance? = nil,
    latestDay: Int? = nil
  ) {
    self.code = code
    self.title = title
    self.targetDay = targetDay
    self.window = window
    self.place = place
    self.dataClass = dataClass
    self.arms = arms
    self.after = after
    self.latestDay = latestDay
  }
}

/// The calendar dates of one visit of one participant.
public struct VisitDates: Hashable, Sendable {
  /// The visit.
  public let visit: VisitCode
  /// The date it is meant for.
  public let target: CalendarDate
  /// The first and the last date of its window.
  public let window: ClosedRange<CalendarDate>

  /// Makes the value from its parts.
  public init(
    visit: VisitCode,
    target: CalendarDate,
    window: ClosedRange<CalendarDate>
  ) {
    self.visit = visit
    self.target = target
    self.window = window
  }
}

extension Visit {
  /// The dates on which the visit may take place, as far as they follow from day 0 and the visit before;
  /// nil when neither tells any, an empty span when they contradict each other.
  ///
  /// - Parameters:
  ///   - day0: the date of randomization.
  ///   - done: the dates of the visits that took place.
  public func allowedDates(
    randomizedOn day0: CalendarDate, done: [VisitCode: CalendarDate] = [:]
  ) -> Range<CalendarDate>? {
    let before = after.flatMap { distance in done[distance.visit].map { (distance, $0) } }
    guard window != nil || before != nil else { return nil }
    var first: [CalendarDate] = []
    var last: [CalendarDate] = latestDay.map { [day0.advanced(by: $0)] } ?? []
    if let window {
      first.append(day0.advanced(by: window.lowerBound))
      last.append(day0.advanced(by: window.upperBound))
    }
    if let (distance, date) = before {
      first.append(date.advanced(by: distance.days.lowerBound))
      last.append(date.advanced(by: distance.days.upperBound))
    }
    guard let from = first.max(), let to = last.min()?.advanced(by: 1) else { return nil }
    return from..<max(from, to)
  }

  /// The dates of this visit for a participant randomized on a date, or nil without a window.
  public func dates(randomizedOn day0: CalendarDate) -> VisitDates? {
    guard let targetDay, let window else { return nil }
    return VisitDates(
      visit: code, target: day0.advanced(by: targetDay),
      window: day0.advanced(by: window.lowerBound)...day0.advanced(by: window.upperBound))
  }
}

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

  /// Makes the value from its parts.
  public init(
    code: VisitCode,
    title: String,
    targetDay: Int? = nil,
    window: ClosedRange<Int>? = nil,
    place: String,
    dataClass: DataClass = .open
  ) {
    self.code = code
    self.title = title
    self.targetDay = targetDay
    self.window = window
    self.place = place
    self.dataClass = dataClass
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
  /// The dates of this visit for a participant randomized on a date, or nil without a window.
  public func dates(randomizedOn day0: CalendarDate) -> VisitDates? {
    guard let targetDay, let window else { return nil }
    return VisitDates(
      visit: code, target: day0.advanced(by: targetDay),
      window: day0.advanced(by: window.lowerBound)...day0.advanced(by: window.upperBound))
  }
}

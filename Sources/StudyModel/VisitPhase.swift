/// Where a date stands to the window of a visit.
public enum VisitPhase: String, CaseIterable, Sendable {
  /// The window has not opened.
  case ahead
  /// The window is open and its target date is not past.
  case open
  /// The window is open and its target date is past.
  case closing
  /// The window has closed.
  case past
}

extension VisitDates {
  /// Where a date at the site stands to this window.
  public func phase(on date: CalendarDate) -> VisitPhase {
    if date < window.lowerBound { return .ahead }
    if date > window.upperBound { return .past }
    return date > target ? .closing : .open
  }

  /// Whether a visit done on a date lies outside its window.
  public func isOutside(_ date: CalendarDate) -> Bool { !window.contains(date) }
}

extension StudyDefinition {
  /// The dates of all visits with a window after randomization, in the order of the definition.
  public func schedule(randomizedOn day0: CalendarDate) -> [VisitDates] {
    visits.filter { ($0.targetDay ?? 0) > 0 }.compactMap { $0.dates(randomizedOn: day0) }
  }
}

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
  /// The dates of all open visits with a window after randomization: the same in every arm.
  public func schedule(randomizedOn day0: CalendarDate) -> [VisitDates] {
    visits.filter { ($0.targetDay ?? 0) > 0 && $0.dataClass == .open }
      .compactMap { $0.dates(randomizedOn: day0) }
  }

  /// Whether a form can be filled at a visit: it is scheduled there, or belongs to no visit.
  ///
  /// A form of no visit is as guarded as the visit, so that an open form tells of no treatment visit. A form
  /// about a site belongs to no visit at all.
  public func schedules(_ form: Form, at code: VisitCode) -> Bool {
    guard form.subject == .participant else { return code == .site }
    guard let visit = visit(code) else { return false }
    return form.visits.contains(code) || form.visits.isEmpty && visit.dataClass <= form.dataClass
  }

  /// The visit at which forms are filled that belong to none: the last open one without a day, or one
  /// without a day at which nothing is scheduled.
  public func takesUnscheduledForms(_ visit: Visit) -> Bool {
    guard visit.targetDay == nil, visit.dataClass == .open else { return false }
    return forms(at: visit.code).isEmpty
      || visit.code == visits.last { $0.targetDay == nil && $0.dataClass == .open }?.code
  }

  /// The visits a role may know of: a visit of a class it does not read does not exist for it.
  public func visits(knownTo role: Role) -> [Visit] {
    visits.filter { $0.dataClass == .open || role.classes.contains($0.dataClass) }
  }
}

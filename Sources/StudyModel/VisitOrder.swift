extension StudyDefinition {
  /// Whether the protocol has one visit before another.
  ///
  /// Visits everybody knows are ordered by the days they are meant for, those of treatment by the
  /// distances they keep; visits that may come at any time have no order.
  public func precedes(_ one: VisitCode, _ other: VisitCode) -> Bool {
    guard one != other, let first = visit(one), let second = visit(other) else { return false }
    if first.dataClass == .open, second.dataClass == .open {
      guard let day = first.targetDay, let later = second.targetDay else { return false }
      return day < later
    }
    var known: Set<VisitCode> = [other]
    var next = second.after?.visit
    while let code = next, known.insert(code).inserted {
      if code == one { return true }
      next = visit(code)?.after?.visit
    }
    return false
  }

  /// The latest date of the visits before one, and the earliest of those after it, as the dates of
  /// entries tell; nil where there is none.
  ///
  /// - Parameters:
  ///   - visit: the visit between them.
  ///   - entries: the entries of one participant.
  ///   - dataClass: the class of what is told of them: entries of a higher one do not count.
  public func datesAround(
    _ visit: VisitCode, among entries: [FormEntry], upTo dataClass: DataClass
  ) -> (before: CalendarDate?, after: CalendarDate?) {
    var before: CalendarDate?
    var after: CalendarDate?
    for entry in entries where entry.status.isSubmitted {
      guard let other = entry.visit, let form = form(entry.form), form.dataClass <= dataClass,
        let text = entry.answers.first(where: { $0.key.text == FormHeader.dateField })?.value.text,
        let date = try? CalendarDate(parsing: text)
      else { continue }
      if precedes(other, visit) { before = max(before ?? date, date) }
      if precedes(visit, other) { after = min(after ?? date, date) }
    }
    return (before, after)
  }
}

/// How a form goes on after a participant's last day: with what began before it.
public struct FollowUp: Hashable, Sendable {
  /// The field that says when it began: a date, a partial date or an instant.
  public let begun: FieldID
  /// When it is so; nil for always.
  public let condition: Formula?

  /// Makes the value from its parts.
  public init(begun: FieldID, condition: Formula? = nil) {
    self.begun = begun
    self.condition = condition
  }
}

extension Form {
  /// The field whose day is that of a visit without a header: the first that says when something was
  /// done, to the day; nil for a form with a header, and for one that has none.
  public var datingField: Field? {
    guard dateField == nil else { return nil }
    return fields.first { field in
      !field.mayLieAhead && !field.isCalculated && (field.type == .date || field.type == .dateTime)
    }
  }

  /// The date of the visit in the header of a form, where it has one.
  public var dateField: Field? { fields.first { $0.id.text == FormHeader.dateField } }

  /// Whether what is entered lies within one visit: it is done once, or as often as planned.
  public var isOfOneVisit: Bool { !isRepeating || planned != nil }

  /// The first day a value may mean, at a site; nil for what is no date.
  ///
  /// Where no site is known an instant has no day, and never that in UTC.
  public func day(
    of answer: FieldAnswer?, _ field: Field, at clock: SiteClock?
  ) -> CalendarDate? {
    guard let text = answer?.text, let value = try? field.type.value(parsing: text) else {
      return nil
    }
    switch (field.type, value) {
    case (.partialDate, _): return Self.firstDay(of: text)
    case (_, .date(let date)): return date
    case (_, .instant(let instant)): return clock?.date(at: instant)
    default: return nil
    }
  }

  /// The day an entry is of, where its form asks for no date of a visit: that on which it says that something
  /// was begun, such as the call of a rating, else that on which it was first handed in.
  public func datedOn(
    _ answers: [FieldID: FieldAnswer], handedInOn: CalendarDate?, at clock: SiteClock?
  ) -> CalendarDate? {
    datingField.flatMap { day(of: answers[$0.id], $0, at: clock) } ?? handedInOn
  }

  /// The first day a partial date may mean.
  static func firstDay(of written: String) -> CalendarDate? {
    let completed =
      written + (["-01-01", "-01", ""].first { $0.utf8.count + written.utf8.count == 10 } ?? "")
    return try? CalendarDate(parsing: completed)
  }

  /// The day a record is of: that of its visit, else of when it began, else its first date.
  ///
  /// - Parameter answers: the answers as stored.
  /// - Returns: nil for a record without any date.
  public func recordDay(
    of answers: [FieldID: FieldAnswer], isFollowUp: Bool, at clock: SiteClock?
  ) -> CalendarDate? {
    if isFollowUp, let begun = followUp.flatMap({ field($0.begun) }) {
      return day(of: answers[begun.id], begun, at: clock)
    }
    if let field = dateField { return day(of: answers[field.id], field, at: clock) }
    return fields.lazy.filter { !$0.mayLieAhead && !$0.isCalculated }
      .compactMap { self.day(of: answers[$0.id], $0, at: clock) }.first
  }
}

/// The time within which something must be reported.
public enum ClockLimit: Hashable, Sendable {
  /// Hours from the start.
  case hours(Int)
  /// Calendar days: the day of the start is day 0, and the limit ends with the day of this number.
  case days(Int)
}

/// A reporting time that runs from an instant on a form; it never pauses.
public struct SafetyClock: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: String
  /// The title.
  public let title: String
  /// The form whose entry starts it.
  public let form: FormID
  /// The field with the instant of the start.
  public let startsAt: FieldID
  /// When it starts; nil for every entry.
  public let condition: Formula?
  /// How long it runs.
  public let limit: ClockLimit
  /// Further calendar days for what follows the first report.
  public let followUpDays: Int?
  /// Who is reminded when three quarters have passed.
  public let reminded: [RoleID]
  /// Who is told when the limit has passed.
  public let escalatedTo: [RoleID]
  /// Whether handing the form in meets it; otherwise a person says when the report was made.
  public let isMetByEntry: Bool
  /// Whether each version that tells of a later start meets it anew: it was received, and reported with
  /// that version.
  public let isMetByEachVersion: Bool
  /// The fields that may be told to roles without the class of the form.
  public let told: [FieldID]
  /// Why roles without the class of the form may know of it; nil when they may not.
  public let declassifiedBecause: String?

  /// Makes the value from its parts.
  public init(
    id: String,
    title: String,
    form: FormID,
    startsAt: FieldID,
    condition: Formula? = nil,
    limit: ClockLimit,
    followUpDays: Int? = nil,
    reminded: [RoleID],
    escalatedTo: [RoleID],
    isMetByEntry: Bool = false,
    isMetByEachVersion: Bool = false,
    told: [FieldID] = [],
    declassifiedBecause: String? = nil
  ) {
    self.id = id
    self.title = title
    self.form = form
    self.startsAt = startsAt
    self.condition = condition
    self.limit = limit
    self.followUpDays = followUpDays
    self.reminded = reminded
    self.escalatedTo = escalatedTo
    self.isMetByEntry = isMetByEntry
    self.isMetByEachVersion = isMetByEachVersion
    self.told = told
    self.declassifiedBecause = declassifiedBecause
  }

  /// The last instant that is in time.
  ///
  /// - Parameters:
  ///   - start: the instant of the start.
  ///   - clock: the clock of the sponsor, by which days end.
  public func due(from start: UTCInstant, by clock: SiteClock) -> UTCInstant {
    switch limit {
    case .hours(let hours): start.advanced(bySeconds: Int64(hours) * 3600)
    case .days(let days): clock.lastSecond(of: clock.date(at: start).advanced(by: days))
    }
  }

  /// The instant at which people are reminded: three quarters of the way to the limit.
  public func reminder(from start: UTCInstant, by clock: SiteClock) -> UTCInstant {
    start.advanced(bySeconds: due(from: start, by: clock).seconds(since: start) * 3 / 4)
  }

  /// The reporting time itself, and the one for what follows the first report, as records are kept of both.
  public var withFollowUp: [SafetyClock] {
    guard let followUpDays, case .days(let days) = limit else { return [self] }
    let first = SafetyClock(
      id: id, title: title, form: form, startsAt: startsAt, condition: condition, limit: limit,
      reminded: reminded, escalatedTo: escalatedTo, isMetByEntry: isMetByEntry,
      isMetByEachVersion: isMetByEachVersion, told: told,
      declassifiedBecause: declassifiedBecause)
    let further = SafetyClock(
      id: id + Self.followUpSuffix, title: title + ", further information", form: form,
      startsAt: startsAt, condition: condition, limit: .days(days + followUpDays),
      reminded: reminded, escalatedTo: escalatedTo, declassifiedBecause: declassifiedBecause)
    return [first, further]
  }

  private static let followUpSuffix = ".further"

  /// The last instant for what follows the first report, or nil when nothing follows.
  public func followUpDue(from start: UTCInstant, by clock: SiteClock) -> UTCInstant? {
    followUpDays.map { days in
      clock.lastSecond(of: clock.date(at: due(from: start, by: clock)).advanced(by: days))
    }
  }
}

extension StudyDefinition {
  /// The reporting time of which a record has this name.
  public func reportingTime(_ name: String) -> SafetyClock? {
    clocks.flatMap(\.withFollowUp).first { $0.id == name }
  }

  /// What of an entry of a form may be told to roles without its class, in the order of the form.
  public func toldFields(of form: Form) -> [Field] {
    let names = Set(clocks.filter { $0.form == form.id }.flatMap(\.told))
    return form.fields.filter { names.contains($0.id) }
  }
}

extension SiteClock {
  /// The instant at which the wall clock shows 23:59:59 of a date.
  public func lastSecond(of date: CalendarDate) -> UTCInstant {
    let next = Int64(date.advanced(by: 1).daysSince1970) * 86_400
    let asIfUTC = UTCInstant(microsecondsSince1970: next * 1_000_000)
    // The offset can differ on both sides of midnight; the second look takes that of the day's end.
    let near = asIfUTC.advanced(bySeconds: -Int64(offsetSeconds(at: asIfUTC)))
    return asIfUTC.advanced(
      bySeconds: -Int64(offsetSeconds(at: near.advanced(bySeconds: -1))) - 1)
  }
}

/// Why a field carries no value.
public enum MissingCode: String, CaseIterable, Sendable, Codable {
  case notDone = "ND"
  case unknown = "UK"
  case notApplicable = "NA"
  case refused = "RF"

  /// Whether a code of a field would be read as one of these.
  ///
  /// `NA` would not: lists of laboratories and of causes have it, and answers and reasons are kept apart.
  public static func bars(_ code: String) -> Bool {
    MissingCode(rawValue: code).map { $0 != .notApplicable } ?? false
  }
}

/// What stands in a field: a value as its one stored text, or a reason why there is none.
public enum FieldAnswer: Hashable, Sendable {
  case value(String)
  case missing(MissingCode, reason: String?)

  /// The stored text, or nil when missing.
  public var text: String? { if case .value(let text) = self { text } else { nil } }
}

/// One filled form of a participant.
public struct FormEntry: Hashable, Sendable {
  /// The form.
  public let form: FormID
  /// The visit, when the form belongs to one.
  public let visit: VisitCode?
  /// Which of several at that visit, counted from 1.
  public let occurrence: Int
  /// The version, counted from 1; each save makes a new one.
  public let version: Int
  /// How far it has come.
  public let status: EntryStatus
  /// What stands in it.
  public let answers: [FieldID: FieldAnswer]
  /// The day at the site on which it was first handed in, where that is known.
  public let handedInOn: CalendarDate?

  /// Makes the value from its parts.
  public init(
    form: FormID,
    visit: VisitCode? = nil,
    occurrence: Int = 1,
    version: Int,
    status: EntryStatus,
    answers: [FieldID: FieldAnswer],
    handedInOn: CalendarDate? = nil
  ) {
    self.form = form
    self.visit = visit
    self.occurrence = occurrence
    self.version = version
    self.status = status
    self.answers = answers
    self.handedInOn = handedInOn
  }
}

/// How far a filled form has come.
public enum EntryStatus: String, CaseIterable, Sendable, Codable {
  case notDue = "not_due"
  case due
  case inProgress = "in_progress"
  case submitted, queried, answered, verified, signed, frozen, locked, voided

  /// Whether the writer has handed it in.
  public var isSubmitted: Bool {
    switch self {
    case .notDue, .due, .inProgress, .voided: false
    case .submitted, .queried, .answered, .verified, .signed, .frozen, .locked: true
    }
  }

  /// Whether an entry that is shown in a state waits for a signature: a data query that does not block is
  /// no obstacle.
  public static func isSignable(_ shown: String) -> Bool {
    switch EntryStatus(rawValue: shown) {
    case .submitted, .queried, .answered, .verified: true
    case .notDue, .due, .inProgress, .signed, .frozen, .locked, .voided, nil: false
    }
  }
}

extension Form {
  /// The answers as values a formula can read; a text its field refuses counts as missing.
  public func values(of answers: [FieldID: FieldAnswer]) -> [FieldID: FormulaValue] {
    var values: [FieldID: FormulaValue] = [:]
    for field in fields {
      guard let text = answers[field.id]?.text, let value = try? field.type.value(parsing: text)
      else { continue }
      values[field.id] = value
    }
    return values
  }
}

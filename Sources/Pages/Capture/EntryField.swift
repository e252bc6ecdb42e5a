/// One field of a form, with its value and all that is said about it.
public struct EntryField: Sendable, Equatable {
  /// The name under which the value is sent.
  public var name: String
  /// The question in words.
  public var label: String
  /// How it is answered and what was answered.
  public var control: FieldControl
  /// How to answer.
  public var hint: String
  /// The unit after the box.
  public var unit: String
  /// What is allowed, in words.
  public var range: String
  /// Whether it may be left empty.
  public var isOptional: Bool
  /// The codes for no value, where they are allowed.
  public var missing: MissingValue?
  /// Why the value is refused.
  public var fault: String
  /// Why the value is doubted; it can be kept with a reason.
  public var warning: String
  /// Why it cannot be changed; empty when it can.
  public var frozen: String
  /// Day and window of a date, after it is known.
  public var studyDay: String
  /// Earlier values, queries and verification.
  public var marks: FieldMarks

  /// All of it at once.
  public init(
    name: String, label: String, control: FieldControl, hint: String = "", unit: String = "",
    range: String = "", isOptional: Bool = false, missing: MissingValue? = nil, fault: String = "",
    warning: String = "", frozen: String = "", studyDay: String = "",
    marks: FieldMarks = FieldMarks()
  ) {
    self.name = name
    self.label = label
    self.control = control
    self.hint = hint
    self.unit = unit
    self.range = range
    self.isOptional = isOptional
    self.missing = missing
    self.fault = fault
    self.warning = warning
    self.frozen = frozen
    self.studyDay = studyDay
    self.marks = marks
  }
}

/// How a field is answered; every answer is the text that was typed.
public enum FieldControl: Sendable, Equatable {
  /// A whole number.
  case integer(text: String, size: Int)
  /// A number with decimals.
  case decimal(text: String, size: Int)
  /// One line.
  case text(text: String, maximum: Int)
  /// Several lines.
  case lines(text: String, maximum: Int)
  /// A day, sent as name.day, name.month and name.year.
  case date(DateText)
  /// A day and a time, sent as for a date and name.time.
  case dateTime(DateText)
  /// Yes or no, sent as Y or N.
  case boolean(Bool?)
  /// One of several codes.
  case code(choices: [Choice], selected: String)
  /// Any of several codes.
  case multiple(choices: [Choice], selected: [String])
  /// Files from the disk; a browser never fills them in again.
  case files(accepted: String)
  /// A secret, never filled in.
  case password
  /// Computed by the system, never typed.
  case calculated(text: String)
}

/// The boxes of a date as they were typed.
public struct DateText: Sendable, Equatable {
  /// The day; empty in a partial date.
  public var day: String
  /// The month; empty in a partial date.
  public var month: String
  /// The year.
  public var year: String
  /// The time, where one is asked.
  public var time: String

  /// All of it at once.
  public init(day: String = "", month: String = "", year: String = "", time: String = "") {
    self.day = day
    self.month = month
    self.year = year
    self.time = time
  }
}

/// Why there is no value, sent as name.missing and name.missing_reason.
public struct MissingValue: Sendable, Equatable {
  /// The codes the field allows.
  public var codes: [Choice]
  /// The code that was taken.
  public var selected: String
  /// The reason that was typed.
  public var reason: String

  /// All of it at once.
  public init(codes: [Choice], selected: String = "", reason: String = "") {
    self.codes = codes
    self.selected = selected
    self.reason = reason
  }
}

/// A value that stood in a field before.
public struct EarlierValue: Sendable, Equatable {
  /// The value in words.
  public var value: String
  /// When it was saved and by whom.
  public var saved: String
  /// When it was replaced, by whom and why.
  public var replaced: String

  /// All of it at once.
  public init(value: String, saved: String, replaced: String) {
    self.value = value
    self.saved = saved
    self.replaced = replaced
  }
}

/// A signed correction beside a value that was reported.
public struct FieldCorrection: Sendable, Equatable {
  /// The value as the evidence has it.
  public var value: String
  /// Who signed, when, why and on what evidence.
  public var words: String
  /// Why it does not count any more; empty while it does.
  public var void: String

  /// All of it at once.
  public init(value: String, words: String, void: String = "") {
    self.value = value
    self.words = words
    self.void = void
  }
}

/// What else is known of a field; a mark is shown only where it counts something.
public struct FieldMarks: Sendable, Equatable {
  /// Earlier values in place, latest first.
  public var history: [EarlierValue]
  /// Earlier values.
  public var earlier: Int
  /// Where they are listed.
  public var earlierHref: String
  /// Open data queries.
  public var queries: Int
  /// Where they are listed.
  public var queriesHref: String
  /// Who verified it and when.
  public var verifiedBy: String
  /// Corrections beside it, oldest first.
  public var corrections: [FieldCorrection]

  /// All of it at once.
  public init(
    earlier: Int = 0, earlierHref: String = "", queries: Int = 0, queriesHref: String = "",
    verifiedBy: String = "", history: [EarlierValue] = [], corrections: [FieldCorrection] = []
  ) {
    self.corrections = corrections
    self.history = history
    self.earlier = earlier
    self.earlierHref = earlierHref
    self.queries = queries
    self.queriesHref = queriesHref
    self.verifiedBy = verifiedBy
  }
}

/// Which entries of a form a reference means, where it is not the one of a visit.
public enum Occasion: String, CaseIterable, Sendable {
  /// The latest entry before this one, by the order of the visits and then of the repeats.
  case previous
  /// Every repeat at the visit of the entry, as a list; this entry itself is left out.
  case here
  /// Every entry of the participant, as a list; this entry itself is left out.
  case all
}

/// Where a value stands: a field of the same form, or of another form at a visit.
public struct FieldReference: Hashable, Sendable, CustomStringConvertible {
  /// The form, or nil for the form the formula belongs to.
  public let form: FormID?
  /// The field.
  public let field: FieldID
  /// The visit, or nil for the visit of the entry the formula is worked out for.
  public let visit: VisitCode?
  /// Which other entries are meant, or nil for one entry at the visit.
  public let occasion: Occasion?

  /// Names a field, on the same form unless another one is given.
  public init(
    form: FormID? = nil, field: FieldID, visit: VisitCode? = nil, occasion: Occasion? = nil
  ) {
    self.form = form
    self.field = field
    self.visit = visit
    self.occasion = occasion
  }

  /// Whether the value stands in another entry than the one the formula is worked out for.
  public var isOutside: Bool { form != nil || visit != nil || occasion != nil }

  /// The reference as written in a formula.
  public var description: String {
    (form.map { "\($0)." } ?? "") + field.text + (visit.map { "@\($0)" } ?? "")
      + (occasion.map { "@\($0.rawValue)" } ?? "")
  }
}

/// A small total formula: it always has a value, at worst `missing`.
///
/// A missing input makes a sum, a product or a comparison missing; `and` and `or` are decided
/// without it where the other side decides alone. A kind that does not fit gives missing too; such
/// formulas are refused when the definition is read.
public indirect enum Formula: Hashable, Sendable {
  case constant(FormulaValue)
  case reference(FieldReference)
  case not(Formula)
  case negated(Formula)
  case and(Formula, Formula)
  case or(Formula, Formula)
  case arithmetic(ArithmeticOperator, Formula, Formula)
  case comparison(ComparisonOperator, Formula, Formula)
  case call(FormulaFunction, [Formula])

  /// Every field the formula reads.
  public var references: Set<FieldReference> {
    switch self {
    case .constant: []
    case .reference(let reference): [reference]
    case .not(let inner), .negated(let inner): inner.references
    case .and(let left, let right), .or(let left, let right),
      .arithmetic(_, let left, let right), .comparison(_, let left, let right):
      left.references.union(right.references)
    case .call(_, let arguments):
      arguments.reduce(into: []) { $0.formUnion($1.references) }
    }
  }

  /// The conditions of which one is enough; the formula itself where it is no choice.
  public var alternatives: [Formula] {
    if case .or(let left, let right) = self {
      left.alternatives + right.alternatives
    } else {
      [self]
    }
  }

  /// How many steps working the formula out takes at most: there are no loops, so each part is one.
  public var steps: Int {
    switch self {
    case .constant, .reference: 1
    case .not(let inner), .negated(let inner): 1 + inner.steps
    case .and(let left, let right), .or(let left, let right),
      .arithmetic(_, let left, let right), .comparison(_, let left, let right):
      1 + left.steps + right.steps
    case .call(_, let arguments): arguments.reduce(1) { $0 + $1.steps }
    }
  }

  /// The most steps a formula may take.
  public static let mostSteps = 2000
}

/// What a formula or a field is worth.
public enum FormulaValue: Hashable, Sendable {
  case number(ExactNumber)
  case text(String)
  case truth(Bool)
  case date(CalendarDate)
  case instant(UTCInstant)
  case choices([String])
  case missing
}

/// The four operations.
public enum ArithmeticOperator: String, Sendable, CaseIterable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case dividedBy = "/"
}

/// The six comparisons.
public enum ComparisonOperator: String, Sendable, CaseIterable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

/// The named functions.
public enum FormulaFunction: String, Sendable, CaseIterable {
  /// Whether the argument is not missing.
  case has
  /// Whether the argument is true; a missing one counts as false.
  case definitely
  /// The second argument when the first is true, the third when false.
  case choose = "if"
  /// Sum, largest or smallest of all, of a list of each number in it; missing when any is.
  case sum, max, min
  /// The same over those that are answered.
  case sumAnswered = "sum_answered"
  case maxAnswered = "max_answered"
  /// How many are answered.
  case countAnswered = "count_answered"
  /// How many are true; missing when any is.
  case countTrue = "count_true"
  /// Rounds half away from zero: value, decimals.
  case round
  /// The name of the band a number falls in: value, then lower bound and name in turn.
  case band
  /// Whether the first argument equals one of the others.
  case oneOf = "one_of"
  /// Whether a multiple choice includes the code.
  case includes
  /// Calendar days from the second date to the first.
  case days
  /// Whole minutes from the second instant to the first.
  case minutes
  /// The year of a date.
  case year
  /// The calendar date of an instant at the site.
  case date
  /// The calendar date of an instant by the clock of the sponsor.
  case sponsorDate = "sponsor_date"
  /// The date a number of days after a date.
  case later
  /// The first and the last day a partial date can mean.
  case earliest, latest
  /// The first day not before the date the first argument gives, among the days and lists of days that
  /// follow; those that are missing are left out.
  case firstFrom = "first_from"
  /// The last day not after the date the first argument gives, among the same; those that are missing are
  /// left out.
  case lastUntil = "last_until"
  /// Whether a text begins with one of the others; blanks and the size of letters do not count.
  case startsWith = "starts_with"
  /// Whether a text holds one of the others as whole words; case and accents do not count.
  case mentions
  /// A text, then a number filled up with zeros to so many digits: beginning, number, digits.
  case numbered

  /// How many arguments it takes.
  public var arity: ClosedRange<Int> {
    switch self {
    case .has, .definitely, .year, .date, .sponsorDate, .earliest, .latest: 1...1
    case .choose, .numbered: 3...3
    case .sum, .max, .min, .sumAnswered, .maxAnswered, .countAnswered, .countTrue: 1...64
    case .round, .includes, .days, .minutes, .later: 2...2
    case .band: 3...41
    case .oneOf, .startsWith, .mentions, .firstFrom, .lastUntil: 2...41
    }
  }
}

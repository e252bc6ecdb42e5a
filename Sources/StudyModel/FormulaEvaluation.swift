/// The values a formula can read.
public struct FormulaEnvironment: Sendable {
  /// The fields of the same entry.
  public var own: [FieldID: FormulaValue]
  /// Fields of other entries, under the reference exactly as the formula writes it.
  public var elsewhere: [FieldReference: FormulaValue]
  /// The clocks by which instants have their day.
  public let clocks: FormulaClocks

  /// Makes an environment; what is not listed is missing.
  public init(
    own: [FieldID: FormulaValue] = [:], elsewhere: [FieldReference: FormulaValue] = [:],
    clocks: FormulaClocks
  ) {
    self.own = own
    self.elsewhere = elsewhere
    self.clocks = clocks
  }

  /// The value of a reference, missing when unknown.
  public subscript(reference: FieldReference) -> FormulaValue {
    reference.isOutside
      ? elsewhere[reference] ?? .missing : own[reference.field] ?? .missing
  }
}

extension Formula {
  /// Works the formula out.
  public func value(in environment: FormulaEnvironment) -> FormulaValue {
    switch self {
    case .constant(let value): return value
    case .reference(let reference): return environment[reference]
    case .not(let inner): return .from(inner.truth(in: environment).map { !$0 })
    case .negated(let inner): return .from(inner.number(in: environment)?.negated)
    case .and(let left, let right):
      return .both(left.truth(in: environment), right.truth(in: environment))
    case .or(let left, let right):
      return .either(left.truth(in: environment), right.truth(in: environment))
    case .arithmetic(let sign, let left, let right):
      return .from(sign.apply(left.number(in: environment), right.number(in: environment)))
    case .comparison(let sign, let left, let right):
      return .from(sign.holds(left.value(in: environment), right.value(in: environment)))
    case .call(let function, let arguments):
      return function.value(
        of: arguments.map { $0.value(in: environment) }, by: environment.clocks)
    }
  }

  /// Whether the formula is true; nil when missing.
  public func truth(in environment: FormulaEnvironment) -> Bool? {
    value(in: environment).truthValue
  }

  private func number(in environment: FormulaEnvironment) -> ExactNumber? {
    value(in: environment).numberValue
  }
}

extension FormulaValue {
  /// The number, or nil when it is none.
  public var numberValue: ExactNumber? {
    if case .number(let number) = self { number } else { nil }
  }

  /// The truth value, or nil when it is none.
  public var truthValue: Bool? { if case .truth(let truth) = self { truth } else { nil } }

  /// The calendar day, or nil when it is none.
  public var dayValue: CalendarDate? { if case .date(let day) = self { day } else { nil } }

  /// Whether there is no value.
  public var isMissing: Bool { self == .missing }

  /// The text this value is stored and compared as, or nil when missing.
  public var canonicalText: String? {
    switch self {
    case .number(let number): number.description
    case .text(let text): text
    case .truth(let truth): truth ? "true" : "false"
    case .date(let date): date.description
    case .instant(let instant): instant.description
    case .choices(let codes): codes.joined(separator: ",")
    case .missing: nil
    }
  }

  static func from(_ number: ExactNumber?) -> FormulaValue {
    number.map { .number($0) } ?? .missing
  }
  static func from(_ truth: Bool?) -> FormulaValue { truth.map { .truth($0) } ?? .missing }

  // False decides "and", true decides "or", whatever the other side is.
  static func both(_ left: Bool?, _ right: Bool?) -> FormulaValue {
    if left == false || right == false { return .truth(false) }
    return left == true && right == true ? .truth(true) : .missing
  }

  static func either(_ left: Bool?, _ right: Bool?) -> FormulaValue {
    if left == true || right == true { return .truth(true) }
    return left == false && right == false ? .truth(false) : .missing
  }
}

extension ArithmeticOperator {
  func apply(_ left: ExactNumber?, _ right: ExactNumber?) -> ExactNumber? {
    guard let left, let right else { return nil }
    switch self {
    case .plus: return left.plus(right)
    case .minus: return left.plus(right.negated)
    case .times: return left.times(right)
    case .dividedBy: return left.divided(by: right)
    }
  }
}

extension ComparisonOperator {
  func holds(_ left: FormulaValue, _ right: FormulaValue) -> Bool? {
    switch (left, right) {
    case (.number(let one), .number(let other)): ordered(one, other)
    case (.date(let one), .date(let other)): ordered(one, other)
    case (.instant(let one), .instant(let other)): ordered(one, other)
    case (.text(let one), .text(let other)): same(one == other)
    case (.truth(let one), .truth(let other)): same(one == other)
    case (.choices(let one), .text(let other)): same(one == [other])
    case (.choices(let one), .choices(let other)): same(one == other)
    case (.number, _), (.date, _), (.instant, _), (.text, _), (.truth, _), (.choices, _),
      (.missing, _):
      nil
    }
  }

  private func ordered<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .greater: left > right
    case .greaterOrEqual: left >= right
    }
  }

  // Texts and truth values have no order: only equality is answered.
  private func same(_ isEqual: Bool) -> Bool? {
    switch self {
    case .equal: isEqual
    case .notEqual: !isEqual
    case .less, .lessOrEqual, .greater, .greaterOrEqual: nil
    }
  }
}

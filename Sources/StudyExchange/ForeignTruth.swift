import StudyModel

/// Conditions: what is true, false or neither.
extension ForeignTranslation {
  func truth(_ node: ForeignExpression) throws(Untranslatable) -> Formula {
    switch node {
    case .number(let text):
      return .constant(.truth(try Self.exact(text) != ExactNumber(0)))
    case .text: throw Untranslatable("A text stands where a condition is needed.")
    case .not(let inner): return .not(.call(.definitely, [try truth(inner)]))
    case .negated: return .comparison(.notEqual, try number(node), Self.zero)
    case .field(let name, let choice, let event):
      let found = try found(name, event)
      if let choice { return try includes(found, choice) }
      switch try kind(found.fact) {
      case .truth: return found.formula
      case .number: return .comparison(.notEqual, found.formula, Self.zero)
      case .text where !items(found.fact).isEmpty:
        return .comparison(.notEqual, try number(node), Self.zero)
      case .text, .date, .instant, .choices: return .call(.has, [found.formula])
      }
    case .binary("and", let left, let right): return .and(try truth(left), try truth(right))
    case .binary("or", let left, let right): return .or(try truth(left), try truth(right))
    case .binary(let sign, let left, let right):
      guard let comparison = ComparisonOperator(rawValue: sign) else {
        return .comparison(.notEqual, try number(node), Self.zero)
      }
      return try compare(comparison, left, right)
    case .call("if", let arguments) where arguments.count == 3:
      return .call(
        .choose,
        [
          .call(.definitely, [try truth(arguments[0])]), try truth(arguments[1]),
          try truth(arguments[2]),
        ])
    case .call("isblankormissingcode", let arguments) where arguments.count == 1:
      return try compare(.equal, arguments[0], .text(""))
    case .call(let name, _): throw Self.noFunction(name)
    }
  }

  func compare(
    _ sign: ComparisonOperator, _ left: ForeignExpression, _ right: ForeignExpression
  ) throws(Untranslatable) -> Formula {
    switch (left, right) {
    case (.field(let name, let choice, let event), .text(let literal)):
      return try compare(sign, try found(name, event), choice, literal)
    case (.field(let name, let choice, let event), .number(let literal)):
      return try compare(sign, try found(name, event), choice, literal)
    case (.field(let name, let choice, let event), .negated(.number(let literal))):
      return try compare(sign, try found(name, event), choice, "-" + literal)
    case (.text, .field), (.number, .field), (.negated(.number), .field):
      return try compare(sign.turned, right, left)
    case (.field(let name, nil, let event), .field(let otherName, nil, let otherEvent)):
      let (one, other) = (try found(name, event), try found(otherName, otherEvent))
      let (kind, otherKind) = (try self.kind(one.fact), try self.kind(other.fact))
      if kind == otherKind {
        if sign.isOrder, [.text, .truth, .choices].contains(kind) {
          return .comparison(sign, try number(left), try number(right))
        }
        return differing(sign, .comparison(sign.same, one.formula, other.formula))
      }
      return differing(sign, .comparison(sign.same, try number(left), try number(right)))
    case (_, .text("")):
      guard !sign.isOrder else { throw Untranslatable("Nothing is more or less than empty.") }
      let has = Formula.call(.has, [try number(left)])
      return sign == .equal ? .not(has) : has
    case (.text(""), _): return try compare(sign.turned, right, left)
    default:
      return differing(sign, .comparison(sign.same, try number(left), try number(right)))
    }
  }

  // "Differs" holds for an empty answer too.
  func differing(_ sign: ComparisonOperator, _ formula: Formula) -> Formula {
    sign == .notEqual ? .not(.call(.definitely, [formula])) : formula
  }

  func compare(
    _ sign: ComparisonOperator, _ found: Found, _ choice: String?, _ literal: String
  ) throws(Untranslatable) -> Formula {
    let literal = WrittenText.trimmed(literal)
    if let choice { return try compareChoice(sign, try includes(found, choice), literal) }
    if literal.isEmpty {
      guard !sign.isOrder else { throw Untranslatable("Nothing is more or less than empty.") }
      let has = Formula.call(.has, [found.formula])
      return sign == .equal ? .not(has) : has
    }
    switch try kind(found.fact) {
    case .truth:
      guard !sign.isOrder, let truth = Self.truth(of: literal) else {
        throw Untranslatable("“\(found.fact.id)” is Yes or No, not “\(literal)”.")
      }
      return differing(sign, .comparison(.equal, found.formula, .constant(.truth(truth))))
    case .number:
      let number = try Self.constant(literal)
      return differing(sign, .comparison(sign.same, found.formula, number))
    case .choices:
      throw Untranslatable("“\(found.fact.id)” is a multiple choice; a single choice is compared.")
    case .text where !items(found.fact).isEmpty:
      guard sign.isOrder else {
        let code = Formula.constant(.text(try code(literal, of: found.fact)))
        return differing(sign, .comparison(.equal, found.formula, code))
      }
      let limit = try Self.exact(literal)
      let codes = items(found.fact).map(\.code).filter { code in
        guard let number = try? ExactNumber(parsing: code) else { return false }
        return sign.holds(number, limit)
      }
      guard !codes.isEmpty else { return .constant(.truth(false)) }
      return .call(.oneOf, [found.formula] + codes.map { .constant(.text($0)) })
    case .text:
      guard !sign.isOrder else {
        throw Untranslatable("“\(found.fact.id)” is a text and has no order.")
      }
      return differing(sign, .comparison(.equal, found.formula, .constant(.text(literal))))
    case .date, .instant:
      throw Untranslatable("A formula holds no fixed date such as “\(literal)”.")
    }
  }

  func compareChoice(
    _ sign: ComparisonOperator, _ isChosen: Formula, _ literal: String
  ) throws(Untranslatable) -> Formula {
    guard let truth = Self.truth(of: literal.isEmpty ? "0" : literal), !sign.isOrder else {
      throw Untranslatable("A choice is 1 or 0, not “\(literal)”.")
    }
    return truth == (sign == .equal) ? isChosen : .not(isChosen)
  }
}

extension ComparisonOperator {
  fileprivate var isOrder: Bool { self != .equal && self != .notEqual }

  /// The sign itself, with "equal" for "differs".
  fileprivate var same: ComparisonOperator { self == .notEqual ? .equal : self }

  /// The sign when both sides change places.
  fileprivate var turned: ComparisonOperator {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }

  fileprivate func holds(_ one: ExactNumber, _ other: ExactNumber) -> Bool {
    switch self {
    case .equal: one == other
    case .notEqual: one != other
    case .less: one < other
    case .lessOrEqual: one <= other
    case .greater: one > other
    case .greaterOrEqual: one >= other
    }
  }
}

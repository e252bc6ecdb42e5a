import StudyModel

/// Computations: what is a number.
extension ForeignTranslation {
  func number(_ node: ForeignExpression) throws(Untranslatable) -> Formula {
    switch node {
    case .number(let text): return try Self.constant(text)
    case .text(let text):
      return WrittenText.trimmed(text).isEmpty
        ? .constant(.missing) : try Self.constant(WrittenText.trimmed(text))
    case .negated(let inner): return .negated(try number(inner))
    case .not: return .call(.choose, [try truth(node), Self.one, Self.zero])
    case .field(let name, let choice, let event):
      return try number(of: try found(name, event), choice)
    case .binary(let sign, let left, let right):
      if sign == "^" { return try power(left, right) }
      guard let operation = ArithmeticOperator(rawValue: sign) else {
        // A condition counts as 1 or 0.
        return .call(.choose, [.call(.definitely, [try truth(node)]), Self.one, Self.zero])
      }
      return .arithmetic(operation, try number(left), try number(right))
    case .call(let name, let arguments): return try call(name, arguments)
    }
  }

  func number(of found: Found, _ choice: String?) throws(Untranslatable) -> Formula {
    if let choice { return .call(.choose, [try includes(found, choice), Self.one, Self.zero]) }
    switch try kind(found.fact) {
    case .number: return found.formula
    case .truth: return .call(.choose, [found.formula, Self.one, Self.zero])
    case .text where !items(found.fact).isEmpty: return try numberOfCode(found)
    case .text, .date, .instant, .choices:
      throw Untranslatable("“\(found.fact.id)” is not a number.")
    }
  }

  // A code is a text here; a score over codes spells out what each one counts.
  func numberOfCode(_ found: Found) throws(Untranslatable) -> Formula {
    let items = items(found.fact)
    guard items.count <= 12 else {
      throw Untranslatable("“\(found.fact.id)” has too many codes to be counted with.")
    }
    var formula = Formula.constant(.missing)
    for item in items.reversed() {
      let written = found.fact.codes.first { $0.value == item.code }?.key ?? item.code
      let isCode = Formula.comparison(.equal, found.formula, .constant(.text(item.code)))
      formula = .call(.choose, [isCode, try Self.constant(written), formula])
    }
    return formula
  }

  func power(
    _ base: ForeignExpression, _ exponent: ForeignExpression
  ) throws(Untranslatable) -> Formula {
    guard case .number(let text) = exponent, let times = Int(text), (1...6).contains(times) else {
      throw Untranslatable("Only whole powers from 1 to 6 have a counterpart.")
    }
    let base = try small(try number(base))
    return (1..<times).reduce(base) { product, _ in .arithmetic(.times, product, base) }
  }

  // What is written out several times stays small: a few nested powers would fill the memory.
  func small(_ formula: Formula) throws(Untranslatable) -> Formula {
    var left = 400
    guard formula.isWithin(&left) else { throw Untranslatable("Written out it would be too long.") }
    return formula
  }

  func call(
    _ name: String, _ arguments: [ForeignExpression]
  ) throws(Untranslatable) -> Formula {
    switch (name, arguments.count) {
    case ("round", 1): return .call(.round, [try number(arguments[0]), Self.zero])
    case ("round", 2): return .call(.round, [try number(arguments[0]), try number(arguments[1])])
    case ("abs", 1):
      let value = try small(try number(arguments[0]))
      return .call(.max, [value, .negated(value)])
    case ("if", 3):
      return .call(
        .choose,
        [
          .call(.definitely, [try truth(arguments[0])]), try number(arguments[1]),
          try number(arguments[2]),
        ])
    // These pass over what is not answered, and are empty when nothing is.
    case ("sum", 1...64):
      let values = try numbers(arguments)
      return .call(
        .choose,
        [
          .comparison(.greater, .call(.countAnswered, values), Self.zero),
          .call(.sumAnswered, values), .constant(.missing),
        ])
    case ("mean", 1...64):
      let values = try numbers(arguments)
      return .arithmetic(
        .dividedBy, .call(.sumAnswered, values), .call(.countAnswered, values))
    case ("max", 1...64): return .call(.maxAnswered, try numbers(arguments))
    case ("min", 1...64):
      return .negated(.call(.maxAnswered, try numbers(arguments).map { .negated($0) }))
    case ("datediff", 3...5): return try difference(arguments)
    default: throw Self.noFunction(name)
    }
  }

  func numbers(_ nodes: [ForeignExpression]) throws(Untranslatable) -> [Formula] {
    var formulas: [Formula] = []
    for node in nodes { formulas.append(try number(node)) }
    return formulas
  }

  // The length of a unit is that of REDCap: a year of 365.2425 days, a month of 30.44.
  private static let days = ["d": "1", "y": "365.2425", "M": "30.44"]
  private static let minutes = ["m": "1", "h": "60", "d": "1440"]

  func difference(_ arguments: [ForeignExpression]) throws(Untranslatable) -> Formula {
    guard case .text(let unit) = arguments[2] else {
      throw Untranslatable("The unit of “datediff” is not a text.")
    }
    let (one, kind) = try moment(arguments[0])
    let (other, otherKind) = try moment(arguments[1])
    guard kind == otherKind else {
      throw Untranslatable("A date and a date with time are compared.")
    }
    let isDate = kind == .date
    guard let length = (isDate ? Self.days : Self.minutes)[unit] else {
      throw Untranslatable("The unit “\(unit)” of “datediff” has no counterpart here.")
    }
    let function = isDate ? FormulaFunction.days : .minutes
    let forward = Formula.call(function, [other, one])
    let isSigned = arguments.dropFirst(3).contains { argument in
      switch argument {
      case .number("1"): true
      case .text(let text): Self.truth(of: text) == true
      case .number, .field, .not, .negated, .binary, .call: false
      }
    }
    let span =
      isSigned ? forward : Formula.call(.max, [forward, .call(function, [one, other])])
    return length == "1" ? span : .arithmetic(.dividedBy, span, try Self.constant(length))
  }

  func moment(
    _ node: ForeignExpression
  ) throws(Untranslatable) -> (Formula, TranslatedKind) {
    switch node {
    case .text(let text) where ["today", "now"].contains(text.lowercased()):
      throw Untranslatable("“\(text)” is the clock, which no formula reads.")
    case .field(let name, nil, let event):
      let found = try found(name, event)
      let kind = try kind(found.fact)
      guard kind == .date || kind == .instant else {
        throw Untranslatable("“\(found.fact.id)” is not a date.")
      }
      return (found.formula, kind)
    case .number, .text, .field, .not, .negated, .binary, .call:
      throw Untranslatable("“datediff” takes two date fields.")
    }
  }
}

extension Formula {
  /// Whether it has no more parts than are left.
  fileprivate func isWithin(_ left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch self {
    case .constant, .reference: return true
    case .not(let inner), .negated(let inner): return inner.isWithin(&left)
    case .and(let one, let other), .or(let one, let other), .arithmetic(_, let one, let other),
      .comparison(_, let one, let other):
      return one.isWithin(&left) && other.isWithin(&left)
    case .call(_, let arguments):
      for argument in arguments where !argument.isWithin(&left) { return false }
      return true
    }
  }
}

public import StudyModel

extension Formula {
  /// The formula as a person writes it; reading it again gives the same formula.
  ///
  /// Nil for a constant the language has no spelling for: a date, an instant, a list of choices, a
  /// negative number, a fraction without end or a text with a quotation mark.
  public var text: String? { text(above: .or) }

  /// How tightly an operator binds.
  private enum Level: Int {
    case or, and, not, comparison, sum, product, sign, primary
  }

  private var level: Level {
    switch self {
    case .constant, .reference, .call: .primary
    case .negated: .sign
    case .not: .not
    case .and: .and
    case .or: .or
    case .arithmetic(.plus, _, _), .arithmetic(.minus, _, _): .sum
    case .arithmetic(.times, _, _), .arithmetic(.dividedBy, _, _): .product
    case .comparison: .comparison
    }
  }

  /// The text, in parentheses where it binds less tightly than the place asks for.
  private func text(above least: Level) -> String? {
    guard let bare else { return nil }
    return level.rawValue < least.rawValue ? "(\(bare))" : bare
  }

  private var bare: String? {
    switch self {
    case .constant(let value): return value.formulaText
    case .reference(let reference): return reference.description
    // Two signs in a row would read as none.
    case .not(let inner): return inner.text(above: .comparison).map { "not \($0)" }
    case .negated(let inner): return inner.text(above: .primary).map { "-\($0)" }
    case .and(let left, let right): return Self.joined("and", left, .and, right, .not)
    case .or(let left, let right): return Self.joined("or", left, .or, right, .and)
    case .arithmetic(let sign, let left, let right):
      switch sign {
      case .plus, .minus: return Self.joined(sign.rawValue, left, .sum, right, .product)
      case .times, .dividedBy: return Self.joined(sign.rawValue, left, .product, right, .sign)
      }
    case .comparison(let sign, let left, let right):
      return Self.joined(sign.rawValue, left, .sum, right, .sum)
    case .call(let function, let arguments):
      return Self.list(arguments).map { "\(function.rawValue)(\($0))" }
    }
  }

  private static func joined(
    _ sign: String, _ left: Formula, _ leftLevel: Level, _ right: Formula, _ rightLevel: Level
  ) -> String? {
    guard let one = left.text(above: leftLevel), let other = right.text(above: rightLevel) else {
      return nil
    }
    return "\(one) \(sign) \(other)"
  }

  // Ten items of a score read best as m01..m10.
  private static func list(_ arguments: [Formula]) -> String? {
    var parts: [String] = []
    var index = 0
    while index < arguments.count {
      let length = seriesLength(arguments[index...])
      guard let first = arguments[index].text else { return nil }
      if length >= 3, let last = arguments[index + length - 1].text {
        parts.append("\(first)..\(last)")
        index += length
      } else {
        parts.append(first)
        index += 1
      }
    }
    return parts.joined(separator: ", ")
  }

  private static func seriesLength(_ arguments: ArraySlice<Formula>) -> Int {
    guard let first = arguments.first?.seriesName else { return 1 }
    var length = 1
    for argument in arguments.dropFirst() {
      guard length < 64, let next = argument.seriesName, next.stem == first.stem,
        next.width == first.width, next.number == first.number + length
      else { break }
      length += 1
    }
    return length
  }

  // A field of the same form whose name is letters, then digits.
  private var seriesName: (stem: String, width: Int, number: Int)? {
    guard case .reference(let reference) = self, reference.form == nil, reference.visit == nil,
      reference.occasion == nil
    else { return nil }
    let name = reference.field.text
    let stem = name.prefix { !("0"..."9").contains($0) }
    let digits = name.dropFirst(stem.count)
    guard (1...9).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }),
      let number = Int(digits)
    else { return nil }
    return (String(stem), digits.count, number)
  }
}

extension FormulaValue {
  fileprivate var formulaText: String? {
    switch self {
    case .number(let number):
      let isPlain = number.numerator >= 0 && number.decimals.map { $0 <= 18 } ?? false
      return isPlain ? number.description : nil
    case .text(let text): return text.contains("'") ? nil : "'\(text)'"
    case .truth(let truth): return truth ? "true" : "false"
    case .missing: return "missing"
    case .date, .instant, .choices: return nil
    }
  }
}

/// Why a formula could not be read, and where.
public struct FormulaFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The column of the first character not understood, counting from 1.
  public let column: Int
  /// The sentence for the person who wrote it.
  public let sentence: String

  /// Makes the value from its parts.
  public init(
    column: Int,
    sentence: String
  ) {
    self.column = column
    self.sentence = sentence
  }

  /// The sentence with its column.
  public var description: String { "column \(column): \(sentence)" }
}

extension Formula {
  /// Words that mean something by themselves: no field can bear such a name.
  public static let words: Set<String> = ["and", "or", "not", "true", "false", "missing"]

  /// Reads a formula such as `sex = 'F' and not has(childbearing)`.
  public init(parsing text: String) throws(FormulaFault) {
    var parser = FormulaParser(tokens: try FormulaToken.all(of: text))
    self = try parser.whole()
  }
}

/// Reads tokens by descending through the levels of precedence.
private struct FormulaParser {
  // Deep enough for any rule a person writes, shallow enough for the stack.
  private static let deepest = 40

  let tokens: [FormulaToken]
  var position = 0
  var depth = 0

  init(tokens: [FormulaToken]) { self.tokens = tokens }

  mutating func whole() throws(FormulaFault) -> Formula {
    let formula = try disjunction()
    guard current.kind == .end else {
      throw fault("Expected an operator or the end, found \(current.described).")
    }
    guard formula.steps <= Formula.mostSteps else {
      throw FormulaFault(
        column: 1, sentence: "The formula takes more than \(Formula.mostSteps) steps; divide it.")
    }
    return formula
  }

  private var current: FormulaToken { tokens[position] }

  private func fault(_ sentence: String) -> FormulaFault {
    FormulaFault(column: current.column, sentence: sentence)
  }

  private mutating func advance() { position = min(position + 1, tokens.count - 1) }

  private mutating func take(_ sign: String) -> Bool {
    guard current.kind == .sign(sign) else { return false }
    advance()
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard current.kind == .word(word) else { return false }
    advance()
    return true
  }

  private mutating func expect(_ sign: String) throws(FormulaFault) {
    guard take(sign) else { throw fault("Expected “\(sign)”, found \(current.described).") }
  }

  private mutating func disjunction() throws(FormulaFault) -> Formula {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw fault("The formula is nested too deeply.") }
    var left = try conjunction()
    while takeWord("or") { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(FormulaFault) -> Formula {
    var left = try negation()
    while takeWord("and") { left = .and(left, try negation()) }
    return left
  }

  private mutating func negation() throws(FormulaFault) -> Formula {
    var isNegated = false
    while takeWord("not") { isNegated.toggle() }
    let inner = try comparison()
    return isNegated ? .not(inner) : inner
  }

  private mutating func comparison() throws(FormulaFault) -> Formula {
    let left = try sum()
    for sign in ComparisonOperator.allCases where take(sign.rawValue) {
      return .comparison(sign, left, try sum())
    }
    return left
  }

  private mutating func sum() throws(FormulaFault) -> Formula {
    var left = try product()
    while true {
      if take("+") {
        left = .arithmetic(.plus, left, try product())
      } else if take("-") {
        left = .arithmetic(.minus, left, try product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(FormulaFault) -> Formula {
    var left = try factor()
    while true {
      if take("*") {
        left = .arithmetic(.times, left, try factor())
      } else if take("/") {
        left = .arithmetic(.dividedBy, left, try factor())
      } else {
        return left
      }
    }
  }

  private mutating func factor() throws(FormulaFault) -> Formula {
    var isNegated = false
    while take("-") { isNegated.toggle() }
    let inner = try primary()
    return isNegated ? .negated(inner) : inner
  }

  private mutating func primary() throws(FormulaFault) -> Formula {
    let token = current
    switch token.kind {
    case .number(let number):
      advance()
      return .constant(.number(number))
    case .text(let text):
      advance()
      return .constant(.text(text))
    case .word(let word):
      advance()
      return try named(word, at: token)
    case .sign("("):
      advance()
      let inner = try disjunction()
      try expect(")")
      return inner
    case .sign, .end:
      throw fault("Expected a field, a number, a text or “(”, found \(token.described).")
    }
  }

  private mutating func named(_ word: String, at token: FormulaToken) throws(FormulaFault)
    -> Formula
  {
    switch word {
    case "true": return .constant(.truth(true))
    case "false": return .constant(.truth(false))
    case "missing": return .constant(.missing)
    default: break
    }
    if current.kind == .sign("(") { return try call(word, at: token) }
    return .reference(try reference(word, at: token))
  }

  private mutating func call(_ word: String, at token: FormulaToken) throws(FormulaFault)
    -> Formula
  {
    guard let function = FormulaFunction(rawValue: word) else {
      let known = FormulaFunction.allCases.map(\.rawValue)
      throw FormulaFault(
        column: token.column,
        sentence: "There is no function “\(word)”." + Spelling.hint(for: word, among: known))
    }
    advance()
    var arguments: [Formula] = []
    repeat { arguments += try argument() } while take(",")
    try expect(")")
    guard function.arity.contains(arguments.count) else {
      throw FormulaFault(
        column: token.column, sentence: "“\(word)” does not take \(arguments.count) arguments.")
    }
    return .call(function, arguments)
  }

  // `m01..m10` stands for the ten fields, so that a score reads as its sentence does.
  private mutating func argument() throws(FormulaFault) -> [Formula] {
    let token = current
    let first = try disjunction()
    guard take("..") else { return [first] }
    guard case .reference(let from) = first, case .word(let last) = current.kind,
      !from.isOutside, let fields = FieldSeries.fields(from: from.field.text, to: last)
    else {
      throw FormulaFault(
        column: token.column, sentence: "A range is written as m01..m10, rising, same length.")
    }
    advance()
    return fields.map { .reference(FieldReference(field: $0)) }
  }

  private mutating func reference(_ word: String, at token: FormulaToken) throws(FormulaFault)
    -> FieldReference
  {
    do throws(ParseFault) {
      var form: FormID?
      var field = word
      if take(".") {
        form = try FormID(parsing: word)
        field = takeName()
      }
      let name = try FieldID(parsing: field)
      guard take("@") else { return FieldReference(form: form, field: name) }
      let place = takeName()
      if let occasion = Occasion(rawValue: place) {
        return FieldReference(form: form, field: name, occasion: occasion)
      }
      return FieldReference(form: form, field: name, visit: try VisitCode(parsing: place))
    } catch {
      throw FormulaFault(column: token.column, sentence: error.sentence)
    }
  }

  private mutating func takeName() -> String {
    guard case .word(let word) = current.kind else { return "" }
    advance()
    return word
  }
}

/// The fields a range of names stands for.
private enum FieldSeries {
  static func fields(from first: String, to last: String) -> [FieldID]? {
    let stem = first.prefix { !("0"..."9").contains($0) }
    guard first.count == last.count, last.hasPrefix(stem),
      let low = Int(first.dropFirst(stem.count)), let high = Int(last.dropFirst(stem.count)),
      low < high, high - low < 64
    else { return nil }
    let width = first.count - stem.count
    return (low...high).compactMap {
      try? FieldID(parsing: stem + CalendarDate.padded($0, width))
    }
  }
}

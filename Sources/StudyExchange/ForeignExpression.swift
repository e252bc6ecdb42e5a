/// Why something written elsewhere has no counterpart here.
struct Untranslatable: Error, Hashable {
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

/// How an expression of another system is written.
enum Dialect: Hashable {
  /// Fields in brackets: `[sex] = '1' and [meds(2)] = '1'`.
  case redcap
  /// Fields by their identifiers: `!(Gender == "Female")`.
  case plain
}

/// An expression of another system, before its fields are known.
indirect enum ForeignExpression: Hashable {
  /// A number as written.
  case number(String)
  case text(String)
  case field(name: String, choice: String?, event: String?)
  case not(ForeignExpression)
  case negated(ForeignExpression)
  case binary(String, ForeignExpression, ForeignExpression)
  case call(String, [ForeignExpression])

  /// Reads an expression.
  init(_ text: String, _ dialect: Dialect, groups: Set<String> = []) throws(Untranslatable) {
    var parser = ForeignParser(
      tokens: try ForeignToken.all(of: text, dialect, groups: groups))
    self = try parser.whole()
  }
}

private enum ForeignToken: Hashable {
  case number(String)
  case text(String)
  case field(String, choice: String?)
  case word(String)
  case sign(String)
  case end

  private static let signs = [
    "<>", "!=", "<=", ">=", "==", "&&", "||", "=", "<", ">", "+", "-", "*", "/", "^", "(", ")",
    ",", "!", "%",
  ]
  private static let longest = 20_000

  static func all(
    of text: String, _ dialect: Dialect, groups: Set<String>
  ) throws(Untranslatable) -> [ForeignToken] {
    let letters = Array(text)
    guard letters.count <= longest else { throw Untranslatable("It is too long.") }
    var tokens: [ForeignToken] = []
    var index = 0
    while index < letters.count {
      let letter = letters[index]
      if letter.isWhitespace {
        index += 1
      } else if letter == "'" || letter == "\"" {
        tokens.append(.text(try enclosed(letters, &index, by: letter, "A text is not closed.")))
      } else if letter == "[" {
        tokens.append(
          field(try enclosed(letters, &index, by: "]", "A field in brackets is not closed.")))
      } else if letter.isASCII, letter.isNumber || letter == "." {
        let end = letters[index...].firstIndex { !($0.isASCII && $0.isNumber) && $0 != "." }
        tokens.append(.number(String(letters[index..<(end ?? letters.count)])))
        index = end ?? letters.count
      } else if letter.isLetter || letter == "_" {
        tokens.append(.word(word(letters, &index, dialect, groups)))
      } else if let sign = signs.first(where: { letters[index...].starts(with: $0) }) {
        tokens.append(.sign(sign))
        index += sign.count
      } else {
        throw Untranslatable("“\(letter)” has no meaning in it.")
      }
    }
    return tokens + [.end]
  }

  private static func enclosed(
    _ letters: [Character], _ index: inout Int, by end: Character, _ fault: String
  ) throws(Untranslatable) -> String {
    guard let close = letters[(index + 1)...].firstIndex(of: end) else {
      throw Untranslatable(fault)
    }
    defer { index = close + 1 }
    return String(letters[(index + 1)..<close])
  }

  private static func field(_ inside: String) -> ForeignToken {
    let text = WrittenText.trimmed(inside)
    guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else {
      return .field(text, choice: nil)
    }
    let choice = text[text.index(after: open)...].dropLast()
    return .field(String(text[..<open]), choice: WrittenText.trimmed(choice))
  }

  private static func word(
    _ letters: [Character], _ index: inout Int, _ dialect: Dialect, _ groups: Set<String>
  ) -> String {
    func end(from start: Int) -> Int {
      letters[start...].firstIndex {
        !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." && dialect == .plain)
      } ?? letters.count
    }
    var stop = end(from: index)
    let first = String(letters[index..<stop])
    // A group and an item are joined by what elsewhere is a minus.
    if dialect == .plain, groups.contains(first), stop + 1 < letters.count, letters[stop] == "-",
      letters[stop + 1].isLetter
    {
      let begin = stop + 1
      stop = end(from: begin)
      index = stop
      return String(letters[begin..<stop])
    }
    index = stop
    return first
  }
}

/// Descends through the levels of precedence.
private struct ForeignParser {
  private static let deepest = 60

  let tokens: [ForeignToken]
  var position = 0
  var depth = 0

  init(tokens: [ForeignToken]) { self.tokens = tokens }

  mutating func whole() throws(Untranslatable) -> ForeignExpression {
    let expression = try disjunction()
    guard tokens[position] == .end else { throw Untranslatable("It does not parse.") }
    return expression
  }

  private mutating func take(_ sign: String) -> Bool {
    guard tokens[position] == .sign(sign) else { return false }
    position += 1
    return true
  }

  private mutating func takeWord(_ word: String) -> Bool {
    guard case .word(let found) = tokens[position], found.lowercased() == word else { return false }
    position += 1
    return true
  }

  private mutating func disjunction() throws(Untranslatable) -> ForeignExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw Untranslatable("It is nested too deeply.") }
    var left = try conjunction()
    while takeWord("or") || take("||") { left = .binary("or", left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(Untranslatable) -> ForeignExpression {
    var left = try comparison()
    while takeWord("and") || take("&&") { left = .binary("and", left, try comparison()) }
    return left
  }

  private static let comparisons = [
    ("=", "="), ("==", "="), ("<>", "!="), ("!=", "!="), ("<=", "<="), (">=", ">="), ("<", "<"),
    (">", ">"),
  ]

  private mutating func comparison() throws(Untranslatable) -> ForeignExpression {
    let left = try sum()
    for (sign, name) in Self.comparisons where take(sign) {
      return .binary(name, left, try sum())
    }
    return left
  }

  private mutating func sum() throws(Untranslatable) -> ForeignExpression {
    var left = try product()
    while true {
      if take("+") {
        left = .binary("+", left, try product())
      } else if take("-") {
        left = .binary("-", left, try product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(Untranslatable) -> ForeignExpression {
    var left = try unary()
    while true {
      if take("*") {
        left = .binary("*", left, try unary())
      } else if take("/") {
        left = .binary("/", left, try unary())
      } else if take("%") {
        throw Untranslatable("Remainders (%) have no counterpart.")
      } else {
        return left
      }
    }
  }

  private mutating func unary() throws(Untranslatable) -> ForeignExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw Untranslatable("It is nested too deeply.") }
    if take("-") { return .negated(try unary()) }
    if take("+") { return try unary() }
    if take("!") || takeWord("not") { return .not(try unary()) }
    let base = try primary()
    return take("^") ? .binary("^", base, try unary()) : base
  }

  private mutating func primary() throws(Untranslatable) -> ForeignExpression {
    let token = tokens[position]
    position = min(position + 1, tokens.count - 1)
    switch token {
    case .number(let number): return .number(number)
    case .text(let text): return .text(text)
    case .field(let name, let choice):
      // Two in a row are an event and a field of it.
      if choice == nil, case .field(let inner, let innerChoice) = tokens[position] {
        position += 1
        return .field(name: inner, choice: innerChoice, event: name)
      }
      return .field(name: name, choice: choice, event: nil)
    case .word(let word):
      if take("(") { return .call(word.lowercased(), try arguments()) }
      switch word.lowercased() {
      case "true": return .number("1")
      case "false": return .number("0")
      default: return .field(name: word, choice: nil, event: nil)
      }
    case .sign("("):
      let inner = try disjunction()
      guard take(")") else { throw Untranslatable("A parenthesis is not closed.") }
      return inner
    case .sign, .end: throw Untranslatable("It does not parse.")
    }
  }

  private mutating func arguments() throws(Untranslatable) -> [ForeignExpression] {
    if take(")") { return [] }
    var arguments: [ForeignExpression] = []
    repeat { arguments.append(try disjunction()) } while take(",")
    guard take(")") else { throw Untranslatable("A parenthesis is not closed.") }
    return arguments
  }
}

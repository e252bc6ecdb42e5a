import StudyModel

/// What a formula can say of a value.
enum TranslatedKind: Hashable {
  case number, text, truth, date, instant, choices
}

/// A field of the draft under its name in the definition.
struct DraftFact {
  let form: Int
  let formID: FormID
  let id: FieldID
  let type: FieldType
  let codes: [String: String]
  /// The kind of its value; nil while a computation is not translated yet.
  var kind: TranslatedKind?
  var dataClass: DataClass
  /// Why it is not there any more, when it is not.
  var isLost = false
}

/// The fields and visits expressions can name.
struct DraftTable {
  var facts: [DraftFact] = []
  var bySource: [String: [Int]] = [:]
  var visits: [String: VisitCode] = [:]
  /// The names that groups of items have, where a group and an item are written together.
  var groups: Set<String> = []

  mutating func add(_ fact: DraftFact, source: String) {
    bySource[source, default: []].append(facts.count)
    facts.append(fact)
  }
}

/// Turns an expression of another system into a formula that decides the same.
///
/// In those systems an empty answer is an empty text: a comparison with it is false, and "differs"
/// is true. Here it is missing, so `<>` becomes `not definitely(… = …)`.
struct ForeignTranslation {
  let table: DraftTable
  let form: Int

  /// A formula that is true or not, and nothing else.
  func condition(_ condition: DraftCondition) throws(Untranslatable) -> Formula {
    try checked(
      try expression(
        condition,
        { translation, node throws(Untranslatable) in
          try translation.truth(node)
        }))
  }

  /// A formula for a computed value, with its kind.
  func computation(
    _ condition: DraftCondition
  ) throws(Untranslatable) -> (formula: Formula, kind: TranslatedKind) {
    switch condition {
    case .formula(let formula): return (formula, Self.kind(of: formula))
    case .written, .built: break
    }
    do throws(Untranslatable) {
      let formula = try expression(condition) { translation, node throws(Untranslatable) in
        try translation.number(node)
      }
      return (try checked(formula), .number)
    } catch {
      guard let truth = try? self.condition(condition) else { throw error }
      return (truth, .truth)
    }
  }

  private func expression(
    _ condition: DraftCondition,
    _ translate: (ForeignTranslation, ForeignExpression) throws(Untranslatable) -> Formula
  ) throws(Untranslatable) -> Formula {
    switch condition {
    case .formula(let formula): return formula
    case .built(let node, _): return try translate(self, node)
    case .written(let text, let dialect):
      return try translate(self, try ForeignExpression(text, dialect, groups: table.groups))
    }
  }

  // What cannot be written down, or is too long or too deep to be read again, is no formula.
  private func checked(_ formula: Formula) throws(Untranslatable) -> Formula {
    guard let text = formula.text else {
      throw Untranslatable("It holds a text that a formula cannot spell.")
    }
    guard (try? Formula(parsing: text)) == formula else {
      throw Untranslatable("As a formula it would be too long or nested too deeply.")
    }
    return formula
  }

  static func kind(of formula: Formula) -> TranslatedKind {
    switch formula {
    case .constant(.text), .call(.band, _): .text
    case .constant(.truth), .not, .and, .or, .comparison: .truth
    case .call(.has, _), .call(.definitely, _), .call(.oneOf, _), .call(.includes, _),
      .call(.startsWith, _):
      .truth
    case .call(.date, _), .call(.later, _), .call(.earliest, _), .call(.latest, _): .date
    case .call(.choose, let arguments) where arguments.count == 3:
      arguments[1] == .constant(.missing) ? kind(of: arguments[2]) : kind(of: arguments[1])
    case .constant, .reference, .negated, .arithmetic, .call: .number
    }
  }

  // MARK: Fields

  private struct Found {
    let fact: DraftFact
    let formula: Formula
  }

  private func found(_ name: String, _ event: String?) throws(Untranslatable) -> Found {
    let indices = table.bySource[name] ?? []
    guard !indices.isEmpty else {
      if name.contains("-") || name.contains(":") {
        throw Untranslatable("“[\(WrittenText.cut(name, 40))]” is known to the other system only.")
      }
      throw Untranslatable("There is no field “\(WrittenText.cut(name, 40))”.")
    }
    let own = indices.first { table.facts[$0].form == form && event == nil }
    guard let index = own ?? (indices.count == 1 ? indices[0] : nil) else {
      throw Untranslatable("“\(name)” stands on several forms.")
    }
    let fact = table.facts[index]
    guard !fact.isLost else { throw Untranslatable("The field “\(name)” did not come over.") }
    var visit: VisitCode?
    if let event {
      guard let code = table.visits[event] else {
        throw Untranslatable("There is no visit “\(WrittenText.cut(event, 40))”.")
      }
      visit = code
    }
    let isElsewhere = fact.form != form || visit != nil
    return Found(
      fact: fact,
      formula: .reference(
        FieldReference(form: isElsewhere ? fact.formID : nil, field: fact.id, visit: visit)))
  }

  private func kind(_ fact: DraftFact) throws(Untranslatable) -> TranslatedKind {
    guard let kind = fact.kind else {
      throw Untranslatable("“\(fact.id)” is computed in a circle.")
    }
    return kind
  }

  private func items(_ fact: DraftFact) -> [CodeItem] {
    switch fact.type {
    case .code(let items), .multi(let items): items
    case .integer, .decimal, .boolean, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      []
    }
  }

  /// The code of the definition for a code as written.
  private func code(_ written: String, of fact: DraftFact) throws(Untranslatable) -> String {
    let known = items(fact).map(\.code)
    if let code = fact.codes[written] { return code }
    guard known.contains(written) else {
      throw Untranslatable("“\(WrittenText.cut(written, 40))” is not a code of “\(fact.id)”.")
    }
    return written
  }

  private func includes(_ found: Found, _ choice: String) throws(Untranslatable) -> Formula {
    guard case .multi = found.fact.type else {
      throw Untranslatable("“\(found.fact.id)” is not a multiple choice.")
    }
    let code = try code(choice, of: found.fact)
    return .call(
      .definitely, [.call(.includes, [found.formula, .constant(.text(code))])])
  }

  // MARK: True or not

  private func truth(_ node: ForeignExpression) throws(Untranslatable) -> Formula {
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

  private func compare(
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
  private func differing(_ sign: ComparisonOperator, _ formula: Formula) -> Formula {
    sign == .notEqual ? .not(.call(.definitely, [formula])) : formula
  }

  private func compare(
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

  private func compareChoice(
    _ sign: ComparisonOperator, _ isChosen: Formula, _ literal: String
  ) throws(Untranslatable) -> Formula {
    guard let truth = Self.truth(of: literal.isEmpty ? "0" : literal), !sign.isOrder else {
      throw Untranslatable("A choice is 1 or 0, not “\(literal)”.")
    }
    return truth == (sign == .equal) ? isChosen : .not(isChosen)
  }

  // MARK: Numbers

  private func number(_ node: ForeignExpression) throws(Untranslatable) -> Formula {
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

  private func number(of found: Found, _ choice: String?) throws(Untranslatable) -> Formula {
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
  private func numberOfCode(_ found: Found) throws(Untranslatable) -> Formula {
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

  private func power(
    _ base: ForeignExpression, _ exponent: ForeignExpression
  ) throws(Untranslatable) -> Formula {
    guard case .number(let text) = exponent, let times = Int(text), (1...6).contains(times) else {
      throw Untranslatable("Only whole powers from 1 to 6 have a counterpart.")
    }
    let base = try small(try number(base))
    return (1..<times).reduce(base) { product, _ in .arithmetic(.times, product, base) }
  }

  // What is written out several times stays small: a few nested powers would fill the memory.
  private func small(_ formula: Formula) throws(Untranslatable) -> Formula {
    var left = 400
    guard formula.isWithin(&left) else { throw Untranslatable("Written out it would be too long.") }
    return formula
  }

  private func call(
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

  private func numbers(_ nodes: [ForeignExpression]) throws(Untranslatable) -> [Formula] {
    var formulas: [Formula] = []
    for node in nodes { formulas.append(try number(node)) }
    return formulas
  }

  // The length of a unit is that of REDCap: a year of 365.2425 days, a month of 30.44.
  private static let days = ["d": "1", "y": "365.2425", "M": "30.44"]
  private static let minutes = ["m": "1", "h": "60", "d": "1440"]

  private func difference(_ arguments: [ForeignExpression]) throws(Untranslatable) -> Formula {
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

  private func moment(
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

  // MARK: Constants

  private static let zero = Formula.constant(.number(ExactNumber(0)))
  private static let one = Formula.constant(.number(ExactNumber(1)))

  private static func exact(_ text: String) throws(Untranslatable) -> ExactNumber {
    let whole = text.hasPrefix(".") ? "0" + text : text.hasSuffix(".") ? text + "0" : text
    guard let number = try? ExactNumber(parsing: whole) else {
      throw Untranslatable("“\(WrittenText.cut(text, 40))” is not a number.")
    }
    return number
  }

  private static func constant(_ text: String) throws(Untranslatable) -> Formula {
    let number = try exact(text)
    return number < ExactNumber(0)
      ? .negated(.constant(.number(number.negated))) : .constant(.number(number))
  }

  private static func truth(of text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true", "yes", "y": true
    case "0", "false", "no", "n": false
    default: nil
    }
  }

  private static func noFunction(_ name: String) -> Untranslatable {
    Untranslatable("The function “\(WrittenText.cut(name, 40))” has no counterpart here.")
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

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

  func expression(
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
  func checked(_ formula: Formula) throws(Untranslatable) -> Formula {
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
    case .constant(.text), .call(.band, _), .call(.numbered, _): .text
    case .constant(.truth), .not, .and, .or, .comparison: .truth
    case .call(.has, _), .call(.definitely, _), .call(.oneOf, _), .call(.includes, _),
      .call(.startsWith, _), .call(.mentions, _):
      .truth
    case .call(.date, _), .call(.later, _), .call(.earliest, _), .call(.latest, _),
      .call(.firstFrom, _):
      .date
    case .call(.choose, let arguments) where arguments.count == 3:
      arguments[1] == .constant(.missing) ? kind(of: arguments[2]) : kind(of: arguments[1])
    case .constant, .reference, .negated, .arithmetic, .call: .number
    }
  }

  // MARK: Fields

  struct Found {
    let fact: DraftFact
    let formula: Formula
  }

  func found(_ name: String, _ event: String?) throws(Untranslatable) -> Found {
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

  func kind(_ fact: DraftFact) throws(Untranslatable) -> TranslatedKind {
    guard let kind = fact.kind else {
      throw Untranslatable("“\(fact.id)” is computed in a circle.")
    }
    return kind
  }

  func items(_ fact: DraftFact) -> [CodeItem] {
    switch fact.type {
    case .code(let items), .multi(let items): items
    case .integer, .decimal, .boolean, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      []
    }
  }

  /// The code of the definition for a code as written.
  func code(_ written: String, of fact: DraftFact) throws(Untranslatable) -> String {
    let known = items(fact).map(\.code)
    if let code = fact.codes[written] { return code }
    guard known.contains(written) else {
      throw Untranslatable("“\(WrittenText.cut(written, 40))” is not a code of “\(fact.id)”.")
    }
    return written
  }

  func includes(_ found: Found, _ choice: String) throws(Untranslatable) -> Formula {
    guard case .multi = found.fact.type else {
      throw Untranslatable("“\(found.fact.id)” is not a multiple choice.")
    }
    let code = try code(choice, of: found.fact)
    return .call(
      .definitely, [.call(.includes, [found.formula, .constant(.text(code))])])
  }

  // MARK: Constants

  static let zero = Formula.constant(.number(ExactNumber(0)))
  static let one = Formula.constant(.number(ExactNumber(1)))

  static func exact(_ text: String) throws(Untranslatable) -> ExactNumber {
    let whole = text.hasPrefix(".") ? "0" + text : text.hasSuffix(".") ? text + "0" : text
    guard let number = try? ExactNumber(parsing: whole) else {
      throw Untranslatable("“\(WrittenText.cut(text, 40))” is not a number.")
    }
    return number
  }

  static func constant(_ text: String) throws(Untranslatable) -> Formula {
    let number = try exact(text)
    return number < ExactNumber(0)
      ? .negated(.constant(.number(number.negated))) : .constant(.number(number))
  }

  static func truth(of text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true", "yes", "y": true
    case "0", "false", "no", "n": false
    default: nil
    }
  }

  static func noFunction(_ name: String) -> Untranslatable {
    Untranslatable("The function “\(WrittenText.cut(name, 40))” has no counterpart here.")
  }
}

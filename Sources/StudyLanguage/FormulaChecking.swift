import StudyModel
import Yams

/// The kinds of values, as far as they can be told without answers.
enum ValueKind: String {
  case number, text, truth, date, instant, choices
  /// Known only when answers are there.
  case any

  var described: String {
    switch self {
    case .number: "a number"
    case .text: "a text"
    case .truth: "true or false"
    case .date: "a date"
    case .instant: "a date with time"
    case .choices: "a multiple choice"
    case .any: "any value"
    }
  }

  func fits(_ other: ValueKind) -> Bool { self == other || self == .any || other == .any }
}

/// A formula as read, kept until all forms are known.
struct WrittenFormula {
  let formula: Formula
  let place: Place
  let what: String
  /// The form or instrument whose fields it can name alone.
  let owner: FieldOwner
  let expected: ValueKind
  /// The field it computes, which and below which it must not read.
  let computes: FieldID?
  /// The lifecycle it is a condition of, where its steps are acts of the server.
  var lifecycle: ServedLifecycle?
}

/// Whose fields a formula can name without a form.
enum FieldOwner: Hashable {
  case form(FormID)
  case instrument(InstrumentID)
  case nobody
}

/// What is known of a field when formulas are checked.
struct FieldFact {
  let type: FieldType
  let calculation: Formula?
  /// The class written for the field, or the form's.
  let dataClass: DataClass
  let isClassWritten: Bool
  let position: Int
}

/// A field by the form or instrument that holds it.
struct HeldField: Hashable {
  let owner: FieldOwner
  let field: FieldID
}

/// All fields by owner, for checking what formulas say of them.
struct FieldTable {
  private(set) var fields: [FieldOwner: [FieldID: FieldFact]] = [:]
  private var dates: [FormID: FieldFact] = [:]
  private let names: KnownNames

  init(
    forms: [Form], instruments: [Instrument], names: KnownNames, arms: [ArmCode] = [],
    visits: [VisitCode] = [], populations: [Population] = []
  ) {
    self.names = names
    addFacts(arms, visits)
    for (position, population) in populations.enumerated() {
      guard let form = population.reference?.form else { continue }
      fields[.form(form), default: [:]][population.id] = FieldFact(
        type: .calculated, calculation: population.rule, dataClass: population.dataClass,
        isClassWritten: true, position: position)
    }
    for form in forms {
      fields[.form(form.id)] = Self.facts(form.fields) { form.dataClass(of: $0) }
      // A form that asks for no date has the day on which it was begun or handed in, read from elsewhere.
      guard let date = try? FieldID(parsing: FormHeader.dateField), form.dates(date) else {
        continue
      }
      dates[form.id] = FieldFact(
        type: .date, calculation: nil, dataClass: form.dataClass, isClassWritten: true,
        position: form.fields.count)
    }
    for instrument in instruments {
      fields[.instrument(instrument.id)] =
        Self.facts(instrument.questions) { _ in .outcome }
    }
  }

  private mutating func addFacts(_ arms: [ArmCode], _ visits: [VisitCode]) {
    for (position, fact) in StudyFact.allCases.enumerated() {
      guard let reference = fact.reference, let form = reference.form else { continue }
      fields[.form(form), default: [:]][reference.field] = FieldFact(
        type: fact.type(arms: arms, visits: visits), calculation: nil, dataClass: fact.dataClass,
        isClassWritten: true, position: position)
    }
  }

  private static func facts(
    _ fields: [Field], _ dataClass: (Field) -> DataClass
  ) -> [FieldID: FieldFact] {
    var facts: [FieldID: FieldFact] = [:]
    for (position, field) in fields.enumerated() where facts[field.id] == nil {
      facts[field.id] = FieldFact(
        type: field.type, calculation: field.calculation, dataClass: dataClass(field),
        isClassWritten: field.dataClass != nil, position: position)
    }
    return facts
  }

  func fact(_ reference: FieldReference, for owner: FieldOwner) -> FieldFact? {
    if let form = reference.form, reference.field.text == FormHeader.dateField,
      let date = dates[form]
    {
      return date
    }
    return fields[reference.form.map { .form($0) } ?? owner]?[reference.field]
  }

  /// Whether the field is written but could not be read, which was reported where it stands.
  func isUnreadable(_ reference: FieldReference, for owner: FieldOwner) -> Bool {
    switch reference.form.map({ FieldOwner.form($0) }) ?? owner {
    case .form(let form):
      names.mentions(reference.field, on: form)
        || fields[.form(form)] == nil && names.contains(form.text, .form)
    case .instrument(let instrument):
      fields[.instrument(instrument)] == nil || names.mentions(reference.field, in: instrument)
    case .nobody: reference.form == nil
    }
  }

  func names(for owner: FieldOwner) -> [String] {
    (fields[owner] ?? [:]).keys.map(\.text).sorted()
  }

  /// The most guarded class among the fields a formula reads, through all computed fields between.
  func dataClass(of formula: Formula, for owner: FieldOwner) -> DataClass {
    DataClass.highest(of: Array(classes(of: formula, for: owner)))
  }

  /// Every class among them.
  func classes(of formula: Formula, for owner: FieldOwner) -> Set<DataClass> {
    var seen: Set<HeldField> = []
    return classes(of: formula, for: owner, &seen)
  }

  // Each computed field is followed once: in a circle the others are what it reads.
  private func classes(
    of formula: Formula, for owner: FieldOwner, _ seen: inout Set<HeldField>
  ) -> Set<DataClass> {
    var classes: Set<DataClass> = []
    for reference in formula.references {
      guard let fact = fact(reference, for: owner) else { continue }
      classes.insert(fact.dataClass)
      guard let calculation = fact.calculation, !fact.isClassWritten else { continue }
      let holder = reference.form.map { FieldOwner.form($0) } ?? owner
      guard seen.insert(HeldField(owner: holder, field: reference.field)).inserted else { continue }
      classes.formUnion(self.classes(of: calculation, for: holder, &seen))
    }
    return classes
  }

  /// The fields by which a computed field of one entry leads back to itself, when it does.
  func circle(of field: FieldID, on form: FormID) -> [FieldReference]? {
    let start = HeldField(owner: .form(form), field: field)
    var seen: Set<HeldField> = []
    func way(from held: HeldField) -> [FieldReference]? {
      guard let calculation = fields[held.owner]?[held.field]?.calculation else { return nil }
      for reference in calculation.references.sorted(by: { $0.description < $1.description })
      where reference.visit == nil && reference.occasion == nil {
        let owner = reference.form.map { FieldOwner.form($0) } ?? held.owner
        let next = HeldField(owner: owner, field: reference.field)
        if next == start { return [] }
        guard seen.insert(next).inserted else { continue }
        if let rest = way(from: next) { return [reference] + rest }
      }
      return nil
    }
    return way(from: start)
  }

  /// The texts a field can hold, as far as they can be told: codes, or what a formula gives.
  func texts(
    of reference: FieldReference, for owner: FieldOwner, depth: Int = 8
  ) -> [String]? {
    guard let fact = fact(reference, for: owner), depth > 0 else { return nil }
    guard let calculation = fact.calculation else { return fact.type.codes }
    return texts(
      of: calculation, for: reference.form.map { .form($0) } ?? owner, depth: depth - 1)
  }

  private func texts(of formula: Formula, for owner: FieldOwner, depth: Int) -> [String]? {
    switch formula {
    case .constant(.text(let text)): return [text]
    case .constant(.missing): return []
    case .reference(let reference): return texts(of: reference, for: owner, depth: depth)
    case .call(.choose, let arguments):
      guard arguments.count == 3,
        let yes = texts(of: arguments[1], for: owner, depth: depth),
        let no = texts(of: arguments[2], for: owner, depth: depth)
      else { return nil }
      return yes + no.filter { !yes.contains($0) }
    case .call(.band, let arguments):
      var names: [String] = []
      for (index, argument) in arguments.enumerated() where index > 0 && index % 2 == 0 {
        guard case .constant(.text(let name)) = argument else { return nil }
        names.append(name)
      }
      return names
    case .constant, .not, .negated, .and, .or, .arithmetic, .comparison, .call: return nil
    }
  }
}

/// Tells the kind of a formula and reports what does not fit.
struct FormulaChecker {
  let table: FieldTable
  let owner: FieldOwner
  private(set) var complaints: [String] = []

  init(table: FieldTable, owner: FieldOwner) {
    self.table = table
    self.owner = owner
  }

  mutating func kind(of formula: Formula) -> ValueKind {
    switch formula {
    case .constant(let value): return value.kind
    case .reference(let reference): return kind(of: reference)
    case .not(let inner):
      require(inner, .truth)
      return .truth
    case .negated(let inner):
      require(inner, .number)
      return .number
    case .and(let left, let right), .or(let left, let right):
      require(left, .truth)
      require(right, .truth)
      return .truth
    case .arithmetic(let sign, let left, let right):
      require(left, .number)
      require(right, .number)
      if sign == .dividedBy, right == .constant(.number(ExactNumber(0))) {
        complaints.append("Divided by zero, nothing has a value.")
      }
      return .number
    case .comparison(let sign, let left, let right): return comparison(sign, left, right)
    case .call(let function, let arguments): return call(function, arguments)
    }
  }

  mutating func require(_ formula: Formula, _ expected: ValueKind) {
    let found = kind(of: formula)
    guard !found.fits(expected) else { return }
    complaints.append("Expected \(expected.described), found \(found.described).")
  }

  private mutating func kind(of reference: FieldReference) -> ValueKind {
    guard let fact = table.fact(reference, for: owner) else {
      guard !table.isUnreadable(reference, for: owner) else { return .any }
      let holder = reference.form.map { FieldOwner.form($0) } ?? owner
      complaints.append(
        "There is no field “\(reference)”."
          + Spelling.hint(for: reference.field.text, among: table.names(for: holder)))
      return .any
    }
    if reference.occasion == .here || reference.occasion == .all { return .choices }
    guard let calculation = fact.calculation else { return fact.type.kind }
    var inner = FormulaChecker(
      table: table, owner: reference.form.map { .form($0) } ?? owner)
    // The computed field's own faults are reported where it is written.
    return inner.depth(of: calculation, left: 8) ? inner.kind(of: calculation) : .any
  }

  // A circle of computed fields would never end; those are reported by their order instead.
  private func depth(of formula: Formula, left: Int) -> Bool {
    guard left > 0 else { return false }
    return formula.references.allSatisfy { reference in
      guard let calculation = table.fact(reference, for: owner)?.calculation else { return true }
      return depth(of: calculation, left: left - 1)
    }
  }

  private mutating func comparison(
    _ sign: ComparisonOperator, _ left: Formula, _ right: Formula
  ) -> ValueKind {
    let (one, other) = (kind(of: left), kind(of: right))
    let isChoice = one == .choices && other == .text
    if !one.fits(other), !isChoice {
      complaints.append("Cannot compare \(one.described) with \(other.described).")
    }
    let needsOrder = sign != .equal && sign != .notEqual
    if needsOrder, [one, other].contains(where: { [.text, .truth, .choices].contains($0) }) {
      complaints.append("“\(sign.rawValue)” compares numbers, dates and instants only.")
    }
    checkCode(left, right)
    checkCode(right, left)
    return .truth
  }

  private mutating func checkCode(_ field: Formula, _ text: Formula) {
    guard case .reference(let reference) = field, case .constant(.text(let code)) = text,
      let codes = table.texts(of: reference, for: owner), !codes.isEmpty, !codes.contains(code)
    else { return }
    complaints.append(
      "“\(code)” is not a \(table.fact(reference, for: owner)?.calculation == nil ? "code" : "value") "
        + "of “\(reference)”; it can be \(codes.joined(separator: ", ")).")
  }

  private mutating func call(_ function: FormulaFunction, _ arguments: [Formula]) -> ValueKind {
    switch function {
    case .has, .countAnswered:
      for argument in arguments { _ = kind(of: argument) }
      return function == .has ? .truth : .number
    case .definitely:
      require(arguments[0], .truth)
      return .truth
    case .choose:
      require(arguments[0], .truth)
      let (yes, no) = (kind(of: arguments[1]), kind(of: arguments[2]))
      if !yes.fits(no) { complaints.append("“if” gives \(yes.described) or \(no.described).") }
      return yes == .any ? no : yes
    case .sum, .max, .min, .sumAnswered, .maxAnswered:
      for argument in arguments where !isListOfNumbers(argument) { require(argument, .number) }
      return .number
    case .round:
      for argument in arguments { require(argument, .number) }
      return .number
    case .countTrue:
      for argument in arguments { require(argument, .truth) }
      return .number
    case .band:
      checkBand(arguments)
      return .text
    case .oneOf:
      let first = kind(of: arguments[0])
      for argument in arguments.dropFirst() {
        require(argument, first)
        checkCode(arguments[0], argument)
      }
      return .truth
    case .includes:
      require(arguments[0], .choices)
      require(arguments[1], .text)
      checkCode(arguments[0], arguments[1])
      return .truth
    case .days: return span(arguments, .date)
    case .minutes: return span(arguments, .instant)
    case .year:
      _ = kind(of: arguments[0])
      return .number
    case .date, .sponsorDate:
      let found = kind(of: arguments[0])
      if !found.fits(.date), !found.fits(.instant) {
        complaints.append("Expected \(ValueKind.instant.described), found \(found.described).")
      }
      return .date
    case .later:
      require(arguments[0], .date)
      require(arguments[1], .number)
      return .date
    case .earliest, .latest:
      let found = kind(of: arguments[0])
      if !found.fits(.date), !found.fits(.text) {
        complaints.append("Expected a partial date, found \(found.described).")
      }
      return .date
    case .firstFrom, .lastUntil:
      require(arguments[0], .date)
      for argument in arguments.dropFirst() {
        let found = kind(of: argument)
        if ![.date, .text, .choices].contains(where: found.fits) {
          complaints.append("Expected a date or a list of dates, found \(found.described).")
        }
      }
      return .date
    case .startsWith, .mentions:
      for argument in arguments { require(argument, .text) }
      return .truth
    case .numbered:
      require(arguments[0], .text)
      require(arguments[1], .number)
      require(arguments[2], .number)
      return .text
    }
  }

  /// Whether a formula names the values a field of numbers has on several entries.
  private func isListOfNumbers(_ formula: Formula) -> Bool {
    guard case .reference(let list) = formula, list.occasion == .here || list.occasion == .all
    else { return false }
    var inner = FormulaChecker(table: table, owner: owner)
    return inner.kind(of: FieldReference(form: list.form, field: list.field, visit: list.visit))
      .fits(.number) && inner.complaints.isEmpty
  }

  private mutating func span(_ arguments: [Formula], _ expected: ValueKind) -> ValueKind {
    for argument in arguments { require(argument, expected) }
    return .number
  }

  private mutating func checkBand(_ arguments: [Formula]) {
    var last: ExactNumber?
    if arguments.count % 2 == 0 { complaints.append("“band” takes a value, then pairs.") }
    for (index, argument) in arguments.enumerated() {
      require(argument, index == 0 || index % 2 == 1 ? .number : .text)
      guard index % 2 == 1, case .constant(.number(let lower)) = argument else { continue }
      if let last, last >= lower { complaints.append("The bounds of “band” must rise.") }
      last = lower
    }
  }
}

extension FormulaValue {
  var kind: ValueKind {
    switch self {
    case .number: .number
    case .text: .text
    case .truth: .truth
    case .date: .date
    case .instant: .instant
    case .choices: .choices
    case .missing: .any
    }
  }
}

extension FieldType {
  var kind: ValueKind {
    switch self {
    case .integer, .decimal: .number
    case .boolean: .truth
    case .code, .partialDate, .time, .text, .userReference: .text
    case .multi: .choices
    case .date: .date
    case .dateTime: .instant
    case .calculated: .any
    }
  }

  var codes: [String]? {
    switch self {
    case .code(let items), .multi(let items): items.map(\.code)
    case .integer, .decimal, .boolean, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      nil
    }
  }
}

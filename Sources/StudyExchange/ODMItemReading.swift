import StudyModel

/// Makes fields of the items of a document.
struct ODMItemReading {
  private let version: XMLElement
  private let language: ODMLanguage
  private let unitElements: [XMLElement]
  private var definitions: [String: XMLElement] = [:]
  private var lists: [String: XMLElement] = [:]
  private var conditions: [String: XMLElement] = [:]
  private var methods: [String: XMLElement] = [:]
  private var units: [String: XMLElement] = [:]

  init(version: XMLElement, study: XMLElement?, language: ODMLanguage) {
    self.version = version
    self.language = language
    unitElements = study?.first("BasicDefinitions")?.all("MeasurementUnit") ?? []
  }

  mutating func prepare(_ report: inout ExchangeReport) {
    definitions = Self.table(version.all("ItemDef"), &report)
    lists = Self.table(version.all("CodeList"), &report)
    conditions = Self.table(version.all("ConditionDef"), &report)
    methods = Self.table(version.all("MethodDef"), &report)
    units = Self.table(unitElements, &report)
  }

  static func table(
    _ elements: [XMLElement], _ report: inout ExchangeReport
  ) -> [String: XMLElement] {
    var table: [String: XMLElement] = [:]
    for element in elements {
      guard let identifier = element["OID"] else {
        report.omit("line \(element.line)", "a \(element.name) without OID.")
        continue
      }
      if table[identifier] == nil {
        table[identifier] = element
      } else {
        report.repair(identifier, "is defined twice; the first \(element.name) counts.")
      }
    }
    return table
  }

  static func alias(_ context: String, of element: XMLElement) -> String? {
    element.all("Alias").first { $0["Context"] == context }?["Name"]
  }

  func tellUnused(_ used: Set<String>, _ report: inout ExchangeReport) {
    for item in version.all("ItemDef") {
      guard let identifier = item["OID"], !used.contains(identifier) else { continue }
      report.omit(identifier, "the item, which no form asks for.")
    }
  }

  /// Names a condition that would hide a whole group.
  func tellCondition(
    of reference: XMLElement, named identifier: String, _ report: inout ExchangeReport
  ) {
    guard let condition = reference["CollectionExceptionConditionOID"] else { return }
    report.omit(identifier, "the condition “\(condition)” under which the group is not asked.")
  }

  // MARK: Choices written as one item each

  struct Choice {
    let field: String
    let item: CodeItem
  }

  func choice(_ identifier: String) -> Choice? {
    guard let item = definitions[identifier],
      let alias = Self.alias("Equipoise.choice", of: item), let dot = alias.lastIndex(of: " ")
    else { return nil }
    let code = String(alias[alias.index(after: dot)...])
    let label = language.text(of: item.first("Description")) ?? code
    return Choice(field: String(alias[..<dot]), item: CodeItem(code: code, label: label))
  }

  func add(_ choice: Choice, to field: inout DraftField) {
    guard case .multi(let items) = field.type,
      !items.contains(where: { $0.code == choice.item.code })
    else { return }
    field.type = .multi(items + [choice.item])
  }

  // MARK: Fields

  func field(
    _ reference: XMLElement, _ form: DraftForm, _ report: inout ExchangeReport
  ) -> DraftField? {
    let identifier = reference["ItemOID"] ?? ""
    guard let item = definitions[identifier] else {
      report.omit(
        identifier, "the item, which the form “\(form.title)” asks for and nothing defines.")
      return nil
    }
    let question = language.text(of: item.first("Question"))
    let description = language.text(of: item.first("Description"))
    let label = question ?? description ?? WrittenText.line(item["Name"] ?? identifier)
    if let choice = choice(identifier) {
      var field = DraftField(
        source: choice.field, names: [choice.field], label: label, hint: nil,
        type: .multi([choice.item]))
      finish(&field, reference, item, &report)
      return field
    }
    guard let made = type(item, identifier, &report) else { return nil }
    var names = [NamePool.withoutKind(identifier), item["Name"], identifier].compactMap { $0 }
    // IT.VS.pulse with the name “pulse”: the rest only says where it stands.
    if let name = item["Name"], identifier.hasSuffix("." + name) { names.insert(name, at: 0) }
    var field = DraftField(
      source: identifier, names: names, label: label.isEmpty ? identifier : label,
      hint: question == nil || description == label ? nil : description, type: made.type)
    field.codes = made.codes
    finish(&field, reference, item, &report)
    return field
  }

  private func finish(
    _ field: inout DraftField, _ reference: XMLElement, _ item: XMLElement,
    _ report: inout ExchangeReport
  ) {
    field.isRequired = reference["Mandatory"] == "Yes"
    field.dataClass = Self.alias("Equipoise.class", of: item).flatMap { DataClass(rawValue: $0) }
    field.declassifiedBecause = Self.alias("Equipoise.declassified", of: item)
    let alias = Self.alias("Equipoise.type", of: item)
    field.mayLieAhead =
      (field.type == .date || field.type == .dateTime || field.type == .partialDate)
      && alias != "past"
    addUnit(to: &field, item, &report)
    addRanges(to: &field, item, &report)
    addCondition(to: &field, reference, &report)
    addMethod(to: &field, reference, &report)
  }

  private func addUnit(
    to field: inout DraftField, _ item: XMLElement, _ report: inout ExchangeReport
  ) {
    let references = item.all("MeasurementUnitRef").compactMap { $0["MeasurementUnitOID"] }
    for (index, identifier) in references.enumerated() {
      guard let unit = units[identifier] else {
        report.omit(field.source, "its unit “\(identifier)”, which nothing defines.")
        continue
      }
      let symbol = language.text(of: unit.first("Symbol")) ?? unit["Name"] ?? identifier
      if index == 0 {
        field.unit = WrittenText.line(symbol)
      } else {
        report.omit(field.source, "its further unit “\(symbol)”; a field has one.")
      }
    }
  }

  // MARK: Types

  private func type(
    _ item: XMLElement, _ identifier: String, _ report: inout ExchangeReport
  ) -> (type: FieldType, codes: [String: String])? {
    let written = item["DataType"] ?? "text"
    if let reference = item.first("CodeListRef")?["CodeListOID"], written != "boolean" {
      if let made = codes(reference, of: identifier, &report) { return (.code(made.0), made.1) }
    }
    if let exact = exactType(Self.alias("Equipoise.type", of: item)) { return (exact, [:]) }
    let length = length(of: item, identifier, &report)
    switch written {
    case "integer": return (.integer(nil), [:])
    case "float", "double", "decimal":
      return (decimal(length, item, identifier, &report), [:])
    case "boolean": return (.boolean, [:])
    case "date": return (.date, [:])
    case "time", "partialTime": return (.time, [:])
    case "datetime": return (.dateTime, [:])
    case "partialDate", "partialDatetime", "incompleteDate", "incompleteDatetime":
      if written != "partialDate" {
        report.repair(identifier, "is a \(written): now a date that may lack day or month.")
      }
      return (.partialDate, [:])
    case "text", "string", "URI":
      return (.text(maxLength: text(length, identifier, &report)), [:])
    case "hexBinary", "base64Binary", "hexFloat", "base64Float":
      report.omit(identifier, "a field of \(written); forms hold no files.")
      return nil
    default:
      report.repair(
        identifier, "is of type “\(WrittenText.cut(written, 40))”, not known here: now a text.")
      return (.text(maxLength: text(length, identifier, &report)), [:])
    }
  }

  private func exactType(_ alias: String?) -> FieldType? {
    switch alias {
    case "user": .text(maxLength: 200)
    case "partial_date": .partialDate
    case .some, nil: nil
    }
  }

  /// The length an item says, where it is one.
  private func length(
    of item: XMLElement, _ identifier: String, _ report: inout ExchangeReport
  ) -> Int? {
    guard let written = item["Length"] else { return nil }
    guard let length = Int(WrittenText.trimmed(written)), length > 0 else {
      report.omit(identifier, "its length “\(WrittenText.cut(written, 40))”, which is none.")
      return nil
    }
    return length
  }

  private static let mostCharacters = 10_000

  private func text(
    _ length: Int?, _ identifier: String, _ report: inout ExchangeReport
  ) -> Int {
    guard let length else {
      report.limit(identifier, to: 500)
      return 500
    }
    if length > Self.mostCharacters {
      report.repair(
        identifier,
        "a text of \(length) characters: now \(Self.mostCharacters) at most, as many as a field holds."
      )
    }
    return min(length, Self.mostCharacters)
  }

  private func decimal(
    _ length: Int?, _ item: XMLElement, _ identifier: String, _ report: inout ExchangeReport
  ) -> FieldType {
    let written = item["SignificantDigits"]
    let digits = written.flatMap { Int(WrittenText.trimmed($0)) }
    if let written, digits ?? -1 < 0 {
      report.omit(
        identifier, "its decimals “\(WrittenText.cut(written, 40))”, which are no number of them.")
    }
    let scale = min(max(digits ?? 4, 0), 17)
    let precision = min(max(length ?? 12, scale + 1), 18)
    if let length, length != precision || digits ?? scale > scale {
      report.repair(
        identifier,
        "a number of \(length) digits"
          + (digits.map { ", \($0) of them after the point" } ?? "")
          + ": now of \(precision) digits, \(scale) of them after the point.")
    }
    return .decimal(precision: precision, scale: scale, range: nil)
  }

  private func codes(
    _ reference: String, of identifier: String, _ report: inout ExchangeReport
  ) -> ([CodeItem], [String: String])? {
    guard let list = lists[reference] else {
      report.omit(identifier, "its code list “\(reference)”, which nothing defines; now a text.")
      return nil
    }
    if list.first("ExternalCodeList") != nil {
      report.omit(
        identifier, "its code list “\(list["Name"] ?? reference)”, which is kept elsewhere.")
      return nil
    }
    let entries = list.children.filter { $0.name == "CodeListItem" || $0.name == "EnumeratedItem" }
    let written = entries.compactMap { entry -> (code: String, label: String)? in
      guard let code = entry["CodedValue"] else { return nil }
      return (code, language.text(of: entry.first("Decode")) ?? code)
    }
    guard let made = CodeNaming.items(written, of: identifier, &report) else {
      report.omit(identifier, "its code list “\(reference)”, which is empty; now a text.")
      return nil
    }
    return made
  }

  // MARK: Ranges

  private func addRanges(
    to field: inout DraftField, _ item: XMLElement, _ report: inout ExchangeReport
  ) {
    var bounds: [FaultKind: Bounds] = [:]
    var formal = 0
    for check in item.all("RangeCheck") {
      let severity = check["SoftHard"] == "Hard" ? FaultKind.hard : .query
      let sentence = language.text(of: check.first("ErrorMessage"))
      if let expression = check.first("FormalExpression") {
        formal += 1
        // The schema has no place for a code, nor for a severity beyond soft and hard.
        let name = DraftCheckName(parsing: Self.alias("Equipoise.check.\(formal)", of: item))
        addFormalCheck(
          expression, name?.severity ?? severity, sentence, name, to: &field, &report)
        continue
      }
      let sign = check["Comparator"] ?? ""
      let values = check.all("CheckValue").map { WrittenText.trimmed($0.text) }
      guard let first = values.first else {
        report.omit(field.source, "a check without a value.")
        continue
      }
      let isNumber: Bool
      switch field.type {
      case .integer, .decimal: isNumber = true
      case .boolean, .code, .multi, .date, .partialDate, .time, .dateTime, .text,
        .userReference, .calculated:
        isNumber = false
      }
      if isNumber, let number = try? ExactNumber(parsing: first) {
        let step = field.type == .integer(nil) ? ExactNumber(1) : nil
        if let sentence, ["GE", "LE", "GT", "LT"].contains(sign) {
          report.omit(
            field.source, "the words of its bound: “\(WrittenText.cut(sentence, 200))”.")
        }
        switch (sign, step) {
        case ("GE", _): bounds[severity, default: Bounds()].least = number
        case ("LE", _): bounds[severity, default: Bounds()].most = number
        case ("GT", .some(let step)):
          bounds[severity, default: Bounds()].least = number.plus(step)
        case ("LT", .some(let step)):
          bounds[severity, default: Bounds()].most = number.plus(step.negated)
        default: addComparison(sign, values, severity, sentence, to: &field, &report)
        }
      } else {
        addComparison(sign, values, severity, sentence, to: &field, &report)
      }
    }
    for severity in [FaultKind.hard, .query] {
      guard let found = bounds[severity] else { continue }
      if severity == .hard, let ranged = found.hard(field.type) {
        field.type = ranged
      } else {
        field.checks += found.checks(of: field.source, severity)
      }
    }
  }

  private func addComparison(
    _ sign: String, _ values: [String], _ severity: FaultKind, _ sentence: String?,
    to field: inout DraftField, _ report: inout ExchangeReport
  ) {
    // What is written is what must hold; a check holds when something is wrong.
    let wrong = ["GE": "<", "GT": "<=", "LE": ">", "LT": ">=", "EQ": "!=", "NE": "="]
    let node = ForeignExpression.field(name: field.source, choice: nil, event: nil)
    let has = ForeignExpression.binary("!=", node, .text(""))
    let equal = values.map { ForeignExpression.binary("=", node, .text($0)) }
    let shown = "\(sign) " + values.joined(separator: ", ")
    let condition: ForeignExpression
    switch sign {
    case "IN", "NOTIN":
      guard let first = equal.first else { return }
      let isAmong = equal.dropFirst().reduce(first) { .binary("or", $0, $1) }
      condition = .binary("and", has, sign == "IN" ? .not(isAmong) : isAmong)
    default:
      guard let opposite = wrong[sign], let value = values.first else {
        report.omit(field.source, "a check with the comparator “\(sign)”.")
        return
      }
      condition = .binary("and", has, .binary(opposite, node, .text(value)))
    }
    field.checks.append(
      DraftCheck(
        severity: severity, condition: .built(condition, shown),
        sentence: sentence ?? "The value should be \(shown)."))
  }

  // MARK: Expressions

  private func addFormalCheck(
    _ expression: XMLElement, _ severity: FaultKind, _ sentence: String?, _ name: DraftCheckName?,
    to field: inout DraftField, _ report: inout ExchangeReport
  ) {
    let text = WrittenText.trimmed(expression.wholeText)
    guard expression["Context"] == "Equipoise", let formula = try? Formula(parsing: text) else {
      report.omit(
        field.source,
        "a check written in “\(expression["Context"] ?? "")”: " + WrittenText.cut(text, 200))
      return
    }
    switch formula {
    // Required when something holds: answered, or it does not hold.
    case .or(.call(.has, _), .not(.call(.definitely, let inner))) where inner.count == 1:
      field.requiredWhen = .formula(inner[0])
    case .not(.call(.definitely, let inner)) where inner.count == 1:
      field.checks.append(
        DraftCheck(
          severity: severity, condition: .formula(inner[0]), sentence: sentence,
          code: name?.code, afterHours: name?.afterHours))
    case .constant, .reference, .not, .negated, .and, .or, .arithmetic, .comparison, .call:
      field.checks.append(
        DraftCheck(
          severity: severity, condition: .formula(.not(.call(.definitely, [formula]))),
          sentence: sentence, code: name?.code, afterHours: name?.afterHours))
    }
  }

  private func addCondition(
    to field: inout DraftField, _ reference: XMLElement, _ report: inout ExchangeReport
  ) {
    guard let identifier = reference["CollectionExceptionConditionOID"] else { return }
    guard let condition = conditions[identifier] else {
      report.omit(field.source, "its condition “\(identifier)”, which nothing defines.")
      return
    }
    guard let written = written(condition, of: field.source, &report) else { return }
    let item = reference["ItemOID"].flatMap { definitions[$0] }
    field.askedName = DraftCheckName(
      parsing: item.flatMap { Self.alias("Equipoise.asked", of: $0) })
    if field.askedName != nil {
      field.askedSentence = language.text(of: condition.first("Description"))
    }
    switch written {
    // The file says when an item is not asked.
    case .formula(.not(.call(.definitely, let inner))) where inner.count == 1:
      field.askedWhen = .formula(inner[0])
    case .formula(let formula): field.askedWhen = .formula(.not(.call(.definitely, [formula])))
    case .written(let text, let dialect):
      let groups = Set(version.all("ItemGroupDef").compactMap { $0["OID"] })
      do throws(Untranslatable) {
        let node = try ForeignExpression(text, dialect, groups: groups)
        if case .not(let inner) = node {
          field.askedWhen = .built(inner, "unless " + text)
        } else {
          field.askedWhen = .built(.not(node), "unless " + text)
        }
      } catch {
        report.omit(field.source, "when it is asked. \(error.sentence) It is: " + text)
      }
    case .built: break
    }
  }

  private func addMethod(
    to field: inout DraftField, _ reference: XMLElement, _ report: inout ExchangeReport
  ) {
    guard let identifier = reference["MethodOID"] else { return }
    guard let method = methods[identifier] else {
      report.omit(
        field.source, "its method “\(identifier)”, which nothing defines; it is entered by hand.")
      return
    }
    guard let written = written(method, of: field.source, &report) else { return }
    field.calculation = written
    field.type = .calculated
    field.codes = [:]
    field.isRequired = false
    field.mayLieAhead = false
    field.checks = []
  }

  private func written(
    _ holder: XMLElement, of field: String, _ report: inout ExchangeReport
  ) -> DraftCondition? {
    let expressions = holder.all("FormalExpression")
    for expression in expressions {
      let text = WrittenText.trimmed(expression.wholeText)
      switch expression["Context"] ?? "" {
      case "Equipoise":
        if let formula = try? Formula(parsing: text) { return .formula(formula) }
      case "XPath": return .written(Self.withoutPaths(text), .redcap)
      case "REDCap": return .written(text, .redcap)
      case "OpenEDC", "": return .written(text, .plain)
      default: continue
      }
    }
    let name = holder["OID"] ?? holder.name
    let words =
      expressions.first.map { WrittenText.line($0.wholeText) } ?? language.text(
        of: holder.first("Description")) ?? ""
    report.omit(
      field,
      "“\(name)”, which is written \(expressions.isEmpty ? "in words only" : "in a language not read here")"
        + (words.isEmpty ? "." : ": " + WrittenText.cut(words, 200)))
    return nil
  }

  /// Paths to items as the items themselves.
  private static func withoutPaths(_ text: String) -> String {
    let pattern =
      /(?:\.\.\/|\/|ItemGroupData(?:\[[^\]]*\])?\/)*ItemData\[@ItemOID=['"]([^'"\]]+)['"]\](?:\/@?Value)?/
    return text.replacing(pattern) { "[\($0.output.1)]" }
  }
}

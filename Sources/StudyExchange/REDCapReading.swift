import StudyModel

/// Makes a draft of a REDCap project.
struct REDCapReading {
  private(set) var report: ExchangeReport
  private let project: REDCapProject

  init(_ project: REDCapProject, report: ExchangeReport) {
    self.project = project
    self.report = report
  }

  mutating func draft() -> Draft {
    var draft = Draft()
    draft.title = project.title
    draft.visits = project.visits
    draft.arms = project.arms
    var matrices: [String] = []
    for variable in project.variables {
      let place = formPlace(variable, &draft)
      guard let field = field(variable) else { continue }
      add(field, under: sectionTitle(variable, draft.forms[place]), to: &draft.forms[place])
      if !variable.matrix.isEmpty, !matrices.contains(variable.matrix) {
        matrices.append(variable.matrix)
      }
    }
    for matrix in matrices {
      report.omit(matrix, "the matrix as a layout; its questions stand one below the other.")
    }
    if !project.missingCodes.isEmpty {
      report.omit(
        "missing data codes",
        WrittenText.cut(project.missingCodes, 200)
          + ": every field has the reasons ND, UK, NA and RF instead.")
    }
    for form in draft.forms where form.sections.allSatisfy(\.fields.isEmpty) {
      report.omit(form.source, "the form, since no field of it came over.")
    }
    draft.forms.removeAll { $0.sections.allSatisfy(\.fields.isEmpty) }
    let known = Set(draft.forms.map(\.source))
    for visit in draft.visits {
      for form in visit.forms where !known.contains(form) {
        report.omit(visit.source, "the form “\(form)” of this event, which did not come over.")
      }
    }
    return draft
  }

  private func formPlace(_ variable: REDCapVariable, _ draft: inout Draft) -> Int {
    if let place = draft.forms.firstIndex(where: { $0.source == variable.form }) { return place }
    let names = [EquipoiseNote(variable.annotation)?.form, variable.form].compactMap { $0 }
    var form = DraftForm(
      source: variable.form, names: names, title: WrittenText.line(variable.formTitle))
    form.isRepeating = project.repeatingForms.contains(variable.form)
    draft.forms.append(form)
    return draft.forms.count - 1
  }

  // A header begins a section; fields without one go on in the section before.
  private func sectionTitle(_ variable: REDCapVariable, _ form: DraftForm) -> String? {
    let title = WrittenText.withoutMarkup(variable.section).text
    if !title.isEmpty, form.sections.last?.title != title { return title }
    return form.sections.isEmpty ? form.title : nil
  }

  private func add(_ field: DraftField, under title: String?, to form: inout DraftForm) {
    if let title { form.sections.append(FormSectionDraft(title: title)) }
    form.sections[form.sections.count - 1].fields.append(field)
  }

  // MARK: Fields

  private mutating func field(_ variable: REDCapVariable) -> DraftField? {
    let note = EquipoiseNote(variable.annotation)
    guard !isOwn(variable) else { return nil }
    guard let type = type(variable, note) else { return nil }
    let names = [note?.field, variable.name].compactMap { $0 }
    var field = DraftField(
      source: variable.name, names: names, label: label(variable), hint: nil, type: type.type)
    field.codes = type.codes
    field.isRequired = variable.isRequired
    field.mayLieAhead = type.type == .date || type.type == .dateTime
    field.hint = hint(variable)
    field.unit = note?.values["unit"]
    if variable.isIdentifier {
      field.dataClass = .identity
      report.repair(variable.name, "is an identifier: the field has the class “identity”.")
    } else if let written = note?.values["class"] {
      field.dataClass = DataClass(rawValue: written)
    }
    if variable.type == "calc" { field.calculation = .written(variable.formula, .redcap) }
    if !variable.branching.isEmpty { field.askedWhen = .written(variable.branching, .redcap) }
    if let bounds = bounds(variable, field) {
      if note?.values["range"] == "hard", let hard = bounds.hard(field.type) {
        field.type = hard
      } else {
        field.checks = bounds.checks(of: variable.name, .query)
      }
    }
    if note == nil, !variable.annotation.isEmpty {
      report.omit(
        variable.name,
        "its annotation: " + WrittenText.cut(WrittenText.line(variable.annotation), 200))
    }
    return field
  }

  /// Fields REDCap keeps for itself.
  private mutating func isOwn(_ variable: REDCapVariable) -> Bool {
    if variable.name == project.recordName {
      report.omit(variable.name, "the name of the record: participants get their key at consent.")
      return true
    }
    if variable.name == variable.form + "_complete" {
      report.omit(variable.name, "the status of the form, which every form has by itself.")
      return true
    }
    if variable.name == "redcap_data_access_group" {
      report.omit(variable.name, "the access group: what people reach follows from site and role.")
      return true
    }
    return false
  }

  private mutating func label(_ variable: REDCapVariable) -> String {
    let (text, hadMarkup) = WrittenText.withoutMarkup(variable.label)
    if hadMarkup { report.repair(variable.name, "its label had HTML, of which the text is kept.") }
    if text.isEmpty {
      report.repair(variable.name, "has no label; its name stands there.")
      return variable.name
    }
    if text.contains("["), text.contains(/\[[a-z][a-z0-9_]*\]/) {
      report.repair(variable.name, "its label shows answers of other fields, which stay as text.")
    }
    return text
  }

  private mutating func hint(_ variable: REDCapVariable) -> String? {
    var parts: [String] = []
    let note = WrittenText.withoutMarkup(variable.note).text
    if !note.isEmpty { parts.append(note) }
    if variable.type == "slider", !variable.formula.isEmpty {
      parts.append("0 to 100: " + WrittenText.withoutMarkup(variable.formula).text)
    }
    return parts.isEmpty ? nil : parts.joined(separator: ". ")
  }

  private typealias MadeType = (type: FieldType, codes: [String: String])

  private mutating func type(_ variable: REDCapVariable, _ note: EquipoiseNote?) -> MadeType? {
    switch variable.type {
    case "text": return (note?.fieldType ?? text(variable), [:])
    case "notes", "textarea":
      if let exact = note?.fieldType { return (exact, [:]) }
      report.limit(variable.name, to: 5000)
      return (.text(maxLength: 5000), [:])
    case "radio", "dropdown", "select": return choices(variable).map { (.code($0.0), $0.1) }
    case "checkbox": return choices(variable).map { (.multi($0.0), $0.1) }
    case "yesno": return (.boolean, [:])
    case "truefalse":
      report.repair(variable.name, "True and False read Yes and No here.")
      return (.boolean, [:])
    case "slider": return (.integer(0...100), [:])
    case "calc": return (.calculated, [:])
    case "file":
      report.omit(variable.name, "an upload; forms hold no files.")
    case "descriptive":
      report.omit(
        variable.name,
        "text shown between questions: "
          + WrittenText.cut(WrittenText.withoutMarkup(variable.label).text, 120))
    case "sql":
      report.omit(variable.name, "a field filled by a query of REDCap's own database.")
    default:
      report.omit(
        variable.name, "a field of type “\(WrittenText.cut(variable.type, 40))”, not known here.")
    }
    return nil
  }

  private mutating func choices(
    _ variable: REDCapVariable
  ) -> ([CodeItem], [String: String])? {
    guard
      let list = CodeNaming.items(
        variable.choices.map { ($0.code, WrittenText.withoutMarkup($0.label).text) },
        of: variable.name, &report)
    else {
      report.omit(variable.name, "a choice without a single answer to choose.")
      return nil
    }
    return list
  }

  private mutating func text(_ variable: REDCapVariable) -> FieldType {
    let validation = variable.validation
    switch validation {
    case "":
      report.limit(variable.name, to: 500)
      return .text(maxLength: 500)
    case "int", "integer": return .integer(nil)
    case "float", "number", "number_comma_decimal":
      return .decimal(precision: 12, scale: 4, range: nil)
    case "time", "time_hh_mm": return .time
    case _ where validation.hasPrefix("datetime"): return .dateTime
    case _ where validation.hasPrefix("date"): return .date
    case _ where validation.hasPrefix("number_"):
      let digits = validation.dropFirst(7).prefix { $0.isNumber }
      return .decimal(precision: 12, scale: min(Int(digits) ?? 4, 8), range: nil)
    default:
      report.omit(
        variable.name,
        "the check of its text as “\(WrittenText.cut(validation, 40))”; it takes any text.")
      return .text(maxLength: 500)
    }
  }

  private mutating func bounds(_ variable: REDCapVariable, _ field: DraftField) -> Bounds? {
    guard variable.type == "text", !variable.least.isEmpty || !variable.most.isEmpty else {
      return nil
    }
    switch field.type {
    case .integer, .decimal: break
    case .boolean, .code, .multi, .date, .partialDate, .time, .dateTime, .text, .userReference,
      .calculated:
      report.omit(
        variable.name,
        "its bounds \(variable.least) to \(variable.most): only numbers have bounds.")
      return nil
    }
    var bounds = Bounds()
    for (text, isLeast) in [(variable.least, true), (variable.most, false)] where !text.isEmpty {
      guard let number = try? ExactNumber(parsing: text) else {
        report.omit(variable.name, "its bound “\(WrittenText.cut(text, 40))”, which is no number.")
        continue
      }
      if isLeast { bounds.least = number } else { bounds.most = number }
    }
    return bounds.isEmpty ? nil : bounds
  }
}

/// The lowest and the highest value that raises no question.
struct Bounds {
  var least: ExactNumber?
  var most: ExactNumber?

  var isEmpty: Bool { least == nil && most == nil }

  /// The type with these as its range; nil where one is missing or does not fit.
  func hard(_ type: FieldType) -> FieldType? {
    guard let least, let most, least <= most else { return nil }
    switch type {
    case .integer:
      guard let low = least.whole, let high = most.whole else { return nil }
      return .integer(low...high)
    case .decimal(let precision, let scale, _):
      // Ends with more digits than an answer can have are no range; they come over as checks.
      let plain = FieldType.decimal(precision: precision, scale: scale, range: nil)
      guard [least, most].allSatisfy({ (try? plain.value(parsing: $0.description)) != nil })
      else { return nil }
      return .decimal(precision: precision, scale: scale, range: least...most)
    case .boolean, .code, .multi, .date, .partialDate, .time, .dateTime, .text, .userReference,
      .calculated:
      return nil
    }
  }

  /// A check that holds outside of the bounds.
  func checks(of field: String, _ severity: FaultKind) -> [DraftCheck] {
    let node = ForeignExpression.field(name: field, choice: nil, event: nil)
    let below = least.map { ForeignExpression.binary("<", node, Self.node($0)) }
    let above = most.map { ForeignExpression.binary(">", node, Self.node($0)) }
    let sentence: String
    let condition: ForeignExpression
    switch (below, above) {
    case (.some(let low), .some(let high)):
      condition = .binary("or", low, high)
      sentence =
        "The value is outside of \(least?.description ?? "") to \(most?.description ?? "")."
    case (.some(let low), nil):
      condition = low
      sentence = "The value is below \(least?.description ?? "")."
    case (nil, .some(let high)):
      condition = high
      sentence = "The value is above \(most?.description ?? "")."
    case (nil, nil): return []
    }
    return [
      DraftCheck(severity: severity, condition: .built(condition, sentence), sentence: sentence)
    ]
  }

  private static func node(_ number: ExactNumber) -> ForeignExpression {
    number < ExactNumber(0)
      ? .negated(.number(number.negated.description)) : .number(number.description)
  }
}

/// Gives codes the grammar of the definition: short, without spaces and commas.
enum CodeNaming {
  private static let mostBytes = 20

  /// The items, and the code here for each code of the file; nil when there is none.
  static func items(
    _ written: [(code: String, label: String)], of name: String, _ report: inout ExchangeReport
  ) -> ([CodeItem], [String: String])? {
    var items: [CodeItem] = []
    var codes: [String: String] = [:]
    for (code, label) in written {
      guard codes[code] == nil else {
        report.repair(name, "its code “\(WrittenText.cut(code, 40))” is listed twice; once here.")
        continue
      }
      let fitted = fitting(code)
      let isBarred = MissingCode.bars(fitted)
      let made = unique(isBarred ? fitted + "_" : fitted, items)
      if made != code {
        report.repair(
          name,
          "its code “\(WrittenText.cut(code, 40))” is “\(made)”"
            + (isBarred ? ", since it says of every field why it has no answer." : "."))
      }
      codes[code] = made
      let words = WrittenText.line(label)
      items.append(CodeItem(code: made, label: words.isEmpty ? made : words))
    }
    return items.isEmpty ? nil : (items, codes)
  }

  private static func fitting(_ code: String) -> String {
    var result = ""
    for scalar in WrittenText.line(code).unicodeScalars {
      let sign = scalar == "," || scalar.properties.isWhitespace || scalar == "'" ? "_" : scalar
      guard result.utf8.count + String(sign).utf8.count <= mostBytes else { break }
      result.unicodeScalars.append(sign)
    }
    return result.isEmpty ? "CODE" : result
  }

  private static func unique(_ code: String, _ items: [CodeItem]) -> String {
    guard items.contains(where: { $0.code == code }) else { return code }
    for number in 2... {
      let ending = "_\(number)"
      var stem = code
      while stem.utf8.count + ending.utf8.count > mostBytes { stem.removeLast() }
      if !items.contains(where: { $0.code == stem + ending }) { return stem + ending }
    }
    return code
  }
}

/// What an export of this system leaves in the annotation of a field, so that it comes back whole.
struct EquipoiseNote {
  let form: String
  let field: String
  private(set) var values: [String: String] = [:]

  /// Reads `@EQUIPOISE='VS.pulse type=integer range=hard'`.
  init?(_ annotation: String) {
    guard let start = annotation.firstRange(of: "@EQUIPOISE='")?.upperBound,
      let end = annotation[start...].firstIndex(of: "'")
    else { return nil }
    let words = annotation[start..<end].split(separator: " ").map(String.init)
    let names = words.first?.split(separator: ".").map(String.init) ?? []
    guard names.count == 2 else { return nil }
    (form, field) = (names[0], names[1])
    for word in words.dropFirst() {
      guard let equals = word.firstIndex(of: "=") else { continue }
      values[String(word[..<equals])] =
        String(word[word.index(after: equals)...]).replacing("~", with: " ")
    }
  }

  /// The type, where REDCap has none as exact.
  var fieldType: FieldType? {
    switch values["type"] {
    case "text": number("max", 1...10_000).map { .text(maxLength: $0) }
    case "decimal":
      if let precision = number("precision", 1...18), let scale = number("scale", 0...18),
        scale <= precision
      {
        .decimal(precision: precision, scale: scale, range: nil)
      } else {
        nil
      }
    case "partial_date": .partialDate
    default: nil
    }
  }

  private func number(_ key: String, _ range: ClosedRange<Int>) -> Int? {
    values[key].flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil }
  }
}

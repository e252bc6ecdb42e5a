import StudyModel

/// Makes a whole definition of a draft: names, formulas, and placeholders for what no file holds.
struct DraftCompletion {
  private let draft: Draft
  private let sourceName: String
  private(set) var report: ExchangeReport
  private var table = DraftTable()
  private var formIDs: [FormID] = []
  /// The number of the fact of each field, by form and place.
  private var numbers: [[Int]] = []
  private var calculations: [Int: Formula] = [:]

  init(_ draft: Draft, sourceName: String, report: ExchangeReport, groups: Set<String> = []) {
    self.draft = draft
    self.sourceName = sourceName
    self.report = report
    table.groups = groups
  }

  /// The definition; its parts come over or are named in the report.
  mutating func definition() throws(ParseFault) -> StudyDefinition {
    let visits = try self.visits()
    try nameForms()
    translateCalculations()
    var forms: [Form] = []
    for index in draft.forms.indices {
      forms.append(try form(index, visits))
    }
    let scaffold = try DraftScaffold(
      arms: draft.arms, lastDay: visits.compactMap { $0.visit.window?.upperBound }.max() ?? 0,
      report: &report)
    let fields = forms.flatMap(\.fields)
    report.carried = [
      ExchangeCount(noun: "visits", count: visits.count),
      ExchangeCount(noun: "forms", count: forms.count),
      ExchangeCount(noun: "fields", count: fields.count),
      ExchangeCount(noun: "codes", count: fields.map(\.codeCount).reduce(0, +)),
      ExchangeCount(noun: "computed fields", count: fields.count { $0.calculation != nil }),
      ExchangeCount(noun: "checks", count: forms.map(\.checks.count).reduce(0, +)),
      ExchangeCount(noun: "arms", count: draft.arms.count),
    ]
    return scaffold.definition(
      key: Self.key(of: draft.title, else: sourceName),
      protocolNumber: draft.protocolNumber.isEmpty ? "DRAFT" : draft.protocolNumber,
      version: draft.version.isEmpty ? "0.1" : draft.version,
      title: draft.title.isEmpty ? "Imported study" : draft.title, visits: visits.map(\.visit),
      forms: forms)
  }

  private static func key(of title: String, else fallback: String) -> String {
    for text in [title, fallback] {
      let words = text.lowercased().unicodeScalars.split { scalar in
        !("a"..."z").contains(scalar) && !("0"..."9").contains(scalar)
      }
      let key = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "-")
        .prefix(40)
      let trimmed = key.hasSuffix("-") ? key.dropLast() : key
      if !trimmed.isEmpty { return String(trimmed) }
    }
    return "imported"
  }

  // MARK: Visits

  private mutating func visits() throws(ParseFault) -> [(draft: DraftVisit, visit: Visit)] {
    var pool = NamePool(.upper(most: 8))
    var visits: [(draft: DraftVisit, visit: Visit)] = []
    for (index, visit) in draft.visits.enumerated() {
      // Cut names of visits are no names: a number is clearer.
      let short = [NamePool.withoutKind(visit.source), visit.title].compactMap { $0 }
        .filter { $0.utf8.count <= 8 }
      let name = pool.name(from: short.isEmpty ? ["V\(index + 1)"] : short, else: "V\(index + 1)")
      let code = try VisitCode(parsing: name)
      table.visits[visit.source] = code
      if name.lowercased() != visit.source.lowercased() {
        report.repair(visit.source, "is the visit \(name), “\(visit.title)”.")
      }
      var (day, window) = (visit.day, visit.window)
      // Visits that only some people know of may share days.
      if let mine = window, visit.dataClass == .open {
        let other = visits.first { earlier in
          guard earlier.visit.dataClass == .open, let before = earlier.visit.window,
            before.upperBound > 0
          else { return false }
          return before.overlaps(mine)
        }
        if let other {
          report.omit(
            visit.source,
            "its day \(day ?? 0) (\(mine.lowerBound) to \(mine.upperBound)), since the window "
              + "overlaps that of \(other.visit.code); a date belongs to one visit.")
          (day, window) = (nil, nil)
        }
      }
      // A visit names one before it, so that its code is known by now.
      let after = visit.after.flatMap { distance in
        table.visits[distance.source].map { VisitDistance(visit: $0, days: distance.days) }
      }
      visits.append(
        (
          visit,
          Visit(
            code: code, title: visit.title, targetDay: day, window: window, place: "any",
            dataClass: visit.dataClass, after: after)
        ))
    }
    return visits
  }

  // MARK: Names

  private mutating func nameForms() throws(ParseFault) {
    var pool = NamePool(.upper(most: 16))
    for (index, form) in draft.forms.enumerated() {
      let id = try FormID(parsing: pool.name(from: form.names, else: "FORM\(index + 1)"))
      formIDs.append(id)
      if !form.names.contains(where: { $0.lowercased() == id.text.lowercased() }) {
        report.repair(form.source, "is the form \(id), “\(WrittenText.cut(form.title, 60))”.")
      }
      try nameFields(of: form, index, id)
    }
  }

  private mutating func nameFields(
    of form: DraftForm, _ index: Int, _ id: FormID
  ) throws(ParseFault) {
    var pool = NamePool(.field)
    var own: [Int] = []
    for field in form.sections.flatMap(\.fields) {
      let name = pool.name(from: field.names, else: "item\(own.count + 1)")
      let fieldID = try FieldID(parsing: name)
      if field.source != name, !field.names.contains(name) || field.names.first != name {
        report.repair(field.source, "is the field \(id).\(name).")
      }
      own.append(table.facts.count)
      table.add(
        DraftFact(
          form: index, formID: id, id: fieldID, type: field.type, codes: field.codes,
          kind: field.type.translatedKind, dataClass: field.dataClass ?? form.dataClass),
        source: field.source)
    }
    numbers.append(own)
  }

  // MARK: Computed fields

  // Each pass translates what depends on nothing untranslated; what is left is a circle.
  private mutating func translateCalculations() {
    var open: [(form: Int, fact: Int, field: DraftField)] = []
    for (index, form) in draft.forms.enumerated() {
      for (place, field) in form.sections.flatMap(\.fields).enumerated()
      where field.calculation != nil {
        open.append((index, numbers[index][place], field))
      }
    }
    while !open.isEmpty {
      var later: [(form: Int, fact: Int, field: DraftField)] = []
      var reasons: [Int: Untranslatable] = [:]
      for entry in open {
        guard let calculation = entry.field.calculation else { continue }
        do throws(Untranslatable) {
          let made = try ForeignTranslation(table: table, form: entry.form)
            .computation(calculation)
          calculations[entry.fact] = made.formula
          table.facts[entry.fact].kind = made.kind
          table.facts[entry.fact].dataClass = max(
            table.facts[entry.fact].dataClass, dataClass(of: made.formula, entry.form))
        } catch {
          reasons[entry.fact] = error
          later.append(entry)
        }
      }
      if later.count == open.count {
        for entry in later { lose(entry.fact, entry.field, reasons[entry.fact]) }
        return
      }
      open = later
    }
  }

  private mutating func lose(_ fact: Int, _ field: DraftField, _ reason: Untranslatable?) {
    table.facts[fact].isLost = true
    report.omit(
      field.source,
      "the computed field, since its formula has no counterpart. \(reason?.sentence ?? "") It is: "
        + WrittenText.cut(WrittenText.line(field.calculation?.text ?? ""), 400))
  }

  private func dataClass(of formula: Formula, _ form: Int) -> DataClass {
    DataClass.highest(
      of: formula.references.map { reference in
        table.facts.first { fact in
          fact.id == reference.field
            && (reference.form.map { $0 == fact.formID } ?? (fact.form == form))
        }?.dataClass ?? .open
      })
  }

  // MARK: Forms

  private mutating func form(
    _ index: Int, _ visits: [(draft: DraftVisit, visit: Visit)]
  ) throws(ParseFault) -> Form {
    let form = draft.forms[index]
    var maker = CheckMaker(prefix: "EC-\(formIDs[index])")
    var sections: [FormSection] = []
    var place = 0
    for section in form.sections {
      var fields: [Field] = []
      for field in section.fields {
        let fact = numbers[index][place]
        place += 1
        if let made = self.field(field, fact, index, &maker) { fields.append(made) }
      }
      if !fields.isEmpty { sections.append(FormSection(title: section.title, fields: fields)) }
    }
    let role = try RoleID(
      parsing: form.dataClass > .outcome && form.dataClass != .identity
        ? "investigator" : "coordinator")
    return Form(
      id: formIDs[index], title: form.title, dataClass: form.dataClass,
      visits: visits.filter { $0.draft.forms.contains(form.source) }.map(\.visit.code),
      enteredBy: [role], sections: ordered(sections), isRepeating: form.isRepeating,
      checks: maker.checks)
  }

  private mutating func field(
    _ field: DraftField, _ fact: Int, _ form: Int, _ maker: inout CheckMaker
  ) -> Field? {
    guard !table.facts[fact].isLost else { return nil }
    let id = table.facts[fact].id
    let translation = ForeignTranslation(table: table, form: form)
    var required = field.isRequired ? Requirement.required : .optional
    if let asked = field.askedWhen {
      do throws(Untranslatable) {
        let condition = try translation.condition(asked)
        maker.add(
          field.askedName?.severity ?? .query,
          .and(.call(.has, [.reference(FieldReference(field: id))]), Self.unless(condition)), id,
          field.askedSentence
            ?? "“\(WrittenText.cut(field.label, 80))” is answered, although it is not asked then.",
          code: field.askedName?.code)
        report.repair(
          field.source,
          "is asked \(asked.text.hasPrefix("unless ") ? "" : "only when ")\(asked.text): now a "
            + "check, since forms hide nothing.")
        if field.isRequired { required = requirement(condition, field, fact, form) }
      } catch {
        report.omit(
          field.source,
          "when it is asked. \(error.sentence) It is: "
            + WrittenText.cut(WrittenText.line(asked.text), 400))
        required = .optional
      }
    }
    if let condition = field.requiredWhen {
      do throws(Untranslatable) {
        required = requirement(try translation.condition(condition), field, fact, form)
      } catch {
        report.omit(field.source, "when it is required. \(error.sentence)")
      }
    }
    for check in field.checks {
      do throws(Untranslatable) {
        maker.add(
          check.severity, try translation.condition(check.condition), id,
          check.sentence ?? "Check “\(WrittenText.cut(field.label, 80))”.", code: check.code,
          afterHours: check.afterHours)
      } catch {
        report.omit(
          field.source,
          "a check. \(error.sentence) It is: "
            + WrittenText.cut(WrittenText.line(check.condition.text), 400))
      }
    }
    let calculation = calculations[fact]
    return Field(
      id: id, label: field.label, hint: field.hint, type: field.type, unit: field.unit,
      required: calculation == nil ? required : .optional, calculation: calculation,
      dataClass: field.dataClass, declassifiedBecause: field.declassifiedBecause,
      mayLieAhead: field.mayLieAhead)
  }

  /// True unless the condition is known to hold.
  private static func unless(_ condition: Formula) -> Formula {
    switch condition {
    case .not(.call(.definitely, let inner)) where inner.count == 1: .call(.definitely, inner)
    case .constant, .reference, .not, .negated, .and, .or, .arithmetic, .comparison, .call:
      .not(.call(.definitely, [condition]))
    }
  }

  // Being asked tells the writer what the condition found, so its inputs are no more guarded.
  private mutating func requirement(
    _ condition: Formula, _ field: DraftField, _ fact: Int, _ form: Int
  ) -> Requirement {
    guard dataClass(of: condition, form) <= table.facts[fact].dataClass else {
      report.omit(
        field.source, "that it is required, since the condition reads more guarded answers.")
      return .optional
    }
    return .conditional(condition)
  }

  // Fields are computed from top to bottom: one that reads a computed field below moves to the end.
  private mutating func ordered(_ sections: [FormSection]) -> [FormSection] {
    var sections = sections
    for _ in 0..<64 {
      let fields = sections.flatMap(\.fields)
      let computed = Set(fields.filter { $0.calculation != nil }.map(\.id))
      var above: Set<FieldID> = []
      let late = fields.first { field in
        defer { above.insert(field.id) }
        return (field.calculation?.references ?? []).contains { reference in
          reference.form == nil && computed.contains(reference.field)
            && !above.contains(reference.field)
        }
      }
      guard let late else { break }
      report.repair(late.id.text, "stands after the computed fields it is computed from.")
      sections = sections.map { section in
        FormSection(title: section.title, fields: section.fields.filter { $0.id != late.id })
      }
      guard let last = sections.popLast() else { break }
      sections.append(FormSection(title: last.title, fields: last.fields + [late]))
    }
    return sections.filter { !$0.fields.isEmpty }
  }
}

/// Numbers the checks of a form.
private struct CheckMaker {
  let prefix: String
  private(set) var checks: [EditCheck] = []

  init(prefix: String) { self.prefix = prefix }

  mutating func add(
    _ kind: FaultKind, _ condition: Formula, _ field: FieldID, _ sentence: String,
    code: String? = nil, afterHours: Int? = nil
  ) {
    let number = checks.count + 1
    checks.append(
      EditCheck(
        code: code ?? prefix + (number < 10 ? "-0\(number)" : "-\(number)"), kind: kind,
        condition: condition, sentence: sentence, field: field, afterHours: afterHours))
  }
}

extension Field {
  fileprivate var codeCount: Int {
    switch type {
    case .code(let items), .multi(let items): items.count
    case .integer, .decimal, .boolean, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      0
    }
  }
}

extension FieldType {
  fileprivate var translatedKind: TranslatedKind? {
    switch self {
    case .integer, .decimal: .number
    case .boolean: .truth
    case .code, .partialDate, .time, .text, .userReference: .text
    case .multi: .choices
    case .date: .date
    case .dateTime: .instant
    case .calculated: nil
    }
  }
}

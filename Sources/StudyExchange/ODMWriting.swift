import StudyModel

/// Writes the visits, forms, items and code lists of a definition as ODM 1.3.2.
///
/// What the schema has no place for stands in Alias elements whose context begins with “Equipoise”,
/// so that a file comes back as it went.
struct ODMWriting {
  private let study: StudyDefinition
  private let instant: UTCInstant
  private(set) var report: ExchangeReport
  private var units: [String] = []

  init(_ study: StudyDefinition, at instant: UTCInstant, report: ExchangeReport) {
    self.study = study
    self.instant = instant
    self.report = report
    for unit in study.forms.flatMap(\.fields).compactMap(\.unit) where !units.contains(unit) {
      units.append(unit)
    }
  }

  mutating func document() -> String {
    tellUncarried()
    report.omit("place", "where \(study.visits.count) visits take place.")
    var xml = XMLText()
    let writing = self
    xml.element(
      "ODM",
      [
        ("xmlns", "http://www.cdisc.org/ns/odm/v1.3"), ("ODMVersion", "1.3.2"),
        ("FileType", "Snapshot"), ("Granularity", "Metadata"),
        ("FileOID", "\(study.key).\(study.version)"),
        ("CreationDateTime", instant.description), ("SourceSystem", "Equipoise"),
      ]
    ) { xml in
      xml.element("Study", [("OID", writing.study.key)]) { xml in writing.study(&xml) }
    }
    return xml.text
  }

  private mutating func tellUncarried() {
    for form in study.forms {
      for check in form.checks {
        if check.field == nil {
          report.omit(check.code, "the check of \(form.id), since it points to no field.")
        } else {
          tell(check.condition, check.code, "the check of \(form.id)")
        }
      }
      for field in form.fields {
        let place = "\(form.id).\(field.id)"
        if case .conditional(let condition) = field.required {
          tell(condition, place, "when it is required")
        }
        if let calculation = field.calculation { tell(calculation, place, "how it is computed") }
        if case .userReference = field.type {
          report.repair("\(form.id).\(field.id)", "names a person: now a text.")
        }
        if case .multi = field.type {
          report.repair("\(form.id).\(field.id)", "is one item for each choice.")
          if let hint = field.hint { report.omit("\(form.id).\(field.id)", "its hint: \(hint)") }
        }
      }
    }
  }

  // The context of a formula names its language; what a formula reads must still be there.
  private mutating func tell(_ formula: Formula, _ name: String, _ what: String) {
    let names = formula.readsBeyondEntry.joined(separator: ", ")
    if formula.readsArmOrPopulation {
      report.omit(
        name,
        "\(what): \(formula.text ?? ""). It reads \(names), and a file of ODM carries no arms and "
          + "no analysis sets.")
    } else if !names.isEmpty {
      report.repair(
        name, "\(what) reads \(names), which no other system works out.")
    }
  }

  /// The text of a formula, nil when the file does not carry what it reads.
  private func said(_ formula: Formula) -> String? {
    formula.readsArmOrPopulation ? nil : formula.text
  }

  // MARK: The study

  private func study(_ xml: inout XMLText) {
    xml.element("GlobalVariables") { xml in
      xml.element("StudyName", text: study.title)
      xml.element("StudyDescription", text: study.title)
      xml.element("ProtocolName", text: study.protocolNumber)
    }
    if !units.isEmpty {
      xml.element("BasicDefinitions") { xml in
        for (index, unit) in units.enumerated() {
          xml.element("MeasurementUnit", [("OID", "MU.\(index + 1)"), ("Name", unit)]) { xml in
            Self.translated("Symbol", unit, &xml)
          }
        }
      }
    }
    xml.element(
      "MetaDataVersion", [("OID", "MDV.\(study.version)"), ("Name", study.version)]
    ) { xml in
      xml.element("Protocol") { xml in
        for (index, visit) in study.visits.enumerated() {
          xml.element(
            "StudyEventRef",
            [
              ("StudyEventOID", "SE.\(visit.code)"), ("OrderNumber", String(index + 1)),
              ("Mandatory", "No"),
            ])
        }
      }
      for visit in study.visits { event(visit, &xml) }
      for form in study.forms { self.form(form, &xml) }
      for form in study.forms {
        for (index, section) in form.sections.enumerated() {
          group(section, index, form, &xml)
        }
      }
      for form in study.forms {
        for field in form.fields { items(field, form, &xml) }
      }
      for form in study.forms {
        for field in form.fields { codeList(field, form, &xml) }
      }
      for form in study.forms { conditions(form, &xml) }
      for form in study.forms { methods(form, &xml) }
    }
  }

  private static func translated(_ name: String, _ text: String, _ xml: inout XMLText) {
    xml.element(name) { xml in
      xml.element("TranslatedText", [("xml:lang", "en")], text: text)
    }
  }

  private static func alias(_ context: String, _ name: String, _ xml: inout XMLText) {
    xml.element("Alias", [("Context", "Equipoise." + context), ("Name", name)])
  }

  private func event(_ visit: Visit, _ xml: inout XMLText) {
    xml.element(
      "StudyEventDef",
      [
        ("OID", "SE.\(visit.code)"), ("Name", visit.title), ("Repeating", "No"),
        ("Type", visit.targetDay == nil ? "Unscheduled" : "Scheduled"),
      ]
    ) { xml in
      for (index, form) in study.forms(at: visit.code).enumerated() {
        xml.element(
          "FormRef",
          [
            ("FormOID", "FO.\(form.id)"), ("OrderNumber", String(index + 1)), ("Mandatory", "No"),
          ])
      }
      if let day = visit.targetDay, let window = visit.window {
        Self.alias("window", "\(day) \(window.lowerBound) \(window.upperBound)", &xml)
      }
      // Without it a visit of treatment would come back as one everybody knows of.
      if visit.dataClass != .open { Self.alias("class", visit.dataClass.rawValue, &xml) }
    }
  }

  private func form(_ form: Form, _ xml: inout XMLText) {
    xml.element(
      "FormDef",
      [
        ("OID", "FO.\(form.id)"), ("Name", form.title),
        ("Repeating", form.isRepeating ? "Yes" : "No"),
      ]
    ) { xml in
      for (index, section) in form.sections.enumerated() where !section.fields.isEmpty {
        xml.element(
          "ItemGroupRef",
          [
            ("ItemGroupOID", "IG.\(form.id).\(index + 1)"), ("OrderNumber", String(index + 1)),
            ("Mandatory", "Yes"),
          ])
      }
      if form.dataClass != .open { Self.alias("class", form.dataClass.rawValue, &xml) }
    }
  }

  private func group(_ section: FormSection, _ index: Int, _ form: Form, _ xml: inout XMLText) {
    guard !section.fields.isEmpty else { return }
    xml.element(
      "ItemGroupDef",
      [
        ("OID", "IG.\(form.id).\(index + 1)"), ("Name", section.title), ("Repeating", "No"),
      ]
    ) { xml in
      var number = 0
      for field in section.fields {
        for identifier in identifiers(of: field, form) {
          number += 1
          xml.element(
            "ItemRef",
            [
              ("ItemOID", identifier), ("OrderNumber", String(number)),
              ("Mandatory", field.required == .required ? "Yes" : "No"),
              (
                "MethodOID",
                field.calculation.flatMap { said($0) }.map { _ in "MT.\(form.id).\(field.id)" }
              ),
              (
                "CollectionExceptionConditionOID",
                form.askedWhen(field.id).flatMap { said($0) }
                  .map { _ in "CD.\(form.id).\(field.id)" }
              ),
            ])
        }
      }
    }
  }

  private func identifiers(of field: Field, _ form: Form) -> [String] {
    let base = "IT.\(form.id).\(field.id)"
    guard case .multi(let items) = field.type else { return [base] }
    return items.map { base + "." + $0.code }
  }

  // MARK: Items

  private func items(_ field: Field, _ form: Form, _ xml: inout XMLText) {
    guard case .multi(let choices) = field.type else {
      item(field, form, choice: nil, &xml)
      return
    }
    for choice in choices { item(field, form, choice: choice, &xml) }
  }

  private func item(
    _ field: Field, _ form: Form, choice: CodeItem?, _ xml: inout XMLText
  ) {
    let facts = facts(field, form)
    let identifier = "IT.\(form.id).\(field.id)" + (choice.map { "." + $0.code } ?? "")
    xml.element(
      "ItemDef",
      [
        ("OID", identifier), ("Name", field.id.text + (choice.map { "_" + $0.code } ?? "")),
        ("DataType", choice == nil ? facts.type : "boolean"),
        ("Length", choice == nil ? facts.length.map(String.init) : nil),
        ("SignificantDigits", choice == nil ? facts.digits.map(String.init) : nil),
      ]
    ) { xml in
      if let words = choice?.label ?? field.hint { Self.translated("Description", words, &xml) }
      Self.translated("Question", field.label, &xml)
      if let unit = field.unit, let place = units.firstIndex(of: unit) {
        xml.element("MeasurementUnitRef", [("MeasurementUnitOID", "MU.\(place + 1)")])
      }
      // Rules of a multiple choice stand with its first item.
      if choice == nil || choice?.code == choices(field).first?.code { checks(field, form, &xml) }
      if case .code = field.type {
        xml.element("CodeListRef", [("CodeListOID", "CL.\(form.id).\(field.id)")])
      }
      if let dataClass = field.dataClass, field.calculation == nil {
        Self.alias("class", dataClass.rawValue, &xml)
      }
      if let because = field.declassifiedBecause { Self.alias("declassified", because, &xml) }
      if let alias = facts.alias { Self.alias("type", alias, &xml) }
      if choice == nil || choice?.code == choices(field).first?.code {
        names(of: field, form, &xml)
      }
      if let choice { Self.alias("choice", "\(field.id) \(choice.code)", &xml) }
    }
  }

  private func choices(_ field: Field) -> [CodeItem] {
    if case .multi(let items) = field.type { items } else { [] }
  }

  private struct Facts {
    let type: String
    var length: Int?
    var digits: Int?
    var alias: String?
  }

  private func facts(_ field: Field, _ form: Form) -> Facts {
    let past = field.mayLieAhead ? nil : "past"
    switch field.type {
    case .integer: return Facts(type: "integer", length: 18)
    case .decimal(let precision, let scale, _):
      return Facts(type: "float", length: precision, digits: scale)
    case .boolean, .multi: return Facts(type: "boolean")
    case .code(let items):
      return Facts(type: "text", length: items.map(\.code.count).max() ?? 1)
    case .date: return Facts(type: "date", alias: past)
    case .partialDate: return Facts(type: "partialDate", alias: past)
    case .time: return Facts(type: "partialTime")
    case .dateTime: return Facts(type: "datetime", alias: past)
    case .text(let most): return Facts(type: "text", length: most)
    case .userReference: return Facts(type: "text", length: 200, alias: "user")
    case .calculated:
      switch field.calculation.map({ ResultKind(of: $0, on: form, in: study) }) {
      case .truth: return Facts(type: "boolean")
      case .text: return Facts(type: "text", length: 200)
      case .number, nil: return Facts(type: "float", length: 18, digits: 6)
      }
    }
  }

  private func checks(_ field: Field, _ form: Form, _ xml: inout XMLText) {
    switch field.type {
    case .integer(.some(let range)):
      bound("GE", String(range.lowerBound), &xml)
      bound("LE", String(range.upperBound), &xml)
    case .decimal(_, _, .some(let range)):
      bound("GE", range.lowerBound.description, &xml)
      bound("LE", range.upperBound.description, &xml)
    case .integer, .decimal, .boolean, .code, .multi, .date, .partialDate, .time, .dateTime,
      .text, .userReference, .calculated:
      break
    }
    let own = Formula.call(.has, [.reference(FieldReference(field: field.id))])
    if case .conditional(let condition) = field.required {
      rule(.or(own, .not(.call(.definitely, [condition]))), "Soft", "An answer is needed.", &xml)
    }
    for check in form.checks where check.field == field.id && !check.saysWhenAsked {
      rule(
        .not(.call(.definitely, [check.condition])), check.kind == .hard ? "Hard" : "Soft",
        check.sentence, &xml)
    }
  }

  /// Codes and severities of the rules of an item, by their place among those written as formulas.
  private func names(of field: Field, _ form: Form, _ xml: inout XMLText) {
    var place = 0
    if case .conditional(let condition) = field.required, said(condition) != nil { place += 1 }
    for check in form.checks where check.field == field.id {
      if check.saysWhenAsked {
        if said(check.condition) != nil, form.askedCheck(field.id) == check {
          Self.alias("asked", DraftCheckName.text(of: check), &xml)
        }
      } else if said(check.condition) != nil {
        place += 1
        Self.alias("check.\(place)", DraftCheckName.text(of: check), &xml)
      }
    }
  }

  private func bound(_ sign: String, _ value: String, _ xml: inout XMLText) {
    xml.element("RangeCheck", [("Comparator", sign), ("SoftHard", "Hard")]) { xml in
      xml.element("CheckValue", text: value)
    }
  }

  private func rule(
    _ formula: Formula, _ severity: String, _ sentence: String, _ xml: inout XMLText
  ) {
    guard let text = said(formula) else { return }
    xml.element("RangeCheck", [("SoftHard", severity)]) { xml in
      xml.element("FormalExpression", [("Context", "Equipoise")], text: text)
      Self.translated("ErrorMessage", sentence, &xml)
    }
  }

  // MARK: Lists and formulas

  private func codeList(_ field: Field, _ form: Form, _ xml: inout XMLText) {
    guard case .code(let items) = field.type else { return }
    xml.element(
      "CodeList",
      [("OID", "CL.\(form.id).\(field.id)"), ("Name", field.label), ("DataType", "text")]
    ) { xml in
      for item in items {
        xml.element("CodeListItem", [("CodedValue", item.code)]) { xml in
          Self.translated("Decode", item.label, &xml)
        }
      }
    }
  }

  private func conditions(_ form: Form, _ xml: inout XMLText) {
    for field in form.fields {
      guard let asked = form.askedWhen(field.id),
        let text = said(.not(.call(.definitely, [asked])))
      else { continue }
      let identifier = "CD.\(form.id).\(field.id)"
      xml.element(
        "ConditionDef", [("OID", identifier), ("Name", "\(field.id) is not asked")]
      ) { xml in
        Self.translated(
          "Description", form.askedCheck(field.id)?.sentence ?? "\(field.id) is not asked", &xml)
        xml.element("FormalExpression", [("Context", "Equipoise")], text: text)
      }
    }
  }

  private func methods(_ form: Form, _ xml: inout XMLText) {
    for field in form.fields {
      guard let text = field.calculation.flatMap({ said($0) }) else { continue }
      xml.element(
        "MethodDef",
        [
          ("OID", "MT.\(form.id).\(field.id)"), ("Name", field.id.text), ("Type", "Computation"),
        ]
      ) { xml in
        Self.translated("Description", "How \(field.id) is computed", &xml)
        xml.element("FormalExpression", [("Context", "Equipoise")], text: text)
      }
    }
  }
}

import StudyModel

/// Writes the forms of a definition as REDCap's data dictionary.
struct REDCapWriting {
  private let study: StudyDefinition
  private(set) var report: ExchangeReport
  /// The variable of each field, since REDCap's names are unique over all forms.
  private var variables: [FormID: [FieldID: String]] = [:]

  init(_ study: StudyDefinition, report: ExchangeReport) {
    self.study = study
    self.report = report
    name()
  }

  private mutating func name() {
    var uses: [String: Int] = [:]
    for field in study.forms.flatMap(\.fields) { uses[field.id.text.lowercased(), default: 0] += 1 }
    var taken: Set<String> = ["record_id"]
    for form in study.forms {
      for field in form.fields {
        let plain = field.id.text.lowercased()
        var name = uses[plain] == 1 ? plain : form.id.text.lowercased() + "_" + plain
        while name.hasSuffix("_") || name.contains("__") {
          name = name.hasSuffix("_") ? String(name.dropLast()) : name.replacing("__", with: "_")
        }
        var number = 2
        let stem = name
        while !taken.insert(name).inserted {
          name = "\(stem)_\(number)"
          number += 1
        }
        variables[form.id, default: [:]][field.id] = name
        if name != field.id.text {
          report.repair("\(form.id).\(field.id)", "is the variable \(name).")
        }
      }
    }
  }

  mutating func table() -> String {
    report.omit("visits", "\(study.visits.count) visits; a data dictionary has no events.")
    tellUncarried()
    var text = CSVTable.row(REDCapDictionary.titles)
    for (index, form) in study.forms.enumerated() {
      if index == 0 {
        text += CSVTable.row(
          ["record_id", form.id.text.lowercased(), "", "text", "Record"]
            + Array(repeating: "", count: 13))
      }
      for section in form.sections {
        for (place, field) in section.fields.enumerated() {
          text += CSVTable.row(
            row(field, form, header: place == 0 ? section.title : ""))
        }
      }
      for check in form.checks where !check.saysWhenAsked {
        let unsaid = check.condition.unsaidInREDCap
        report.omit(
          check.code,
          "the check of \(form.id); a data dictionary has none"
            + (unsaid.isEmpty ? "." : ", and REDCap has no \(unsaid.joined(separator: ", "))."))
      }
    }
    return text
  }

  // What the columns and the annotation have no place for.
  private mutating func tellUncarried() {
    let fields = study.forms.flatMap(\.fields)
    let parts: [(String, Int, String)] = [
      ("title", study.forms.count, "titles of forms; a form has its name alone"),
      (
        "class", study.forms.count { $0.dataClass != .open },
        "classes of forms; those of fields stand"
      ),
      ("repeating", study.forms.count(where: \.isRepeating), "forms that repeat"),
      ("future", fields.count(where: \.mayLieAhead), "dates that may lie ahead"),
      (
        "after_hours", study.forms.flatMap(\.checks).count { $0.afterHours != nil },
        "checks that ask after some hours"
      ),
      (
        "declassified_because", fields.count { $0.declassifiedBecause != nil },
        "reasons why a value may be known below the class of what it is worked out from"
      ),
    ]
    for (name, count, what) in parts where count > 0 { report.omit(name, "\(count) \(what).") }
    let unwritten = fields.compactMap(\.unit).filter { $0.contains("'") || $0.contains("~") }
    if !unwritten.isEmpty {
      report.omit("unit", "\(unwritten.count) units: " + unwritten.joined(separator: ", ") + ".")
    }
    for form in study.forms {
      for check in form.checks where check.saysWhenAsked {
        report.omit(
          check.code, "the code and the words of the check of \(form.id); it is branching logic.")
      }
    }
  }

  private mutating func row(_ field: Field, _ form: Form, header: String) -> [String] {
    let place = "\(form.id).\(field.id)"
    let kind = kind(of: field, form)
    var branching = ""
    if let asked = form.askedWhen(field.id) {
      branching = expression(asked, form) ?? ""
      if branching.isEmpty { omit(asked, place, "when it is asked") }
    }
    var isRequired = field.required == .required
    if case .conditional(let condition) = field.required {
      if let asked = form.askedWhen(field.id), asked == condition, !branching.isEmpty {
        isRequired = true
      } else {
        omit(condition, place, "when it is required")
      }
    }
    return [
      variables[form.id]?[field.id] ?? "", form.id.text.lowercased(), header, kind.type,
      field.label, kind.choices, field.hint ?? "", kind.validation, kind.least, kind.most,
      form.dataClass(of: field) == .identity ? "y" : "", branching, isRequired ? "y" : "", "", "",
      "", "", note(field, form, kind.exact),
    ]
  }

  // What REDCap has no column for stands in the annotation, so that the field comes back whole.
  private func note(_ field: Field, _ form: Form, _ exact: String) -> String {
    var words = ["\(form.id).\(field.id)"]
    if !exact.isEmpty { words.append(exact) }
    if let unit = field.unit, !unit.contains("'"), !unit.contains("~") {
      words.append("unit=" + unit.replacing(" ", with: "~"))
    }
    if form.dataClass(of: field) != .open, form.dataClass(of: field) != .identity,
      field.calculation == nil
    {
      words.append("class=" + form.dataClass(of: field).rawValue)
    }
    return "@EQUIPOISE='" + words.joined(separator: " ") + "'"
  }

  private struct Kind {
    var type = "text"
    var choices = ""
    var validation = ""
    var least = ""
    var most = ""
    var exact = ""
  }

  private mutating func kind(of field: Field, _ form: Form) -> Kind {
    switch field.type {
    case .integer(let range):
      return Kind(
        validation: "integer", least: range.map { String($0.lowerBound) } ?? "",
        most: range.map { String($0.upperBound) } ?? "", exact: range == nil ? "" : "range=hard")
    case .decimal(let precision, let scale, let range):
      return Kind(
        validation: (1...4).contains(scale) ? "number_\(scale)dp" : "number",
        least: range?.lowerBound.description ?? "", most: range?.upperBound.description ?? "",
        exact: "type=decimal precision=\(precision) scale=\(scale)"
          + (range == nil ? "" : " range=hard"))
    case .boolean: return Kind(type: "yesno")
    case .code(let items): return Kind(type: "radio", choices: choices(items, field, form))
    case .multi(let items): return Kind(type: "checkbox", choices: choices(items, field, form))
    case .date: return Kind(validation: "date_ymd")
    case .partialDate: return Kind(exact: "type=partial_date")
    case .time: return Kind(validation: "time")
    case .dateTime: return Kind(validation: "datetime_ymd")
    case .text(let most):
      return Kind(type: most > 250 ? "notes" : "text", exact: "type=text max=\(most)")
    case .userReference:
      report.repair("\(form.id).\(field.id)", "names a person: now a text.")
      return Kind(exact: "type=text max=200")
    case .calculated: return computed(field, form)
    }
  }

  private mutating func choices(_ items: [CodeItem], _ field: Field, _ form: Form) -> String {
    items.map { item in
      if item.label.contains("|") {
        report.repair("\(form.id).\(field.id)", "“|” in the words of a code is “/”.")
      }
      return "\(item.code), \(item.label.replacing("|", with: "/"))"
    }.joined(separator: " | ")
  }

  private mutating func computed(_ field: Field, _ form: Form) -> Kind {
    if let calculation = field.calculation,
      ResultKind(of: calculation, on: form, in: study) != .text,
      let text = expression(calculation, form)
    {
      report.repair("\(form.id).\(field.id)", "is computed in REDCap's words: \(text).")
      return Kind(type: "calc", choices: text)
    }
    let place = "\(form.id).\(field.id)"
    if let calculation = field.calculation { omit(calculation, place, "how it is computed") }
    report.repair(place, "is a text: REDCap has no such formula.")
    return Kind(exact: "type=text max=200")
  }

  private mutating func omit(_ formula: Formula, _ place: String, _ what: String) {
    let unsaid = formula.unsaidInREDCap
    report.omit(
      place,
      "\(what): \(formula.text ?? "")."
        + (unsaid.isEmpty ? "" : " REDCap has no \(unsaid.joined(separator: ", "))."))
  }

  // MARK: Formulas

  /// The formula as REDCap writes it, nil where it has no counterpart.
  private func expression(_ formula: Formula, _ form: Form) -> String? {
    switch formula {
    case .constant(let value):
      switch value {
      case .number(let number): return number.description
      case .text(let text): return "'\(text)'"
      case .truth(let truth): return truth ? "1" : "0"
      case .missing: return "''"
      case .date, .instant, .choices: return nil
      }
    case .reference(let reference):
      // A field at a visit of its own is a field in an event, which the dictionary does not hold;
      // another entry of the form would be read as this one.
      guard reference.visit == nil, reference.occasion == nil else { return nil }
      return variables[reference.form ?? form.id]?[reference.field].map { "[\($0)]" }
    case .negated(let inner): return expression(inner, form).map { "-(\($0))" }
    case .not(let inner): return negation(inner, form)
    case .and(let one, let other): return joined("and", one, other, form)
    case .or(let one, let other): return joined("or", one, other, form)
    case .arithmetic(let sign, let one, let other):
      return joined(sign.rawValue, one, other, form)
    case .comparison(let sign, let one, let other):
      return joined(sign == .notEqual ? "<>" : sign.rawValue, one, other, form)
    case .call(let function, let arguments): return call(function, arguments, form)
    }
  }

  // REDCap has no “not”: it is moved inwards.
  private func negation(_ formula: Formula, _ form: Form) -> String? {
    switch formula {
    case .call(.has, let arguments): return expression(arguments[0], form).map { "\($0) = ''" }
    case .call(.includes, let arguments):
      return choice(arguments, form).map { "\($0) = '0'" }
    case .call(.definitely, let arguments): return negation(arguments[0], form)
    case .comparison(.equal, let one, let other): return joined("<>", one, other, form)
    case .comparison(.notEqual, let one, let other): return joined("=", one, other, form)
    case .not(let inner): return expression(inner, form)
    case .and(let one, let other):
      guard let first = negation(one, form), let second = negation(other, form) else { return nil }
      return "(\(first)) or (\(second))"
    case .or(let one, let other):
      guard let first = negation(one, form), let second = negation(other, form) else { return nil }
      return "(\(first)) and (\(second))"
    case .constant, .reference, .negated, .arithmetic, .comparison, .call: return nil
    }
  }

  private func joined(_ sign: String, _ one: Formula, _ other: Formula, _ form: Form) -> String? {
    guard let first = expression(one, form), let second = expression(other, form) else {
      return nil
    }
    return "\(enclosed(first, one)) \(sign) \(enclosed(second, other))"
  }

  private func enclosed(_ text: String, _ formula: Formula) -> String {
    switch formula {
    case .constant, .reference, .call: text
    case .not, .negated, .and, .or, .arithmetic, .comparison: "(\(text))"
    }
  }

  private func choice(_ arguments: [Formula], _ form: Form) -> String? {
    guard arguments.count == 2, case .reference = arguments[0],
      case .constant(.text(let code)) = arguments[1], let field = expression(arguments[0], form)
    else { return nil }
    return "[\(field.dropFirst().dropLast())(\(code))]"
  }

  private func call(
    _ function: FormulaFunction, _ arguments: [Formula], _ form: Form
  ) -> String? {
    var parts: [String] = []
    for argument in arguments {
      guard let text = expression(argument, form) else {
        guard function == .includes else { return nil }
        break
      }
      parts.append(text)
    }
    switch function {
    case .has: return "(\(parts[0]) <> '')"
    case .definitely: return "(\(parts[0]))"
    case .choose, .round:
      let name = function == .choose ? "if" : "round"
      return "\(name)(\(parts.joined(separator: ", ")))"
    // Here a sum is empty when any part is; so is one written with plus.
    case .sum: return "(\(parts.joined(separator: " + ")))"
    case .sumAnswered: return "sum(\(parts.joined(separator: ", ")))"
    case .maxAnswered: return "max(\(parts.joined(separator: ", ")))"
    case .oneOf:
      guard let first = parts.first else { return nil }
      return "(" + parts.dropFirst().map { "\(first) = \($0)" }.joined(separator: " or ") + ")"
    case .includes: return choice(arguments, form).map { "(\($0) = '1')" }
    case .days: return "datediff(\(parts[1]), \(parts[0]), 'd', true)"
    // The list of them is `isInREDCap`, from which the report is written.
    case .max, .min, .countAnswered, .countTrue, .band, .minutes, .year, .date, .later, .earliest,
      .latest, .firstFrom, .lastUntil, .sponsorDate, .startsWith, .mentions, .numbered:
      return nil
    }
  }
}

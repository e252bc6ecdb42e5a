import StudyModel

extension DefinitionWriter {
  mutating func form(_ form: Form) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("id", text: form.id.text)
    keys.add("title", text: form.title)
    keys.add("class", text: form.dataClass.rawValue)
    if form.subject != .participant { keys.add("about", text: form.subject.rawValue) }
    keys.add("visits", texts: form.visits.map(\.text))
    keys.add("arms", texts: form.arms.map(\.text))
    keys.add("entered_by", .list(form.enteredBy.map { .text($0.text) }))
    keys.add("signed_by", texts: form.signedBy.map(\.text))
    keys.add("signature", text: form.signatureMeaning)
    if form.isRepeating { keys.add("repeating", truth: true) }
    keys.add("planned", form.planned.map { Self.planned($0) })
    keys.add("battery_differs_because", text: form.batteryDiffersBecause)
    keys.add("withdrawal_level", text: form.withdrawalLevel?.text)
    keys.add(
      "disclosure",
      form.disclosure.map { rule in
        var keys = YAMLKeys()
        keys.add("field", text: rule.field.text)
        keys.add("undisclosed", text: rule.undisclosed)
        return keys.onOneLine
      })
    if let rule = form.followUp {
      var followUp = YAMLKeys()
      followUp.add("begun", text: rule.begun.text)
      followUp.add("when", rule.condition.map { formula($0, "the follow-up of \(form.id)") })
      keys.add("followed_up", followUp.onOneLine)
    }
    var sections = form.sections
    if sections.first?.isHeader ?? false {
      sections.removeFirst()
    } else {
      keys.add("header", truth: false)
    }
    if let instrument = form.instrument {
      keys.add("instrument", text: instrument.text)
      // The reader appends the questions of the instrument itself.
      let questions = sections.popLast()?.fields.filter { $0.calculation == nil } ?? []
      if !questions.isEmpty, questions.allSatisfy({ $0.required == .optional }) {
        keys.add("items_required", truth: false)
      }
    }
    if !sections.isEmpty {
      keys.add("sections", .list(each(sections) { $0.section($1, of: form) }))
    }
    // What a check elsewhere sets is written there.
    let checks = form.checks.filter { $0.setBy == nil }
    if !checks.isEmpty {
      keys.add("checks", .list(each(checks) { $0.check($1, of: form) }))
    }
    return keys.onLines
  }

  private static func planned(_ repeats: PlannedRepeats) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("field", text: repeats.field.text)
    keys.add("values", .list(repeats.values.map { .text($0) }))
    if repeats.isShuffled { keys.add("shuffled", truth: true) }
    return keys.onOneLine
  }

  private mutating func section(_ section: FormSection, of form: Form) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("title", text: section.title)
    keys.add("fields", .list(each(section.fields) { $0.field($1, of: form) }))
    return keys.onLines
  }

  private mutating func field(_ field: Field, of form: Form) -> YAMLText {
    let place = "“\(field.id)” of \(form.id)"
    var keys = YAMLKeys()
    keys.add("id", text: field.id.text)
    keys.add("label", text: field.label)
    Self.add(field.type, to: &keys)
    keys.add("unit", text: field.unit)
    keys.add("hint", text: field.hint)
    keys.add("value", field.calculation.map { formula($0, place) })
    switch field.required {
    case .required: keys.add("required", truth: true)
    case .conditional(let condition): keys.add("required_when", formula(condition, place))
    case .optional: break
    }
    // The reader gives a computed field the class of what it reads.
    let isDerived =
      field.calculation != nil && field.dataClass == form.dataClass
      && field.declassifiedBecause == nil
    if !isDerived { keys.add("class", text: field.dataClass?.rawValue) }
    keys.add("declassified_because", text: field.declassifiedBecause)
    if field.mayLieAhead { keys.add("future", truth: true) }
    return keys.onOneLine
  }

  private static func add(_ type: FieldType, to keys: inout YAMLKeys) {
    switch type {
    case .integer(let range):
      keys.add("type", text: "integer")
      keys.add("range", range.map { span($0) })
    case .decimal(let precision, let scale, let range):
      keys.add("type", text: "decimal")
      keys.add("precision", number: precision)
      keys.add("scale", number: scale)
      keys.add("range", range.map { span($0) })
    case .boolean: keys.add("type", text: "boolean")
    case .code(let items):
      keys.add("type", text: "code")
      keys.add("codes", codes(items))
    case .multi(let items):
      keys.add("type", text: "multi")
      keys.add("codes", codes(items))
    case .date: keys.add("type", text: "date")
    case .partialDate: keys.add("type", text: "partial_date")
    case .time: keys.add("type", text: "time")
    case .dateTime: keys.add("type", text: "datetime")
    case .text(let most):
      keys.add("type", text: "text")
      keys.add("max", number: most)
    case .userReference(let roles):
      keys.add("type", text: "user")
      keys.add("roles", .list(roles.map { .text($0.text) }))
    case .calculated: keys.add("type", text: "calculated")
    }
  }

  private static func codes(_ items: [CodeItem]) -> YAMLText {
    if items.allSatisfy({ $0.code == $0.label }) { return .list(items.map { .text($0.code) }) }
    return .mapping(items.map { ($0.code, .text($0.label)) }, onOneLine: true)
  }

  private static func setting(_ sets: AnswerSetting) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("form", text: sets.form.text)
    keys.add("field", text: sets.field.text)
    keys.add("to", text: sets.answer)
    return keys.onOneLine
  }

  private mutating func check(_ check: EditCheck, of form: Form) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("code", text: check.code)
    keys.add("severity", text: check.kind.rawValue)
    keys.add("when", formula(check.condition, "\(check.code) of \(form.id)"))
    keys.add("field", text: check.field?.text)
    keys.add("after_hours", number: check.afterHours)
    keys.add("declassified_because", text: check.declassifiedBecause)
    keys.add("prompt", check.prompt.map { Self.prompt($0) })
    keys.add("sets", check.sets.map { Self.setting($0) })
    keys.add("say", text: check.sentence)
    return keys.onOneLine
  }

  private static func prompt(_ prompt: EntryPrompt) -> YAMLText {
    var keys = YAMLKeys()
    keys.add("form", text: prompt.form.text)
    if !prompt.answers.isEmpty {
      let answers = prompt.answers.sorted { $0.key < $1.key }
        .map { ($0.key.text, YAMLText.text($0.value)) }
      keys.add("answers", .mapping(answers, onOneLine: true))
    }
    return keys.onOneLine
  }
}

extension FormSection {
  /// Whether these are the three questions the reader puts first by itself.
  fileprivate var isHeader: Bool {
    title == "Visit" && fields.map(\.id.text) == FormHeader.names
  }
}

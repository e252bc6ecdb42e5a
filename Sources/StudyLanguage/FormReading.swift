import StudyModel
import Yams

extension DefinitionReader {
  mutating func form(_ node: Node, _ instruments: [Instrument]) -> Form? {
    guard
      let keyed = keyed(
        node, "a form", needs: ["id", "title", "class", "entered_by"],
        may: [
          "visits", "signed_by", "signature", "instrument", "sections", "repeating", "header",
          "checks", "items_required", "battery_differs_because", "withdrawal_level", "disclosure",
          "arms", "planned", "about", "followed_up",
        ])
    else { return nil }
    let id = name(keyed, "id", FormID.self)
    if let id, let node = keyed.entries["id"],
      Self.keptNames.contains(id.text)
    {
      report("“\(id)” is kept for what the system knows; name the form otherwise.", at: Place(node))
    }
    let owner = id.map { FieldOwner.form($0) } ?? .nobody
    let title = text(keyed, "title")
    let dataClass = choice(keyed, "class", DataClass.self)
    let visits = knownList(keyed, "visits", .visit, VisitCode.self)
    if let node = keyed.entries["visits"], node.sequence?.isEmpty ?? false {
      report(
        "“visits” of a form lists one visit at least; leave the key out where it belongs to none.",
        at: Place(node))
    }
    let enteredBy = knownList(keyed, "entered_by", .role, RoleID.self)
    let signedBy = knownList(keyed, "signed_by", .role, RoleID.self)
    let signature = text(keyed, "signature")
    if !signedBy.isEmpty, !keyed.has("signature") {
      report(
        "a form that is signed needs the key “signature”: what signing means.", at: keyed.place)
    }
    let instrumentID = known(keyed, "instrument", .instrument, InstrumentID.self)
    var sections =
      truth(keyed, "header", else: true) ? [FormHeaderFields.section].compactMap { $0 } : []
    sections += list(keyed, "sections") { reader, node in reader.section(node, owner) }
    let instrument = instruments.first { $0.id == instrumentID }
    if let instrument {
      sections.append(
        instrument.section(itemsRequired: truth(keyed, "items_required", else: true)))
    }
    refuseRepeatedFields(sections, keyed)
    let isRepeating = truth(keyed, "repeating", else: false)
    let checks = list(keyed, "checks") { reader, node in reader.editCheck(node, owner) }
    if let id, Self.keptNames.contains(id.text) { return nil }
    // Without its instrument the form lacks most of its fields: it counts as not readable.
    if keyed.entries["instrument"] != nil, instrument == nil { return nil }
    let withdrawal = withdrawalLevel(keyed, sections)
    let disclosure = disclosure(keyed, sections)
    let arms = knownList(keyed, "arms", .arm, ArmCode.self)
    if !arms.isEmpty, dataClass.map({ $0 < .treatment }) ?? false {
      report(
        "a form of some arms only tells the arm; it needs the class “treatment”.", at: keyed.place)
    }
    let subject =
      keyed.entries["about"] == nil ? .participant : choice(keyed, "about", FormSubject.self)
    let planned = keyed.entries["planned"].flatMap { self.planned($0, sections, isRepeating) }
    let followUp = keyed.entries["followed_up"].flatMap { self.followUp($0, sections, owner) }
    guard let id, let title, let dataClass, let subject else { return nil }
    return Form(
      id: id, title: title, dataClass: dataClass, visits: visits, enteredBy: enteredBy,
      signedBy: signedBy, signatureMeaning: signature, instrument: instrumentID,
      sections: sections,
      batteryDiffersBecause: text(keyed, "battery_differs_because"), isRepeating: isRepeating,
      checks: checks, withdrawalLevel: withdrawal, disclosure: disclosure, arms: arms,
      planned: planned, subject: subject, followUp: followUp)
  }

  private static let keptNames = [StudyFact.formName, Population.formName]

  /// The levels at which a participant withdraws, from the least.
  private static let withdrawalLevels = ["W2", "W3", "W4"]

  private mutating func withdrawalLevel(
    _ keyed: KeyedNode, _ sections: [FormSection]
  ) -> FieldID? {
    guard let node = keyed.entries["withdrawal_level"],
      let id = name(keyed, "withdrawal_level", FieldID.self)
    else { return nil }
    guard case .code(let items) = sections.flatMap(\.fields).first(where: { $0.id == id })?.type,
      items.allSatisfy({ Self.withdrawalLevels.contains($0.code) })
    else {
      report(
        "“withdrawal_level” names a field of the form whose codes are of W2, W3 and W4.",
        at: Place(node))
      return nil
    }
    return id
  }

  private mutating func disclosure(
    _ keyed: KeyedNode, _ sections: [FormSection]
  ) -> DisclosureRule? {
    guard let node = keyed.entries["disclosure"],
      let rule = self.keyed(node, "a disclosure", needs: ["field", "undisclosed"])
    else { return nil }
    guard let id = name(rule, "field", FieldID.self), let none = text(rule, "undisclosed") else {
      return nil
    }
    guard case .code(let items) = sections.flatMap(\.fields).first(where: { $0.id == id })?.type,
      items.contains(where: { $0.code == none })
    else {
      report(
        "“disclosure” names a field of the form, and the code that says that nothing was told.",
        at: Place(node))
      return nil
    }
    return DisclosureRule(field: id, undisclosed: none)
  }

  private mutating func followUp(
    _ node: Node, _ sections: [FormSection], _ owner: FieldOwner
  ) -> FollowUp? {
    guard let keyed = keyed(node, "a follow-up", needs: ["begun"], may: ["when"]) else {
      return nil
    }
    let condition = formula(keyed, "when", for: owner, .truth)
    guard let id = name(keyed, "begun", FieldID.self) else { return nil }
    switch sections.flatMap(\.fields).first(where: { $0.id == id })?.type {
    case .date, .partialDate, .dateTime: return FollowUp(begun: id, condition: condition)
    default:
      report(
        "“followed_up” names a date of the form in “begun”: when what is followed up began.",
        at: keyed.place)
      return nil
    }
  }

  private mutating func planned(
    _ node: Node, _ sections: [FormSection], _ isRepeating: Bool
  ) -> PlannedRepeats? {
    guard
      let keyed = keyed(node, "the planned repeats", needs: ["field", "values"], may: ["shuffled"])
    else { return nil }
    if !isRepeating { report("only a repeating form has “planned”.", at: keyed.place) }
    let id = name(keyed, "field", FieldID.self)
    let values = list(keyed, "values") { reader, node in
      reader.text(node, "a planned value").map { ($0, Place(node)) }
    }
    let isShuffled = truth(keyed, "shuffled", else: false)
    guard let id else { return nil }
    guard let field = sections.flatMap(\.fields).first(where: { $0.id == id }) else {
      report("“planned” names a field of the form; there is no “\(id)”.", at: keyed.place)
      return nil
    }
    var stored: [String] = []
    for (value, place) in values {
      guard let text = (try? field.type.value(parsing: value))?.canonicalText else {
        report("“\(value)” is not an answer to “\(id)”.", at: place)
        continue
      }
      if stored.contains(text) { report("“\(value)” is planned twice.", at: place) }
      stored.append(text)
    }
    return PlannedRepeats(field: id, values: stored, isShuffled: isShuffled)
  }

  private mutating func section(_ node: Node, _ owner: FieldOwner) -> FormSection? {
    guard let keyed = keyed(node, "a section", needs: ["title", "fields"]) else { return nil }
    let title = text(keyed, "title")
    let fields = list(keyed, "fields") { reader, node in reader.field(node, owner) }
    return title.map { FormSection(title: $0, fields: fields) }
  }

  private mutating func refuseRepeatedFields(_ sections: [FormSection], _ keyed: KeyedNode) {
    var seen: Set<FieldID> = []
    for field in sections.flatMap(\.fields) where !seen.insert(field.id).inserted {
      report("the form has the field “\(field.id)” twice.", at: keyed.place)
    }
  }

  private mutating func editCheck(_ node: Node, _ owner: FieldOwner) -> EditCheck? {
    guard
      let keyed = keyed(
        node, "a check", needs: ["code", "severity", "when", "say"],
        may: ["field", "prompt", "declassified_because", "sets", "after_hours"])
    else { return nil }
    let code = text(keyed, "code")
    let kind = choice(keyed, "severity", FaultKind.self)
    let condition = formula(keyed, "when", for: owner, .truth)
    let sentence = text(keyed, "say")
    let field = name(keyed, "field", FieldID.self)
    let prompt = keyed.entries["prompt"].flatMap { self.prompt($0) }
    let because = text(keyed, "declassified_because")
    let sets = keyed.entries["sets"].flatMap { self.setting($0, owner) }
    let hours = integer(keyed, "after_hours", in: 1...8760)
    if let kind, let node = keyed.entries["after_hours"] {
      checkWaiting(kind, keyed, Place(node))
    }
    guard let code, let kind, let condition, let sentence else { return nil }
    return EditCheck(
      code: code, kind: kind, condition: condition, sentence: sentence, field: field,
      prompt: prompt, declassifiedBecause: because, sets: sets,
      afterHours: hours)
  }

  private mutating func checkWaiting(_ kind: FaultKind, _ keyed: KeyedNode, _ place: Place) {
    if kind != .query {
      report("“after_hours” is of a check of the severity “query”: others act at once.", at: place)
    } else if keyed.entries["field"] == nil {
      report("“after_hours” needs “field”: the hours count from its answer.", at: place)
    } else if let other = ["prompt", "sets"].first(where: { keyed.entries[$0] != nil }) {
      report("“after_hours” does not go with “\(other)”, which acts at once.", at: place)
    }
  }

  private mutating func setting(_ node: Node, _ owner: FieldOwner) -> AnswerSetting? {
    guard let keyed = keyed(node, "a set answer", needs: ["form", "field", "to"]) else {
      return nil
    }
    let form = known(keyed, "form", .form, FormID.self)
    let field = name(keyed, "field", FieldID.self)
    let answer = text(keyed, "to")
    guard let form, let field, let answer else { return nil }
    if owner == .form(form) {
      report("a check sets an answer of another form, not of its own.", at: Place(node))
    } else if !names.mentions(field, on: form) {
      report("The form \(form) has no field “\(field)”.", at: Place(node))
    } else {
      prompts.append(
        WrittenPrompt(
          field: FieldReference(form: form, field: field), answer: answer, place: Place(node)))
    }
    let sets = AnswerSetting(form: form, field: field, answer: answer)
    if case .form(let source) = owner {
      settings.append(WrittenSetting(source: source, sets: sets, place: Place(node)))
    }
    return sets
  }

  private mutating func prompt(_ node: Node) -> EntryPrompt? {
    guard let keyed = keyed(node, "a prompt", needs: ["form"], may: ["answers"]) else { return nil }
    let form = known(keyed, "form", .form, FormID.self)
    let answers = beginningAnswers(keyed, of: form)
    return form.map { EntryPrompt(form: $0, answers: answers) }
  }

  /// The “answers” a form begins with, checked once all forms are known.
  mutating func beginningAnswers(_ keyed: KeyedNode, of form: FormID?) -> [FieldID: String] {
    var answers: [FieldID: String] = [:]
    for (key, value) in keyed.entries["answers"]?.mapping.map(Array.init) ?? [] {
      guard let field: FieldID = name(key, "a field"), let answer = text(value, "an answer") else {
        continue
      }
      if let form, !names.mentions(field, on: form) {
        report("The form \(form) has no field “\(field)”.", at: Place(key))
      }
      if let form {
        prompts.append(
          WrittenPrompt(
            field: FieldReference(form: form, field: field), answer: answer, place: Place(value)))
      }
      answers[field] = answer
    }
    return answers
  }
}

/// The three questions that open every form filled at a visit.
enum FormHeaderFields {
  static var section: FormSection? {
    guard let date = try? FieldID(parsing: FormHeader.dateField),
      let done = try? FieldID(parsing: FormHeader.doneField),
      let reason = try? FieldID(parsing: "reason_nd"),
      let notDone = try? Formula(parsing: "done = 'N'")
    else { return nil }
    let yesNo = [CodeItem(code: "Y", label: "Yes"), CodeItem(code: "N", label: "No")]
    return FormSection(
      title: "Visit",
      fields: [
        Field(id: date, label: "Date", type: .date, required: .required),
        Field(id: done, label: "Done", type: .code(yesNo), required: .required),
        Field(
          id: reason, label: "Reason not done", type: .text(maxLength: 200),
          required: .conditional(notDone)),
      ])
  }
}

extension Instrument {
  /// Items and scores as fields of a form.
  func section(itemsRequired: Bool) -> FormSection {
    FormSection(title: title, fields: questions(itemsRequired: itemsRequired))
  }

  /// Items and scores as fields, for checking formulas.
  var questions: [Field] { questions(itemsRequired: true) }

  private func questions(itemsRequired: Bool) -> [Field] {
    items.map { item in
      Field(
        id: item.id, label: item.label, type: item.fieldType,
        required: itemsRequired
          ? item.askedWhen.map { .conditional($0) } ?? .required : .optional)
    }
      + outputs.map {
        Field(id: $0.id, label: $0.label, type: .calculated, calculation: $0.formula)
      }
  }
}

extension InstrumentItem {
  var fieldType: FieldType {
    switch range {
    case .numbers(let range, _): .integer(range)
    case .codes(let codes): .code(codes.map { CodeItem(code: $0, label: $0) })
    case .truth: .boolean
    }
  }
}

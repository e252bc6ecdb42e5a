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
        ])
    else { return nil }
    let id = name(keyed, "id", FormID.self)
    let owner = id.map { FieldOwner.form($0) } ?? .nobody
    let title = text(keyed, "title")
    let dataClass = choice(keyed, "class", DataClass.self)
    let visits = knownList(keyed, "visits", .visit, VisitCode.self)
    let enteredBy = knownList(keyed, "entered_by", .role, RoleID.self)
    let signedBy = knownList(keyed, "signed_by", .role, RoleID.self)
    let signature = text(keyed, "signature")
    if !signedBy.isEmpty, keyed.entries["signature"] == nil {
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
    // Without its instrument the form lacks most of its fields: it counts as not readable.
    if keyed.entries["instrument"] != nil, instrument == nil { return nil }
    let withdrawal = withdrawalLevel(keyed, sections)
    let disclosure = disclosure(keyed, sections)
    guard let id, let title, let dataClass else { return nil }
    return Form(
      id: id, title: title, dataClass: dataClass, visits: visits, enteredBy: enteredBy,
      signedBy: signedBy, signatureMeaning: signature, instrument: instrumentID,
      sections: sections,
      batteryDiffersBecause: text(keyed, "battery_differs_because"), isRepeating: isRepeating,
      checks: checks, withdrawalLevel: withdrawal, disclosure: disclosure)
  }

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
        node, "a check", needs: ["code", "severity", "when", "say"], may: ["field"])
    else { return nil }
    let code = text(keyed, "code")
    let kind = choice(keyed, "severity", FaultKind.self)
    let condition = formula(keyed, "when", for: owner, .truth)
    let sentence = text(keyed, "say")
    let field = name(keyed, "field", FieldID.self)
    guard let code, let kind, let condition, let sentence else { return nil }
    return EditCheck(code: code, kind: kind, condition: condition, sentence: sentence, field: field)
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

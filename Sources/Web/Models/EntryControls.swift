import Conduct
import Pages
import StudyModel

/// The fields of a form as controls, filled from boxes.
struct EntryControls {
  let form: Form
  /// The classes whose values the reader may see.
  let readable: [DataClass]
  let boxes: FormFields
  /// The sentence of the first fault of each field.
  var faults: [String: String] = [:]
  /// Earlier values, queries and verification of each field.
  var marks: [FieldID: FieldMarks] = [:]
  /// Why checks on other forms decide an answer, by its field.
  var set: [FieldID: String] = [:]
  /// Whether values were stored, so that calculated ones exist.
  var isStored = false

  init(form: Form, actor: Actor, boxes: FormFields) {
    self.init(form: form, readable: actor.entryClasses, boxes: boxes)
  }

  init(form: Form, readable: [DataClass], boxes: FormFields) {
    self.form = form
    self.readable = readable
    self.boxes = boxes
  }

  var sections: [FieldSection] {
    form.sections.map { section in
      FieldSection(title: section.title, fields: section.fields.filter(isKnown).map(field))
    }
  }

  /// A field of a class above outcome, which tells of treatment, does not exist for who holds it not.
  private func isKnown(_ field: Field) -> Bool {
    isReadable(field) || form.dataClass(of: field) <= .outcome
  }

  func field(_ field: Field) -> EntryField {
    let name = field.id.text
    let isHeader = FormHeader.names.contains(name)
    return EntryField(
      name: name, label: field.label, control: control(field),
      hint: set[field.id] ?? field.hint ?? hint(field),
      unit: field.isCalculated && !isReadable(field) ? "" : field.unit ?? "", range: range(field),
      isOptional: field.required == .optional && !field.isCalculated,
      missing: isHeader || field.isCalculated || field.required == .optional
        ? nil : missing(field),
      fault: faults[name] ?? "", marks: marks[field.id] ?? FieldMarks())
  }

  private func missing(_ field: Field) -> MissingValue {
    let words: [MissingCode: String] = [
      .notDone: "not done", .unknown: "unknown", .notApplicable: "not applicable",
      .refused: "refused",
    ]
    return MissingValue(
      codes: MissingCode.allCases.map { Choice(code: $0.rawValue, label: words[$0] ?? "") },
      selected: boxes[field.id.text + ".missing"] ?? "",
      reason: boxes[field.id.text + ".missing_reason"] ?? "")
  }

  private func hint(_ field: Field) -> String {
    guard field.id.text != FormHeader.reasonField else { return "Only when it was not done." }
    return switch field.type {
    case .time: "Such as 09:30."
    case .dateTime: "Time of the site, such as 09:30."
    case .partialDate: "Leave out what is not known."
    case .userReference: "The user name of the person."
    case .integer, .decimal, .boolean, .code, .multi, .date, .text, .calculated: ""
    }
  }

  private func range(_ field: Field) -> String {
    switch field.type {
    case .integer(let range?): "\(range.lowerBound) to \(range.upperBound)"
    case .decimal(_, _, let range?): "\(range.lowerBound) to \(range.upperBound)"
    case .integer, .decimal, .boolean, .code, .multi, .date, .partialDate, .time, .dateTime,
      .text, .userReference, .calculated:
      ""
    }
  }

  private func control(_ field: Field) -> FieldControl {
    let name = field.id.text
    let text = boxes[name] ?? ""
    guard !field.isCalculated else { return .calculated(text: calculated(field, text)) }
    switch field.type {
    case .integer(let range): return .integer(text: text, size: range.map(Self.size) ?? 6)
    case .decimal(let precision, _, _): return .decimal(text: text, size: precision + 1)
    case .boolean: return .boolean(text == "Y" ? true : text == "N" ? false : nil)
    case .code(let items): return .code(choices: Self.choices(items), selected: text)
    case .multi(let items):
      return .multiple(choices: Self.choices(items), selected: boxes.all(name))
    case .date, .partialDate: return .date(date(name))
    case .dateTime: return .dateTime(date(name))
    case .time: return .text(text: text, maximum: 5)
    case .text(let most):
      return most > 200 ? .lines(text: text, maximum: most) : .text(text: text, maximum: most)
    case .userReference: return .text(text: text, maximum: 60)
    case .calculated: return .calculated(text: calculated(field, text))
    }
  }

  /// A value of a class the reader does not hold is never shown, only that it stands.
  private func isReadable(_ field: Field) -> Bool {
    let dataClass = form.dataClass(of: field)
    return dataClass == form.dataClass || readable.contains(dataClass)
  }

  private func calculated(_ field: Field, _ text: String) -> String {
    // Whether there is a value, and whether it agrees, would tell of what the reader may not know.
    guard isReadable(field) else { return "worked out, not shown to you" }
    switch text {
    case "": return isStored ? "" : "worked out when you save"
    case "true": return "yes"
    case "false": return "no"
    default: return text
    }
  }

  private func date(_ name: String) -> DateText {
    DateText(
      day: boxes[name + ".day"] ?? "", month: boxes[name + ".month"] ?? "",
      year: boxes[name + ".year"] ?? "", time: boxes[name + ".time"] ?? "")
  }

  private static func size(_ range: ClosedRange<Int>) -> Int {
    max(String(range.lowerBound).utf8.count, String(range.upperBound).utf8.count)
  }

  private static func choices(_ items: [CodeItem]) -> [Choice] {
    // A number between two anchors has no words of its own.
    items.map { Choice(code: $0.code, label: $0.label.isEmpty ? $0.code : $0.label) }
  }
}

extension EntryControls {
  /// The boxes of a form nobody filled in: today, done, the own user name, and which of the planned
  /// repeats it is.
  static func first(
    _ form: Form, _ actor: Actor, today: CalendarDate, planned: String? = nil,
    set: [FieldID: SetAnswer] = [:], beginning: [FieldID: String] = [:]
  ) -> FormFields {
    let parts = today.parts
    var pairs = set.sorted { $0.key < $1.key }.map {
      (name: $0.key.text, value: $0.value.answer)
    }
    pairs += beginning.sorted { $0.key < $1.key }.map { (name: $0.key.text, value: $0.value) }
    if let plan = form.planned, let planned, plan.values.contains(planned) {
      pairs.append((plan.field.text, planned))
    }
    for field in form.fields {
      switch field.type {
      case .date where field.id.text == FormHeader.dateField:
        pairs += [
          ("vdate.day", String(parts.day)), ("vdate.month", String(parts.month)),
          ("vdate.year", String(parts.year)),
        ]
      case .code where field.id.text == FormHeader.doneField:
        pairs.append((FormHeader.doneField, "Y"))
      case .boolean where field.id.text == FormHeader.doneField:
        pairs.append((FormHeader.doneField, "Y"))
      case .userReference(let roles) where roles.contains(actor.role.id):
        pairs.append((field.id.text, actor.username))
      case .integer, .decimal, .boolean, .code, .multi, .date, .partialDate, .time, .dateTime,
        .text, .userReference, .calculated:
        continue
      }
    }
    return FormFields(pairs)
  }
}

extension Conduct.Fault {
  /// The fault as a page shows it.
  var shown: Pages.Fault { Pages.Fault(field: field ?? "", sentence: sentence) }
}

import Markup

extension Markup {
  /// Writes one field: label, hint, control, unit and messages, in this order.
  mutating func field(_ field: EntryField) {
    let state = field.fault.isEmpty ? field.warning.isEmpty ? "" : " warned" : " refused"
    if field.isGroup {
      element(.fieldset, .class("field\(state)"), .describedBy(field.description)) { page in
        page.element(.legend, text: field.labelText)
        page.body(of: field)
      }
    } else {
      element(.div, .class("field\(state)")) { page in
        if field.hasBox {
          page.element(.label, .for(Words.id(field.name)), text: field.labelText)
        } else {
          page.element(.p, .class("label"), text: field.labelText)
        }
        page.body(of: field)
      }
    }
  }

  private mutating func body(of field: EntryField) {
    let id = Words.id(field.name)
    if !field.hint.isEmpty {
      element(.p, .class("hint"), .id("\(id)-hint"), text: field.hint)
    }
    if field.frozen.isEmpty {
      control(of: field)
    } else {
      element(.p, .class("value")) { page in
        page.lock()
        page.text(field.control.readable)
      }
      element(.p, .class("hint"), text: field.frozen)
    }
    if !field.range.isEmpty {
      element(.p, .class("hint"), .id("\(id)-range"), text: field.range)
    }
    if !field.studyDay.isEmpty { element(.p, .class("hint"), text: field.studyDay) }
    if !field.fault.isEmpty { message(field.fault, id: "\(id)-fault", tone: .bad, sign: "!") }
    if !field.warning.isEmpty { message(field.warning, id: "\(id)-warning", tone: .due, sign: "?") }
    marks(of: field)
    if let missing = field.missing, field.frozen.isEmpty { self.missing(missing, of: field) }
  }

  // Drawn, because the signs for locks are missing in many fonts.
  private mutating func lock() {
    element(.svg, .class("lock"), .viewBox("0 0 14 14"), .hiddenFromSpeech) { page in
      page.empty(
        .circle, .class("s-ink-2"), .cx(7), .cy(5), .r(3.2), .fill("none"), .strokeWidth(1.8))
      page.empty(.rect, .class("f-ink-2"), .x(2), .y(6), .width(10), .height(8), .rx(1.5))
    }
  }

  private mutating func message(_ sentence: String, id: String, tone: ChipTone, sign: String) {
    element(.p, .class("message \(tone.rawValue)"), .id(id)) { page in
      page.element(.span, .hiddenFromSpeech, text: "\(sign) ")
      page.text(sentence)
    }
  }

  private mutating func control(of field: EntryField) {
    switch field.control {
    case .integer(let text, let size):
      box(field, text: text, size: size, keyboard: "numeric")
    case .decimal(let text, let size):
      box(field, text: text, size: size, keyboard: "decimal")
    case .text(let text, let maximum):
      box(field, text: text, size: min(maximum, 40), maximum: maximum)
    case .lines(let text, let maximum): lines(field, text: text, maximum: maximum)
    case .date(let date): boxes(field, date, hasTime: false)
    case .dateTime(let date): boxes(field, date, hasTime: true)
    case .boolean(let answer): yesOrNo(field, answer)
    case .code(let choices, let selected):
      self.choices(field, choices, selected: [selected], type: .radio)
    case .multiple(let choices, let selected):
      self.choices(field, choices, selected: selected, type: .checkbox)
    case .files(let accepted):
      empty(
        .input, .id(Words.id(field.name)), .type(.file), .name(field.name), .multiple,
        .accepts(accepted), field.describedBy, field.invalid)
    case .password:
      empty(
        .input, .id(Words.id(field.name)), .type(.password), .name(field.name), .size(32),
        .autocomplete("current-password"), field.describedBy, field.invalid)
    case .calculated(let text):
      element(.p, .class("value")) { page in
        page.text(text.isEmpty ? "–" : text)
        page.unit(field)
      }
    }
  }

  private mutating func box(
    _ field: EntryField, text: String, size: Int, keyboard: String? = nil, maximum: Int? = nil
  ) {
    element(.div, .class("box")) { page in
      page.empty(
        .input, .id(Words.id(field.name)), .type(.text), .name(field.name), .value(text),
        .size(size), maximum.map(Attribute.maxLength), keyboard.map(Attribute.inputMode),
        .autocomplete("off"), field.describedBy, field.invalid)
      page.unit(field)
    }
  }

  private mutating func lines(_ field: EntryField, text: String, maximum: Int) {
    element(
      .textarea, .id(Words.id(field.name)), .name(field.name), .rowCount(4), .maxLength(maximum),
      field.describedBy, field.invalid,
      // A browser drops the first line break inside the element.
      text: "\n" + text)
  }

  private mutating func unit(_ field: EntryField) {
    guard !field.unit.isEmpty else { return }
    element(.span, .class("unit"), text: field.unit)
  }

  private mutating func boxes(_ field: EntryField, _ date: DateText, hasTime: Bool) {
    let id = Words.id(field.name)
    element(.div, .class("dates")) { page in
      page.dateBox("Day", id: id, name: "\(field.name).day", date.day, size: 2, field)
      page.dateBox(
        "Month", id: "\(id)-month", name: "\(field.name).month", date.month, size: 2, field)
      page.dateBox("Year", id: "\(id)-year", name: "\(field.name).year", date.year, size: 4, field)
      if hasTime {
        page.dateBox(
          "Time", id: "\(id)-time", name: "\(field.name).time", date.time, size: 5, field)
      }
    }
  }

  private mutating func dateBox(
    _ label: String, id: String, name: String, _ text: String, size: Int, _ field: EntryField
  ) {
    element(.div) { page in
      page.element(.label, .for(id), text: label)
      page.empty(
        .input, .id(id), .type(.text), .name(name), .value(text), .size(size),
        size == 5 ? nil : .inputMode("numeric"), .autocomplete("off"), field.describedBy,
        field.invalid)
    }
  }

  private mutating func yesOrNo(_ field: EntryField, _ answer: Bool?) {
    choices(
      field, [Choice(code: "Y", label: "Yes"), Choice(code: "N", label: "No")],
      selected: [answer.map { $0 ? "Y" : "N" } ?? ""], type: .radio, isInline: true)
  }

  private mutating func choices(
    _ field: EntryField, _ choices: [Choice], selected: [String], type: InputType,
    isInline: Bool = false
  ) {
    element(.div, .class(isInline ? "choices inline" : "choices")) { page in
      for (index, choice) in choices.enumerated() {
        let id = Words.id(field.name) + (index == 0 ? "" : "-\(index)")
        page.choice(
          choice, id: id, name: field.name, isSelected: selected.contains(choice.code), type: type,
          showsCode: !choice.code.isEmpty && choice.isCodeShown)
      }
    }
  }

  /// Writes one answer that can be chosen, with its code before the words.
  mutating func choice(
    _ choice: Choice, id: String, name: String, isSelected: Bool, type: InputType = .radio,
    showsCode: Bool = true
  ) {
    element(.label, .class("choice"), .for(id)) { page in
      page.empty(
        .input, .id(id), .type(type), .name(name), .value(choice.code),
        isSelected ? .checked : nil)
      if showsCode { page.element(.span, .class("key"), text: choice.code) }
      page.element(.span, .class("words"), text: choice.label)
      page.element(.span, .class("chosen"), .hiddenFromSpeech, text: "✓ chosen")
    }
  }

  private mutating func missing(_ missing: MissingValue, of field: EntryField) {
    let id = Words.id(field.name)
    element(.details, .class("missing"), missing.selected.isEmpty ? nil : .open) { page in
      page.element(.summary) { page in
        page.text("No value…")
        page.element(.span, .class("out"), text: " for \(field.label)")
      }
      page.element(.fieldset) { page in
        page.element(.legend, text: "Why there is no value")
        page.element(.div, .class("choices")) { page in
          let none = [Choice(code: "", label: "There is a value")]
          for (index, choice) in (missing.codes + none).enumerated() {
            page.choice(
              choice, id: "\(id)-missing-\(index)", name: "\(field.name).missing",
              isSelected: missing.selected == choice.code, showsCode: !choice.code.isEmpty)
          }
        }
        page.element(.label, .for("\(id)-missing-reason"), text: "Reason")
        page.empty(
          .input, .id("\(id)-missing-reason"), .type(.text),
          .name("\(field.name).missing_reason"), .value(missing.reason), .size(40),
          .maxLength(200))
      }
    }
  }

  /// Writes what else is known of a field: earlier values, open queries and verification.
  mutating func marks(of field: EntryField) {
    let marks = field.marks
    if !marks.history.isEmpty { history(marks.history, of: field) }
    if !marks.corrections.isEmpty { corrections(marks.corrections, of: field) }
    guard marks.earlier > 0 || marks.queries > 0 || !marks.verifiedBy.isEmpty else { return }
    element(.p, .class("marks")) { page in
      if marks.earlier > 0 {
        let words = marks.earlier == 1 ? "earlier value" : "earlier values"
        page.mark("⟲", marks.earlier, "\(words) of \(field.label)", href: marks.earlierHref)
      }
      if marks.queries > 0 {
        let words = marks.queries == 1 ? "open query" : "open queries"
        page.mark("?", marks.queries, "\(words) of \(field.label)", href: marks.queriesHref)
      }
      if !marks.verifiedBy.isEmpty {
        page.element(.span, text: "✓ verified \(marks.verifiedBy)")
      }
    }
  }
}

extension Markup {
  private mutating func history(_ values: [EarlierValue], of field: EntryField) {
    element(.details, .class("earlier")) { page in
      page.element(.summary) { page in
        page.text(values.count == 1 ? "1 earlier value" : "\(values.count) earlier values")
        page.element(.span, .class("out"), text: " of \(field.label)")
      }
      page.element(.ul) { page in
        for value in values {
          page.element(.li) { page in
            page.element(.s, text: value.value.isEmpty ? "–" : value.value)
            page.element(.span, .class("hint"), text: " \(value.saved); \(value.replaced)")
          }
        }
      }
    }
  }

  private mutating func corrections(_ corrections: [FieldCorrection], of field: EntryField) {
    element(.ul, .class("earlier"), .label("Corrections beside \(field.label)")) { page in
      for correction in corrections {
        page.element(.li) { page in
          page.text("Corrected beside it to ")
          page.element(correction.void.isEmpty ? .strong : .s, text: correction.value)
          page.element(.span, .class("hint"), text: " \(correction.words)")
          if !correction.void.isEmpty {
            page.element(.span, .class("hint"), text: " Void: \(correction.void).")
          }
        }
      }
    }
  }

  private mutating func mark(_ sign: String, _ count: Int, _ words: String, href: String) {
    element(.a, .href(href), .label("\(count) \(words)")) { page in
      page.element(.span, .hiddenFromSpeech, text: "\(sign) ")
      page.text("\(count)")
    }
  }
}

extension EntryField {
  /// The label with the word for fields that may be left empty.
  var labelText: String { isOptional ? "\(label) (optional)" : label }

  /// Whether several controls answer it, so that it is a group with a legend.
  var isGroup: Bool {
    guard frozen.isEmpty else { return false }
    switch control {
    case .date, .dateTime, .boolean, .code, .multiple: return true
    case .integer, .decimal, .text, .lines, .files, .password, .calculated: return false
    }
  }

  /// Whether one box answers it, which a label can name.
  var hasBox: Bool {
    guard frozen.isEmpty else { return false }
    switch control {
    case .integer, .decimal, .text, .lines, .files, .password: return true
    case .date, .dateTime, .boolean, .code, .multiple, .calculated: return false
    }
  }

  /// The elements that describe it: hint, range, fault and warning, where there are any.
  var description: String {
    let id = Words.id(name)
    let parts = [
      hint.isEmpty ? nil : "\(id)-hint", range.isEmpty ? nil : "\(id)-range",
      fault.isEmpty ? nil : "\(id)-fault", warning.isEmpty ? nil : "\(id)-warning",
    ]
    return parts.compactMap(\.self).joined(separator: " ")
  }

  /// The reference to what describes it.
  var describedBy: Attribute? { description.isEmpty ? nil : .describedBy(description) }

  /// The mark of a refused value.
  var invalid: Attribute? { fault.isEmpty ? nil : .invalid }
}

extension FieldControl {
  /// Whether files are chosen, which a form must say it sends.
  var isFile: Bool { if case .files = self { true } else { false } }

  /// The value as text, for fields that cannot be changed.
  var readable: String {
    let words =
      switch self {
      case .integer(let text, _), .decimal(let text, _), .text(let text, _), .lines(let text, _),
        .calculated(let text):
        text
      case .date(let date), .dateTime(let date):
        [date.day, date.month, date.year, date.time].filter { !$0.isEmpty }.joined(separator: " ")
      case .boolean(let answer): answer.map { $0 ? "Yes" : "No" } ?? ""
      case .code(let choices, let selected):
        choices.first { $0.code == selected }.map { "\($0.code) \($0.label)" } ?? ""
      case .multiple(let choices, let selected):
        choices.filter { selected.contains($0.code) }.map { "\($0.code) \($0.label)" }
          .joined(separator: ", ")
      case .files, .password: ""
      }
    return words.isEmpty ? "–" : words
  }
}

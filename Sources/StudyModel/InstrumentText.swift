/// The words of one item: the question, and what each answer means.
public struct ItemText: Hashable, Sendable, Codable {
  /// The question as it is put.
  public let wording: String
  /// The words of each answer by its code; empty for one that lies between two answers with words.
  public let answers: [String: String]

  /// Makes the value from its parts.
  public init(wording: String, answers: [String: String]) {
    self.wording = wording
    self.answers = answers
  }
}

/// What is wrong with the text of an instrument.
public struct InstrumentTextFault: Hashable, Sendable {
  /// The stable code.
  public let code: String
  /// The sentence.
  public let sentence: String
}

/// The words of an instrument in one language, as whoever holds its rights permitted them to be shown.
public struct InstrumentText: Hashable, Sendable, Codable {
  /// The items by their names.
  public let items: [String: ItemText]

  /// The most characters of a question.
  public static let mostOfWording = 2000
  /// The most characters of an answer.
  public static let mostOfAnswer = 500

  /// Makes the value from its parts.
  public init(items: [String: ItemText]) { self.items = items }

  /// Everything that keeps it from being shown for an instrument, item by item in its order.
  public func faults(for instrument: Instrument) -> [InstrumentTextFault] {
    guard instrument.licence != .subtotals else {
      return [
        InstrumentTextFault(
          code: "subtotals_only",
          sentence:
            "\(instrument.id) is captured by its subtotals: no item of it is shown, so there is no text "
            + "to load.")
      ]
    }
    var faults: [InstrumentTextFault] = []
    for item in instrument.items {
      guard let text = items[item.id.text] else {
        faults.append(
          InstrumentTextFault(
            code: "item_missing", sentence: "The item \(item.id) has no wording."))
        continue
      }
      faults += text.faults(of: item)
    }
    let known = Set(instrument.items.map(\.id.text))
    for name in items.keys.sorted() where !known.contains(name) {
      faults.append(
        InstrumentTextFault(
          code: "item_unknown", sentence: "\(instrument.id) has no item “\(name)”."))
    }
    return faults
  }
}

extension ItemText {
  fileprivate func faults(of item: InstrumentItem) -> [InstrumentTextFault] {
    var faults: [InstrumentTextFault] = []
    func add(_ code: String, _ sentence: String) {
      faults.append(InstrumentTextFault(code: code, sentence: sentence))
    }
    func judge(_ text: String, _ what: String, most: Int) {
      if text.count > most { add("too_long", "\(what) is longer than \(most) characters.") }
      if let hidden = HiddenCharacter.first(in: text) {
        add("control_characters", "\(what) holds the character \(hidden), which nobody sees.")
      }
    }
    if !wording.contains(where: { !$0.isWhitespace }) {
      add("item_missing", "The item \(item.id) has no wording.")
    }
    judge(wording, "The wording of \(item.id)", most: InstrumentText.mostOfWording)
    let codes = item.range.codes
    for (place, code) in codes.enumerated() {
      let name = "The answer \(code) of \(item.id)"
      guard let text = answers[code] else {
        add("answer_missing", "\(name) is missing.")
        continue
      }
      // A number between two anchors may have no words of its own; a code, and either end, has some.
      let isBetween = item.range.isScale && place > 0 && place < codes.count - 1
      if !isBetween, !text.contains(where: { !$0.isWhitespace }) {
        add("answer_missing", "\(name) has no words.")
      }
      judge(text, name, most: InstrumentText.mostOfAnswer)
    }
    for code in answers.keys.sorted() where !codes.contains(code) {
      add("answer_unknown", "The item \(item.id) has no answer “\(code)”.")
    }
    return faults
  }
}

extension ItemRange {
  /// The codes of the answers in their order.
  public var codes: [String] {
    switch self {
    case .numbers(let range, let step):
      stride(from: range.lowerBound, through: range.upperBound, by: max(1, step)).map {
        String($0)
      }
    case .codes(let codes): codes
    case .truth: ["true", "false"]
    }
  }

  /// Whether the answers are numbers on a scale.
  var isScale: Bool { if case .numbers = self { true } else { false } }
}

extension Form {
  /// The form as it is shown with the words of its instrument; answers are stored as without them.
  ///
  /// Words that do not fit the instrument as the definition has it now are not used.
  public func worded(_ text: InstrumentText, of instrument: Instrument) -> Form {
    guard self.instrument == instrument.id, text.faults(for: instrument).isEmpty else {
      return self
    }
    let items = Dictionary(uniqueKeysWithValues: instrument.items.map { ($0.id, $0) })
    return Form(
      id: id, title: title, dataClass: dataClass, visits: visits, enteredBy: enteredBy,
      signedBy: signedBy, signatureMeaning: signatureMeaning, instrument: self.instrument,
      sections: sections.map { section in
        FormSection(
          title: section.title,
          fields: section.fields.map { field in
            guard let item = items[field.id], let words = text.items[field.id.text] else {
              return field
            }
            return field.worded(words, item)
          })
      }, batteryDiffersBecause: batteryDiffersBecause, isRepeating: isRepeating, checks: checks,
      withdrawalLevel: withdrawalLevel, disclosure: disclosure, arms: arms, planned: planned,
      subject: subject, followUp: followUp)
  }
}

extension Field {
  /// The field with the words of its item: a number is chosen by what it means.
  fileprivate func worded(_ words: ItemText, _ item: InstrumentItem) -> Field {
    func items(_ codes: [String]) -> [CodeItem] {
      codes.map { CodeItem(code: $0, label: words.answers[$0] ?? "") }
    }
    let shown: FieldType
    switch type {
    case .integer(_?): shown = .code(items(item.range.codes))
    case .code(let known): shown = .code(items(known.map(\.code)))
    case .integer, .decimal, .boolean, .multi, .date, .partialDate, .time, .dateTime, .text,
      .userReference, .calculated:
      shown = type
    }
    return Field(
      id: id, label: words.wording, hint: hint, type: shown, unit: unit, required: required,
      calculation: calculation, dataClass: dataClass, declassifiedBecause: declassifiedBecause,
      mayLieAhead: mayLieAhead)
  }
}

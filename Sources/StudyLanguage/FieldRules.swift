import StudyModel
import Yams

/// Rules over one field that need nothing but the field.
extension DefinitionReader {
  /// The name of a field, an item or a score; a word of formulas would be read as that word.
  mutating func fieldName(_ keyed: KeyedNode) -> FieldID? {
    let id = name(keyed, "id", FieldID.self)
    if let id, let node = keyed.entries["id"], Formula.words.contains(id.text) {
      report("“\(id)” is a word of formulas; name the field otherwise.", at: Place(node))
    }
    return id
  }

  private static let typesOfKeys: [(key: String, types: Set<WrittenType>)] = [
    ("range", [.integer, .decimal]), ("precision", [.decimal]), ("scale", [.decimal]),
    ("codes", [.code, .multi]), ("max", [.text]), ("roles", [.user]),
    ("future", [.date, .partialDate, .dateTime]),
  ]

  /// Refuses keys that say nothing of a type: their author believes that they hold.
  mutating func checkKeys(
    _ keyed: KeyedNode, of type: WrittenType, _ required: Requirement
  ) {
    for (key, types) in Self.typesOfKeys where !types.contains(type) {
      guard let node = keyed.entries[key] else { continue }
      report("a field of type “\(type.rawValue)” has no “\(key)”.", at: Place(node))
    }
    guard type == .calculated, required != .optional else { return }
    let node = keyed.entries["required"] ?? keyed.entries["required_when"]
    report(
      "a calculated field is answered by nobody and cannot be required.",
      at: node.map { Place($0) } ?? keyed.place)
  }

  /// Refuses ends of a range that no answer could have.
  mutating func checkEnds(
    of range: ClosedRange<ExactNumber>, _ type: FieldType, _ node: Node
  ) {
    let ends = Array(Set([range.lowerBound, range.upperBound])).sorted()
    for end in ends where (try? type.value(parsing: end.description)) == nil {
      report(
        "the end \(end) of “range” has more digits than “precision” and “scale” let an answer have.",
        at: Place(node))
    }
  }

  mutating func refuseNoCodes(_ keyed: KeyedNode, _ what: String) {
    guard let node = keyed.entries["codes"],
      node.mapping?.isEmpty ?? node.sequence?.isEmpty ?? false
    else { return }
    report("“codes” of \(what) lists one code at least.", at: Place(node))
  }

  /// A code of an instrument's item.
  mutating func instrumentCode(_ node: Node) -> String? {
    let code = text(node, "a code")
    if let code { refuseMissingCode(code, node) }
    return code
  }

  mutating func refuseMissingCode(_ code: String, _ node: Node) {
    guard MissingCode.bars(code) else { return }
    report(
      "“\(code)” says of every field why it has no answer and cannot be an answer; take another code.",
      at: Place(node))
  }

  /// Refuses texts with characters nobody sees, keys as well as values.
  mutating func refuseHiddenCharacters(in node: Node) {
    switch node {
    case .scalar(let scalar):
      guard let found = HiddenCharacter.first(in: scalar.string) else { return }
      report(
        "a text holds the character \(found), which nobody sees; take it out.", at: Place(node))
    case .mapping(let mapping):
      for (key, value) in mapping {
        refuseHiddenCharacters(in: key)
        refuseHiddenCharacters(in: value)
      }
    case .sequence(let sequence):
      for item in sequence { refuseHiddenCharacters(in: item) }
    case .alias: return
    }
  }
}

import StudyModel
import Yams

/// The types a field can be written with.
enum WrittenType: String, CaseIterable {
  case integer, decimal, boolean, code, multi, date, time, text, user, calculated
  case partialDate = "partial_date"
  case dateTime = "datetime"
}

extension DefinitionReader {
  mutating func field(_ node: Node, _ owner: FieldOwner) -> Field? {
    guard
      let keyed = keyed(
        node, "a field", needs: ["id", "label", "type"],
        may: [
          "hint", "unit", "range", "precision", "scale", "codes", "max", "roles", "required",
          "required_when", "value", "class", "declassified_because", "future",
        ])
    else { return nil }
    let id = fieldName(keyed)
    let label = text(keyed, "label")
    let written = choice(keyed, "type", WrittenType.self)
    let type = written.flatMap { fieldType($0, keyed) }
    let calculation = formula(keyed, "value", for: owner, .any, computes: id)
    if written == .calculated, !keyed.has("value") {
      report("a calculated field needs the key “value”.", at: keyed.place)
    }
    if written != .calculated, keyed.entries["value"] != nil {
      report("only a calculated field has the key “value”.", at: keyed.place)
    }
    let required = requirement(keyed, owner, id)
    if let written { checkKeys(keyed, of: written, required) }
    let hint = text(keyed, "hint")
    let unit = text(keyed, "unit")
    let dataClass = choice(keyed, "class", DataClass.self)
    let because = text(keyed, "declassified_because")
    let mayLieAhead = truth(keyed, "future", else: false)
    guard let id, let label, let type else { return nil }
    return Field(
      id: id, label: label, hint: hint, type: type, unit: unit, required: required,
      calculation: calculation, dataClass: dataClass, declassifiedBecause: because,
      mayLieAhead: mayLieAhead)
  }

  private mutating func requirement(
    _ keyed: KeyedNode, _ owner: FieldOwner, _ id: FieldID?
  ) -> Requirement {
    if let condition = formula(keyed, "required_when", for: owner, .truth) {
      if keyed.entries["required"] != nil {
        report("a field has “required” or “required_when”, not both.", at: keyed.place)
      }
      if let id, let node = keyed.entries["required_when"],
        condition.references.contains(FieldReference(field: id))
      {
        report(
          "“\(id)” cannot be required by what is answered to it; name another field.",
          at: Place(node))
      }
      return .conditional(condition)
    }
    return truth(keyed, "required", else: false) ? .required : .optional
  }

  private mutating func fieldType(_ written: WrittenType, _ keyed: KeyedNode) -> FieldType? {
    switch written {
    case .integer: return .integer(span(keyed, "range"))
    case .decimal: return decimal(keyed)
    case .boolean: return .boolean
    case .code: return codes(keyed).map { .code($0) }
    case .multi: return codes(keyed).map { .multi($0) }
    case .date: return .date
    case .partialDate: return .partialDate
    case .time: return .time
    case .dateTime: return .dateTime
    case .text:
      return need(keyed, "max").flatMap { _ in
        integer(keyed, "max", in: 1...10_000).map { .text(maxLength: $0) }
      }
    case .user: return .userReference(knownList(keyed, "roles", .role, RoleID.self))
    case .calculated: return .calculated
    }
  }

  private mutating func need(_ keyed: KeyedNode, _ key: String) -> Node? {
    if let node = keyed.entries[key] { return node }
    guard !keyed.has(key) else { return nil }
    report("a field of this type needs the key “\(key)”.", at: keyed.place)
    return nil
  }

  private mutating func decimal(_ keyed: KeyedNode) -> FieldType? {
    guard need(keyed, "precision") != nil, need(keyed, "scale") != nil else { return nil }
    let precision = integer(keyed, "precision", in: 1...36)
    let scale = integer(keyed, "scale", in: 0...18)
    let range = keyed.entries["range"].flatMap { exactSpan($0, "“range” of a field") }
    guard let precision, let scale else { return nil }
    guard scale <= precision else {
      report("“scale” cannot exceed “precision”.", at: keyed.place)
      return nil
    }
    guard precision - scale <= 18 else {
      report("A number has at most 18 digits before the point.", at: keyed.place)
      return nil
    }
    if let range, let node = keyed.entries["range"] {
      checkEnds(of: range, .decimal(precision: precision, scale: scale, range: nil), node)
    }
    return .decimal(precision: precision, scale: scale, range: range)
  }

  // Written as a mapping of code to words, or as a list of codes that are their own words.
  private mutating func codes(_ keyed: KeyedNode) -> [CodeItem]? {
    guard let node = need(keyed, "codes") else { return nil }
    var items: [CodeItem] = []
    if let mapping = node.mapping {
      for (key, value) in mapping {
        guard let code = code(key), let label = text(value, "the words of a code") else { continue }
        items.append(CodeItem(code: code, label: label))
      }
    } else {
      items = list(node, "“codes” of a field") { reader, node in
        reader.code(node).map { CodeItem(code: $0, label: $0) }
      }
    }
    if Set(items.map(\.code)).count != items.count {
      report("a code is listed twice.", at: Place(node))
    }
    refuseNoCodes(keyed, "a field")
    return items.isEmpty ? nil : items
  }

  // The comma separates codes where several are stored together.
  private mutating func code(_ node: Node) -> String? {
    guard let text = text(node, "a code") else { return nil }
    guard text.utf8.count <= 20, !text.contains(where: { $0 == "," || $0.isWhitespace }) else {
      report("a code has at most 20 letters, without spaces and commas.", at: Place(node))
      return nil
    }
    refuseMissingCode(text, node)
    return text
  }
}

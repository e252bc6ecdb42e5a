import StudyModel
import Yams

extension DefinitionReader {
  /// The instruments of a library.
  mutating func library(_ root: Node) -> [Instrument] {
    guard let keyed = keyed(root, "the library", needs: ["instruments"]) else { return [] }
    refuseHiddenCharacters(in: root)
    refuseRepeats(in: keyed.entries["instruments"], key: "id", "instrument")
    let instruments = list(keyed, "instruments") { reader, node in reader.instrument(node) }
    checkFormulas(FieldTable(forms: [], instruments: instruments, names: names))
    return instruments
  }

  mutating func instrument(_ node: Node) -> Instrument? {
    guard
      let keyed = keyed(
        node, "an instrument",
        needs: ["id", "version", "title", "respondent", "licence", "items", "outputs", "status"],
        may: ["alerts"])
    else { return nil }
    refuseRepeats(in: keyed.entries["items"], key: "id", "item")
    refuseRepeats(in: keyed.entries["outputs"], key: "id", "score")
    let id = name(keyed, "id", InstrumentID.self)
    let owner = id.map { FieldOwner.instrument($0) } ?? .nobody
    let version = text(keyed, "version")
    let title = text(keyed, "title")
    let respondent = text(keyed, "respondent")
    let licence = choice(keyed, "licence", InstrumentLicence.self)
    let items = list(keyed, "items") { reader, node in reader.item(node, owner) }
    let outputs = list(keyed, "outputs") { reader, node in reader.output(node, owner) }
    let statuses = list(keyed, "status") { reader, node in reader.statusRule(node, owner) }
    let alerts = list(keyed, "alerts") { reader, node in reader.alertRule(node, owner) }
    guard let id, let version, let title, let respondent, let licence else { return nil }
    return Instrument(
      id: id, version: version, title: title, respondent: respondent, licence: licence,
      items: items, outputs: outputs, statuses: statuses, alerts: alerts)
  }

  private mutating func item(_ node: Node, _ owner: FieldOwner) -> InstrumentItem? {
    guard
      let keyed = keyed(
        node, "an item", needs: ["id", "label"],
        may: ["range", "step", "codes", "truth", "asked_when"])
    else { return nil }
    let id = fieldName(keyed)
    let label = text(keyed, "label")
    let askedWhen = formula(keyed, "asked_when", for: owner, .truth)
    let range = itemRange(keyed)
    guard let id, let label, let range else { return nil }
    return InstrumentItem(id: id, label: label, range: range, askedWhen: askedWhen)
  }

  private mutating func itemRange(_ keyed: KeyedNode) -> ItemRange? {
    let given = ["range", "codes", "truth"].filter { keyed.entries[$0] != nil }
    guard given.count == 1 else {
      report("an item has exactly one of range, codes and truth.", at: keyed.place)
      return nil
    }
    let step = integer(keyed, "step", in: 1...1000) ?? 1
    if keyed.entries["codes"] != nil {
      let codes = list(keyed, "codes") { reader, node in reader.instrumentCode(node) }
      refuseNoCodes(keyed, "an item")
      return .codes(codes)
    }
    if keyed.entries["truth"] != nil { return .truth }
    guard let range = span(keyed, "range") else { return nil }
    if (range.upperBound - range.lowerBound) % step != 0, let node = keyed.entries["step"] {
      report(
        "“step” \(step) does not lead from \(range.lowerBound) to \(range.upperBound).",
        at: Place(node))
    }
    return .numbers(range, step: step)
  }

  private mutating func output(_ node: Node, _ owner: FieldOwner) -> InstrumentOutput? {
    guard let keyed = keyed(node, "a score", needs: ["id", "label", "value"]) else { return nil }
    let id = fieldName(keyed)
    let label = text(keyed, "label")
    let value = formula(keyed, "value", for: owner, .any, computes: id)
    guard let id, let label, let value else { return nil }
    return InstrumentOutput(id: id, label: label, formula: value)
  }

  private mutating func statusRule(_ node: Node, _ owner: FieldOwner) -> StatusRule? {
    guard let keyed = keyed(node, "a status", needs: ["is", "when"]) else { return nil }
    let status = choice(keyed, "is", ScoringStatus.self)
    let condition = formula(keyed, "when", for: owner, .truth)
    guard let status, let condition else { return nil }
    return StatusRule(status: status, condition: condition)
  }

  private mutating func alertRule(_ node: Node, _ owner: FieldOwner) -> AlertRule? {
    guard let keyed = keyed(node, "an alert", needs: ["name", "when"]) else { return nil }
    let name = text(keyed, "name")
    let condition = formula(keyed, "when", for: owner, .truth)
    guard let name, let condition else { return nil }
    return AlertRule(name: name, condition: condition)
  }
}

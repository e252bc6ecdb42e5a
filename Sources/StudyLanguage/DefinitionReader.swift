import StudyModel
import Yams

/// A mapping of the definition with its keys told apart.
struct KeyedNode {
  let what: String
  let place: Place
  let entries: [String: Node]
  /// Keys that are not there, but under a name that is near enough to be meant.
  let misspelt: Set<String>

  /// Whether the key is written, perhaps misspelt: that was told, and what follows is not.
  func has(_ key: String) -> Bool { entries[key] != nil || misspelt.contains(key) }
}

/// The keys a mapping needs, and those it may have beside.
struct ReadShape: Hashable {
  let needs: Set<String>
  let may: Set<String>
}

/// Where something stands in the text.
struct Place: Hashable {
  let line: Int
  let column: Int

  init(_ node: Node) {
    line = node.mark?.line ?? 1
    column = node.mark?.column ?? 1
  }
}

/// Reads nodes into values and collects what is wrong, so that one pass reports everything.
struct DefinitionReader {
  private(set) var faults: [DefinitionFault] = []
  var names = KnownNames()
  /// The keys each kind of mapping was read with, for comparing with the published schema.
  private(set) var shapes: [String: ReadShape] = [:]
  var formulas: [WrittenFormula] = []
  var prompts: [WrittenPrompt] = []
  var settings: [WrittenSetting] = []
  /// Compares stated boundaries with those that follow, where the caller can.
  var boundaryCheck: ((InterimPlan, [Hypothesis]) -> [BoundaryDisagreement])?
  /// Whether the definition was judged before: its parts are read, and not held against each other again.
  var isAdmitted = false
  /// Whether the study has the key “zone”, whatever else is wrong there.
  var hasSponsorZone = false

  mutating func report(_ sentence: String, at place: Place) {
    let fault = DefinitionFault(line: place.line, column: place.column, sentence: sentence)
    if !faults.contains(fault) { faults.append(fault) }
  }

  /// The faults in the order of the text.
  var sortedFaults: [DefinitionFault] {
    faults.sorted { ($0.line, $0.column, $0.sentence) < ($1.line, $1.column, $1.sentence) }
  }

  // MARK: Mappings

  /// The node as a mapping with known keys; unknown and missing keys are reported.
  mutating func keyed(
    _ node: Node, _ what: String, needs: [String], may: [String] = [], shape: String? = nil
  ) -> KeyedNode? {
    shapes[shape ?? what] = ReadShape(needs: Set(needs), may: Set(may))
    guard let mapping = node.mapping else {
      report("\(what) is written as keys with values.", at: Place(node))
      return nil
    }
    var entries: [String: Node] = [:]
    var misspelt: Set<String> = []
    let known = needs + may
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard known.contains(name) else {
        let hint = Spelling.hint(for: name, among: known)
        if let meant = Spelling.nearest(to: name, among: known) { misspelt.insert(meant) }
        report("\(what) has no key “\(name)”.\(hint)", at: Place(key))
        continue
      }
      entries[name] = value
    }
    misspelt.subtract(entries.keys)
    for name in needs where entries[name] == nil && !misspelt.contains(name) {
      report("\(what) needs the key “\(name)”.", at: Place(node))
    }
    return KeyedNode(what: what, place: Place(node), entries: entries, misspelt: misspelt)
  }

  // MARK: Scalars

  /// The text under a key; missing keys were reported when the mapping was read.
  mutating func text(_ keyed: KeyedNode, _ key: String) -> String? {
    guard let node = keyed.entries[key] else { return nil }
    return text(node, "“\(key)” of \(keyed.what)")
  }

  mutating func text(_ node: Node, _ what: String) -> String? {
    guard let text = node.scalar?.string, text.contains(where: { !$0.isWhitespace }) else {
      report("\(what) must be a text.", at: Place(node))
      return nil
    }
    return text
  }

  mutating func name<Name: ParsedText>(_ keyed: KeyedNode, _ key: String, _: Name.Type) -> Name? {
    guard let node = keyed.entries[key] else { return nil }
    return name(node, "“\(key)” of \(keyed.what)")
  }

  mutating func name<Name: ParsedText>(_ node: Node, _ what: String) -> Name? {
    guard let text = text(node, what) else { return nil }
    do throws(ParseFault) {
      return try Name(parsing: text)
    } catch {
      report(error.sentence, at: Place(node))
      return nil
    }
  }

  mutating func integer(
    _ keyed: KeyedNode, _ key: String, in range: ClosedRange<Int> = 0...1_000_000
  ) -> Int? {
    guard let node = keyed.entries[key] else { return nil }
    return integer(node, "“\(key)” of \(keyed.what)", in: range)
  }

  mutating func integer(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
    guard let text = node.scalar?.string, let number = Int(text), range.contains(number) else {
      report(
        "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound).",
        at: Place(node))
      return nil
    }
    return number
  }

  mutating func number(_ keyed: KeyedNode, _ key: String) -> ExactNumber? {
    guard let node = keyed.entries[key] else { return nil }
    return number(node, "“\(key)” of \(keyed.what)")
  }

  mutating func number(_ node: Node, _ what: String) -> ExactNumber? {
    guard let text = node.scalar?.string, let number = try? ExactNumber(parsing: text) else {
      report("\(what) must be a plain number such as 0.025.", at: Place(node))
      return nil
    }
    return number
  }

  mutating func truth(_ keyed: KeyedNode, _ key: String, else fallback: Bool) -> Bool {
    guard let node = keyed.entries[key] else { return fallback }
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    case .some, .none:
      report("“\(key)” of \(keyed.what) must be true or false.", at: Place(node))
      return fallback
    }
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ keyed: KeyedNode, _ key: String, _: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    guard let node = keyed.entries[key] else { return nil }
    return choice(node, "“\(key)” of \(keyed.what)")
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ node: Node, _ what: String
  ) -> Choice? where Choice.RawValue == String {
    let text = node.scalar?.string ?? ""
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue)
    report(
      "“\(text)” is not a value of \(what)."
        + (known.count > 8
          ? Spelling.hint(for: text, among: known)
          : " It can be " + known.joined(separator: ", ") + "."),
      at: Place(node))
    return nil
  }

  // MARK: Lists

  /// The items of a list under a key, each read by the closure; an absent key is an empty list.
  mutating func list<Item>(
    _ keyed: KeyedNode, _ key: String, _ read: (inout DefinitionReader, Node) -> Item?
  ) -> [Item] {
    guard let node = keyed.entries[key] else { return [] }
    return list(node, "“\(key)” of \(keyed.what)", read)
  }

  mutating func list<Item>(
    _ node: Node, _ what: String, _ read: (inout DefinitionReader, Node) -> Item?
  ) -> [Item] {
    guard let sequence = node.sequence else {
      report("\(what) must be a list.", at: Place(node))
      return []
    }
    var items: [Item] = []
    for element in sequence {
      if let item = read(&self, element) { items.append(item) }
    }
    return items
  }

  /// Two whole numbers, the first not above the second.
  mutating func span(_ keyed: KeyedNode, _ key: String) -> ClosedRange<Int>? {
    guard let node = keyed.entries[key] else { return nil }
    guard let ends = node.sequence?.map({ $0.scalar.flatMap { Int($0.string) } }), ends.count == 2,
      let low = ends[0], let high = ends[1], low <= high
    else {
      report(
        "“\(key)” of \(keyed.what) is written as [first, last], the first not above the last.",
        at: Place(node))
      return nil
    }
    return low...high
  }

  /// Two plain numbers, the first not above the second.
  mutating func exactSpan(_ node: Node, _ what: String) -> ClosedRange<ExactNumber>? {
    let ends = node.sequence?.map { end in
      end.scalar.flatMap { try? ExactNumber(parsing: $0.string) }
    }
    guard let ends, ends.count == 2, let low = ends[0], let high = ends[1], low <= high else {
      report(
        "\(what) is written as [first, last], the first not above the last.", at: Place(node))
      return nil
    }
    return low...high
  }

  // MARK: References

  /// A name that must stand among the known ones.
  mutating func known<Name: ParsedText>(
    _ node: Node, _ kind: NameKind, _: Name.Type
  ) -> Name? {
    guard let name: Name = name(node, "the name of a \(kind.rawValue)") else { return nil }
    guard names.contains(name.text, kind) else {
      let hint = Spelling.hint(for: name.text, among: names.all(kind))
      report("There is no \(kind.rawValue) “\(name)”.\(hint)", at: Place(node))
      return nil
    }
    return name
  }

  mutating func known<Name: ParsedText>(
    _ keyed: KeyedNode, _ key: String, _ kind: NameKind, _ type: Name.Type
  ) -> Name? {
    guard let node = keyed.entries[key] else { return nil }
    return known(node, kind, type)
  }

  mutating func knownList<Name: ParsedText>(
    _ keyed: KeyedNode, _ key: String, _ kind: NameKind, _ type: Name.Type
  ) -> [Name] {
    var seen: Set<String> = []
    return list(keyed, key) { reader, node in
      guard let name = reader.known(node, kind, type) else { return nil }
      if !seen.insert(name.text).inserted {
        reader.report("“\(name)” stands twice in “\(key)” of \(keyed.what).", at: Place(node))
      }
      return name
    }
  }
}

import StudyModel
import Yams

extension DefinitionReader {
  private static let needed = ["method", "factors", "planned_total", "preconditions"]
  private static let further = ["site_cap", "acknowledge_within_hours"]
  static let partsOfRandomization = needed + further

  mutating func randomization(
    _ node: Node, _ arms: [Arm], _ sites: [SiteDefinition], _ forms: [Form]
  ) -> RandomizationPlan? {
    guard
      let keyed = keyed(node, "the randomization", needs: Self.needed, may: Self.further)
    else { return nil }
    refuseRepeats(in: keyed.entries["factors"], key: "id", "factor")
    refuseRepeats(in: keyed.entries["preconditions"], key: "code", "precondition")
    let factors = list(keyed, "factors") { reader, node in reader.factor(node, forms) }
    let method = keyed.entries["method"].flatMap { allocationMethod($0, arms, factors) }
    let planned = integer(keyed, "planned_total", in: 1...1_000_000)
    let cap = integer(keyed, "site_cap", in: 1...1_000_000)
    let hours = integer(keyed, "acknowledge_within_hours", in: 1...240) ?? 4
    let preconditions = list(keyed, "preconditions") { reader, node in
      reader.precondition(node, forms)
    }
    guard let method, let planned else { return nil }
    return RandomizationPlan(
      method: method, factors: factors, plannedTotal: planned, siteCap: cap,
      preconditions: preconditions, acknowledgeWithinHours: hours)
  }

  private mutating func allocationMethod(
    _ node: Node, _ arms: [Arm], _ factors: [StratificationFactor]
  ) -> AllocationMethod? {
    guard let keyed = keyed(node, "the method", needs: ["name"], may: ["sizes", "numbers"]),
      let name = text(keyed, "name")
    else { return nil }
    let nameNode = keyed.entries["name"] ?? node
    guard name == "block" else {
      let numbers = numbers(keyed)
      checkMethod(name, numbers, keyed, nameNode, arms, factors)
      return .named(name, numbers: numbers)
    }
    if let numbers = keyed.entries["numbers"] {
      report("the method “block” has “sizes” and no “numbers”.", at: Place(numbers))
    }
    guard let node = keyed.entries["sizes"] else {
      if !keyed.has("sizes") {
        report("the method “block” needs the key “sizes”.", at: keyed.place)
      }
      return .block(sizes: [])
    }
    let sizes = list(node, "“sizes” of the method") { reader, node in
      reader.integer(node, "a block size", in: 2...60)
    }
    checkBlockSizes(sizes, arms, node)
    return .block(sizes: sizes)
  }

  private mutating func checkBlockSizes(_ sizes: [Int], _ arms: [Arm], _ node: Node) {
    let round = arms.map(\.ratio).reduce(0, +)
    // Shares that cannot be drawn at all were told.
    guard (1...60).contains(round), arms.count == names.listed(.arm).count else { return }
    if Set(sizes).count == sizes.count, sizes != sizes.sorted() {
      report("“sizes” of the method stand from the smallest to the largest.", at: Place(node))
    }
    if sizes.isEmpty || Set(sizes).count != sizes.count {
      report("“sizes” of the method lists different sizes, at least one.", at: Place(node))
    }
    for size in sizes where size % round != 0 {
      report("a block of \(size) is not a multiple of \(round), one full round.", at: Place(node))
    }
    // Staff who know the past arms of a stratum would know the last of so short a block.
    for size in sizes where size == round {
      report(
        "a block of \(size) is one single round: who knows the others knows the last.",
        at: Place(node))
    }
  }

  private mutating func numbers(_ keyed: KeyedNode) -> [String: [ExactNumber]] {
    var numbers: [String: [ExactNumber]] = [:]
    for (key, value) in keyed.entries["numbers"]?.mapping.map(Array.init) ?? [] {
      let name = key.scalar?.string ?? ""
      numbers[name] =
        value.sequence == nil
        ? number(value, "“\(name)” of the method").map { [$0] }
        : list(value, "“\(name)” of the method") { reader, node in
          reader.number(node, "a number of the method")
        }
    }
    return numbers
  }

  private mutating func factor(_ node: Node, _ forms: [Form]) -> StratificationFactor? {
    guard
      let keyed = keyed(
        node, "a factor", needs: ["id", "title", "from"], may: ["levels", "bands", "copy"])
    else { return nil }
    let id = name(keyed, "id", FactorID.self)
    let title = text(keyed, "title")
    let source = levelSource(keyed, forms)
    let copy = keyed.entries["copy"].flatMap { reference($0, forms) }
    guard let id, let title, let source else { return nil }
    return StratificationFactor(id: id, title: title, source: source, copy: copy)
  }

  private mutating func levelSource(_ keyed: KeyedNode, _ forms: [Form]) -> LevelSource? {
    guard let node = keyed.entries["from"] else { return nil }
    if node.scalar?.string == "site" { return .site }
    guard let reference = reference(node, forms) else { return nil }
    if let bands = keyed.entries["bands"] { return .bands(reference, levelBands(bands)) }
    guard keyed.entries["levels"] != nil else {
      report("a factor from a field needs “levels” or “bands”.", at: keyed.place)
      return nil
    }
    let levels = list(keyed, "levels") { reader, node in reader.text(node, "a level") }
    if Set(levels).count != levels.count, let written = keyed.entries["levels"] {
      report("“levels” of a factor lists one of them twice.", at: Place(written))
    }
    checkLevels(levels, reference, forms, node)
    return .field(reference, levels: levels)
  }

  private mutating func checkLevels(
    _ levels: [String], _ reference: FieldReference, _ forms: [Form], _ node: Node
  ) {
    let field = forms.first { $0.id == reference.form }?.field(reference.field)
    guard let field else { return }
    guard let codes = field.type.codes else {
      report("“\(reference)” is not a field of codes; give “bands”.", at: Place(node))
      return
    }
    for level in levels where !codes.contains(level) {
      report("“\(level)” is not a code of “\(reference)”.", at: Place(node))
    }
    // A code without a level would refuse the participant at the last moment.
    for code in codes where !levels.contains(code) {
      report("the code “\(code)” of “\(reference)” has no level.", at: Place(node))
    }
  }

  private mutating func levelBands(_ node: Node) -> [LevelBand] {
    var bands: [LevelBand] = []
    for (key, value) in node.mapping.map(Array.init) ?? [] {
      guard let level = text(key, "a level"), let range = exactSpan(value, "a band") else {
        continue
      }
      if let other = bands.first(where: { $0.range.overlaps(range) }) {
        report("the bands of “\(other.level)” and “\(level)” overlap.", at: Place(value))
      }
      bands.append(LevelBand(level: level, range: range))
    }
    if bands.count < 2 { report("“bands” needs two levels or more.", at: Place(node)) }
    return bands
  }

  /// A reference to a field of another form, written `FORM.field@VISIT`.
  mutating func reference(
    _ node: Node, _ forms: [Form], _ what: String = "a reference", _ expected: ValueKind = .any
  ) -> FieldReference? {
    guard let formula = formula(node, what, for: .nobody, expected) else { return nil }
    guard case .reference(let reference) = formula, reference.form != nil else {
      report("\(what) is written as FORM.field or FORM.field@VISIT.", at: Place(node))
      return nil
    }
    return reference
  }
}

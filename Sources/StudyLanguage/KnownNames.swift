import StudyModel
import Yams

/// The kinds of things a definition names.
enum NameKind: String, CaseIterable {
  case arm, role, site, visit, form, instrument, factor, hypothesis, alert, deviation, lifecycle
  case population, estimand
  case clock = "safety clock"
  case sample
  case endpoint = "secondary endpoint"
  case group = "group of the visibility matrix"

  /// Where the names are listed, and under which key.
  var listed: (list: String, key: String) {
    switch self {
    case .arm: ("arms", "code")
    case .role: ("roles", "id")
    case .site: ("sites", "key")
    case .visit: ("visits", "code")
    case .form: ("forms", "id")
    case .instrument: ("instruments", "id")
    case .factor: ("factors", "id")
    case .hypothesis: ("hypotheses", "id")
    case .alert: ("alerts", "id")
    case .deviation: ("deviations", "id")
    case .lifecycle: ("lifecycles", "id")
    case .population: ("populations", "id")
    case .estimand: ("estimands", "id")
    case .clock: ("safety_clocks", "id")
    case .sample: ("samples", "id")
    case .endpoint: ("secondary_endpoints", "id")
    case .group: ("visibility", "id")
    }
  }
}

/// All names of a definition, gathered before anything is read.
///
/// Gathered from the raw text, so that a role with a fault inside is still a known role and does not
/// raise a second fault wherever it is mentioned.
struct KnownNames {
  private var names: [NameKind: Set<String>] = [:]
  private var inOrder: [NameKind: [String]] = [:]
  /// Kinds whose list is not there or no list, which is told once and not again wherever one is named.
  private var unlisted: Set<NameKind> = []
  private var visitsOfForms: [String: Set<String>] = [:]
  private var fields: [String: Set<String>] = [:]
  private var questions: [String: Set<String>] = [:]

  init() {}

  /// - Parameter isWhole: whether the text is a definition, of which a list can be missing, rather than
  ///   a library.
  init(of root: Node, isWhole: Bool = true) {
    for kind in NameKind.allCases {
      let holder = kind == .factor ? root["randomization"] : root
      let listed = Self.texts(holder?[kind.listed.list], kind.listed.key)
      names[kind] = Set(listed)
      inOrder[kind] = listed
      if isWhole, Self.isUnlisted(kind, in: holder) { unlisted.insert(kind) }
    }
    for instrument in root["instruments"]?.sequence.map(Array.init) ?? [] {
      questions[instrument["id"]?.scalar?.string ?? "", default: []].formUnion(
        Self.texts(instrument["items"], "id") + Self.texts(instrument["outputs"], "id"))
    }
    for form in root["forms"]?.sequence.map(Array.init) ?? [] {
      if let id = form["id"]?.scalar?.string, let visits = Self.visits(ofForm: form),
        unlisted.contains(.visit) || visits.allSatisfy({ names[.visit]?.contains($0) ?? false })
      {
        visitsOfForms[id, default: []].formUnion(visits)
      }
      let sections = form["sections"]?.sequence.map(Array.init) ?? []
      let written = sections.flatMap { Self.texts($0["fields"], "id") }
      let asked = questions[form["instrument"]?.scalar?.string ?? ""] ?? []
      fields[form["id"]?.scalar?.string ?? "", default: []].formUnion(asked.union(written))
    }
  }

  func contains(_ name: String, _ kind: NameKind) -> Bool {
    unlisted.contains(kind) || names[kind]?.contains(name) ?? false
  }

  func all(_ kind: NameKind) -> [String] { (names[kind] ?? []).sorted() }

  /// The names as they are listed; empty when their list cannot be read.
  func listed(_ kind: NameKind) -> [String] {
    unlisted.contains(kind) ? [] : inOrder[kind] ?? []
  }

  /// The visits a form is given at, as written; nil for what is no form of the definition.
  func visits(of form: FormID) -> Set<String>? {
    unlisted.contains(.visit) ? nil : visitsOfForms[form.text]
  }

  /// Whether an instrument has an item or a score of this name, perhaps with a fault inside.
  func mentions(_ field: FieldID, in instrument: InstrumentID) -> Bool {
    questions[instrument.text]?.contains(field.text) ?? false
  }

  /// Whether a form has a field of this name, perhaps with a fault inside.
  func mentions(_ field: FieldID, on form: FormID) -> Bool {
    fields[form.text]?.contains(field.text) ?? false
  }

  private static func texts(_ list: Node?, _ key: String) -> [String] {
    list?.sequence?.compactMap { (item: Node) -> String? in
      if let name = item[key] { return name.scalar?.string }
      // Under a misspelt key it is a name all the same: the key is told, and nothing else.
      return item.mapping?.first { other, _ in
        Spelling.nearest(to: other.scalar?.string ?? "", among: [key]) != nil
      }?.value.scalar?.string
    } ?? []
  }

  // Of a form about a site, and of one whose visits cannot be read, nothing is said.
  private static func visits(ofForm form: Node) -> [String]? {
    guard form["about"]?.scalar?.string != FormSubject.site.rawValue else { return nil }
    if let written = form["visits"] {
      guard let visits = written.sequence?.compactMap({ $0.scalar?.string }) else { return nil }
      return visits.isEmpty ? nil : visits
    }
    let isMisspelt =
      form.mapping?.contains { key, _ in
        Spelling.nearest(to: key.scalar?.string ?? "", among: ["visits"]) != nil
      } ?? true
    return isMisspelt ? nil : []
  }

  private static let needed: Set<NameKind> = [.arm, .role, .site, .visit, .instrument, .form]

  private static func isUnlisted(_ kind: NameKind, in holder: Node?) -> Bool {
    let list = kind.listed.list
    if let written = holder?[list] { return written.sequence == nil }
    guard let mapping = holder?.mapping else { return kind == .factor }
    let known = kind == .factor ? DefinitionReader.partsOfRandomization : DefinitionReader.allParts
    let isMisspelt = mapping.contains { key, _ in
      let name = key.scalar?.string ?? ""
      return !known.contains(name) && Spelling.nearest(to: name, among: known) == list
    }
    return isMisspelt || needed.contains(kind) || kind == .factor
  }
}

/// Reports names used twice in a list.
extension DefinitionReader {
  mutating func refuseRepeats(in list: Node?, key: String, _ what: String) {
    var seen: Set<String> = []
    for item in list?.sequence.map(Array.init) ?? [] {
      guard let node = item[key], let name = node.scalar?.string else { continue }
      if !seen.insert(name).inserted {
        report("The \(what) “\(name)” is listed twice.", at: Place(node))
      }
    }
  }
}

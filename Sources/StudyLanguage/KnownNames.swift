import StudyModel
import Yams

/// The kinds of things a definition names.
enum NameKind: String, CaseIterable {
  case arm, role, site, visit, form, instrument, factor, hypothesis, alert, deviation, lifecycle
  case population, estimand
  case clock = "safety clock"
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
  private var fields: [String: Set<String>] = [:]

  init() {}

  init(of root: Node) {
    for kind in NameKind.allCases {
      let holder = kind == .factor ? root["randomization"] : root
      names[kind] = Set(Self.texts(holder?[kind.listed.list], kind.listed.key))
    }
    for form in root["forms"]?.sequence.map(Array.init) ?? [] {
      let sections = form["sections"]?.sequence.map(Array.init) ?? []
      let written = sections.flatMap { Self.texts($0["fields"], "id") }
      fields[form["id"]?.scalar?.string ?? "", default: []].formUnion(written)
    }
  }

  func contains(_ name: String, _ kind: NameKind) -> Bool { names[kind]?.contains(name) ?? false }

  func all(_ kind: NameKind) -> [String] { (names[kind] ?? []).sorted() }

  /// Whether a form has a field of this name, perhaps with a fault inside.
  func mentions(_ field: FieldID, on form: FormID) -> Bool {
    fields[form.text]?.contains(field.text) ?? false
  }

  private static func texts(_ list: Node?, _ key: String) -> [String] {
    list?.sequence?.compactMap { $0[key]?.scalar?.string } ?? []
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

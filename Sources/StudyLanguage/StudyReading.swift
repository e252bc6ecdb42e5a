public import StudyModel
import Yams

extension StudyDefinition {
  /// Reads a definition, or reports everything wrong with it at once.
  ///
  /// - Parameters:
  ///   - yaml: the whole text.
  ///   - boundaries: tells where the boundaries stated are not those that follow from the looks, which
  ///     takes statistics this target has not; none are compared when absent.
  public init(
    yaml: String,
    boundaries: ((InterimPlan, [Hypothesis]) -> [BoundaryDisagreement])? = nil
  ) throws(DefinitionFaults) {
    var reader = DefinitionReader()
    reader.boundaryCheck = boundaries
    try self.init(yaml, &reader)
  }

  /// Reads a definition that was judged when it was taken in.
  ///
  /// Its parts are not held against each other again: a rule that a later version of the program adds is
  /// asked of new versions of a study, and keeps nobody from a study under way.
  public init(admitted yaml: String) throws(DefinitionFaults) {
    var reader = DefinitionReader()
    reader.isAdmitted = true
    try self.init(yaml, &reader)
  }

  private init(_ yaml: String, _ reader: inout DefinitionReader) throws(DefinitionFaults) {
    let root = try StudyText.root(of: yaml)
    reader.names = KnownNames(of: root)
    let study = reader.study(root)
    let faults = reader.sortedFaults
    guard faults.isEmpty, let study else { throw DefinitionFaults(faults: faults) }
    self = study
  }
}

/// The text of a definition as nodes.
enum StudyText {
  // KAP-ECT in full is far below this; more is not a definition but an accident or an attack.
  static let mostBytes = 4_000_000

  static func root(of yaml: String) throws(DefinitionFaults) -> Node {
    guard yaml.utf8.count <= mostBytes else { throw failure(1, 1, "The definition is too large.") }
    do {
      // Every scalar stays the text it is: YAML would read Y, NO and 1.0 as something else.
      let parser = try Yams.Parser(yaml: yaml, resolver: .basic)
      guard let node = try parser.singleRoot() else {
        throw failure(1, 1, "The definition is empty.")
      }
      // Nodes know their anchors only while the parser lives.
      if let place = withExtendedLifetime(parser, { firstAnchor(in: node) }) {
        throw failure(
          place.line, place.column, "Anchors and aliases (& and *) are not used in a definition.")
      }
      if let place = withExtendedLifetime(parser, { firstTag(in: node) }) {
        throw failure(
          place.line, place.column, "Tags such as !!binary are not used in a definition.")
      }
      return node
    } catch let error as DefinitionFaults {
      throw error
    } catch let error as YamlError {
      throw faults(of: error)
    } catch {
      throw failure(1, 1, "The text is not readable as YAML.")
    }
  }

  // An alias can stand for a tree far larger than its text, and hides what a reviewer must see.
  private static func firstAnchor(in node: Node) -> Place? {
    if node.anchor != nil { return Place(node) }
    switch node {
    case .mapping(let mapping):
      return mapping.lazy.compactMap { firstAnchor(in: $0.key) ?? firstAnchor(in: $0.value) }.first
    case .sequence(let sequence):
      return sequence.lazy.compactMap { firstAnchor(in: $0) }.first
    case .scalar: return nil
    case .alias: return Place(node)
    }
  }

  // A tag says that a text stands for something else than what a reviewer reads.
  private static func firstTag(in node: Node) -> Place? {
    let plain = ["str", "map", "seq"].map { "tag:yaml.org,2002:" + $0 }
    guard plain.contains(node.tag.description) else { return Place(node) }
    switch node {
    case .mapping(let mapping):
      return mapping.lazy.compactMap { firstTag(in: $0.key) ?? firstTag(in: $0.value) }.first
    case .sequence(let sequence): return sequence.lazy.compactMap { firstTag(in: $0) }.first
    case .scalar, .alias: return nil
    }
  }

  private static func failure(_ line: Int, _ column: Int, _ sentence: String) -> DefinitionFaults {
    DefinitionFaults(faults: [DefinitionFault(line: line, column: column, sentence: sentence)])
  }

  private static func faults(of error: YamlError) -> DefinitionFaults {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      failure(mark.line, mark.column, "The text is not readable as YAML: \(problem).")
    case .duplicatedKeysInMapping(let keys, let context):
      failure(
        context.mark.line, context.mark.column,
        "The key “\(keys.first ?? "")” is written twice in one place.")
    case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      failure(1, 1, "The text is not readable as YAML.")
    }
  }
}

extension Instrument {
  /// Reads a library of instruments: a text with the one key `instruments`.
  public static func library(yaml: String) throws(DefinitionFaults) -> [Instrument] {
    var reader = DefinitionReader()
    let root = try StudyText.root(of: yaml)
    reader.names = KnownNames(of: root, isWhole: false)
    let instruments = reader.library(root)
    guard reader.faults.isEmpty else { throw DefinitionFaults(faults: reader.sortedFaults) }
    return instruments
  }
}

/// Where in a JSON text something stands that canonical JSON cannot hold.
public struct CanonicalPlace: Sendable, Equatable, CustomStringConvertible {
  /// The path from the outermost value, such as `factors[0].levels[2]`; empty for that value itself.
  public let path: String

  /// The line and the column, both from 1 and the column in bytes; nil for a value not read from text.
  public let position: Position?

  /// A line and a column.
  public struct Position: Sendable, Equatable {
    /// From 1.
    public let line: Int
    /// From 1, in bytes.
    public let column: Int
  }

  /// Path and position in words.
  public var description: String {
    let words = position.map { "line \($0.line), column \($0.column)" }
    return [path.isEmpty ? nil : path, words].compactMap(\.self).joined(separator: ", ")
  }

  init(path: [CanonicalStep], position: Position? = nil) {
    self.path = path.reduce("") { path, step in
      switch step {
      case .key(let key): path.isEmpty ? key.text : "\(path).\(key.text)"
      case .index(let index): "\(path)[\(index)]"
      }
    }
    self.position = position
  }
}

/// One step from a value to a value within it.
enum CanonicalStep: Sendable {
  case key(Label)
  case index(Int)
}

extension CanonicalValue {
  /// The steps to the first value within that has no canonical spelling.
  var stepsToFault: [CanonicalStep] {
    let parts: [(CanonicalStep, CanonicalValue)] =
      switch self {
      case .array(let items): items.enumerated().map { (.index($0), $1) }
      case .object(let object): object.members.map { (.key($0.key), $0.value) }
      default: []
      }
    for (step, part) in parts where (try? part.canonicalBytes()) == nil {
      return [step] + part.stepsToFault
    }
    return []
  }
}

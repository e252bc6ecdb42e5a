/// One thing wrong in a definition, and where.
public struct DefinitionFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counting from 1.
  public let line: Int
  /// The column, counting from 1.
  public let column: Int
  /// The sentence for the person who wrote the definition.
  public let sentence: String

  /// Makes the value from its parts.
  public init(
    line: Int,
    column: Int,
    sentence: String
  ) {
    self.line = line
    self.column = column
    self.sentence = sentence
  }

  /// Line, column and sentence.
  public var description: String { "line \(line), column \(column): \(sentence)" }
}

/// Everything wrong in a definition, in the order of its lines.
public struct DefinitionFaults: Error, Hashable, Sendable, CustomStringConvertible {
  /// The faults; never empty.
  public let faults: [DefinitionFault]

  /// Makes the value from its parts.
  public init(
    faults: [DefinitionFault]
  ) {
    self.faults = faults
  }

  /// One line for each fault.
  public var description: String { faults.map(\.description).joined(separator: "\n") }
}

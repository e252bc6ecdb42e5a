/// The text of one SQL statement, prepared on each connection at its first use there.
///
/// Values never become part of the text: they are parameters `$1`, `$2` and so on.
public struct Statement: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The statement as the server reads it.
  public let text: String

  /// Wraps a text written by a programmer, never one built from input.
  public init(_ text: StaticString) {
    self.text = text.description
  }

  /// Wraps a statement that was read from a file of the product.
  public init(text: String) {
    self.text = text
  }

  /// Wraps the literal.
  public init(stringLiteral value: String) {
    text = value
  }
}

/// A statement with the values of its parameters.
public struct Query: Hashable, Sendable {
  /// The statement.
  public let statement: Statement
  /// The values of `$1`, `$2` and so on.
  public let parameters: [SQLValue]

  /// Pairs a statement with its values.
  public init(_ statement: Statement, _ parameters: SQLValue...) {
    self.init(statement, parameters: parameters)
  }

  /// Pairs a statement with its values.
  public init(_ statement: Statement, parameters: [SQLValue]) {
    self.statement = statement
    self.parameters = parameters
  }

  /// Refuses a value that the server has no place for.
  func requireStorable() throws(DatabaseError) {
    if let index = parameters.firstIndex(where: { !$0.isStorable }) {
      throw .parameterOutOfRange(index + 1)
    }
  }
}

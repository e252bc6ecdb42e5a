public import Postgres
public import StudyModel

/// A listable set of statements: a test prepares each against the migrated schema.
///
/// `{class}` in a statement stands for the schema of a data class.
public protocol StatementSet: RawRepresentable, CaseIterable, Sendable where RawValue == String {}

extension StatementSet {
  /// The statement.
  public var statement: Statement { Statement(text: rawValue) }

  /// The statement on the schema of a class.
  public func of(_ dataClass: DataClass) -> Statement {
    Statement(text: rawValue.replacing("{class}", with: dataClass.rawValue))
  }
}

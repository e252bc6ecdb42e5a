/// The rows that a statement returned, and how many it changed.
public struct Rows: Sendable, RandomAccessCollection {
  let handle: ResultHandle

  /// How many rows the statement changed, or returned where it changes none.
  public var affected: Int { handle.affected }

  /// The names of the columns in order.
  public var columns: [String] { (0..<handle.columnCount).map(handle.columnName) }

  /// The position of the first row.
  public var startIndex: Int { 0 }
  /// The position after the last row.
  public var endIndex: Int { handle.rowCount }

  /// One row.
  public subscript(position: Int) -> Row {
    precondition(position >= 0 && position < handle.rowCount, "no such row in the result")
    return Row(handle: handle, index: position)
  }
}

/// One row of a result.
public struct Row: Sendable {
  let handle: ResultHandle
  let index: Int

  /// The value in a column counted from 0.
  public func get<Value: ColumnDecodable>(
    _ column: Int, as type: Value.Type = Value.self
  ) throws(DatabaseError) -> Value {
    guard column >= 0, column < handle.columnCount else {
      throw .noSuchColumn("\(column)")
    }
    return try Value.decode(ColumnValue(handle: handle, row: index, column: column))
  }

  /// The value in the column with this name.
  public func get<Value: ColumnDecodable>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(DatabaseError) -> Value {
    guard let column = handle.columnIndex(name) else { throw .noSuchColumn(name) }
    return try Value.decode(ColumnValue(handle: handle, row: index, column: column))
  }
}

/// One stored value, before it is read as a type of the program.
public struct ColumnValue: Sendable {
  let handle: ResultHandle
  let row: Int
  let column: Int

  /// The name of the column.
  public var name: String { handle.columnName(column) }
  /// The server's number for the type of the column.
  public var type: UInt32 { handle.type(column) }
  /// Whether there is no value.
  public var isNull: Bool { unsafe handle.bytes(row: row, column: column) == nil }

  /// What to throw when the column has another type than asked for.
  public func mismatch(_ expected: String) -> DatabaseError {
    .typeMismatch(column: name, expected: expected, found: type)
  }

  /// Lends the bytes of the value, which stay valid while the body runs because `handle` is held.
  func withBytes<Value>(
    _ body: (UnsafeRawBufferPointer) throws(DatabaseError) -> Value
  ) throws(DatabaseError) -> Value {
    guard let bytes = unsafe handle.bytes(row: row, column: column) else {
      throw .unexpectedNull(column: name)
    }
    defer { withExtendedLifetime(handle) {} }
    return try unsafe body(bytes)
  }
}

/// A type that a column of a result can be read as.
public protocol ColumnDecodable {
  /// Reads the value, or refuses it.
  static func decode(_ value: ColumnValue) throws(DatabaseError) -> Self
}

extension Optional: ColumnDecodable where Wrapped: ColumnDecodable {
  /// Reads the value, or nil where there is none.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> Wrapped? {
    value.isNull ? nil : try Wrapped.decode(value)
  }
}

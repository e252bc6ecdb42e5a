internal import CPostgres

/// Owns one result of libpq and clears it once.
///
/// `@unchecked Sendable`: a result never changes after libpq has handed it out, and every read
/// function of libpq on it is free of side effects, so threads may share it.
@safe final class ResultHandle: @unchecked Sendable {
  private let result: OpaquePointer
  /// Read once: every access to a row is checked against them.
  let rowCount: Int
  let columnCount: Int

  init(_ result: OpaquePointer) {
    unsafe self.result = unsafe result
    rowCount = unsafe Int(PQntuples(result))
    columnCount = unsafe Int(PQnfields(result))
  }

  deinit { unsafe PQclear(result) }

  /// The tag of the command, such as `COMMIT` or `INSERT 0 1`.
  var commandTag: String { unsafe String(cString: PQcmdStatus(result)) }

  /// How many rows the command changed or returned.
  var affected: Int {
    guard let text = unsafe PQcmdTuples(result) else { return 0 }
    return unsafe Int(String(cString: text)) ?? 0
  }

  func columnName(_ column: Int) -> String {
    guard let name = unsafe PQfname(result, Int32(column)) else { return "\(column)" }
    return unsafe String(cString: name)
  }

  func columnIndex(_ name: String) -> Int? {
    (0..<columnCount).first { columnName($0) == name }
  }

  func type(_ column: Int) -> UInt32 { unsafe PQftype(result, Int32(column)) }

  /// The bytes live as long as this handle; callers hold it across the use.
  func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer? {
    guard unsafe PQgetisnull(result, Int32(row), Int32(column)) == 0 else { return nil }
    let start = unsafe PQgetvalue(result, Int32(row), Int32(column))
    let count = unsafe Int(PQgetlength(result, Int32(row), Int32(column)))
    return unsafe UnsafeRawBufferPointer(start: start, count: count)
  }
}

/// One fault of a table, with the place where it is mended; values are never quoted.
public struct CSVFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The line of the file, the header being 1.
  public let row: Int
  /// The name of the column; empty where the whole row is meant.
  public let column: String
  /// What is wrong and what is allowed.
  public let sentence: String

  /// Place and sentence.
  public var description: String {
    column.isEmpty ? "Row \(row): \(sentence)" : "Row \(row), column \(column): \(sentence)"
  }
}

/// Every fault of a table: it is taken whole or not at all.
public struct CSVRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// The faults in the order of the rows.
  public let faults: [CSVFault]

  /// The faults, one a line.
  public var description: String {
    "Nothing was imported.\n" + faults.map(\.description).joined(separator: "\n")
  }
}

/// A table read strictly: RFC 4180 with a header, columns taken by name.
///
/// Spreadsheets of languages that write decimal commas separate by semicolons, and some copy tabs: whichever of the
/// three the header has most of separates the whole table.
public struct CSVImport: Sendable, Equatable {
  /// The rows in their order, each with the line it stands on and its value for every column.
  public let rows: [(line: Int, values: [String: String])]

  /// Two tables are equal when every row is.
  public static func == (one: CSVImport, other: CSVImport) -> Bool {
    one.rows.count == other.rows.count
      && zip(one.rows, other.rows).allSatisfy { $0.line == $1.line && $0.values == $1.values }
  }

  /// The text of a file in UTF-8, or why it is none.
  ///
  /// - Parameter most: the most bytes that are read.
  public static func text(_ bytes: [UInt8], most: Int) throws(CSVRefusal) -> String {
    func refused(_ row: Int, _ sentence: String) -> CSVRefusal {
      CSVRefusal(faults: [CSVFault(row: row, column: "", sentence: sentence)])
    }
    guard bytes.count <= most else {
      throw refused(1, "the file is larger than \(most >> 20) MiB; divide it.")
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw refused(1, "the file is UTF-16; save it as CSV in UTF-8.")
    }
    if let zero = bytes.firstIndex(of: 0) {
      throw refused(
        bytes[..<zero].count { $0 == 0x0A } + 1,
        "a byte is no text; save the table as CSV in UTF-8.")
    }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    throw refused((line ?? 0) + 1, "a letter is not in UTF-8; save the table as CSV in UTF-8.")
  }

  /// The names in the header; empty for an empty file.
  public static func header(_ text: String) -> [String] {
    var reader = CSVRecords(text)
    var faults: [CSVFault] = []
    return reader.next(&faults)?.fields ?? []
  }

  /// Reads the columns that are needed; every row has as many fields as the header.
  public init(_ text: String, columns: [String]) throws(CSVRefusal) {
    var reader = CSVRecords(text)
    var faults: [CSVFault] = []
    guard let header = reader.next(&faults)?.fields else {
      throw CSVRefusal(faults: [
        CSVFault(row: 1, column: "", sentence: "the file is empty; a header is needed.")
      ])
    }
    for column in columns {
      let count = header.count { $0 == column }
      if count != 1 {
        faults.append(
          CSVFault(
            row: 1, column: column,
            sentence: count == 0 ? "there is no such column." : "the column stands twice."))
      }
    }
    guard faults.isEmpty else { throw CSVRefusal(faults: faults) }
    var rows: [(line: Int, values: [String: String])] = []
    while let record = reader.next(&faults) {
      guard record.fields.count == header.count else {
        faults.append(
          CSVFault(
            row: record.line, column: "",
            sentence: "\(record.fields.count) fields where the header has \(header.count)."))
        continue
      }
      rows.append(
        (
          record.line,
          Dictionary(
            uniqueKeysWithValues: zip(header, record.fields).filter { columns.contains($0.0) })
        ))
    }
    guard faults.isEmpty else { throw CSVRefusal(faults: faults) }
    self.rows = rows
  }
}

/// The records of a text, one after another.
private struct CSVRecords {
  private var rest: ArraySlice<UInt8>
  private var line = 1
  private let separator: UInt8

  init(_ text: String) {
    let bytes = Array(text.utf8)
    // A byte order mark is no part of the first column's name.
    rest = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    separator = Self.separator(of: rest)
  }

  private static func separator(of table: ArraySlice<UInt8>) -> UInt8 {
    let candidates: [UInt8] = [0x2C, 0x3B, 0x09]
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in table {
      if byte == 0x22 { isQuoted.toggle() }
      guard !isQuoted else { continue }
      if byte == 0x0A || byte == 0x0D { break }
      counts[byte, default: 0] += 1
    }
    // The comma where two are alike, since it is what the format says.
    return candidates.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? 0x2C
  }

  mutating func next(_ faults: inout [CSVFault]) -> (line: Int, fields: [String])? {
    guard !rest.isEmpty else { return nil }
    let start = line
    var fields: [String] = []
    repeat {
      fields.append(field(&faults, row: start))
    } while take(separator)
    let isReturned = take(0x0D)
    if !take(0x0A), !rest.isEmpty {
      // A line that ends with a carriage return alone would run into the next one, as one row.
      faults.append(
        CSVFault(
          row: start, column: "",
          sentence: isReturned
            ? "a line ends with a carriage return alone; save the table with line feeds."
            : "text stands after a closing quote."))
      skipLine()
    }
    line += 1
    return (start, fields)
  }

  private mutating func field(_ faults: inout [CSVFault], row: Int) -> String {
    guard take(0x22) else {
      let field = rest.prefix { [separator] in $0 != separator && $0 != 0x0A && $0 != 0x0D }
      rest = rest.dropFirst(field.count)
      return String(decoding: field, as: UTF8.self)
    }
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == 0x0A { line += 1 }
      guard byte == 0x22 else {
        bytes.append(byte)
        continue
      }
      guard take(0x22) else { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(0x22)
    }
    faults.append(CSVFault(row: row, column: "", sentence: "a quote is never closed."))
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func skipLine() {
    rest = rest.drop { $0 != 0x0A }.dropFirst()
  }
}

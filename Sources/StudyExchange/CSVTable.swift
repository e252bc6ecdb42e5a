/// A table of comma-separated values, RFC 4180, as other programs write it.
struct CSVTable {
  /// The rows with the line each begins on, from 1; rows without any text are left out.
  let rows: [(line: Int, cells: [String])]

  private static let mostBytes = 32 * 1024 * 1024
  private static let mostCells = 2_000_000

  /// Reads bytes, and tells what had to be repaired.
  init(_ bytes: [UInt8], report: inout ExchangeReport) throws(ExchangeRefusal) {
    guard bytes.count <= Self.mostBytes else {
      throw ExchangeRefusal("The table is larger than \(Self.mostBytes / 1_048_576) MiB.")
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw ExchangeRefusal("The table is UTF-16. Save it as CSV in UTF-8.")
    }
    guard !bytes.contains(0) else {
      throw ExchangeRefusal("The file holds bytes that are no text. Name a table saved as CSV.")
    }
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    let text = Self.text(content, &report)
    rows = try Self.rows(Array(text.unicodeScalars), Self.separator(of: text))
  }

  // Tables saved by older spreadsheets are in the alphabet of western Windows.
  private static func text(_ bytes: [UInt8], _ report: inout ExchangeReport) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
      .filter { String(validating: $0.element, as: UTF8.self) == nil }.map { $0.offset + 1 }
    report.repair(
      "the whole table",
      "it is not UTF-8 and was read as Windows-1252; check the signs outside of ASCII on "
        + (lines.count == 1 ? "line " : "lines ")
        + lines.prefix(20).map(String.init).joined(
          separator: ", ") + (lines.count > 20 ? " and \(lines.count - 20) more." : "."))
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(windows[byte] ?? Unicode.Scalar(byte)) }
    return String(text)
  }

  // The bytes in which the alphabet of western Windows differs from Latin-1.
  private static let windows: [UInt8: Unicode.Scalar] = [
    0x80: "€", 0x82: "‚", 0x83: "ƒ", 0x84: "„", 0x85: "…", 0x86: "†", 0x87: "‡", 0x88: "ˆ",
    0x89: "‰", 0x8A: "Š", 0x8B: "‹", 0x8C: "Œ", 0x8E: "Ž", 0x91: "‘", 0x92: "’", 0x93: "“",
    0x94: "”", 0x95: "•", 0x96: "–", 0x97: "—", 0x98: "˜", 0x99: "™", 0x9A: "š", 0x9B: "›",
    0x9C: "œ", 0x9E: "ž", 0x9F: "Ÿ",
  ]

  // Spreadsheets of some languages separate by semicolons; the first line tells.
  private static func separator(of text: String) -> Unicode.Scalar {
    let head = text.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }
    let counts = ([",", ";", "\t"] as [Unicode.Scalar]).map { sign in
      (sign, head.count { $0 == sign })
    }
    let best = counts.max { $0.1 < $1.1 }
    return best.map { $0.1 > 0 ? $0.0 : "," } ?? ","
  }

  private static func rows(
    _ letters: [Unicode.Scalar], _ separator: Unicode.Scalar
  ) throws(ExchangeRefusal) -> [(line: Int, cells: [String])] {
    var rows: [(line: Int, cells: [String])] = []
    var cells: [String] = []
    var cell = String.UnicodeScalarView()
    var isQuoted = false
    var (line, begin, opened, total) = (1, 1, 0, 0)
    var index = 0
    func isBlank() -> Bool { cells.allSatisfy { WrittenText.trimmed($0).isEmpty } }
    while index < letters.count {
      let letter = letters[index]
      index += 1
      if letter == "\n" || letter == "\r" && (index >= letters.count || letters[index] != "\n") {
        line += 1
      }
      if isQuoted {
        if letter != "\"" {
          cell.append(letter)
        } else if index < letters.count, letters[index] == "\"" {
          cell.append(letter)
          index += 1
        } else {
          isQuoted = false
        }
      } else if letter == "\"", cell.isEmpty {
        isQuoted = true
        opened = line
      } else if letter == separator {
        cells.append(String(cell))
        cell = String.UnicodeScalarView()
        total += 1
      } else if letter == "\n" || letter == "\r" {
        if letter == "\r", index < letters.count, letters[index] == "\n" { continue }
        cells.append(String(cell))
        if !isBlank() { rows.append((begin, cells)) }
        (cells, cell) = ([], String.UnicodeScalarView())
        begin = line
      } else {
        cell.append(letter)
      }
      guard total <= mostCells else { throw ExchangeRefusal("The table has too many cells.") }
    }
    guard !isQuoted else {
      throw ExchangeRefusal("Line \(opened): a quotation mark is opened and never closed.")
    }
    cells.append(String(cell))
    if !isBlank() { rows.append((begin, cells)) }
    return rows
  }

  /// A row as text, quoted where it must be.
  static func row(_ cells: [String]) -> String {
    cells.map { cell in
      let needsQuotes = cell.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
      return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }.joined(separator: ",") + "\r\n"
  }
}

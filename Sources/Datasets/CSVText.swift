/// Comma-separated text as RFC 4180 has it, LF line ends.
public enum CSVText {
  /// For whom a table is written.
  public enum Variant: Sendable {
    /// For programs: every value exactly as it is on record.
    case exact
    /// For people who open it in a spreadsheet: what it would take for a formula begins with an apostrophe, and a
    /// byte order mark tells it the alphabet.
    case spreadsheet

    /// The end of a file's name, which tells the two apart.
    public var suffix: String {
      switch self {
      case .exact: ".csv"
      case .spreadsheet: "-spreadsheet.csv"
      }
    }
  }

  /// A table with its head row.
  public static func table(
    _ head: [String], _ rows: [[String]], for variant: Variant = .exact
  ) -> String {
    let lines = ([head] + rows).map { row in
      row.map { quoted(variant == .spreadsheet ? harmless($0) : $0) }.joined(separator: ",") + "\n"
    }
    return (variant == .spreadsheet ? "\u{FEFF}" : "") + lines.joined()
  }

  private static func quoted(_ cell: String) -> String {
    let needs = cell.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    guard needs else { return cell }
    // By scalars: a quotation mark with an accent over it is one character, and another one than the mark.
    var text = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { text.append(scalar) }
      text.append(scalar)
    }
    text.append("\"")
    return String(text)
  }

  /// A cell of which no part is worked out instead of shown (OWASP, CSV injection).
  ///
  /// Spreadsheets of some languages divide cells at semicolons as well. A negative number is one either way.
  private static func harmless(_ cell: String) -> String {
    // Most cells hold none of these signs, whose wide forms begin with this byte.
    let mayBegin = cell.utf8.contains { signs.contains($0) || $0 == 0xEF }
    guard mayBegin, !isNegativeNumber(cell) else { return cell }
    var text = String.UnicodeScalarView()
    var isStart = true
    for scalar in cell.unicodeScalars {
      let isBlank = scalar == "\t" || scalar == "\r" || scalar == "\n"
      if isStart, isBlank || isSign(scalar) { text.append("'") }
      text.append(scalar)
      isStart = isBlank || scalar == ";"
    }
    return String(text)
  }

  /// `=`, `+`, `-` and `@`; a tab or an end of a line, after which a cell begins again.
  private static let signs: [UInt8] = [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D, 0x0A]

  private static func isSign(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "=", "+", "-", "@", "＝", "＋", "－", "＠": true
    default: false
    }
  }

  /// A minus sign, digits and, after a point, more digits.
  private static func isNegativeNumber(_ cell: String) -> Bool {
    guard cell.utf8.first == 0x2D else { return false }
    let parts = cell.utf8.dropFirst().split(separator: 0x2E, omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
      }
  }
}

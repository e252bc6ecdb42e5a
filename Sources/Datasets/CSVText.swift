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
    guard !cell.contains(/\A-[0-9]+(\.[0-9]+)?\z/) else { return cell }
    var text = String.UnicodeScalarView()
    var isStart = true
    for scalar in cell.unicodeScalars {
      let isBlank = "\t\r\n".unicodeScalars.contains(scalar)
      if isStart, isBlank || "=+-@＝＋－＠".unicodeScalars.contains(scalar) { text.append("'") }
      text.append(scalar)
      isStart = isBlank || scalar == ";"
    }
    return String(text)
  }
}

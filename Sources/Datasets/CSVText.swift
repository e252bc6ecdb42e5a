/// Comma-separated text as RFC 4180 has it, LF line ends.
public enum CSVText {
  /// For whom a table is written.
  public enum Variant: Sendable {
    /// For programs: every value exactly as it is on record.
    case exact
    /// For people who open it in a spreadsheet: a cell it would take for a formula begins with an apostrophe.
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
    ([head] + rows).map { row in
      row.map { cell in
        quoted(variant == .spreadsheet && isTakenForFormula(cell) ? "'" + cell : cell)
      }.joined(separator: ",") + "\n"
    }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    let needs = cell.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    return needs ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }

  /// Whether a spreadsheet would work a cell out instead of showing it (OWASP, CSV injection).
  ///
  /// A negative number is one either way.
  private static func isTakenForFormula(_ cell: String) -> Bool {
    guard let first = cell.utf8.first, "=+-@\t\r".utf8.contains(first) else { return false }
    return !cell.contains(/\A-[0-9]+(\.[0-9]+)?\z/)
  }
}

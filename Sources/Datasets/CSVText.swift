/// Comma-separated text as RFC 4180 has it, LF line ends, exact values.
public enum CSVText {
  /// A table with its head row.
  public static func table(_ head: [String], _ rows: [[String]]) -> String {
    ([head] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    let needs = cell.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
    return needs ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
  }
}

import Glibc
import Pictures

/// A QR code in the characters of a terminal, two rows of modules to a line.
enum TerminalPicture {
  /// Lines with the quiet zone of four modules, dark on light whatever the terminal's own colours are.
  static func lines(of code: QRCode) -> [String] {
    let quiet = 4
    func isDark(_ row: Int, _ column: Int) -> Bool {
      let (row, column) = (row - quiet, column - quiet)
      guard (0..<code.side).contains(row), (0..<code.side).contains(column) else { return false }
      return code.modules[row * code.side + column]
    }
    let width = code.side + 2 * quiet
    return stride(from: 0, to: width, by: 2).map { row in
      let characters = (0..<width).map { column in
        switch (isDark(row, column), isDark(row + 1, column)) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
      }
      return "\u{1B}[30;107m\(characters.joined())\u{1B}[0m"
    }
  }

  /// Shows a text as a picture to who looks at a terminal; a file or another program is given nothing.
  static func show(_ text: String) {
    guard isatty(STDOUT_FILENO) == 1, let code = QRCode(text) else { return }
    for line in lines(of: code) { print("  " + line) }
  }
}

import Foundation

/// A file that a command writes, by the name it was given.
enum OutputFile {
  /// Writes the whole file, or says in a sentence why it is not there.
  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw InputFileRefusal.unwritable(path)
    }
  }

  /// Writes a text and tells where it is.
  static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
    print("\nwritten: \(TerminalText.plain(path))")
  }
}

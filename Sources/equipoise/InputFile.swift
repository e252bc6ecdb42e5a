import Foundation

/// A file named on the command line, read whole and only up to a bound.
struct InputFile {
  /// Beyond any bundle, definition or case file; a larger file was named by accident.
  static let mostBytes = 512 * 1024 * 1024

  /// The file as the person named it.
  let path: String
  /// Its content.
  let bytes: Data

  init(_ path: String) throws(InputFileRefusal) {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw Self.isHidden(path) ? .unreadable(path) : .missing(path)
    }
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let kind = try? FileManager.default.attributesOfItem(atPath: target)[.type]
    guard kind as? FileAttributeType != .typeDirectory else { throw .isFolder(path) }
    guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreadable(path) }
    defer { try? handle.close() }
    let content: Data?
    do {
      content = try handle.read(upToCount: Self.mostBytes + 1)
    } catch {
      throw .unreadable(path)
    }
    bytes = content ?? Data()
    guard bytes.count <= Self.mostBytes else { throw .tooLarge(path) }
  }

  /// Whether a folder on the way to a path is there and may not be entered, so that nobody can
  /// tell whether the path is there.
  static func isHidden(_ path: String) -> Bool {
    var folder = URL(fileURLWithPath: path)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      guard !FileManager.default.fileExists(atPath: folder.path) else {
        return !FileManager.default.isExecutableFile(atPath: folder.path)
      }
    }
    return false
  }

  /// The content as text.
  func text() throws(InputFileRefusal) -> String {
    guard let text = String(data: bytes, encoding: .utf8) else { throw .notText(path) }
    return text
  }
}

/// Why a file named on the command line was not used.
enum InputFileRefusal: Error, Equatable, CustomStringConvertible {
  /// Nothing has that name.
  case missing(String)
  /// The name is that of a folder.
  case isFolder(String)
  /// The file is there and cannot be read.
  case unreadable(String)
  /// The file is larger than any file of its kind.
  case tooLarge(String)
  /// The bytes are not UTF-8.
  case notText(String)
  /// A file that was to be written cannot be.
  case unwritable(String)

  var description: String {
    switch self {
    case .missing(let path):
      "There is no file \(TerminalText.plain(path)). Check the name and the folder."
    case .isFolder(let path):
      "\(TerminalText.plain(path)) is a folder. Name a file in it."
    case .unreadable(let path):
      "The file \(TerminalText.plain(path)) cannot be read. Check who may read it."
    case .tooLarge(let path):
      "The file \(TerminalText.plain(path)) is larger than \(InputFile.mostBytes / 1_048_576) "
        + "MiB. Check that it is the right one."
    case .notText(let path):
      "The file \(TerminalText.plain(path)) is not UTF-8 text. Save it as UTF-8."
    case .unwritable(let path):
      "The file \(TerminalText.plain(path)) cannot be written. Check the folder and who may "
        + "write there."
    }
  }
}

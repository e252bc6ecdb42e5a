import Foundation
import Testing

/// A file of the source tree: where it stands and what it says.
struct TextFile: Sendable {
  let path: String
  let text: String

  /// Its lines, numbered from 1.
  var lines: [(number: Int, text: String)] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { ($0.offset + 1, String($0.element)) }
  }

  /// The first folder below `Sources`, nil elsewhere.
  var target: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  /// The lines in which a pattern occurs, as `path:line`.
  func places(of pattern: Regex<Substring>) -> [String] {
    // The default boundary is that of prose, where "Log.file" is one word.
    let pattern = pattern.wordBoundaryKind(.simple)
    return lines.filter { $0.text.contains(pattern) }.map { "\(path):\($0.number)" }
  }

  /// The lines of code, without those of comments, in which a pattern occurs, as `path:line`.
  func code(_ pattern: Regex<Substring>) -> [String] {
    let pattern = pattern.wordBoundaryKind(.simple)
    return lines.filter { !Self.isComment($0.text) && $0.text.contains(pattern) }
      .map { "\(path):\($0.number)" }
  }

  /// Whether a line of Swift is a comment as a whole.
  static func isComment(_ line: String) -> Bool {
    line.utf8.drop { $0 == UInt8(ascii: " ") }.starts(with: "//".utf8)
  }
}

/// The tree these tests are part of.
enum Tree {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The paths of all regular files below a folder, sorted; hidden ones are left out.
  static func paths(below folder: String) -> [String] {
    let base = root.appending(path: folder).path
    guard let found = FileManager.default.enumerator(atPath: base) else { return [] }
    return found.compactMap { $0 as? String }
      .filter { path in
        let isHidden = path.split(separator: "/").contains { $0.hasPrefix(".") }
        guard !isHidden, !path.contains("__pycache__") else { return false }
        let attributes = try? FileManager.default.attributesOfItem(atPath: base + "/" + path)
        return attributes?[.type] as? FileAttributeType == .typeRegular
      }
      .map { folder + "/" + $0 }
      .sorted()
  }

  static func file(_ path: String) throws -> TextFile {
    let data = try Data(contentsOf: root.appending(path: path))
    return TextFile(path: path, text: String(decoding: data, as: UTF8.self))
  }

  /// The files below some folders whose name ends in one of the endings.
  static func files(below folders: String..., ending: String...) throws -> [TextFile] {
    let found = folders.flatMap(paths(below:))
      .filter { path in ending.contains { path.hasSuffix("." + $0) } }
    return try found.map(file)
  }

  /// Every Swift file of the product.
  static func sources() throws -> [TextFile] {
    let found = try files(below: "Sources", ending: "swift")
    // A rule that looked at nothing would hold.
    try #require(found.count > 100)
    return found
  }
}

/// What a tool of the tool chain says.
struct ToolAnswer {
  let status: Int32
  let output: String

  /// Runs a program found on the path, in the root of the tree.
  static func running(_ arguments: String...) throws -> ToolAnswer {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = Tree.root
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return ToolAnswer(
      status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
  }
}

public import Conduct
import Foundation
import Synchronization

/// Signed heads in files outside the database, one for each trial: lines are added, never changed.
public final class WitnessFiles: HeadWitness {
  /// Whether every allocation's head is kept at once.
  public let keepsEveryAllocation: Bool
  /// Where the files stand.
  public let folder: String
  private let say: @Sendable (String) -> Void
  private let lastLines = Mutex<[String: [UInt8]]>([:])

  /// The files of a folder, which is made when the first head is kept.
  public init(
    folder: String, keepsEveryAllocation: Bool = false, say: @escaping @Sendable (String) -> Void
  ) {
    self.folder = folder
    self.keepsEveryAllocation = keepsEveryAllocation
    self.say = say
  }

  /// The file of a trial.
  public func path(of trial: String) -> String { "\(folder)/\(trial).jsonl" }

  /// Adds a line and waits until it is on the disk.
  public func keep(_ signedHead: [UInt8], of trial: String) {
    lastLines.withLock { lines in
      do {
        try append(signedHead, to: path(of: trial), after: &lines[trial])
      } catch {
        say(
          "The witness file of \(trial) cannot be written. Signed heads are not kept outside the "
            + "database until it can; check the folder \(folder).")
      }
    }
  }

  private func append(_ line: [UInt8], to path: String, after last: inout [UInt8]?) throws {
    if last == nil { last = try Self.lastLine(of: path) }
    guard last != line else { return }
    if !FileManager.default.fileExists(atPath: path) {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      guard
        FileManager.default.createFile(
          atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
      else { throw CocoaError(.fileWriteUnknown) }
    }
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let end = try file.seekToEnd()
    var bytes = line + [0x0A]
    // A line that a crash cut short is left as it is and not continued.
    if end > 0 {
      try file.seek(toOffset: end - 1)
      if try file.read(upToCount: 1) != Data([0x0A]) { bytes.insert(0x0A, at: 0) }
    }
    try file.seekToEnd()
    try file.write(contentsOf: Data(bytes))
    try file.synchronize()
    last = line
  }

  private static func lastLine(of path: String) throws -> [UInt8]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let end = try file.seekToEnd()
    // A signed head has some 300 bytes.
    try file.seek(toOffset: end > 4096 ? end - 4096 : 0)
    let tail = try file.readToEnd() ?? Data()
    return tail.split(separator: 0x0A).last.map(Array.init)
  }
}

import Foundation
import LockedMemory

/// The key file of an installation: 32 bytes as hexadecimal digits, readable by the daemon alone.
///
/// A rotation writes the new key beside it (`.new`) before the database changes, and moves it into
/// place after; a crash in between leaves both, and the database's fingerprint tells which is right.
public struct KeyFile: Sendable {
  /// Where the key in force stands.
  public let path: String
  /// Where the key of a rotation under way stands.
  public var staged: String { path + ".new" }

  /// The key file of that path.
  public init(_ path: String) { self.path = path }

  /// The key in force, nil when there is no such file.
  public func read() throws(HostRefusal) -> [UInt8]? { try Self.read(path) }

  /// The key of a rotation that did not end, nil when there is none.
  public func readStaged() throws(HostRefusal) -> [UInt8]? { try Self.read(staged) }

  /// Writes the first key of an installation; refused when the file is there.
  public func make(_ key: [UInt8]) throws(HostRefusal) {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw .keyFileUnreadable(path: path)
    }
    try Self.write(key, to: path)
  }

  /// Writes the key of a rotation beside the one in force, durably.
  public func stage(_ key: [UInt8]) throws(HostRefusal) {
    do {
      if FileManager.default.fileExists(atPath: staged) {
        try FileManager.default.removeItem(atPath: staged)
      }
    } catch {
      throw .keyFileUnreadable(path: staged)
    }
    try Self.write(key, to: staged)
  }

  /// Moves the staged key into place; the key before stays as `.generation-N`, for old backups.
  public func install(after generation: Int) throws(HostRefusal) {
    do {
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.moveItem(atPath: path, toPath: earlier(generation))
      }
      try FileManager.default.moveItem(atPath: staged, toPath: path)
    } catch {
      throw .keyFileUnreadable(path: path)
    }
    Self.synchronizeFolder(of: path)
  }

  /// Keeps a derived key in place of whatever stood there; one that stands there is left alone.
  func keep(_ key: [UInt8]) throws(HostRefusal) {
    if let found = try? read(), found == key { return }
    try stage(key)
    do {
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
      try FileManager.default.moveItem(atPath: staged, toPath: path)
    } catch {
      throw .keyFileUnreadable(path: path)
    }
    Self.synchronizeFolder(of: path)
  }

  /// Where the key of an earlier generation is kept.
  public func earlier(_ generation: Int) -> String { path + ".generation-\(generation)" }

  private static func read(_ path: String) throws(HostRefusal) -> [UInt8]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard var text = FileManager.default.contents(atPath: path).map(Array.init) else {
      throw .keyFileUnreadable(path: path)
    }
    defer { OwnMemory.wipe(&text) }
    guard let bytes = bytes(text) else { throw .badKeyFile(path: path) }
    return bytes
  }

  private static func write(_ key: [UInt8], to path: String) throws(HostRefusal) {
    let text = key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
    // Empty until it is the daemon's alone: nobody else may read the key for even a moment.
    let made = FileManager.default.createFile(
      atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    guard made, let file = FileHandle(forWritingAtPath: path) else {
      throw .keyFileUnreadable(path: path)
    }
    do {
      try file.write(contentsOf: Data(text.utf8))
      try file.synchronize()
      try file.close()
    } catch {
      throw .keyFileUnreadable(path: path)
    }
    synchronizeFolder(of: path)
  }

  /// Names of files are durable once their folder is.
  private static func synchronizeFolder(of path: String) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard let handle = FileHandle(forReadingAtPath: folder) else { return }
    try? handle.synchronize()
    try? handle.close()
  }

  private static func bytes(_ text: [UInt8]) -> [UInt8]? {
    var digits = text.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 }
    defer { OwnMemory.wipe(&digits) }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else {
        OwnMemory.wipe(&bytes)
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}

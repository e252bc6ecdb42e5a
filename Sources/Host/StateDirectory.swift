import Foundation

/// Why the host cannot be made ready.
public enum HostRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The key file is there but is not a key.
  case badKeyFile(path: String)
  /// The key file cannot be read or written.
  case keyFileUnreadable(path: String)
  /// A server setting that keeps data safe is off.
  case unsafeSetting(String)

  /// What is wrong and what to do, for the person at the console.
  public var description: String {
    switch self {
    case .badKeyFile(let path):
      "The key file \(path) does not hold a key of 64 hexadecimal digits. "
        + "Restore it from the escrow copy."
    case .keyFileUnreadable(let path):
      "The key file \(path) cannot be read or written. "
        + "Check that it belongs to the daemon's account."
    case .unsafeSetting(let name):
      "The database server has \(name) off, which can lose committed data. "
        + "Switch it on and restart the server."
    }
  }
}

/// The key file of an installation: 32 bytes as hexadecimal digits, readable by the daemon alone.
public enum KeyFile {
  /// Reads the key, making it at the first start.
  public static func key(at path: String, random: (Int) -> [UInt8]) throws(HostRefusal) -> [UInt8] {
    if FileManager.default.fileExists(atPath: path) {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw .keyFileUnreadable(path: path)
      }
      guard let bytes = bytes(text) else { throw .badKeyFile(path: path) }
      return bytes
    }
    let bytes = random(32)
    let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
    let made = FileManager.default.createFile(
      atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    guard made else { throw .keyFileUnreadable(path: path) }
    return bytes
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 })
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard
        let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

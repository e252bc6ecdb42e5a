import Crypto
import Foundation

/// HMAC-SHA-256 over concatenated parts.
///
/// RFC 2104 written out over SHA-256: nearly all the time of an allocation goes into it, and the
/// library's HMAC, which is generic over the hash, takes three times as long for texts this short.
enum Mac {
  /// The bytes SHA-256 takes at a time.
  private static let blockSize = 64

  static func code(key: [UInt8], _ parts: [UInt8]...) -> [UInt8] {
    code(key: key, of: parts)
  }

  private static func code(key: [UInt8], of parts: [[UInt8]]) -> [UInt8] {
    let key = key.count > blockSize ? Sha.digest(key) : key
    var inner = padded(key, with: 0x36, room: parts.reduce(0) { $0 + $1.count })
    for part in parts { inner.append(contentsOf: part) }
    var outer = padded(key, with: 0x5C, room: 32)
    outer.append(contentsOf: SHA256.hash(data: inner))
    return Array(SHA256.hash(data: outer))
  }

  private static func padded(_ key: [UInt8], with pad: UInt8, room: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(blockSize + room)
    for byte in key { bytes.append(byte ^ pad) }
    for _ in key.count..<blockSize { bytes.append(pad) }
    return bytes
  }
}

/// SHA-256 over concatenated parts.
enum Sha {
  static func digest(_ parts: [UInt8]...) -> [UInt8] {
    var digest = SHA256()
    for part in parts where !part.isEmpty { digest.update(data: part) }
    return Array(digest.finalize())
  }
}

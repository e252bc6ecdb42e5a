import Crypto
import Foundation

/// HMAC-SHA-256 over concatenated parts.
enum Mac {
  static func code(key: [UInt8], _ parts: [UInt8]...) -> [UInt8] {
    var code = HMAC<SHA256>(key: SymmetricKey(data: key))
    for part in parts where !part.isEmpty { code.update(data: part) }
    return Array(code.finalize())
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

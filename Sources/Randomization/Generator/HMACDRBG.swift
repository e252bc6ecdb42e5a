import Crypto
import Foundation

/// The HMAC_DRBG of NIST SP 800-90A with SHA-256.
///
/// As in section 10.1.2 of revision 1, without prediction resistance, reseeding or additional
/// input: the output is a function of the three inputs alone, so that anyone who holds them can
/// repeat it.
public struct HMACDRBG: Sendable {
  private var key = [UInt8](repeating: 0x00, count: 32)
  private var value = [UInt8](repeating: 0x01, count: 32)

  /// The generator instantiated with these inputs.
  public init(entropy: [UInt8], nonce: [UInt8], personalization: [UInt8]) {
    update(entropy + nonce + personalization)
  }

  /// The next bytes of the generator.
  public mutating func generate(_ count: Int) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(count + 32)
    while output.count < count {
      value = Mac.code(key: key, value)
      output += value
    }
    update([])
    if output.count > count { output.removeLast(output.count - count) }
    return output
  }

  private mutating func update(_ provided: [UInt8]) {
    key = Mac.code(key: key, value, [0x00], provided)
    value = Mac.code(key: key, value)
    if provided.isEmpty { return }
    key = Mac.code(key: key, value, [0x01], provided)
    value = Mac.code(key: key, value)
  }
}

/// Lower-case hexadecimal, the only spelling of bytes in a ledger.
package enum Hex {
  private static let alphabet = Array("0123456789abcdef".utf8)

  /// The digits of some bytes as ASCII.
  package static func digits(_ bytes: [UInt8]) -> [UInt8] {
    var digits: [UInt8] = []
    digits.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      digits.append(alphabet[Int(byte >> 4)])
      digits.append(alphabet[Int(byte & 15)])
    }
    return digits
  }

  /// The bytes spelled by lower-case digits, or nil.
  package static func bytes(_ digits: [UInt8]) -> [UInt8]? {
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// The value of a digit of JSON's escapes, which may be of either case.
  static func anyCaseDigit(_ ascii: UInt8) -> UInt8? {
    if case UInt8(ascii: "A")...UInt8(ascii: "F") = ascii { return ascii - UInt8(ascii: "A") + 10 }
    return digit(ascii)
  }

  private static func digit(_ ascii: UInt8) -> UInt8? {
    switch ascii {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): ascii - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): ascii - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

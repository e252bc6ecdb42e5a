/// The 128 bits of a `uuid`.
public struct UniqueIdentifier: Sendable, Hashable, CustomStringConvertible {
  /// The first eight bytes, most significant first.
  public let high: UInt64
  /// The last eight bytes, most significant first.
  public let low: UInt64

  /// The identifier made of the two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the usual form, 32 hexadecimal digits in groups of 8-4-4-4-12.
  public init?(parsing text: String) {
    let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard groups.map(\.count) == [8, 4, 4, 4, 12] else { return nil }
    let digits = groups.flatMap(Array.init)
    guard digits.allSatisfy({ Self.isHexadecimal($0) }),
      let high = UInt64(String(decoding: digits.prefix(16), as: UTF8.self), radix: 16),
      let low = UInt64(String(decoding: digits.suffix(16), as: UTF8.self), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }

  /// The usual form in lower case.
  public var description: String {
    func padded(_ value: UInt64, _ width: Int) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    return [
      padded(high >> 32, 8), padded(high >> 16 & 0xFFFF, 4), padded(high & 0xFFFF, 4),
      padded(low >> 48, 4), padded(low & 0xFFFF_FFFF_FFFF, 12),
    ].joined(separator: "-")
  }
}

/// A decimal number kept as its digits, so that nothing is ever rounded.
///
/// The number of digits after the point is part of the value: 1.0 and 1.00 differ, as they do in
/// a `numeric` column. Sign and leading zeros are brought to the server's form.
public struct DecimalText: Sendable, Hashable, CustomStringConvertible {
  /// The most digits before the point that the server stores.
  public static let maximumIntegerDigits = 131_072
  /// The most digits after the point that the server stores.
  public static let maximumFractionDigits = 16_383

  /// The number: `-`, digits, and where there is a fraction a point with digits.
  public let text: String

  /// Reads digits with an optional sign and an optional point; no exponent, space or separator.
  public init?(parsing source: String) {
    var rest = Substring(source).utf8
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }),
      parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    let whole = parts[0].drop { $0 == 0x30 }
    let fraction = parts.count == 2 ? parts[1] : parts[0].prefix(0)
    guard whole.count <= Self.maximumIntegerDigits, fraction.count <= Self.maximumFractionDigits
    else { return nil }
    let isZero = whole.isEmpty && fraction.allSatisfy { $0 == 0x30 }
    var text = isNegative && !isZero ? "-" : ""
    text += whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)
    if !fraction.isEmpty { text += "." + String(decoding: fraction, as: UTF8.self) }
    self.text = text
  }

  /// A whole number.
  public init(_ value: Int64) {
    text = String(value)
  }

  /// Takes a text that was made in the canonical form.
  init(canonical text: String) {
    self.text = text
  }

  /// The digits.
  public var description: String { text }
}

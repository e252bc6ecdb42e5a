/// The random 16 bytes that tell one ledger from every other.
public struct LedgerIdentity: Hashable, Sendable, CustomStringConvertible {
  /// The length of every identity.
  public static let length = 16

  /// The 16 bytes.
  public let bytes: [UInt8]

  /// The identity with these bytes, or nil when there are not 16.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  /// The identity spelled by 32 lower-case hex digits, or nil.
  public init?(hex: Label) {
    guard let bytes = Hex.bytes(hex.utf8) else { return nil }
    self.init(bytes)
  }

  /// The 32 lower-case hex digits.
  public var hex: String { String(decoding: Hex.digits(bytes), as: UTF8.self) }

  /// The 32 lower-case hex digits.
  public var description: String { hex }
}

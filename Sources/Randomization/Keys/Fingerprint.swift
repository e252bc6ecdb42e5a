/// A SHA-256 value: a leaf, a root, a commitment or a seal.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
  /// The length of every fingerprint.
  public static let length = 32

  /// The 32 bytes.
  public let bytes: [UInt8]

  /// The fingerprint with these bytes, or nil when there are not 32.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.length else { return nil }
    self.bytes = bytes
  }

  /// The fingerprint spelled by 64 lower-case hex digits, or nil.
  public init?(hex: Label) {
    guard let bytes = Hex.bytes(hex.utf8) else { return nil }
    self.init(bytes)
  }

  init(digest bytes: [UInt8]) {
    precondition(bytes.count == Self.length, "a SHA-256 value has 32 bytes")
    self.bytes = bytes
  }

  /// What the first entry of a ledger names as its predecessor.
  public static let zero = Fingerprint(digest: Array(repeating: 0, count: length))

  /// The 64 lower-case hex digits.
  public var hex: String { String(decoding: Hex.digits(bytes), as: UTF8.self) }

  /// The 64 lower-case hex digits.
  public var description: String { hex }
}

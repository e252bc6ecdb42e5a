/// A text that is the same as another only if its UTF-8 bytes are the same.
///
/// `String` compares by canonical equivalence: two spellings of one ward name would fall into one
/// stratum on this server and into two in an independent verifier.
public struct Label: Hashable, Comparable, Sendable {
  /// The bytes that decide identity.
  public let utf8: [UInt8]

  /// The label with the bytes of this text.
  public init(_ text: String) {
    utf8 = Array(text.utf8)
  }

  init(utf8: [UInt8]) {
    self.utf8 = utf8
  }

  /// The label as text for people.
  public var text: String {
    String(decoding: utf8, as: UTF8.self)
  }

  /// Whether one label comes before another by byte value.
  public static func < (left: Label, right: Label) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

extension Label: ExpressibleByStringLiteral {
  /// The label spelled in the source.
  public init(stringLiteral value: String) {
    self.init(value)
  }
}

extension Label: CustomStringConvertible {
  /// The label as text for people.
  public var description: String { text }
}

/// A value that canonical JSON can hold.
public indirect enum CanonicalValue: Sendable, Equatable {
  /// The absent value.
  case null

  /// True or false.
  case bool(Bool)

  /// A whole number of at most 2^53 - 1 in size.
  case integer(Int)

  /// A text, compared by its bytes.
  case string(Label)

  /// Values in order.
  case array([CanonicalValue])

  /// Values by key.
  case object(CanonicalObject)

  /// The largest size of an integer: beyond it, common readers of JSON lose digits.
  public static let largestInteger = 9_007_199_254_740_991

  /// The only spelling of this value, or the reason why it has none.
  public func canonicalBytes() throws(CanonicalRefusal) -> [UInt8] {
    var bytes: [UInt8] = []
    try write(to: &bytes)
    return bytes
  }

  private func write(to bytes: inout [UInt8]) throws(CanonicalRefusal) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let flag): bytes += flag ? "true".utf8 : "false".utf8
    case .integer(let number):
      guard number.magnitude <= Self.largestInteger.magnitude else { throw .badJSON }
      bytes += String(number).utf8
    case .string(let label):
      try CanonicalText.check(label.utf8)
      Self.writeQuoted(label.utf8, to: &bytes)
    case .array(let items):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        try item.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        try CanonicalText.checkKey(member.key.utf8)
        Self.writeQuoted(member.key.utf8, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        try member.value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func writeQuoted(_ text: [UInt8], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        bytes.append(UInt8(ascii: "\\"))
      }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

/// The members of a canonical object, sorted by the bytes of their keys.
public struct CanonicalObject: Sendable, Equatable {
  /// One key with its value.
  public struct Member: Sendable, Equatable {
    /// The key.
    public let key: Label

    /// The value.
    public let value: CanonicalValue
  }

  /// The members in the order of their keys.
  public let members: [Member]

  /// The object with these members; keys must be unique.
  public init(_ values: [Label: CanonicalValue]) {
    members = values.map { Member(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
  }

  init(unsorted: [Member]) throws(CanonicalRefusal) {
    members = unsorted.sorted { $0.key < $1.key }
    for (left, right) in zip(members, members.dropFirst()) where left.key == right.key {
      throw .badJSON
    }
  }

  /// The value under a key, if there is one.
  public subscript(key: String) -> CanonicalValue? {
    members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  /// Whether the keys are exactly these, given sorted.
  func hasExactly(_ keys: [String]) -> Bool {
    members.count == keys.count
      && zip(members, keys).allSatisfy { $0.key.utf8.elementsEqual($1.utf8) }
  }
}

extension CanonicalValue {
  /// The whole number, if it is one.
  public var integer: Int? {
    if case .integer(let number) = self { number } else { nil }
  }

  /// The text, if it is one.
  public var label: Label? {
    if case .string(let label) = self { label } else { nil }
  }

  /// The items, if it is an array.
  public var items: [CanonicalValue]? {
    if case .array(let items) = self { items } else { nil }
  }

  /// The object, if it is one.
  public var object: CanonicalObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// A text value.
  static func text(_ text: String) -> CanonicalValue { .string(Label(text)) }

  /// Bytes as lower-case hex.
  static func hex(_ bytes: [UInt8]) -> CanonicalValue { .string(Label(utf8: Hex.digits(bytes))) }
}

extension CanonicalValue: ExpressibleByDictionaryLiteral {
  /// The object spelled in the source.
  public init(dictionaryLiteral elements: (Label, CanonicalValue)...) {
    self = .object(CanonicalObject(Dictionary(uniqueKeysWithValues: elements)))
  }
}

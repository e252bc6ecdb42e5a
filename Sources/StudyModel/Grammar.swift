/// The shapes of the short names, as total functions of bytes.
enum Grammar {
  case upper(most: Int)
  case lower(most: Int)
  case name(most: Int)
  case digits(Int)
  case participant
  case token

  /// The text itself when it has this shape.
  func checked(_ text: String, _ expected: String) throws(ParseFault) -> String {
    guard accepts(Array(text.utf8)) else {
      throw ParseFault("“\(text.prefix(40))” is not \(expected).")
    }
    return text
  }

  private func accepts(_ bytes: [UInt8]) -> Bool {
    switch self {
    case .upper(let most):
      return Self.starts(bytes, most, Self.isUpper) { Self.isUpper($0) || Self.isDigitOrBar($0) }
    case .lower(let most):
      return Self.starts(bytes, most, Self.isLower) { Self.isLower($0) || Self.isDigitOrBar($0) }
    case .name(let most):
      return Self.starts(bytes, most, Self.isLetter) { Self.isLetter($0) || Self.isDigitOrBar($0) }
    case .digits(let count):
      return bytes.count == count && bytes.allSatisfy(Self.isDigit)
    case .participant:
      return bytes.count == 8 && bytes[3] == UInt8(ascii: "-")
        && bytes.prefix(3).allSatisfy(Self.isDigit) && bytes.suffix(4).allSatisfy(Self.isDigit)
    case .token:
      return bytes.count == 10 && bytes.starts(with: Array("A-".utf8))
        && bytes.suffix(8).allSatisfy(Self.isCrockford)
    }
  }

  private static func starts(
    _ bytes: [UInt8], _ most: Int, _ first: (UInt8) -> Bool, _ rest: (UInt8) -> Bool
  ) -> Bool {
    guard let head = bytes.first, bytes.count <= most else { return false }
    return first(head) && bytes.dropFirst().allSatisfy(rest)
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
  static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
  static func isLetter(_ byte: UInt8) -> Bool { isUpper(byte) || isLower(byte) }
  private static func isDigitOrBar(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_")
  }

  // I, L, O and U are left out of the alphabet: read aloud they are mistaken for 1, 0 and V.
  private static func isCrockford(_ byte: UInt8) -> Bool {
    (isDigit(byte) || isUpper(byte)) && !"ILOU".utf8.contains(byte)
  }
}

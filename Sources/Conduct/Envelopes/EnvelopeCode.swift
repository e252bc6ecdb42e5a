/// The code that opens one participant's offline envelope: 100 bits, printed on the participant's card.
///
/// So long that it needs no stretching: the 2^100 codes cannot be tried by anybody who holds the file.
public struct EnvelopeCode: Sendable, Equatable {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  private static let length = 20

  /// The twenty characters without groups.
  let characters: [UInt8]

  /// The code spelled from a participant's secret; nil when it is shorter than the code.
  init?(secret: [UInt8]) {
    guard secret.count * 8 >= Self.length * 5 else { return nil }
    characters = (0..<Self.length).map { position in
      let bits = (0..<5).map { bit -> Int in
        let place = position * 5 + bit
        return Int(secret[place / 8] >> (7 - UInt8(place % 8))) & 1
      }
      return Self.alphabet[bits.reduce(0) { $0 << 1 | $1 }]
    }
  }

  /// The code as somebody typed it: groups, case and the letters people mistake do not matter.
  public init?(typed text: String) {
    let plain = text.uppercased().unicodeScalars.filter { !"- \t\r\n".unicodeScalars.contains($0) }
    let characters = plain.map { scalar -> UInt8 in
      switch scalar {
      case "O": UInt8(ascii: "0")
      case "I", "L": UInt8(ascii: "1")
      default: scalar.isASCII ? UInt8(scalar.value) : 0
      }
    }
    guard characters.count == Self.length, characters.allSatisfy(Self.alphabet.contains) else {
      return nil
    }
    self.characters = characters
  }

  /// The code as it is printed: `7KQ2M-9XD4T-1B0CV-HH3ZR`.
  public var printed: String {
    stride(from: 0, to: Self.length, by: 5).map { start in
      String(decoding: characters[start..<(start + 5)], as: UTF8.self)
    }.joined(separator: "-")
  }
}

extension EnvelopeCode: CustomStringConvertible, CustomReflectable {
  /// A word in place of the code.
  public var description: String { "a concealed envelope code" }

  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

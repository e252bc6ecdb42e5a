/// Characters nobody sees: they make one text look like another, or turn the order in which it is read.
public enum HiddenCharacter {
  /// Whether the scalar is a control character, a separator of lines, a control of the direction in which
  /// text is read, or takes no room at all; the end of a line is none.
  ///
  /// The marks U+200E and U+200F and the joiners U+200C and U+200D are part of correct spelling and stay.
  public static func isOne(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    case 0x200B, 0x2060...0x2064, 0xFEFF, 0xFFF9...0xFFFB: true
    default: false
    }
  }

  /// The first one of a text, written as `U+202E`.
  public static func first(in text: String) -> String? {
    text.unicodeScalars.first(where: isOne).map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
  }
}

import StudyModel

/// Small repairs of text other systems write.
enum WrittenText {
  static func trimmed(_ text: some StringProtocol) -> String {
    let scalars = String(text).unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }

  /// The text on one line: no control characters, white space run together.
  static func line(_ text: some StringProtocol) -> String {
    let visible = text.unicodeScalars.filter { !isInvisible($0) }
    let cleaned = String.UnicodeScalarView(visible.map { isPlain($0) ? $0 : " " })
    return String(cleaned).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  // Of those that are no control characters: between two letters they left no room.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    HiddenCharacter.isOne(scalar) && scalar.properties.generalCategory == .format
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: scalar != "\u{FEFF}"
    }
  }

  /// The text without the marks of HTML, and whether there were any.
  static func withoutMarkup(_ text: String) -> (text: String, hadMarkup: Bool) {
    guard text.contains("<") || text.contains("&") else { return (line(text), false) }
    var plain = text.replacing(/<\/?[A-Za-z!][^<>]*>/, with: " ")
    for (name, sign) in [
      ("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"),
      ("&amp;", "&"),
    ] {
      plain = plain.replacing(name, with: sign)
    }
    return (line(plain), plain != text)
  }

  static func lowercased(_ text: some StringProtocol) -> String { trimmed(text).lowercased() }

  /// The text cut to so many characters, with a sign that it was.
  static func cut(_ text: String, _ most: Int) -> String {
    text.count <= most ? text : String(text.prefix(most - 1)) + "…"
  }
}

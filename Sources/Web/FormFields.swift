import Foundation

/// The fields of a posted form, in order.
struct FormFields: Sendable {
  let pairs: [(name: String, value: String)]

  init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

  /// The boxes of a kept draft.
  init(_ typed: [String: [String]]) {
    pairs = typed.keys.sorted().flatMap { name in (typed[name] ?? []).map { (name, $0) } }
  }

  /// What was typed, without what the page itself sends along.
  var typed: [String: [String]] {
    let kept = pairs.filter {
      $0.name != "act" && (!$0.name.hasPrefix("_") || $0.name.hasPrefix("_reason"))
    }
    return Dictionary(kept.map { ($0.name, [$0.value]) }, uniquingKeysWith: +)
  }

  /// Reads `application/x-www-form-urlencoded`, nil when it is malformed or too large.
  init?(urlEncoded text: String) {
    var pairs: [(name: String, value: String)] = []
    for part in text.split(separator: "&") {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(halves[0])
      let value = halves.count > 1 ? Self.decoded(halves[1]) : ""
      guard let name, let value, pairs.count < 2000 else { return nil }
      pairs.append((name, value))
    }
    self.pairs = pairs
  }

  private static func decoded(_ text: Substring) -> String? {
    guard let decoded = percentDecoded(text.replacing("+", with: " ")), !holdsNoCharacter(decoded)
    else { return nil }
    return decoded
  }

  /// The text that a percent-encoded one stands for, nil where it is malformed or no UTF-8.
  ///
  /// Foundation's reader puts U+FFFD for what is no UTF-8: many spellings would mean one text nobody sent.
  static func percentDecoded(_ text: some StringProtocol) -> String? {
    var (bytes, rest) = ([UInt8](), Array(text.utf8)[...])
    func digit() -> UInt8? {
      rest.popFirst().flatMap { Character(UnicodeScalar($0)).hexDigitValue }.map { UInt8($0) }
    }
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = digit(), let low = digit() else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// U+0000 is in no text of ours: the database cannot hold it.
  static func holdsNoCharacter(_ text: String) -> Bool { text.utf8.contains(0) }

  /// The first value of a field; blanks alone are no value, and a reason is counted without those around it.
  subscript(name: String) -> String? {
    pairs.first { $0.name == name }.map { GivenText.read($0.value, of: name) }
  }

  /// All values of a field.
  func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }
}

/// A text as somebody sent it in a form or body.
enum GivenText {
  /// The text that counts: blanks alone are nothing, and a reason stands without those around it.
  static func read(_ text: String, of name: String) -> String {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return trimmed.isEmpty || name.hasSuffix("reason") ? trimmed : text
  }
}

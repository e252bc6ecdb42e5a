import Foundation

/// The cookies of a request (RFC 6265, 5.4); of two with one name the first counts.
struct Cookies {
  private let pairs: [(name: Substring, value: Substring)]

  /// Takes the header's lines apart; what has no name is left out.
  init(_ lines: [String]) {
    pairs = lines.flatMap { $0.split(separator: ";") }.compactMap { part in
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2 else { return nil }
      let name = Self.trimmed(halves[0])
      return name.isEmpty ? nil : (name, Self.trimmed(halves[1]))
    }
  }

  /// The value as sent, nil without such a cookie.
  subscript(name: String) -> String? { pairs.first { $0.name == name }.map { String($0.value) } }

  private static func trimmed(_ text: Substring) -> Substring {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}

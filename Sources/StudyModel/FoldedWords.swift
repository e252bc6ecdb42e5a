/// The words of a text as they are compared: without case, accents and marks.
struct FoldedWords {
  private let words: [String]

  init(_ text: String) {
    var words: [String] = []
    var word = ""
    for character in text {
      let folded = Self.folded(character)
      if folded.isEmpty {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word += folded
      }
    }
    if !word.isEmpty { words.append(word) }
    self.words = words
  }

  /// Whether the words of another text stand here one after another.
  func hold(_ other: FoldedWords) -> Bool {
    let count = other.words.count
    guard count > 0, count <= words.count else { return false }
    return (0...(words.count - count)).contains { start in
      words[start..<(start + count)].elementsEqual(other.words)
    }
  }

  /// A letter or digit in small letters without its accents; empty for what parts words.
  private static func folded(_ character: Character) -> String {
    let small = character.lowercased()
    guard let one = small.first, one.isLetter || one.isNumber else { return "" }
    return small.map { plain[$0] ?? String($0) }.joined()
  }

  // A letter with an accent equals the letter followed by its mark, however it is written.
  private static let plain: [Character: String] = {
    var found: [Character: String] = [
      "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i",
    ]
    let marks: [Unicode.Scalar] = (0x0300...0x0336).compactMap { Unicode.Scalar($0) }
    for letter in "abcdefghijklmnopqrstuvwxyz" {
      for mark in marks {
        let whole = String(letter) + String(Character(mark))
        if whole.count == 1, let one = whole.first { found[one] = String(letter) }
      }
    }
    return found
  }()
}

/// One piece of a formula's text.
struct FormulaToken: Hashable {
  enum Kind: Hashable {
    case number(ExactNumber)
    case text(String)
    case word(String)
    case sign(String)
    case end
  }

  let kind: Kind
  let column: Int

  /// The piece in words, for a fault.
  var described: String {
    switch kind {
    case .number(let number): "the number \(number)"
    case .text(let text): "the text '\(text)'"
    case .word(let word): "“\(word)”"
    case .sign(let sign): "“\(sign)”"
    case .end: "the end"
    }
  }

  // Longer signs stand first, so that "<=" is not read as "<".
  private static let signs = [
    "!=", "<=", ">=", "..", "=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".", "@",
  ]

  // A rule longer than this is not one a person can check.
  private static let longest = 4000

  /// Splits a text into pieces, ending with one that marks the end.
  static func all(of text: String) throws(FormulaFault) -> [FormulaToken] {
    let letters = Array(text)
    guard letters.count <= longest else {
      throw FormulaFault(column: longest, sentence: "The formula is too long.")
    }
    var tokens: [FormulaToken] = []
    var index = 0
    while index < letters.count {
      if letters[index].isWhitespace {
        index += 1
        continue
      }
      let (kind, next) = try piece(of: letters, at: index)
      tokens.append(FormulaToken(kind: kind, column: index + 1))
      index = next
    }
    return tokens + [FormulaToken(kind: .end, column: letters.count + 1)]
  }

  private static func piece(
    of letters: [Character], at start: Int
  ) throws(FormulaFault) -> (Kind, Int) {
    let letter = letters[start]
    if isDigit(letter) { return try number(letters, start) }
    if isLetter(letter) {
      let end = firstIndex(in: letters, from: start) { !isLetter($0) && !isDigit($0) }
      return (.word(String(letters[start..<end])), end)
    }
    if letter == "'" {
      let end = firstIndex(in: letters, from: start + 1) { $0 == "'" }
      guard end < letters.count else {
        throw FormulaFault(column: start + 1, sentence: "The text is not closed with '.")
      }
      return (.text(String(letters[(start + 1)..<end])), end + 1)
    }
    for sign in signs where letters[start...].starts(with: sign) {
      return (.sign(sign), start + sign.count)
    }
    throw FormulaFault(column: start + 1, sentence: "“\(letter)” has no meaning in a formula.")
  }

  private static func number(
    _ letters: [Character], _ start: Int
  ) throws(FormulaFault) -> (Kind, Int) {
    var end = firstIndex(in: letters, from: start) { !isDigit($0) }
    if end + 1 < letters.count, letters[end] == ".", isDigit(letters[end + 1]) {
      end = firstIndex(in: letters, from: end + 1) { !isDigit($0) }
    }
    do {
      return (.number(try ExactNumber(parsing: String(letters[start..<end]))), end)
    } catch {
      throw FormulaFault(column: start + 1, sentence: error.sentence)
    }
  }

  private static func firstIndex(
    in letters: [Character], from start: Int, where matches: (Character) -> Bool
  ) -> Int {
    letters[start...].firstIndex(where: matches) ?? letters.count
  }

  private static func isDigit(_ letter: Character) -> Bool { ("0"..."9").contains(letter) }
  private static func isLetter(_ letter: Character) -> Bool {
    letter == "_" || (letter.isASCII && letter.isLetter)
  }
}

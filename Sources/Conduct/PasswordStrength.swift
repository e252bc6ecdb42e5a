import Store

/// How many tries a program needs that knows what people choose.
///
/// A password is taken apart into known passwords, runs such as `abcd` or `7777`, repetitions of
/// what stood before, and single characters; the cheapest way counts. After Wheeler, zxcvbn:
/// Low-Budget Password Strength Estimation, USENIX Security 2016, section 4, in small: no
/// keyboards, no dates, since the shipped list holds the frequent ones.
struct PasswordStrength: Sendable {
  /// Less than this is found in hours by who stole the hashes, memory-hard as they are.
  static let leastBits = 42.0
  /// Of the shipped list.
  static let shipped = PasswordStrength(EmbeddedPasswords.all)

  private let ranks: [Substring: Int]
  private let longest: Int

  /// - Parameter frequent: known passwords in small letters, the most frequent first.
  init(_ frequent: [Substring]) {
    ranks = Dictionary(
      zip(frequent, 1...), uniquingKeysWith: { first, _ in first })
    longest = frequent.map(\.count).max() ?? 0
  }

  /// The base 2 logarithm of the tries.
  func bits(of password: String) -> Double {
    let characters = Array(password.lowercased().prefix(256))
    let plain = characters.map { Self.plain[$0] ?? $0 }
    var least = Array(repeating: Double.infinity, count: characters.count + 1)
    least[0] = 0
    for start in characters.indices {
      func offer(_ length: Int, _ bits: Double) {
        least[start + length] = min(least[start + length], least[start] + bits)
      }
      offer(1, Self.bits(ofOne: characters[start]))
      for length in 3...max(3, longest) where start + length <= characters.count {
        let word = Substring(String(characters[start..<start + length]))
        if let rank = ranks[word] { offer(length, Self.bits(ofRank: rank)) }
        let meant = Substring(String(plain[start..<start + length]))
        if let rank = ranks[meant] { offer(length, Self.bits(ofRank: rank) + 1) }
      }
      let run = Self.run(characters[start...])
      if run >= 3 { for length in 3...run { offer(length, 8) } }
      // Again what stands just before: one word typed twice is little more than typed once.
      for length in 1...max(1, start) where start >= length && start + length <= characters.count {
        if characters[start - length..<start] == characters[start..<start + length] {
          offer(length, 2)
        }
      }
    }
    return least[characters.count]
  }

  /// How long the characters go up, down or stay by one step.
  private static func run(_ characters: ArraySlice<Character>) -> Int {
    let values = characters.map { $0.unicodeScalars.first.map { Int($0.value) } ?? 0 }
    guard values.count > 2, abs(values[1] - values[0]) <= 1 else { return 1 }
    let step = values[1] - values[0]
    var length = 2
    while length < values.count, values[length] - values[length - 1] == step { length += 1 }
    return length
  }

  private static func bits(ofRank rank: Int) -> Double { max(1, Double(rank).logarithm) + 1 }

  private static func bits(ofOne character: Character) -> Double {
    if character.isNumber { return 3.3 }
    return character.isASCII && character.isLetter ? 4.7 : 5
  }

  private static let plain: [Character: Character] = [
    "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i",
  ]
}

extension Double {
  /// Base 2; exact enough for an estimate, and without a library.
  fileprivate var logarithm: Double { Double(exponent) + significand - 1 }
}

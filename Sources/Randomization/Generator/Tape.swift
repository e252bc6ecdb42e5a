/// A stream of 64-bit words from one generator, read from the front.
public struct Tape: Sendable {
  /// Bytes asked of the generator at a time; part of the protocol, since each call also updates it.
  private static let callSize = 64

  private var generator: HMACDRBG
  private var words: [UInt64] = []
  private var position = 0

  /// The words read so far.
  public private(set) var wordsConsumed = 0

  /// The tape of these inputs, at its beginning.
  public init(entropy: [UInt8], nonce: [UInt8], personalization: [UInt8]) {
    generator = HMACDRBG(entropy: entropy, nonce: nonce, personalization: personalization)
  }

  /// The next word, big-endian.
  public mutating func word() -> UInt64 {
    if position == words.count { refill() }
    let word = words[position]
    position += 1
    wordsConsumed += 1
    return word
  }

  private mutating func refill() {
    let bytes = generator.generate(Self.callSize)
    words.removeAll(keepingCapacity: true)
    for start in stride(from: 0, to: bytes.count, by: 8) {
      var word: UInt64 = 0
      for offset in 0..<8 { word = word << 8 | UInt64(bytes[start + offset]) }
      words.append(word)
    }
    position = 0
  }

  /// A number below `bound`, every one equally likely; `bound` lies in 1...2^63.
  public mutating func uniform(_ bound: UInt64) -> UInt64 {
    precondition(bound >= 1 && bound <= 1 << 63, "a uniform draw needs a bound in 1...2^63")
    // Words in the incomplete last run of `bound` are discarded, else small numbers were likelier.
    let excess = (UInt64.max % bound + 1) % bound
    while true {
      let word = word()
      if word <= UInt64.max - excess { return word % bound }
    }
  }

  /// The index drawn with probability proportional to its weight.
  public mutating func pick(_ weights: [UInt64]) -> Int {
    let target = uniform(weights.reduce(0, +))
    var sum: UInt64 = 0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if sum > target { return index }
    }
    preconditionFailure("a draw lies below the sum of its weights")
  }
}

/// Draws of a simulated trial: the same seed gives the same trial on every machine.
///
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). It decides outcomes of invented people only;
/// allocations are drawn by the product itself, from its own seed.
struct Chances: Sendable {
  private var state: UInt64

  init(seed: UInt64, stream: UInt64) {
    state = seed &+ stream &* 0x9E37_79B9_7F4A_7C15
    _ = word()
  }

  mutating func word() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in 0 ≤ u < 1.
  mutating func unit() -> Double { Double(word() >> 11) * 0x1p-53 }

  /// Whether something of this probability happens.
  mutating func happens(_ probability: Double) -> Bool { unit() < probability }

  /// A whole number of the range, each as likely.
  mutating func whole(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(word() % UInt64(range.count))
  }

  /// A sum of twelve uniform draws: near normal with this mean and deviation, cut to the range.
  mutating func bell(mean: Double, deviation: Double, in range: ClosedRange<Int>) -> Int {
    let sum = (0..<12).reduce(0.0) { total, _ in total + unit() } - 6
    return min(max(Int((mean + deviation * sum).rounded()), range.lowerBound), range.upperBound)
  }

  /// Items of a scale that add up to a total, none above the most.
  ///
  /// They are drawn from a branch: what is drawn afterwards does not depend on the total.
  mutating func items(_ count: Int, total: Int, most: Int) -> [Int] {
    var branch = Chances(seed: word(), stream: 0)
    var items = Array(repeating: 0, count: count)
    for _ in 0..<min(total, count * most) {
      var index = branch.whole(0...(count - 1))
      while items[index] == most { index = (index + 1) % count }
      items[index] += 1
    }
    return items
  }
}

/// Binomial numbers by inversion of a table: exact, and as fast as reading an array.
///
/// A guide names for each 1024th of the unit interval the first count that can belong to it, so that a draw looks at one
/// or two entries. Source: Chen and Asau (1974), Commun. ACM 17, 459-461.
struct BinomialTable {
  private static let steps = 1024
  /// P(X ≤ x), the last one 1 whatever rounding left.
  private let cumulative: [Double]
  private let guide: [Int]

  /// A table of trials with a rate in 0 < p < 1.
  init(trials: Int, rate: Double) {
    var sum = CompensatedSum()
    var cumulative = (0...trials).map { count in
      sum.add(Binomial.probability(count, of: trials, rate: rate))
      return min(1, sum.value)
    }
    cumulative[trials] = 1
    self.cumulative = cumulative
    var guide: [Int] = []
    var count = 0
    for step in 0..<Self.steps {
      while cumulative[count] < Double(step) / Double(Self.steps) { count += 1 }
      guide.append(count)
    }
    self.guide = guide
  }

  /// The smallest count x with u ≤ P(X ≤ x).
  @inline(__always)
  func count(at uniform: Double) -> Int {
    var count = guide[Int(uniform * Double(Self.steps))]
    while cumulative[count] < uniform { count += 1 }
    return count
  }
}

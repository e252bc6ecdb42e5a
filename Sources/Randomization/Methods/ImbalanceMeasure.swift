extension Scheme.Minimization.Measure {
  /// How far apart the counts x lie: D(x) of the specification, in whole numbers.
  package func imbalance(_ x: [Int128]) -> Int128 {
    switch self {
    case .range: (x.max() ?? 0) - (x.min() ?? 0)
    case .variance: spread(x)
    case .sd: Int128(WholeNumbers.squareRoot(UInt128(spread(x)) * (1 << 32)))
    case .marginalBalance: differences(x) * (1 << 32) / (Int128(x.count - 1) * x.reduce(0, +))
    }
  }

  /// U times the sum of squares less the square of the sum.
  private func spread(_ x: [Int128]) -> Int128 {
    let sum = x.reduce(0, +)
    return Int128(x.count) * x.reduce(0) { $0 + $1 * $1 } - sum * sum
  }

  /// The sum of the absolute differences of all pairs.
  private func differences(_ x: [Int128]) -> Int128 {
    var sum: Int128 = 0
    for (index, left) in x.enumerated() {
      for right in x[(index + 1)...] { sum += left > right ? left - right : right - left }
    }
    return sum
  }
}

/// Whether two samples of durations come from one time class (the rank test of Mann and Whitney).
struct TimeClass {
  /// Standard score of the rank sum; ties share their ranks.
  let score: Double
  /// Difference of the medians, in milliseconds.
  let difference: Double

  /// Durations in milliseconds.
  init(_ one: [Double], _ two: [Double]) {
    let all = (one.map { ($0, true) } + two.map { ($0, false) }).sorted { $0.0 < $1.0 }
    var sum = 0.0
    var index = 0
    while index < all.count {
      var end = index
      while end < all.count, all[end].0 == all[index].0 { end += 1 }
      let rank = Double(index + end + 1) / 2
      sum += rank * Double(all[index..<end].count { $0.1 })
      index = end
    }
    let (n, m) = (Double(one.count), Double(two.count))
    score = (sum - n * (n + m + 1) / 2) / (n * m * (n + m + 1) / 12).squareRoot()
    difference = Self.median(one) - Self.median(two)
  }

  /// The bounds of the specification (security.md 3).
  var isOne: Bool { abs(score) <= 4.5 || abs(difference) < 0.5 }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

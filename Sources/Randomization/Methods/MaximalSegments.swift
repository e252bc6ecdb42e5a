/// The maximal procedure: all segments within the tolerated imbalance are equally likely.
///
/// Source: Berger, Ivanova & Knoll, Stat Med 2003. The table holds F(c, m), the number of ways to
/// complete a segment from the unit counts c; m follows from c, and F does not depend on the order
/// of the counts, so they are sorted.
package struct MaximalSegments: Sendable {
  package let length: Int

  private let completions: [UInt128: UInt64]

  package init(units: Int, mti: Int, length: Int) {
    self.length = length
    var completions: [UInt128: UInt64] = [:]
    _ = Self.count(
      Array(repeating: 0, count: units), each: length / units, mti: mti, in: &completions)
    self.completions = completions
  }

  /// The number of permitted segments.
  package func sequences(units: Int) -> UInt64 {
    completions[Self.key(Array(repeating: 0, count: units))] ?? 0
  }

  /// For every unit, the ways to complete the segment after it.
  package func weights(_ counts: [Int]) -> [UInt64] {
    counts.indices.map { unit in
      var next = counts
      next[unit] += 1
      // Counts that cannot be completed were never entered in the table.
      return completions[Self.key(next.sorted())] ?? 0
    }
  }

  private static func count(
    _ counts: [Int], each final: Int, mti: Int, in completions: inout [UInt128: UInt64]
  ) -> UInt64 {
    guard let least = counts.first, let most = counts.last, most <= final, most - least <= mti
    else { return 0 }
    if least == final { completions[key(counts)] = 1 }
    if let known = completions[key(counts)] { return known }
    var ways: UInt64 = 0
    for unit in counts.indices {
      var next = counts
      next[unit] += 1
      ways += count(next.sorted(), each: final, mti: mti, in: &completions)
    }
    completions[key(counts)] = ways
    return ways
  }

  /// Sorted counts in six bits each: up to 21 units fit, and the longest segments have 15.
  private static func key(_ sorted: [Int]) -> UInt128 {
    sorted.reduce(0) { $0 << 6 | UInt128($1) }
  }
}

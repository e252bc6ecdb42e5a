/// p-values adjusted so that each may be compared with the family's error rate directly.
///
/// Adjusted values are given in the order of the p-values handed in.
public enum AdjustedPValues {
  /// m p, at most 1.
  public static func bonferroni(_ p: [Double]) -> [Double] {
    p.map { min(1, Double(p.count) * $0) }
  }

  /// Step-down Bonferroni.
  ///
  /// Source: Holm (1979), Scand. J. Statist. 6, 65-70.
  public static func holm(_ p: [Double]) -> [Double] {
    var largest = 0.0
    return inOrder(p) { rank, value in
      largest = max(largest, min(1, Double(p.count - rank) * value))
      return largest
    }
  }

  /// Step-up Bonferroni.
  ///
  /// Source: Hochberg (1988), Biometrika 75, 800-802.
  public static func hochberg(_ p: [Double]) -> [Double] {
    let order = p.indices.sorted { (p[$0], $0) < (p[$1], $1) }
    var adjusted = p
    var smallest = 1.0
    for rank in order.indices.reversed() {
      smallest = min(smallest, Double(p.count - rank) * p[order[rank]])
      adjusted[order[rank]] = smallest
    }
    return adjusted
  }

  /// The closure of Simes tests.
  ///
  /// Sources: Hommel (1988), Biometrika 75, 383-386; the steps are those of
  /// Wright (1992), Biometrics 48, 1005-1013, section 3.
  public static func hommel(_ p: [Double]) -> [Double] {
    let count = p.count
    let order = p.indices.sorted { (p[$0], $0) < (p[$1], $1) }
    let sorted = order.map { p[$0] }
    var adjusted = sorted
    for size in stride(from: count, to: 1, by: -1) {
      let first = count - size
      var smallest = 1.0
      for index in first..<count {
        smallest = min(smallest, Double(size) * sorted[index] / Double(index - first + 1))
      }
      for index in 0..<count {
        let bound = index >= first ? smallest : min(smallest, Double(size) * sorted[index])
        adjusted[index] = max(adjusted[index], bound)
      }
    }
    var result = p
    for (rank, index) in order.enumerated() { result[index] = min(1, adjusted[rank]) }
    return result
  }

  /// Tests in the given order, each only after those before it.
  public static func fixedSequence(_ p: [Double]) -> [Double] {
    var largest = 0.0
    return p.map {
      largest = max(largest, $0)
      return largest
    }
  }

  /// Which adjusted values allow rejection; equality counts, up to rounding.
  public static func rejected(_ adjusted: [Double], alpha: Double) -> [Bool] {
    adjusted.map { $0 <= alpha * (1 + 1e-12) }
  }

  private static func inOrder(
    _ p: [Double], _ adjust: (Int, Double) -> Double
  ) -> [Double] {
    let order = p.indices.sorted { (p[$0], $0) < (p[$1], $1) }
    var adjusted = p
    for (rank, index) in order.enumerated() { adjusted[index] = adjust(rank, p[index]) }
    return adjusted
  }
}

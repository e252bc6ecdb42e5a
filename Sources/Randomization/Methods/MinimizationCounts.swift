/// How many participants of each level every unit has, within one stratum.
package struct MinimizationCounts: Sendable, Equatable {
  /// By minimized factor, then by level, the count of every unit; levels appear as they are met.
  private(set) var byFactor: [[Int: [Int]]]

  /// All participants by unit.
  private(set) var overall: [Int]

  init(factors: Int, units: Int) {
    byFactor = Array(repeating: [:], count: factors)
    overall = Array(repeating: 0, count: units)
  }

  /// The counts of one level.
  func counts(factor: Int, level: Int) -> [Int] {
    byFactor[factor][level] ?? overall.map { _ in 0 }
  }

  mutating func addOverall(_ number: Int, unit: Int) {
    overall[unit] += number
  }

  mutating func add(_ number: Int, unit: Int, factor: Int, level: Int) {
    byFactor[factor][level, default: Array(repeating: 0, count: overall.count)][unit] += number
  }
}

/// The imbalance scores behind one allocation by minimization.
public struct MinimizationScores: Sendable, Equatable {
  /// What one factor contributes.
  public struct Table: Sendable, Equatable {
    /// The factor; empty for the overall counts.
    public let factor: Label

    /// The participants of the new participant's level in every unit.
    public let counts: [Int]

    /// The imbalance that would follow if each unit in turn were allocated.
    public let imbalances: [Int128]
  }

  /// The factors with a weight above 0, then the overall counts if they have one.
  public let tables: [Table]

  /// The weighted sum for every unit.
  public let totals: [Int128]

  /// The units with the smallest sum.
  public let preferred: [Int]
}

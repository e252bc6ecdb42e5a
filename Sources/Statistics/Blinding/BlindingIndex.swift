/// How well assessors guessed the arm, from a table of guesses by arm.
///
/// The last guess is "do not know". An index near 0 in an arm is consistent with chance; positive values
/// mean more right guesses than chance, negative ones more wrong ones.
/// Sources: Bang, Ni and Davis (2004), Assessment of blinding in clinical trials, Controlled Clinical
/// Trials 25, 143-156 (per arm, generalized to k arms); James and others (1996), An index for assessing
/// blindness in a multi-centre clinical trial, Stat. Med. 15, 1421-1434 (overall).
public struct BlindingIndex: Equatable, Sendable {
  /// An index with its standard error.
  public struct Estimate: Equatable, Sendable {
    /// The index.
    public var value: Double
    /// Its standard error; nil where none is defined.
    public var standardError: Double?

    /// Index ± z standard errors, not truncated; nil without a standard error.
    public func interval(level: Double = 0.95) throws(StatisticsRefusal) -> ConfidenceInterval? {
      let z = try criticalValue(level: level)
      guard let standardError else { return nil }
      return ConfidenceInterval(
        lower: value - z * standardError, upper: value + z * standardError, level: level)
    }
  }

  /// What was guessed of one arm.
  public struct Guesses: Equatable, Sendable {
    /// Assessments of the arm.
    public var total: Int
    /// Guesses that named the arm.
    public var correct: Int
    /// Guesses that named another arm.
    public var incorrect: Int
    /// Assessors who did not know.
    public var unknown: Int
    /// Bang's index; nil without assessments.
    public var index: Estimate?
  }

  /// The arms, in the order of the table's rows.
  public let arms: [Guesses]
  /// James's index; nil when no disagreement could be expected.
  public let overall: Estimate?

  /// Computes both indices.
  /// - Parameter counts: a row per arm; guesses of the arms in the same order, then "do not know".
  public init(_ counts: [[Int]]) throws(StatisticsRefusal) {
    let size = counts.count
    guard size > 1, counts.allSatisfy({ $0.count == size + 1 }) else { throw .lengthsDiffer }
    guard counts.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else { throw .countsOutOfRange }
    arms = counts.indices.map { Self.bang(counts[$0], arm: $0) }
    overall = Self.james(counts)
  }

  /// P_c − P_w/(k − 1), variance (P_c + P_w/(k − 1)² − index²)/n.
  private static func bang(_ row: [Int], arm: Int) -> Guesses {
    let total = row.reduce(0, +)
    let unknown = row[row.count - 1]
    let incorrect = total - unknown - row[arm]
    var guesses = Guesses(
      total: total, correct: row[arm], incorrect: incorrect, unknown: unknown, index: nil)
    guard total > 0 else { return guesses }
    let others = Double(row.count - 2)
    let right = Double(row[arm]) / Double(total)
    let wrong = Double(incorrect) / Double(total)
    let value = right - wrong / others
    let variance = (right + wrong / (others * others) - value * value) / Double(total)
    guesses.index = Estimate(value: value, standardError: sqrt(max(0, variance)))
    return guesses
  }

  /// (1 + P_DK + (1 − P_DK) K)/2 with weights 0 for right and 1/2 for wrong guesses.
  ///
  /// With S the share of guesses that name an arm, A their weighted disagreement and E what is expected
  /// of it by the margins, the index is 1 − S + A S²/(2E); its variance is by the delta method.
  private static func james(_ counts: [[Int]]) -> Estimate? {
    let size = counts.count
    let total = Double(counts.reduce(0) { $0 + $1.reduce(0, +) })
    guard total > 0 else { return nil }
    let shares = counts.map { $0.map { Double($0) / total } }
    let rows = shares.map { $0.dropLast().reduce(0, +) }
    let columns = (0..<size).map { column in shares.reduce(0) { $0 + $1[column] } }
    let named = rows.reduce(0, +)
    guard named > 0 else { return Estimate(value: 1, standardError: 0) }
    var seen = 0.0
    var expected = 0.0
    for row in 0..<size {
      for column in 0..<size where column != row {
        seen += 0.5 * shares[row][column]
        expected += 0.5 * rows[row] * columns[column]
      }
    }
    guard expected > 0 else { return nil }
    let value = 1 - named + seen * named * named / (2 * expected)
    guard size == 2 else { return Estimate(value: value, standardError: nil) }
    var first = 0.0
    var second = 0.0
    for row in 0..<size {
      for column in 0..<size {
        let weight = row == column ? 0 : 0.5
        let slope = 0.5 * (named - columns[row] + named - rows[column])
        let disagreement =
          weight * named * named / expected + 2 * seen * named / expected
          - seen * named * named * slope / (expected * expected)
        let gradient = -1 + disagreement / 2
        first += shares[row][column] * gradient
        second += shares[row][column] * gradient * gradient
      }
    }
    let variance = (second - first * first) / total
    return Estimate(value: value, standardError: sqrt(max(0, variance)))
  }
}

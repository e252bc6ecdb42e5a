/// Intervals and tests for a difference of two response proportions, experimental − comparator.
public enum RiskDifference {
  /// The observed difference.
  public static func estimate(
    _ experimental: BinomialSample, _ comparator: BinomialSample
  ) throws(StatisticsRefusal) -> Double {
    try experimental.parsed().proportion - comparator.parsed().proportion
  }

  /// Score interval with the factor N/(N − 1) in its variance.
  ///
  /// The set of δ with |p̂₁ − p̂₀ − δ| ≤ z √V(δ), V at the restricted estimates, times N/(N − 1).
  /// Source: Miettinen and Nurminen (1985), Stat. Med. 4, 213-226, eq. 8 and 9.
  /// - Returns: limits in [−1, 1]; finite for cells of 0 and 100 %. Absolute error below 1e-12.
  public static func miettinenNurminen(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    try scoreInterval(experimental, comparator, level: level, variance: .unbiased)
  }

  /// Score interval without the factor N/(N − 1).
  ///
  /// Source: Mee (1984), Biometrics 40, 1175-1176; it inverts the test of Farrington and Manning.
  public static func mee(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    try scoreInterval(experimental, comparator, level: level, variance: .plain)
  }

  /// Score test at a margin with the factor N/(N − 1).
  ///
  /// Source: Miettinen and Nurminen (1985), eq. 8. The interval of the same name inverts it.
  /// - Parameter margin: δ₀ in −1 < δ₀ < 1, as a proportion with its sign.
  public static func miettinenNurminenTest(
    _ experimental: BinomialSample, _ comparator: BinomialSample, margin: Double
  ) throws(StatisticsRefusal) -> ScoreTest {
    try scoreTest(experimental, comparator, margin: margin, variance: .unbiased)
  }

  /// Score test at a margin without the factor.
  ///
  /// Source: Farrington and Manning (1990), Stat. Med. 9, 1447-1454, eq. 2 with method 3.
  public static func farringtonManningTest(
    _ experimental: BinomialSample, _ comparator: BinomialSample, margin: Double
  ) throws(StatisticsRefusal) -> ScoreTest {
    try scoreTest(experimental, comparator, margin: margin, variance: .plain)
  }

  /// Interval from the two unpooled binomial variances, held inside [−1, 1].
  ///
  /// p̂₁ − p̂₀ ± z √(p̂₁q̂₁/n₁ + p̂₀q̂₀/n₀). Collapses to a point at 0 and 100 %, hence only a check value.
  public static func wald(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let (one, two) = (try experimental.parsed(), try comparator.parsed())
    let difference = one.proportion - two.proportion
    let half =
      z
      * sqrt(
        one.proportion * (1 - one.proportion) / Double(one.total)
          + two.proportion * (1 - two.proportion) / Double(two.total))
    return ConfidenceInterval(
      lower: max(-1, difference - half), upper: min(1, difference + half), level: level)
  }

  /// Wald's interval after adding one responder and one non-responder to each arm.
  ///
  /// Source: Agresti and Caffo (2000), The American Statistician 54, 280-288. Not held inside
  /// [−1, 1], as in the source.
  public static func agrestiCaffo(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let (one, two) = (try experimental.parsed(), try comparator.parsed())
    let n1 = Double(one.total) + 2
    let n2 = Double(two.total) + 2
    let p1 = (Double(one.responders) + 1) / n1
    let p2 = (Double(two.responders) + 1) / n2
    let half = z * sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return ConfidenceInterval(lower: p1 - p2 - half, upper: p1 - p2 + half, level: level)
  }

  /// Hybrid score interval: the limits of the two arms' Wilson intervals, squared and added.
  ///
  /// Source: Newcombe (1998), Interval estimation for the difference between independent
  /// proportions, Stat. Med. 17, 873-890, methods 10 and, with the continuity correction, 11.
  public static func newcombe(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95,
    continuityCorrected: Bool = false
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let one = try wilson(experimental, level, continuityCorrected)
    let two = try wilson(comparator, level, continuityCorrected)
    let (p1, p2) = (experimental.proportion, comparator.proportion)
    let below = square(p1 - one.lower) + square(two.upper - p2)
    let above = square(one.upper - p1) + square(p2 - two.lower)
    return ConfidenceInterval(
      lower: max(-1, p1 - p2 - sqrt(below)), upper: min(1, p1 - p2 + sqrt(above)), level: level)
  }

  private static func wilson(
    _ sample: BinomialSample, _ level: Double, _ corrected: Bool
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    corrected
      ? try Proportion.wilsonContinuityCorrected(sample, level: level)
      : try Proportion.wilson(sample, level: level)
  }

  static func scoreTest(
    _ experimental: BinomialSample, _ comparator: BinomialSample, margin: Double,
    variance: ScoreVariance
  ) throws(StatisticsRefusal) -> ScoreTest {
    guard margin > -1, margin < 1 else { throw .marginOutOfRange }
    let score = DifferenceScore(try experimental.parsed(), try comparator.parsed(), variance)
    return ScoreTest(z: score.z(at: margin))
  }

  static func scoreInterval(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double,
    variance: ScoreVariance
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let score = DifferenceScore(try experimental.parsed(), try comparator.parsed(), variance)
    let lower =
      score.difference <= -1
      ? -1 : rootBetween(-1, score.difference) { score.z(at: $0) - z }
    let upper =
      score.difference >= 1
      ? 1 : rootBetween(score.difference, 1) { score.z(at: $0) + z }
    return ConfidenceInterval(lower: lower, upper: upper, level: level)
  }
}

/// The score statistic of one 2 × 2 table as a function of the difference.
struct DifferenceScore {
  let x1: Double
  let n1: Double
  let x0: Double
  let n0: Double
  let difference: Double
  let factor: Double

  init(_ one: BinomialSample, _ two: BinomialSample, _ variance: ScoreVariance) {
    x1 = Double(one.responders)
    n1 = Double(one.total)
    x0 = Double(two.responders)
    n0 = Double(two.total)
    difference = x1 / n1 - x0 / n0
    factor = variance.factor(n1 + n0)
  }

  /// (p̂₁ − p̂₀ − δ)/√V(δ); decreasing in δ.
  @inline(__always)
  func z(at delta: Double) -> Double {
    standardized(difference - delta, variance(at: delta))
  }

  /// V(δ) at the restricted estimates.
  @inline(__always)
  func variance(at delta: Double) -> Double {
    RestrictedRates(x1, n1, x0, n0, difference: delta).variance(n1, n0) * factor
  }
}

@inline(__always) func square(_ x: Double) -> Double { x * x }

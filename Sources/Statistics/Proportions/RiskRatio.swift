/// Intervals for a ratio of two response proportions, experimental over comparator.
public enum RiskRatio {
  /// Score interval with the factor N/(N − 1).
  ///
  /// Source: Miettinen and Nurminen (1985), Stat. Med. 4, 213-226, eq. 10.
  public static func miettinenNurminen(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    try scoreInterval(experimental, comparator, level, .unbiased)
  }

  /// Score interval without the factor.
  ///
  /// Source: Koopman (1984), Biometrics 40, 513-517; tabulated by Gart and Nam (1988).
  public static func koopman(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    try scoreInterval(experimental, comparator, level, .plain)
  }

  /// Interval on the log scale from the delta method.
  ///
  /// Var log φ̂ = 1/x₁ − 1/n₁ + 1/x₀ − 1/n₀. Source: Katz et al. (1978), Biometrics 34, 469-474.
  /// - Throws: `parameterOutOfRange` when an arm has no responder.
  public static func katz(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let (one, two) = (try experimental.parsed(), try comparator.parsed())
    guard one.responders > 0, two.responders > 0 else { throw .parameterOutOfRange }
    let logRatio = log(one.proportion / two.proportion)
    let variance =
      1 / Double(one.responders) - 1 / Double(one.total) + 1 / Double(two.responders)
      - 1 / Double(two.total)
    let half = z * sqrt(variance)
    return ConfidenceInterval(
      lower: exp(logRatio - half), upper: exp(logRatio + half), level: level)
  }

  private static func scoreInterval(
    _ experimental: BinomialSample, _ comparator: BinomialSample, _ level: Double,
    _ variance: ScoreVariance
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let critical = try criticalValue(level: level)
    let (one, two) = (try experimental.parsed(), try comparator.parsed())
    func z(_ logRatio: Double) -> Double { score(one, two, exp(logRatio), variance) }
    return ConfidenceInterval(
      lower: one.responders == 0
        ? 0 : exp(rootBetween(-logRatioBound, logRatioBound) { z($0) - critical }),
      upper: two.responders == 0
        ? .infinity : exp(rootBetween(-logRatioBound, logRatioBound) { z($0) + critical }),
      level: level)
  }

  /// (p̂₁ − φp̂₀)/√V(φ), with R₀ the smaller root of the quadratic of the restricted likelihood.
  private static func score(
    _ one: BinomialSample, _ two: BinomialSample, _ ratio: Double, _ variance: ScoreVariance
  ) -> Double {
    let (x1, n1) = (Double(one.responders), Double(one.total))
    let (x0, n0) = (Double(two.responders), Double(two.total))
    let total = n1 + n0
    let a = total * ratio
    let b = n1 * ratio + x1 + n0 + x0 * ratio
    let c = x1 + x0
    let root = sqrt(max(0, b * b - 4 * a * c))
    let comparator = 2 * c / (b + root)
    let experimental = min(1, ratio * comparator)
    let spread =
      experimental * (1 - experimental) / n1 + ratio * ratio * comparator * (1 - comparator) / n0
    return standardized(x1 / n1 - ratio * x0 / n0, spread * variance.factor(total))
  }
}

/// Ratios beyond exp(±25) are out of reach of any table with counts below ten billion.
let logRatioBound = 25.0

/// Sample sizes before rounding, so that plans can be compared digit by digit.
public enum SampleSize {
  /// The sizes of two arms.
  public struct Arms: Equatable, Sendable {
    /// The experimental arm.
    public var experimental: Double
    /// The comparator.
    public var comparator: Double
    /// Both together.
    public var total: Double { experimental + comparator }
  }

  /// The score test of a difference of proportions at a margin.
  ///
  /// n₁ = (z_α √V₀ + z_β √V₁)²/(p₁ − p₂ − δ₀)², V₀ at the rates restricted to the margin, V₁ at the planned
  /// rates. Source: Farrington and Manning (1990), Stat. Med. 9, 1447-1454, eq. 4, method 3.
  /// - Parameters:
  ///   - margin: δ₀ with its sign.
  ///   - ratio: comparator over experimental.
  public static func riskDifference(
    experimental p1: Double, comparator p2: Double, margin: Double, ratio: Double = 1,
    alphaOneSided: Double, beta: Double
  ) throws(StatisticsRefusal) -> Arms {
    try check(alphaOneSided, beta)
    guard p1 > 0, p1 < 1, p2 > 0, p2 < 1, ratio > 0, ratio.isFinite
    else { throw .parameterOutOfRange }
    guard margin > -1, margin < 1, p1 - p2 != margin else { throw .marginOutOfRange }
    let restricted = RestrictedRates(p1, 1, p2 * ratio, ratio, difference: margin)
    let planned = p1 * (1 - p1) + p2 * (1 - p2) / ratio
    let root =
      Normal.tailQuantile(alphaOneSided) * sqrt(restricted.variance(1, ratio))
      + Normal.tailQuantile(beta) * sqrt(planned)
    let size = square(root / (p1 - p2 - margin))
    return Arms(experimental: size, comparator: size * ratio)
  }

  /// A difference of means with known standard deviation.
  ///
  /// n₁ = (1 + 1/r)(z_α + z_β)² σ²/(Δ − Δ₀)², r comparator over experimental.
  public static func meansNormal(
    difference: Double, margin: Double, standardDeviation: Double, ratio: Double = 1,
    alphaOneSided: Double, beta: Double
  ) throws(StatisticsRefusal) -> Arms {
    try check(alphaOneSided, beta)
    guard difference.isFinite, margin.isFinite, difference != margin else {
      throw .marginOutOfRange
    }
    guard standardDeviation > 0, standardDeviation.isFinite, ratio > 0, ratio.isFinite else {
      throw .parameterOutOfRange
    }
    let quantiles = Normal.tailQuantile(alphaOneSided) + Normal.tailQuantile(beta)
    let size =
      (1 + 1 / ratio) * square(quantiles * standardDeviation / (difference - margin))
    return Arms(experimental: size, comparator: size * ratio)
  }

  /// A difference of means tested with Student's t, by the noncentral t distribution.
  ///
  /// Solves P(T′ > t_{1−α}) = 1 − β with n₁ + n₂ − 2 degrees of freedom.
  public static func meansStudent(
    difference: Double, margin: Double, standardDeviation: Double, ratio: Double = 1,
    alphaOneSided: Double, beta: Double
  ) throws(StatisticsRefusal) -> Arms {
    let start = try meansNormal(
      difference: difference, margin: margin, standardDeviation: standardDeviation, ratio: ratio,
      alphaOneSided: alphaOneSided, beta: beta)
    let effect = abs(difference - margin) / standardDeviation
    func missing(_ size: Double) -> Double {
      let degrees = size * (1 + ratio) - 2
      let critical = -StudentT.quantile(alphaOneSided, degreesOfFreedom: degrees)
      let shift = effect * sqrt(size * ratio / (1 + ratio))
      return StudentT.cdf(critical, degreesOfFreedom: degrees, noncentrality: shift) - beta
    }
    let size = rootBetween(
      max(start.experimental, 2.2 / (1 + ratio)), start.experimental + 10, tolerance: 1e-9,
      of: missing)
    return Arms(experimental: size, comparator: size * ratio)
  }

  /// Events for a log-rank test.
  ///
  /// (1 + r)²/r ((z_α + z_β)/log HR)². Source: Schoenfeld (1981), Biometrika 68, 316-319.
  public static func events(
    hazardRatio: Double, ratio: Double = 1, alphaOneSided: Double, beta: Double
  ) throws(StatisticsRefusal) -> Double {
    try check(alphaOneSided, beta)
    guard hazardRatio > 0, hazardRatio.isFinite, hazardRatio != 1, ratio > 0, ratio.isFinite
    else { throw .parameterOutOfRange }
    let quantiles = Normal.tailQuantile(alphaOneSided) + Normal.tailQuantile(beta)
    return square(1 + ratio) / ratio * square(quantiles / log(hazardRatio))
  }

  /// A re-estimation from the pooled response rate, blind to the arms.
  ///
  /// The planned difference is laid symmetrically around the pooled rate. Source: Gould (1992), Stat. Med.
  /// 11, 55-66.
  public static func blindedRiskDifference(
    pooled: BinomialSample, plannedDifference: Double, margin: Double, alphaOneSided: Double,
    beta: Double
  ) throws(StatisticsRefusal) -> Arms {
    let rate = try pooled.parsed().proportion
    return try riskDifference(
      experimental: rate + plannedDifference / 2, comparator: rate - plannedDifference / 2,
      margin: margin, alphaOneSided: alphaOneSided, beta: beta)
  }

  private static func check(_ alpha: Double, _ beta: Double) throws(StatisticsRefusal) {
    guard alpha > 0, alpha < 0.5 else { throw .alphaOutOfRange }
    guard beta > 0, beta < 1 - alpha else { throw .parameterOutOfRange }
  }
}

/// Intervals for the ratio of the odds of response, experimental over comparator.
public enum OddsRatio {
  /// Score interval with the factor N/(N − 1).
  ///
  /// Source: Miettinen and Nurminen (1985), Stat. Med. 4, 213-226, eq. 12 and 13.
  public static func miettinenNurminen(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    try scoreInterval(experimental, comparator, level, .unbiased)
  }

  /// Score interval without the factor.
  ///
  /// Source: Cornfield (1956), without his correction for continuity; as eq. 12 above otherwise.
  public static func score(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    try scoreInterval(experimental, comparator, level, .plain)
  }

  /// Interval on the log scale from the sum of the four reciprocals.
  ///
  /// Source: Woolf (1955), Ann. Hum. Genet. 19, 251-253.
  /// - Throws: `parameterOutOfRange` when a cell is empty.
  public static func woolf(
    _ experimental: BinomialSample, _ comparator: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let (one, two) = (try experimental.parsed(), try comparator.parsed())
    let cells = [one, one.mirrored, two, two.mirrored].map { Double($0.responders) }
    guard cells.allSatisfy({ $0 > 0 }) else { throw .parameterOutOfRange }
    let logRatio = log(cells[0] * cells[3] / (cells[1] * cells[2]))
    let half = z * sqrt(cells.reduce(0) { $0 + 1 / $1 })
    return ConfidenceInterval(
      lower: exp(logRatio - half), upper: exp(logRatio + half), level: level)
  }

  private static func scoreInterval(
    _ experimental: BinomialSample, _ comparator: BinomialSample, _ level: Double,
    _ variance: ScoreVariance
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let critical = try criticalValue(level: level)
    let (one, two) = (try experimental.parsed(), try comparator.parsed())
    func z(_ logRatio: Double) -> Double { statistic(one, two, exp(logRatio), variance) }
    let noLower = one.responders == 0 || two.responders == two.total
    let noUpper = two.responders == 0 || one.responders == one.total
    return ConfidenceInterval(
      lower: noLower
        ? 0 : exp(rootBetween(-logRatioBound, logRatioBound) { z($0) - critical }),
      upper: noUpper
        ? .infinity : exp(rootBetween(-logRatioBound, logRatioBound) { z($0) + critical }),
      level: level)
  }

  private static func statistic(
    _ one: BinomialSample, _ two: BinomialSample, _ ratio: Double, _ variance: ScoreVariance
  ) -> Double {
    let (x1, n1) = (Double(one.responders), Double(one.total))
    let (x0, n0) = (Double(two.responders), Double(two.total))
    let a = n0 * (ratio - 1)
    let b = n1 * ratio + n0 - (x1 + x0) * (ratio - 1)
    let c = x1 + x0
    let comparator = 2 * c / (b + sqrt(max(0, b * b + 4 * a * c)))
    let experimental = comparator * ratio / (1 + comparator * (ratio - 1))
    let information =
      1 / (n1 * experimental * (1 - experimental)) + 1 / (n0 * comparator * (1 - comparator))
    return (x1 - n1 * experimental) * sqrt(information / variance.factor(n1 + n0))
  }
}

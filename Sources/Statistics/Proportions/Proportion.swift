/// Intervals for one response proportion.
public enum Proportion {
  /// Wilson's score interval.
  ///
  /// Solves |p̂ − π| = z √(π(1 − π)/n). Source: Wilson (1927), JASA 22, 209-212. Limits are exactly 0
  /// and 1 for empty and full cells.
  public static func wilson(
    _ sample: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let limits = wilsonLimits(try sample.parsed(), z: z)
    return ConfidenceInterval(lower: limits.lower, upper: limits.upper, level: level)
  }

  /// Wilson's interval with the correction for continuity.
  ///
  /// Source: Newcombe (1998), Stat. Med. 17, 857-872, method 4.
  public static func wilsonContinuityCorrected(
    _ sample: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    let n = Double(try sample.parsed().total)
    let p = sample.proportion
    let width = 2 * (n + z * z)
    let low = z * z - 2 - 1 / n + 4 * p * (n * (1 - p) + 1)
    let high = z * z + 2 - 1 / n + 4 * p * (n * (1 - p) - 1)
    let lower = (2 * n * p + z * z - 1 - z * sqrt(max(0, low))) / width
    let upper = (2 * n * p + z * z + 1 + z * sqrt(max(0, high))) / width
    return ConfidenceInterval(
      lower: sample.responders == 0 ? 0 : max(0, lower),
      upper: sample.responders == sample.total ? 1 : min(1, upper), level: level)
  }

  /// Exact interval: each tail of the binomial holds at most half of 1 − level.
  ///
  /// Limits are beta quantiles. Source: Clopper and Pearson (1934), Biometrika 26, 404-413.
  public static func clopperPearson(
    _ sample: BinomialSample, level: Double = 0.95
  ) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    let x = Double(try sample.parsed().responders)
    let n = Double(sample.total)
    let tail = (1 - level) / 2
    return ConfidenceInterval(
      lower: sample.responders == 0 ? 0 : Beta.quantile(tail, x, n - x + 1),
      upper: sample.responders == sample.total ? 1 : Beta.tailQuantile(tail, x + 1, n - x),
      level: level)
  }

  static func wilsonLimits(_ sample: BinomialSample, z: Double) -> (lower: Double, upper: Double) {
    let n = Double(sample.total)
    let p = sample.proportion
    let centre = p + z * z / (2 * n)
    let half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    let scale = 1 + z * z / n
    return (
      sample.responders == 0 ? 0 : (centre - half) / scale,
      sample.responders == sample.total ? 1 : (centre + half) / scale
    )
  }
}

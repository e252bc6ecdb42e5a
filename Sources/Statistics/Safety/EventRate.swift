/// The rate of events per unit of exposure.
public enum EventRate {
  /// The exact Poisson interval of a rate.
  ///
  /// Limits are χ² quantiles over twice the exposure. Source: Garwood (1936), Biometrika 28, 437-442.
  /// - Parameters:
  ///   - events: a count of events, not of participants.
  ///   - exposure: in the unit the rate is told in; above 0.
  public static func exactPoisson(
    events: Int, exposure: Double, level: Double = 0.95
  ) throws(StatisticsRefusal) -> (rate: Double, interval: ConfidenceInterval) {
    guard level > 0.5, level < 1 else { throw .levelOutOfRange }
    guard events >= 0 else { throw .countsOutOfRange }
    guard exposure > 0, exposure.isFinite else { throw .parameterOutOfRange }
    let tail = (1 - level) / 2
    let count = Double(events)
    let lower = events == 0 ? 0 : ChiSquare.quantile(tail, degreesOfFreedom: 2 * count) / 2
    let upper = ChiSquare.tailQuantile(tail, degreesOfFreedom: 2 * count + 2) / 2
    return (
      count / exposure,
      ConfidenceInterval(lower: lower / exposure, upper: upper / exposure, level: level)
    )
  }
}

/// Stratified hybrid interval for a risk difference.
public enum StratifiedNewcombe {
  /// The interval of Yan and Su with Mantel-Haenszel weights.
  ///
  /// Each arm gets a stratified Wilson interval, whose strata use the common quantile
  /// z √(Σwᵢ²vᵢ)/(Σ wᵢ√vᵢ), vᵢ = p̂ᵢq̂ᵢ/nᵢ; the two are joined as by Newcombe with
  /// λ = Σ wᵢ²/nᵢ. Source: Yan and Su (2010), Stratified Wilson and Newcombe confidence intervals for
  /// multiple binomial proportions, Statistics in Biopharmaceutical Research 2, 329-335.
  /// - Throws: `parameterOutOfRange` when an arm has no variation in any stratum.
  public static func yanSu(
    _ table: StratifiedTable, level: Double = 0.95
  ) throws(StatisticsRefusal) -> (estimate: Double, interval: ConfidenceInterval) {
    let z = try criticalValue(level: level)
    let raw = table.strata.map {
      Double($0.experimental.total) * Double($0.comparator.total)
        / Double($0.experimental.total + $0.comparator.total)
    }
    let total = CompensatedSum(raw).value
    let weights = raw.map { $0 / total }
    let one = try stratifiedWilson(table.strata.map(\.experimental), weights, z)
    let two = try stratifiedWilson(table.strata.map(\.comparator), weights, z)
    let estimate = one.rate - two.rate
    let below =
      one.lambda * one.lower * (1 - one.lower) + two.lambda * two.upper * (1 - two.upper)
    let above =
      one.lambda * one.upper * (1 - one.upper) + two.lambda * two.lower * (1 - two.lower)
    return (
      estimate,
      ConfidenceInterval(
        lower: estimate - z * sqrt(below), upper: estimate + z * sqrt(above), level: level)
    )
  }

  private struct Arm {
    var rate: Double
    var lower: Double
    var upper: Double
    var lambda: Double
  }

  private static func stratifiedWilson(
    _ samples: [BinomialSample], _ weights: [Double], _ z: Double
  ) throws(StatisticsRefusal) -> Arm {
    var squares = CompensatedSum()
    var linear = CompensatedSum()
    var arm = Arm(rate: 0, lower: 0, upper: 0, lambda: 0)
    for (sample, weight) in zip(samples, weights) {
      let variance = sample.proportion * (1 - sample.proportion) / Double(sample.total)
      squares.add(weight * weight * variance)
      linear.add(weight * sqrt(variance))
      arm.rate += weight * sample.proportion
      arm.lambda += weight * weight / Double(sample.total)
    }
    guard linear.value > 0 else { throw .parameterOutOfRange }
    let common = z * sqrt(squares.value) / linear.value
    for (sample, weight) in zip(samples, weights) {
      let limits = Proportion.wilsonLimits(sample, z: common)
      arm.lower += weight * limits.lower
      arm.upper += weight * limits.upper
    }
    return arm
  }
}

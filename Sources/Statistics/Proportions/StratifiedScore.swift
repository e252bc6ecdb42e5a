/// How strata are weighed in a common risk difference.
public enum StratumWeights: Sendable, CaseIterable {
  /// n₁n₀/(n₁ + n₀): the Cochran-Mantel-Haenszel weights of the primary analysis.
  case mantelHaenszel
  /// 1/V(δ), taken anew at every difference.
  case inverseVariance
  /// The weights of Miettinen and Nurminen, which depend on the pooled restricted rates.
  case iterated
}

/// A common risk difference over strata: estimate, interval and tests from one statistic.
///
/// Z(δ) = Σ wᵢ(p̂₁ᵢ − p̂₀ᵢ − δ) / √(Σ wᵢ² Vᵢ(δ)), with Vᵢ the variance at the restricted estimates of
/// stratum i, times Nᵢ/(Nᵢ − 1) when `variance` is unbiased.
/// Source: Miettinen and Nurminen (1985), Comparative analysis of two rates, Stat. Med. 4,
/// 213-226, section 5, eq. 22 to 24. Interval and p-value come from the same Z, so that a test at
/// one-sided α agrees with the limit of level 1 − 2α always.
/// Units: proportions. Limits accurate to 1e-12.
public struct StratifiedScore: Sendable {
  /// Where Z(δ) is zero.
  public private(set) var estimate: Double
  private let tables: [DifferenceScore]
  private let weights: StratumWeights

  /// Prepares the statistic for a table.
  public init(
    _ table: StratifiedTable, weights: StratumWeights = .mantelHaenszel,
    variance: ScoreVariance = .unbiased
  ) {
    tables = table.strata.map { DifferenceScore($0.experimental, $0.comparator, variance) }
    self.weights = weights
    estimate = 0
    estimate = firstDifference(atOrBelow: 0)
  }

  /// The two-sided interval: the differences that Z(δ) does not reject.
  public func interval(level: Double = 0.95) throws(StatisticsRefusal) -> ConfidenceInterval {
    let z = try criticalValue(level: level)
    return ConfidenceInterval(
      lower: firstDifference(atOrBelow: z), upper: firstDifference(atOrBelow: -z), level: level)
  }

  /// The interval at a critical value of a group sequential bound: the repeated interval.
  ///
  /// Source: Jennison and Turnbull (1989), Interim analyses: the repeated confidence interval
  /// approach, JRSS B 51, 305-361. Its level is that of a single look at the same bound.
  public func interval(criticalValue z: Double) throws(StatisticsRefusal) -> ConfidenceInterval {
    guard z > 0, z.isFinite else { throw .parameterOutOfRange }
    return ConfidenceInterval(
      lower: firstDifference(atOrBelow: z), upper: firstDifference(atOrBelow: -z),
      level: 1 - 2 * Normal.tail(z))
  }

  /// The test that the interval inverts.
  /// - Parameter margin: δ₀ in −1 < δ₀ < 1 with its sign.
  public func test(margin: Double) throws(StatisticsRefusal) -> ScoreTest {
    guard margin > -1, margin < 1 else { throw .marginOutOfRange }
    return ScoreTest(z: z(at: margin))
  }

  /// The standard error of the estimate at itself.
  public var standardError: Double { sqrt(terms(at: estimate).variance) }

  /// Z(δ).
  public func z(at difference: Double) -> Double {
    let terms = terms(at: difference)
    return standardized(terms.numerator, terms.variance)
  }

  private func terms(at delta: Double) -> (numerator: Double, variance: Double) {
    switch weights {
    case .mantelHaenszel: mantelHaenszelTerms(delta)
    case .inverseVariance: inverseVarianceTerms(delta)
    case .iterated: iteratedTerms(delta)
    }
  }

  @inline(__always)
  private func mantelHaenszelTerms(_ delta: Double) -> (Double, Double) {
    var sum = CompensatedSum()
    var variance = CompensatedSum()
    var total = 0.0
    for table in tables {
      let weight = table.n1 * table.n0 / (table.n1 + table.n0)
      sum.add(weight * (table.difference - delta))
      variance.add(weight * weight * table.variance(at: delta))
      total += weight
    }
    return (sum.value / total, variance.value / (total * total))
  }

  private func inverseVarianceTerms(_ delta: Double) -> (Double, Double) {
    var sum = CompensatedSum()
    var total = CompensatedSum()
    var spread = CompensatedSum()
    for table in tables {
      // The weights leave out N/(N − 1), so that the estimate does not depend on it.
      let weight = table.factor / table.variance(at: delta)
      // A stratum known without error takes all the weight.
      guard weight.isFinite else { return (table.difference - delta, 0) }
      sum.add(weight * (table.difference - delta))
      total.add(weight)
      spread.add(weight * table.factor)
    }
    return (sum.value / total.value, spread.value / square(total.value))
  }

  /// Weights [ (R̃₁(1 − R̃₁)/(R̃₀(1 − R̃₀)))/n₁ + 1/n₀ ]⁻¹, R̃ being the weighted mean restricted rates.
  private func iteratedTerms(_ delta: Double) -> (Double, Double) {
    let rates = tables.map { RestrictedRates($0.x1, $0.n1, $0.x0, $0.n0, difference: delta) }
    var ratio = 1.0
    for _ in 0..<weightStepsAtMost {
      var total = 0.0
      var one = 0.0
      var zero = 0.0
      for (table, rate) in zip(tables, rates) {
        let weight = 1 / (ratio / table.n1 + 1 / table.n0)
        total += weight
        one += weight * rate.experimental
        zero += weight * rate.comparator
      }
      one /= total
      zero /= total
      let next = zero * (1 - zero) > 0 ? one * (1 - one) / (zero * (1 - zero)) : ratio
      let settled = abs(next - ratio) <= 1e-14 * ratio
      ratio = next
      if settled { break }
    }
    var sum = CompensatedSum()
    var variance = CompensatedSum()
    var total = 0.0
    for (table, rate) in zip(tables, rates) {
      let weight = 1 / (ratio / table.n1 + 1 / table.n0)
      sum.add(weight * (table.difference - delta))
      variance.add(weight * weight * rate.variance(table.n1, table.n0) * table.factor)
      total += weight
    }
    return (sum.value / total, variance.value / (total * total))
  }

  /// The first difference from below at which Z is no longer above a value.
  ///
  /// With inverse-variance weights a stratum in which nobody (or everybody) responded in both
  /// arms has variance zero at δ = 0, and Z touches zero there without crossing it. The search
  /// from below stops at that point, as the published reference does; the weights of the primary
  /// analysis have no such point.
  private func firstDifference(atOrBelow value: Double) -> Double {
    let end = hasDegenerateStratum ? 0.0 : 1.0
    let reaches = z(at: end) < value || (hasDegenerateStratum && z(at: end) <= value)
    if !reaches && end == 1 { return 1 }
    return rootBetween(-1, end) { z(at: $0) - value }
  }

  private var hasDegenerateStratum: Bool {
    switch weights {
    case .inverseVariance:
      tables.contains { ($0.x1 == 0 && $0.x0 == 0) || ($0.x1 == $0.n1 && $0.x0 == $0.n0) }
    case .mantelHaenszel, .iterated: false
    }
  }
}

/// The ratio of two variances settles in fewer than ten steps; the bound only ends a stall.
private let weightStepsAtMost = 100

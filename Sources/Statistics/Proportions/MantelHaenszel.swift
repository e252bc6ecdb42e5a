/// Mantel-Haenszel summaries over strata with closed formulas.
public enum MantelHaenszel {
  /// A common difference with its standard error and interval.
  public struct Difference: Equatable, Sendable {
    /// Σ wᵢ(p̂₁ᵢ − p̂₀ᵢ)/Σ wᵢ.
    public var estimate: Double
    /// Sato's standard error.
    public var standardError: Double
    /// Estimate ± z standard errors.
    public var interval: ConfidenceInterval
  }

  /// The Mantel-Haenszel difference with Sato's variance.
  ///
  /// Var = (δ̂ ΣPᵢ + ΣQᵢ)/(Σwᵢ)². Source: Sato (1989), On the variance estimator for the
  /// Mantel-Haenszel risk difference, Biometrics 45, 1323-1324. Consistent for large strata and
  /// for many sparse ones.
  public static func sato(
    _ table: StratifiedTable, level: Double = 0.95
  ) throws(StatisticsRefusal) -> Difference {
    let z = try criticalValue(level: level)
    var weight = CompensatedSum()
    var sum = CompensatedSum()
    var p = CompensatedSum()
    var q = CompensatedSum()
    for stratum in table.strata {
      let (x1, n1) = (Double(stratum.experimental.responders), Double(stratum.experimental.total))
      let (x0, n0) = (Double(stratum.comparator.responders), Double(stratum.comparator.total))
      let total = n1 + n0
      weight.add(n1 * n0 / total)
      sum.add((x1 * n0 - x0 * n1) / total)
      p.add((n1 * n1 * x0 - n0 * n0 * x1 + n1 * n0 * (n0 - n1) / 2) / (total * total))
      q.add((x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * total))
    }
    let estimate = sum.value / weight.value
    let variance = max(0, estimate * p.value + q.value) / square(weight.value)
    let half = z * sqrt(variance)
    return Difference(
      estimate: estimate, standardError: sqrt(variance),
      interval: ConfidenceInterval(lower: estimate - half, upper: estimate + half, level: level))
  }

  /// The Cochran-Mantel-Haenszel test and the common odds ratio.
  public struct Association: Equatable, Sendable {
    /// The statistic without continuity correction, on one degree of freedom.
    public var chiSquare: Double
    /// Its upper tail.
    public var p: Double
    /// The Mantel-Haenszel odds ratio.
    public var oddsRatio: Double
    /// Its interval from the variance of Robins, Breslow and Greenland.
    public var interval: ConfidenceInterval
  }

  /// Whether response and arm go together, given the strata.
  ///
  /// χ² = (Σ(x₁ − E x₁))²/ΣVar x₁ under the hypergeometric. Sources: Mantel and Haenszel (1959),
  /// JNCI 22, 719-748; variance of log ψ̂: Robins, Breslow and Greenland (1986), Biometrics 42,
  /// 311-323.
  /// - Returns: an odds ratio of 0 or ∞ with limits 0 and ∞ where no stratum bounds it on one side.
  /// - Throws: `noInformativeStratum` where everybody or nobody of every stratum responded.
  public static func association(
    _ table: StratifiedTable, level: Double = 0.95
  ) throws(StatisticsRefusal) -> Association {
    let z = try criticalValue(level: level)
    var excess = CompensatedSum()
    var variance = CompensatedSum()
    var sums = RobinsSums()
    for stratum in table.strata {
      let (x1, n1) = (Double(stratum.experimental.responders), Double(stratum.experimental.total))
      let (x0, n0) = (Double(stratum.comparator.responders), Double(stratum.comparator.total))
      let total = n1 + n0
      let responders = x1 + x0
      excess.add(x1 - n1 * responders / total)
      if total > 1 {
        variance.add(
          n1 * n0 * responders * (total - responders) / (total * total * (total - 1)))
      }
      sums.add(x1, n1 - x1, x0, n0 - x0)
    }
    let chiSquare = variance.value > 0 ? square(excess.value) / variance.value : 0
    guard sums.r.value > 0 || sums.s.value > 0 else { throw .noInformativeStratum }
    guard sums.r.value > 0, sums.s.value > 0 else {
      return Association(
        chiSquare: chiSquare, p: ChiSquare.tail(chiSquare, degreesOfFreedom: 1),
        oddsRatio: sums.r.value > 0 ? .infinity : 0,
        interval: ConfidenceInterval(lower: 0, upper: .infinity, level: level))
    }
    let logRatio = log(sums.r.value / sums.s.value)
    let half = z * sqrt(sums.logVariance)
    return Association(
      chiSquare: chiSquare, p: ChiSquare.tail(chiSquare, degreesOfFreedom: 1),
      oddsRatio: exp(logRatio),
      interval: ConfidenceInterval(
        lower: exp(logRatio - half), upper: exp(logRatio + half), level: level))
  }
}

private struct RobinsSums {
  var r = CompensatedSum()
  var s = CompensatedSum()
  var pr = CompensatedSum()
  var mixed = CompensatedSum()
  var qs = CompensatedSum()

  mutating func add(_ a: Double, _ b: Double, _ c: Double, _ d: Double) {
    let total = a + b + c + d
    let (p, q) = ((a + d) / total, (b + c) / total)
    let (ri, si) = (a * d / total, b * c / total)
    r.add(ri)
    s.add(si)
    pr.add(p * ri)
    mixed.add(p * si + q * ri)
    qs.add(q * si)
  }

  var logVariance: Double {
    pr.value / (2 * square(r.value)) + mixed.value / (2 * r.value * s.value)
      + qs.value / (2 * square(s.value))
  }
}

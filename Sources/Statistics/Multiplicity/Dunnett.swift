/// Comparisons of several arms with one, adjusted for their common correlation.
public enum Dunnett {
  /// Single-step adjusted p-values, upper side.
  ///
  /// 1 − P(all T_i < t) for t each statistic in turn. With equal correlation ρ the probability is
  /// ∫∫ Φ((ts + √ρ u)/√(1 − ρ))^m φ(u) g(s) du ds, g the density of √(χ²_ν/ν).
  /// Source: Dunnett (1955), JASA 50, 1096-1121, eq. 3. Absolute error below 1e-10.
  /// - Parameters:
  ///   - correlation: ρ in 0 ≤ ρ < 1; one half for equal arms.
  ///   - degreesOfFreedom: ν; infinite for known variance.
  public static func singleStep(
    _ statistics: [Double], correlation: Double, degreesOfFreedom: Double = .infinity
  ) throws(StatisticsRefusal) -> [Double] {
    guard correlation >= 0, correlation < 1, degreesOfFreedom >= 1, !statistics.isEmpty,
      !statistics.contains(where: \.isNaN)
    else {
      throw .parameterOutOfRange
    }
    let scale = ScaleRule(degreesOfFreedom)
    return statistics.map { t in
      var below = CompensatedSum()
      for (s, weight) in zip(scale.nodes, scale.weights) {
        below.add(weight * allBelow(t * s, statistics.count, correlation))
      }
      return max(0, 1 - below.value)
    }
  }

  private static func allBelow(_ t: Double, _ count: Int, _ correlation: Double) -> Double {
    let (load, rest) = (sqrt(correlation), sqrt(1 - correlation))
    var sum = CompensatedSum()
    panels(from: -8.5, to: 8.5, count: 12) { u, weight in
      let one = Normal.cdf((t + load * u) / rest)
      var power = 1.0
      for _ in 0..<count { power *= one }
      sum.add(weight * Normal.density(u) * power)
    }
    return sum.value
  }
}

/// Nodes and masses of the distribution of √(χ²_ν/ν).
private struct ScaleRule {
  var nodes: [Double] = [1]
  var weights: [Double] = [1]

  init(_ degrees: Double) {
    guard degrees.isFinite else { return }
    nodes = []
    weights = []
    let low = sqrt(ChiSquare.quantile(1e-16, degreesOfFreedom: degrees) / degrees)
    let high = sqrt(ChiSquare.tailQuantile(1e-16, degreesOfFreedom: degrees) / degrees)
    // Density of s: 2 (ν/2)^{ν/2} s^{ν−1} e^{−νs²/2}/Γ(ν/2).
    let constant = log(2.0) + degrees / 2 * log(degrees / 2) - logGamma(degrees / 2)
    panels(from: low, to: high, count: 12) { s, weight in
      nodes.append(s)
      weights.append(weight * exp(constant + (degrees - 1) * log(s) - degrees * s * s / 2))
    }
  }
}

/// Visits the nodes of composite Gauss-Legendre quadrature.
func panels(
  from low: Double, to high: Double, count: Int, _ visit: (Double, Double) -> Void
) {
  let half = 0.5 * (high - low) / Double(count)
  for panel in 0..<count {
    let middle = low + half * Double(2 * panel + 1)
    for index in 0..<GaussLegendre.count {
      visit(middle + half * GaussLegendre.nodes[index], half * GaussLegendre.weights[index])
    }
  }
}

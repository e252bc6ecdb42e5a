/// Symmetric two-sided bounds: a look stops when |Z_k| ≥ b_k, on either side.
///
/// The error is spent on both sides together. Source: Jennison and Turnbull (2000), chapter 2.
public enum TwoSidedBounds {
  /// Bounds that spend twice the one-sided function at half the rate.
  public static func spending(
    _ spending: SpendingFunction, alphaTwoSided: Double, informationFractions: [Double]
  ) throws(StatisticsRefusal) -> (bounds: [Double], cumulativeAlpha: [Double]) {
    try GroupSequentialDesign.check(alphaTwoSided / 2, informationFractions)
    let spent = try spending.spent(alphaTwoSided / 2, at: informationFractions).map { 2 * $0 }
    var path = RecursiveIntegration(theta: 0)
    var bounds: [Double] = []
    var before = 0.0
    for (index, information) in informationFractions.enumerated() {
      // Both sides are equally likely under θ = 0.
      let bound = GroupSequentialDesign.bound(
        path, probability: (spent[index] - before) / 2, at: information)
      bounds.append(bound)
      before = spent[index]
      if index + 1 < informationFractions.count {
        path.goOn(
          between: -bound, and: bound, at: information,
          following: informationFractions[index + 1])
      }
    }
    return (bounds, spent)
  }

  /// Bounds C (t_k)^{Δ − 1/2} of Wang and Tsiatis at equally spaced looks.
  public static func wangTsiatis(
    _ delta: Double, alphaTwoSided: Double, looks: Int
  ) throws(StatisticsRefusal) -> (bounds: [Double], cumulativeAlpha: [Double]) {
    guard looks > 0 else { throw .informationNotIncreasing }
    guard delta.isFinite else { throw .parameterOutOfRange }
    let fractions = (1...looks).map { Double($0) / Double(looks) }
    try GroupSequentialDesign.check(alphaTwoSided / 2, fractions)
    func bounds(_ constant: Double) -> [Double] {
      fractions.map { constant * pow($0, delta - 0.5) }
    }
    func crossings(_ bounds: [Double]) -> [Double] {
      CrossingProbabilities(
        theta: 0, information: fractions, lower: bounds.map { -$0 }, upper: bounds
      ).cumulativeEither
    }
    let constant = rootBetween(0.1, 12, tolerance: 1e-12) {
      (crossings(bounds($0)).last ?? 0) - alphaTwoSided
    }
    let spent = crossings(bounds(constant))
    guard abs((spent.last ?? 0) - alphaTwoSided) < 1e-8 else { throw .notConverged }
    return (bounds(constant), spent)
  }
}

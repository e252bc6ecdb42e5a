/// Inference at a look of a group sequential trial.
public enum SequentialAnalysis {
  /// The smallest one-sided error rate at which a look's bound would have been crossed.
  ///
  /// Source: Jennison and Turnbull (2000), section 9.4. Valid at every look, whatever was decided
  /// before. Absolute error below 1e-10.
  public static func repeatedPValue(
    spending: SpendingFunction, informationFractions: [Double], look: Int, z: Double
  ) throws(StatisticsRefusal) -> Double {
    guard look >= 1, look <= informationFractions.count, !z.isNaN else {
      throw .parameterOutOfRange
    }
    try GroupSequentialDesign.checkIncreasing(informationFractions)
    let fractions = Array(informationFractions.prefix(look))
    func excess(_ alpha: Double) -> Double {
      let spent = fractions.map { spending.spent(alpha, at: $0) }
      let bound = GroupSequentialDesign.upperBounds(spent, fractions).last ?? .infinity
      return min(bound, 60) - z
    }
    // On the scale of the logarithm small values keep their digits.
    if excess(largestAlpha) > 0 { return largestAlpha }
    return exp(rootBetween(-60, log(largestAlpha), tolerance: 1e-11) { excess(exp($0)) })
  }

  /// The smallest one-sided error rate at which any look so far would have been a success.
  ///
  /// Source: Liu and Anderson (2008), On adaptive extensions of group sequential trials for
  /// clinical investigations, JASA 103, 1621-1630.
  public static func sequentialPValue(
    spending: SpendingFunction, informationFractions: [Double], z: [Double]
  ) throws(StatisticsRefusal) -> Double {
    guard !z.isEmpty, z.count <= informationFractions.count else { throw .lengthsDiffer }
    var smallest = 1.0
    for (index, value) in z.enumerated() {
      smallest = min(
        smallest,
        try repeatedPValue(
          spending: spending, informationFractions: informationFractions, look: index + 1,
          z: value))
    }
    return smallest
  }

  /// The p-value of a stopped trial under the stage-wise ordering.
  ///
  /// P(crossed before) + P(reached this look, Z ≥ z), under a drift θ at information 1. Source: Tsiatis,
  /// Rosner and Mehta (1984), Biometrics 40, 797-803.
  public static func stagewisePValue(
    design: GroupSequentialDesign, look: Int, z: Double, drift theta: Double = 0
  ) throws(StatisticsRefusal) -> Double {
    guard look >= 1, look <= design.bounds.count, !z.isNaN, theta.isFinite else {
      throw .parameterOutOfRange
    }
    let bounds = Array(design.bounds.prefix(look - 1)) + [z]
    let information = Array(design.informationFractions.prefix(look))
    return GroupSequentialDesign.crossings(bounds, information, theta: theta).last ?? 1
  }

  /// The drift at information 1 at which the stage-wise p-value takes a value.
  ///
  /// α and 1 − α give the limits of an interval of level 1 − 2α; one half gives the median-unbiased
  /// estimate.
  public static func drift(
    design: GroupSequentialDesign, look: Int, z: Double, stagewisePValue p: Double
  ) throws(StatisticsRefusal) -> Double {
    guard look >= 1, look <= design.bounds.count, p > 0, p < 1, z.isFinite else {
      throw .parameterOutOfRange
    }
    let bounds = Array(design.bounds.prefix(look - 1)) + [z]
    let information = Array(design.informationFractions.prefix(look))
    let centre = z / sqrt(information[look - 1])
    return rootBetween(centre - 15, centre + 15, tolerance: 1e-11) {
      (GroupSequentialDesign.crossings(bounds, information, theta: $0).last ?? 1) - p
    }
  }
}

/// Half: above it a one-sided bound would lie below zero.
private let largestAlpha = 0.4999999

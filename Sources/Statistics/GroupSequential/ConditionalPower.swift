/// The chance of success at the end, seen from a look, for a design with one look left.
public enum ConditionalPower {
  /// Conditional power when the trend seen so far goes on.
  ///
  /// Φ((z/√t − c)/√(1 − t)). Source: Lan and Wittes (1988), Biometrics 44, 579-585. From t = 1 on the
  /// end is known.
  public static func currentTrend(z: Double, fraction: Double, finalBound: Double) -> Double {
    if fraction >= 1 { return z >= finalBound ? 1 : 0 }
    return Normal.cdf((z / sqrt(fraction) - finalBound) / sqrt(1 - fraction))
  }

  /// Conditional power averaged over a flat prior for the drift.
  ///
  /// Φ((z/√t − c)/√((1 − t)/t)). Source: Spiegelhalter, Freedman and Blackburn (1986), Controlled
  /// Clinical Trials 7, 8-17. From t = 1 on the end is known.
  public static func predictive(z: Double, fraction: Double, finalBound: Double) -> Double {
    if fraction >= 1 { return z >= finalBound ? 1 : 0 }
    return Normal.cdf((z / sqrt(fraction) - finalBound) / sqrt((1 - fraction) / fraction))
  }
}

extension ConditionalPower {
  /// The probability of crossing each later bound first, given the statistic seen at a look.
  ///
  /// Z_k ~ N(θ√I_k, 1) with independent increments; source: Jennison and Turnbull (2000), chapter 10.
  /// - Parameters:
  ///   - look: the number of the look at which z was seen, from 1.
  ///   - theta: the drift per unit of √information.
  public static func crossings(
    look: Int, z: Double, theta: Double, bounds: [Double], information: [Double]
  ) throws(StatisticsRefusal) -> [Double] {
    guard bounds.count == information.count else { throw .lengthsDiffer }
    try GroupSequentialDesign.checkIncreasing(information)
    guard look >= 1, look < bounds.count, z.isFinite, theta.isFinite,
      !bounds.contains(where: \.isNaN)
    else { throw .parameterOutOfRange }
    return GroupSequentialDesign.crossingsAfter(
      look, z: z, theta: theta, bounds: bounds, information: information)
  }
}

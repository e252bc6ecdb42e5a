/// A second-stage size chosen from the unblinded interim result by conditional power.
///
/// When conditional power under the current trend lies in the promising zone, the total becomes what
/// gives power 1 − β under that trend, at most `maximalIncrease` times the plan. The final test is the
/// inverse-normal combination with the planned weights, so that the error rate holds.
/// Sources: Mehta and Pocock (2011), Stat. Med. 30, 3267-3284; Cui, Hung and Wang (1999), Biometrics
/// 55, 853-857.
public struct SampleSizeReestimation: Equatable, Sendable {
  /// Under the current trend at the planned size.
  public let conditionalPower: Double
  /// The total after re-estimation.
  public let total: Double
  /// What the second-stage statistic must exceed.
  public let secondStageBound: Double

  /// - Parameters:
  ///   - z: the interim statistic.
  ///   - interimTotal: participants at the interim.
  ///   - plannedTotal: participants planned.
  ///   - finalBound: the planned final bound.
  ///   - promisingZone: conditional powers between which the size may grow.
  public init(
    z: Double, interimTotal: Double, plannedTotal: Double, finalBound: Double, beta: Double,
    maximalIncrease: Double, promisingZone: ClosedRange<Double>
  ) throws(StatisticsRefusal) {
    guard z.isFinite, finalBound.isFinite else { throw .parameterOutOfRange }
    guard interimTotal > 0, plannedTotal > interimTotal, plannedTotal.isFinite else {
      throw .informationNotIncreasing
    }
    guard beta > 0, beta < 1, maximalIncrease >= 1 else { throw .parameterOutOfRange }
    let fraction = interimTotal / plannedTotal
    conditionalPower = ConditionalPower.currentTrend(
      z: z, fraction: fraction, finalBound: finalBound)
    secondStageBound = (finalBound - sqrt(fraction) * z) / sqrt(1 - fraction)
    guard promisingZone.contains(conditionalPower), z > 0 else {
      total = plannedTotal
      return
    }
    let effect = z / sqrt(interimTotal)
    let needed = square((secondStageBound + Normal.tailQuantile(beta)) / effect)
    total = min(needed + interimTotal, maximalIncrease * plannedTotal)
  }
}

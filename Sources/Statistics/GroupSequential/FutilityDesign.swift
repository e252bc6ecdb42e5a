/// A group sequential design that may also stop when success has become unlikely.
///
/// The lower bounds spend β under the drift, the upper ones α under no effect; the drift is the one at
/// which both meet at the last look. Not binding: the upper bounds ignore the lower ones, so that
/// going on below a lower bound costs no error. Source: Pampallona, Tsiatis and Kim (2001), Drug
/// Information Journal 35, 1113-1121. Accuracy 1e-9.
public struct FutilityDesign: Equatable, Sendable {
  /// Upper bounds, one per look.
  public let upper: [Double]
  /// Lower bounds; the last equals the last upper bound.
  public let lower: [Double]
  /// θ√I at the last look with the planned power.
  public let driftAtFinal: Double
  /// Largest information relative to a trial without looks.
  public let inflation: Double
  /// P(success by look k) at the drift.
  public let cumulativePower: [Double]
  /// P(futility by look k) at the drift.
  public let cumulativeFutility: [Double]
  /// Mean information under no effect, relative to a trial without looks.
  public let expectedInformationWithoutEffect: Double
  /// Mean information at the drift, relative to a trial without looks.
  public let expectedInformationAtDrift: Double

  /// Solves for the bounds and the drift.
  public init(
    alphaSpending: SpendingFunction, betaSpending: SpendingFunction, alphaOneSided: Double,
    beta: Double, informationFractions: [Double], isBinding: Bool
  ) throws(StatisticsRefusal) {
    try GroupSequentialDesign.check(alphaOneSided, informationFractions)
    guard beta > 0, beta < 1 - alphaOneSided else { throw .parameterOutOfRange }
    let plan = FutilityPlan(
      alpha: try alphaSpending.spent(alphaOneSided, at: informationFractions),
      beta: try betaSpending.spent(beta, at: informationFractions),
      information: informationFractions, isBinding: isBinding)
    let drift = rootBetween(0.5, 15, tolerance: 1e-11) { plan.bounds(drift: $0).excess }
    let solved = plan.bounds(drift: drift)
    guard abs(solved.excess) < 1e-8 else { throw .notConverged }
    upper = solved.upper
    lower = solved.lower
    driftAtFinal = drift
    inflation = square(
      drift / (Normal.tailQuantile(alphaOneSided) + Normal.tailQuantile(beta)))
    let at = CrossingProbabilities(
      theta: drift, information: informationFractions, lower: lower, upper: upper)
    let without = CrossingProbabilities(
      theta: 0, information: informationFractions, lower: lower, upper: upper)
    cumulativePower = runningTotals(at.upper)
    cumulativeFutility = runningTotals(at.lower)
    expectedInformationAtDrift = at.expectedInformation * inflation
    expectedInformationWithoutEffect = without.expectedInformation * inflation
  }
}

func runningTotals(_ values: [Double]) -> [Double] {
  var total = 0.0
  return values.map {
    total += $0
    return total
  }
}

private struct FutilityPlan {
  var alpha: [Double]
  var beta: [Double]
  var information: [Double]
  var isBinding: Bool

  /// The bounds at a drift; `excess` is the β left at the last look beyond what may be spent there,
  /// which falls as the drift grows.
  func bounds(drift: Double) -> (upper: [Double], lower: [Double], excess: Double) {
    var null = RecursiveIntegration(theta: 0)
    var moved = RecursiveIntegration(theta: drift)
    var upper: [Double] = []
    var lower: [Double] = []
    var excess = 0.0
    for index in information.indices {
      let now = information[index]
      let alphaNow = alpha[index] - (index > 0 ? alpha[index - 1] : 0)
      let betaNow = beta[index] - (index > 0 ? beta[index - 1] : 0)
      let high = GroupSequentialDesign.bound(null, probability: alphaNow, at: now)
      upper.append(high)
      if index + 1 == information.count {
        excess = moved.lower(high, at: now) - betaNow
        lower.append(high)
        break
      }
      let low = min(lowerBound(moved, betaNow, now), high)
      lower.append(low)
      let following = information[index + 1]
      null.goOn(
        between: isBinding ? low : -.infinity, and: high, at: now, following: following)
      moved.goOn(between: low, and: high, at: now, following: following)
    }
    return (upper, lower, excess)
  }

  private func lowerBound(
    _ path: RecursiveIntegration, _ probability: Double, _ information: Double
  ) -> Double {
    rootBetween(-12, 20, tolerance: 1e-12) { path.lower($0, at: information) - probability }
  }
}

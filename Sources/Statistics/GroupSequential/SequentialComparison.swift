/// What a trial with looks tests, and when.
public struct SequentialPlan: Equatable, Sendable {
  /// The difference of the null hypothesis, with its sign.
  public var null: Double
  /// Whether more is better.
  public var direction: OutcomeDirection
  /// How the error is spent.
  public var spending: SpendingFunction
  /// The one-sided error rate of the whole trial, in 0 < α < 1.
  public var alphaOneSided: Double
  /// The planned information of every look, growing, at most 1.
  public var informationFractions: [Double]

  /// All of it at once.
  public init(
    null: Double, direction: OutcomeDirection, spending: SpendingFunction, alphaOneSided: Double,
    informationFractions: [Double]
  ) {
    self.null = null
    self.direction = direction
    self.spending = spending
    self.alphaOneSided = alphaOneSided
    self.informationFractions = informationFractions
  }
}

/// Two arms compared with the data of every look taken so far.
///
/// While the trial goes on only the repeated interval and p-value are given; when a bound was crossed, or
/// the last look was taken, the p-value, interval and median-unbiased estimate of the stage-wise ordering.
/// Information is that of the plan. Sources: Jennison and Turnbull (1989), JRSS B 51, 305-361 (repeated
/// intervals); Tsiatis, Rosner and Mehta (1984), Biometrics 40, 797-803 (stage-wise ordering). Accuracy
/// 1e-9 on limits.
public struct SequentialComparison: Equatable, Sendable {
  /// What is told at one look.
  public struct Look: Equatable, Sendable {
    /// The statistic at the null difference, higher in favour of the claim.
    public var z: Double
    /// First arm − second arm.
    public var estimate: Double
    /// The interval at the bound of this look; it covers at all looks together.
    public var repeatedInterval: ConfidenceInterval
    /// The smallest one-sided error rate of the whole trial at which this look's bound is reached.
    public var repeatedPValue: Double
    /// P(a later bound is crossed) under the null difference; nil at the last look.
    public var conditionalRejection: Double?
    /// P(a later bound is crossed) when the trend seen goes on; nil at the last look.
    public var conditionalPower: Double?
  }

  /// What is told of a trial that has stopped.
  public struct Ending: Equatable, Sendable {
    /// The look at which it stopped, from 1.
    public var look: Int
    /// Whether a bound was crossed there.
    public var isCrossed: Bool
    /// The one-sided p-value of the stage-wise ordering.
    public var p: Double
    /// Limits of level 1 − 2α that the p-value inverts.
    public var interval: ConfidenceInterval
    /// The difference at which the p-value is one half.
    public var medianUnbiased: Double
  }

  /// The plan.
  public let design: GroupSequentialDesign
  /// The looks taken.
  public let looks: [Look]
  /// The end; nil while the trial goes on.
  public let ending: Ending?

  /// Compares response rates by the score test of Farrington and Manning.
  /// - Parameters:
  ///   - looks: all participants up to each look, experimental arm and comparator.
  ///   - plan: what is tested, and when.
  /// - Throws: `noVariation` when the trial stopped without any variation to scale a drift by.
  public init(
    rates looks: [(BinomialSample, BinomialSample)], _ plan: SequentialPlan
  ) throws(StatisticsRefusal) {
    let scale = SequentialScale(plan)
    var data: [SequentialDatum] = []
    for (one, two) in looks {
      let (first, second) = scale.isMirrored ? (two, one) : (one, two)
      let test = try RiskDifference.farringtonManningTest(first, second, margin: scale.null)
      let (p1, p2) = (first.proportion, second.proportion)
      data.append(
        SequentialDatum(
          z: test.z, estimate: p1 - p2,
          standardError: sqrt(
            p1 * (1 - p1) / Double(first.total) + p2 * (1 - p2) / Double(second.total)),
          repeated: { level throws(StatisticsRefusal) in
            try RiskDifference.mee(first, second, level: level)
          }))
    }
    self = try Self(data, scale, plan)
  }

  /// Compares response rates over strata by the score method with Mantel-Haenszel weights.
  ///
  /// The primary analysis does so. Source: Miettinen and Nurminen (1985), Stat. Med. 4, 213-226, section 5.
  /// - Parameter looks: all participants up to each look.
  public init(
    strata looks: [StratifiedTable], _ plan: SequentialPlan
  ) throws(StatisticsRefusal) {
    let scale = SequentialScale(plan)
    var data: [SequentialDatum] = []
    for look in looks {
      let score = StratifiedScore(scale.isMirrored ? look.swapped() : look)
      data.append(
        SequentialDatum(
          z: try score.test(margin: scale.null).z, estimate: score.estimate,
          standardError: score.standardError,
          repeated: { level throws(StatisticsRefusal) in try score.interval(level: level) }))
    }
    self = try Self(data, scale, plan)
  }

  /// Compares means under one variance, by normal approximation.
  /// - Parameter looks: all participants up to each look, experimental arm and comparator.
  public init(
    means looks: [(SampleMoments, SampleMoments)], _ plan: SequentialPlan
  ) throws(StatisticsRefusal) {
    let scale = SequentialScale(plan)
    var data: [SequentialDatum] = []
    for (one, two) in looks {
      guard one.count >= 1, two.count >= 1, one.count + two.count > 2 else {
        throw .tooFewObservations
      }
      let pooled = scale.isMirrored ? PooledMeans(two, one) : PooledMeans(one, two)
      guard pooled.standardError > 0, pooled.standardError.isFinite else { throw .noVariation }
      data.append(
        SequentialDatum(
          z: (pooled.difference - scale.null) / pooled.standardError, estimate: pooled.difference,
          standardError: pooled.standardError,
          repeated: { level throws(StatisticsRefusal) in
            let half = try criticalValue(level: level) * pooled.standardError
            return ConfidenceInterval(
              lower: pooled.difference - half, upper: pooled.difference + half, level: level)
          }))
    }
    self = try Self(data, scale, plan)
  }

  private init(
    _ data: [SequentialDatum], _ scale: SequentialScale, _ plan: SequentialPlan
  ) throws(StatisticsRefusal) {
    let (alpha, fractions) = (plan.alphaOneSided, plan.informationFractions)
    let design = try GroupSequentialDesign(
      spending: plan.spending, alphaOneSided: alpha, informationFractions: fractions)
    guard !data.isEmpty, data.count <= fractions.count else { throw .lengthsDiffer }
    var looks: [Look] = []
    for (index, datum) in data.enumerated() {
      let isLast = index + 1 == fractions.count
      let bound = design.bounds[index]
      func later(_ theta: Double) throws(StatisticsRefusal) -> Double? {
        isLast || !datum.z.isFinite
          ? nil : try design.conditionalPower(look: index + 1, z: datum.z, theta: theta)
      }
      looks.append(
        Look(
          z: datum.z, estimate: scale.difference(datum.estimate),
          repeatedInterval: scale.interval(try datum.repeated(1 - 2 * Normal.tail(bound))),
          repeatedPValue: try SequentialAnalysis.repeatedPValue(
            spending: plan.spending, informationFractions: fractions, look: index + 1, z: datum.z),
          conditionalRejection: try later(0),
          conditionalPower: try later(datum.z / sqrt(fractions[index]))))
    }
    self.design = design
    self.looks = looks
    let crossed = data.indices.first { data[$0].z >= design.bounds[$0] }
    guard let stop = crossed ?? (data.count == fractions.count ? data.count - 1 : nil) else {
      ending = nil
      return
    }
    guard data[stop].standardError > 0, data[stop].z.isFinite else { throw .noVariation }
    func difference(_ p: Double) throws(StatisticsRefusal) -> Double {
      let drift = try SequentialAnalysis.drift(
        design: design, look: stop + 1, z: data[stop].z, stagewisePValue: p)
      return scale.null + drift * data[stop].standardError * sqrt(fractions[stop])
    }
    ending = Ending(
      look: stop + 1, isCrossed: crossed != nil,
      p: try SequentialAnalysis.stagewisePValue(design: design, look: stop + 1, z: data[stop].z),
      interval: scale.interval(
        ConfidenceInterval(
          lower: try difference(alpha), upper: try difference(1 - alpha), level: 1 - 2 * alpha)),
      medianUnbiased: scale.difference(try difference(0.5)))
  }
}

/// One look on the scale on which more is better.
private struct SequentialDatum {
  var z: Double
  var estimate: Double
  var standardError: Double
  /// The interval of a level.
  var repeated: (Double) throws(StatisticsRefusal) -> ConfidenceInterval
}

/// Where less is better the arms change places, so that one computation serves both directions.
private struct SequentialScale {
  let isMirrored: Bool
  let null: Double

  init(_ plan: SequentialPlan) {
    switch plan.direction {
    case .higherIsBetter: isMirrored = false
    case .lowerIsBetter: isMirrored = true
    }
    null = isMirrored ? -plan.null : plan.null
  }

  func difference(_ value: Double) -> Double { isMirrored ? -value : value }

  func interval(_ interval: ConfidenceInterval) -> ConfidenceInterval {
    isMirrored
      ? ConfidenceInterval(lower: -interval.upper, upper: -interval.lower, level: interval.level)
      : interval
  }
}

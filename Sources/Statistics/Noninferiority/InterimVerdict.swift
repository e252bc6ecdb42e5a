/// The only form in which a comparison at an interim look can be told.
///
/// It holds the repeated interval and the error spent; an unadjusted interval has no place here and
/// therefore no way to be printed as a verdict.
public struct InterimVerdict: Equatable, Sendable {
  /// What was tested.
  public let hypothesis: Hypothesis
  /// The number of the look, from 1.
  public let look: Int
  /// First arm − second arm.
  public let estimate: Double
  /// The interval at the bound of this look; it covers at all looks together.
  public let repeatedInterval: ConfidenceInterval
  /// The statistic at the null difference, higher in favour of the claim.
  public let z: Double
  /// The bound it was compared with.
  public let bound: Double
  /// The one-sided error spent by this look, of the whole.
  public let alphaSpent: Double
  /// Strata without information on the difference, by name.
  public let droppedStrata: [String]

  /// Tests a hypothesis at a look of a design.
  public init(
    _ hypothesis: Hypothesis, table: StratifiedTable, design: GroupSequentialDesign, look: Int
  ) throws(StatisticsRefusal) {
    guard look >= 1, look <= design.bounds.count else { throw .parameterOutOfRange }
    let score = StratifiedScore(table)
    let test = try score.test(margin: hypothesis.claim.nullDifference)
    self.hypothesis = hypothesis
    self.look = look
    estimate = score.estimate
    bound = design.bounds[look - 1]
    alphaSpent = design.cumulativeAlpha[look - 1]
    repeatedInterval = try score.interval(criticalValue: bound)
    switch hypothesis.claim.direction {
    case .higherIsBetter: z = test.z
    case .lowerIsBetter: z = -test.z
    }
    droppedStrata = table.dropped
  }

  /// Whether the bound was reached.
  public var verdict: ComparisonVerdict { z >= bound ? .shown : .notShown }

  /// The verdict as a sentence.
  public var sentence: String {
    let factor = hypothesis.scale.factor
    let finding: String
    switch verdict {
    case .shown:
      finding =
        "The bound was crossed at look \(look): \(hypothesis.first) is "
        + "\(hypothesis.claim.adjective) to \(hypothesis.second)."
    case .notShown: finding = "The bound was not crossed at look \(look)."
    }
    return finding + " Repeated interval \(Wording.decimal(repeatedInterval.lower * factor)) to "
      + "\(Wording.decimal(repeatedInterval.upper * factor)) points, statistic "
      + "\(Wording.decimal(z, places: 3)), bound \(Wording.decimal(bound, places: 3)), error spent "
      + "\(Wording.decimal(alphaSpent, places: 6))."
  }
}

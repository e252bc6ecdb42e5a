/// Which participants an analysis holds.
public enum AnalysisSet: Equatable, Hashable, Sendable {
  /// Everyone randomized, as randomized.
  case full
  /// Those who followed the protocol.
  case perProtocol

  /// The set's name in a sentence.
  public var name: String {
    switch self {
    case .full: "full set"
    case .perProtocol: "per-protocol set"
    }
  }
}

/// Whether a claim was shown; no result of a comparison says more than this.
public enum ComparisonVerdict: Equatable, Sendable {
  /// The whole interval lies on the claimed side of the null difference.
  case shown
  /// It does not.
  case notShown
}

/// A comparison of two arms: hypothesis, estimate, interval and p-value, never one alone.
///
/// The p-value is one-sided and belongs to the test that the interval inverts; one-sided α pairs
/// with the two-sided level 1 − 2α.
public struct ComparisonResult: Equatable, Sendable {
  /// What was tested.
  public let hypothesis: Hypothesis
  /// In whom.
  public let analysisSet: AnalysisSet
  /// First arm − second arm on the outcome's scale.
  public let estimate: Double
  /// The two-sided interval of level 1 − 2α.
  public let interval: ConfidenceInterval
  /// The p-value of the test at the null difference.
  public let pOneSided: Double
  /// Strata without information on the difference, by name.
  public let droppedStrata: [String]

  /// The primary analysis: stratified score statistic with Mantel-Haenszel weights.
  ///
  /// Interval and p-value are of the same statistic (`StratifiedScore`).
  /// - Parameter alphaOneSided: in 0 < α < 0.25; 0.025 pairs with the 95 % interval.
  public init(
    _ hypothesis: Hypothesis, in analysisSet: AnalysisSet, table: StratifiedTable,
    alphaOneSided: Double = 0.025
  ) throws(StatisticsRefusal) {
    guard alphaOneSided > 0, alphaOneSided < 0.25 else { throw .alphaOutOfRange }
    let score = StratifiedScore(table)
    let test = try score.test(margin: hypothesis.claim.nullDifference)
    self.hypothesis = hypothesis
    self.analysisSet = analysisSet
    estimate = score.estimate
    interval = try score.interval(level: 1 - 2 * alphaOneSided)
    switch hypothesis.claim.direction {
    case .higherIsBetter: pOneSided = test.pGreater
    case .lowerIsBetter: pOneSided = test.pLess
    }
    droppedStrata = table.dropped
  }

  /// A comparison of means from an estimate, its standard error and degrees of freedom.
  ///
  /// Interval: estimate ± t standard errors; test: (estimate − null)/standard error.
  public init(
    _ hypothesis: Hypothesis, in analysisSet: AnalysisSet, estimate: Double,
    standardError: Double, degreesOfFreedom: Double, alphaOneSided: Double = 0.025
  ) throws(StatisticsRefusal) {
    guard alphaOneSided > 0, alphaOneSided < 0.25 else { throw .alphaOutOfRange }
    guard standardError > 0, standardError.isFinite, estimate.isFinite, degreesOfFreedom > 0 else {
      throw .tooFewObservations
    }
    self.hypothesis = hypothesis
    self.analysisSet = analysisSet
    self.estimate = estimate
    let t = -StudentT.quantile(alphaOneSided, degreesOfFreedom: degreesOfFreedom)
    interval = ConfidenceInterval(
      lower: estimate - t * standardError, upper: estimate + t * standardError,
      level: 1 - 2 * alphaOneSided)
    let statistic = (estimate - hypothesis.claim.nullDifference) / standardError
    switch hypothesis.claim.direction {
    case .higherIsBetter:
      pOneSided = StudentT.tail(statistic, degreesOfFreedom: degreesOfFreedom)
    case .lowerIsBetter:
      pOneSided = StudentT.cdf(statistic, degreesOfFreedom: degreesOfFreedom)
    }
    droppedStrata = []
  }

  /// Whether the claim was shown in this set.
  public var verdict: ComparisonVerdict {
    let edge = hypothesis.claim.nullDifference
    switch hypothesis.claim.direction {
    case .higherIsBetter: return interval.lower > edge ? .shown : .notShown
    case .lowerIsBetter: return interval.upper < edge ? .shown : .notShown
    }
  }

  /// The result as a sentence, the finding first.
  public var sentence: String {
    let (first, second) = (hypothesis.first, hypothesis.second)
    switch verdict {
    case .shown:
      return "\(first) was \(hypothesis.claim.adjective) to \(second): \(numbers)."
    case .notShown:
      return "Not shown: \(first) \(hypothesis.claim.adjective) to \(second). "
        + "The \(intervalText) \(whyNotShown)."
    }
  }

  /// Difference, interval and margin without a finding, for results that are only described.
  public var numbers: String {
    let difference = Wording.signed(estimate * hypothesis.scale.factor)
    let text = "difference \(difference) points, \(intervalText)"
    switch hypothesis.claim {
    case .noninferiority(let margin):
      return text + ", margin " + Wording.number(margin.value * hypothesis.scale.factor)
    case .superiority: return text
    }
  }

  /// The p-value beside its interval, in words.
  public var pText: String { "one-sided " + Wording.pValue(pOneSided) + ", " + intervalText }

  private var intervalText: String {
    let factor = hypothesis.scale.factor
    return "\(Wording.title(interval)) \(Wording.decimal(interval.lower * factor)) to "
      + Wording.decimal(interval.upper * factor)
  }

  private var whyNotShown: String {
    switch hypothesis.claim {
    case .noninferiority(let margin):
      let edge = Wording.number(margin.value * hypothesis.scale.factor)
      return interval.contains(margin.value)
        ? "includes the margin \(edge)" : "lies wholly beyond the margin \(edge)"
    case .superiority:
      return interval.contains(0) ? "includes 0" : "lies wholly on the other side of 0"
    }
  }
}

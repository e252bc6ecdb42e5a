/// In which analysis sets a claim must be shown before it is claimed.
///
/// The rule comes from the study definition, never from whoever asks for a report.
public enum ConclusionRule: Equatable, Sendable {
  /// The full set decides; the per-protocol set is shown beside it.
  case fullSet
  /// Both sets must show it; the second carries no error rate of its own.
  case fullSetAndPerProtocol
}

/// How many of those randomized to an arm are in an analysis set.
public struct ArmLoss: Equatable, Sendable {
  /// The arm as readers may know it.
  public var arm: String
  /// How many were randomized.
  public var randomized: Int
  /// How many the set holds.
  public var analysed: Int

  /// The counts of one arm.
  public init(arm: String, randomized: Int, analysed: Int) {
    self.arm = arm
    self.randomized = randomized
    self.analysed = analysed
  }

  /// Randomized but not analysed.
  public var lost: Int { randomized - analysed }

  /// The loss as a sentence.
  public var sentence: String {
    let share =
      randomized > 0 ? Wording.decimal(100 * Double(lost) / Double(randomized)) : "0.0"
    return "\(arm): \(analysed) of \(randomized) randomized were analysed, "
      + "\(lost) (\(share) %) not."
  }
}

/// Why two results do not make a conclusion.
public enum ConclusionRefusal: Error, Equatable, Sendable {
  /// The two results do not answer the same hypothesis.
  case differentHypotheses
  /// The first result is not of the full set, or the second not of the per-protocol set.
  case wrongAnalysisSets
  /// More participants analysed than randomized.
  case lossesImpossible
}

extension ConclusionRefusal: CustomStringConvertible {
  /// The reason as a sentence.
  public var description: String {
    switch self {
    case .differentHypotheses:
      "The two results answer different hypotheses. Analyse both sets for the same one."
    case .wrongAnalysisSets:
      "A conclusion needs one result of the full set and one of the per-protocol set."
    case .lossesImpossible:
      "An arm has more participants analysed than randomized. Correct the counts."
    }
  }
}

/// A hypothesis with the results of both sets, the losses, and what may be claimed.
public struct Conclusion: Equatable, Sendable {
  /// The result in everyone randomized.
  public let fullSet: ComparisonResult
  /// The result in those who followed the protocol.
  public let perProtocol: ComparisonResult
  /// Randomized and analysed by arm, for the full set.
  public let losses: [ArmLoss]
  /// The study's rule for this hypothesis.
  public let rule: ConclusionRule

  /// Joins two results of one hypothesis under the study's rule.
  public init(
    fullSet: ComparisonResult, perProtocol: ComparisonResult, losses: [ArmLoss],
    rule: ConclusionRule
  ) throws(ConclusionRefusal) {
    guard fullSet.hypothesis == perProtocol.hypothesis else { throw .differentHypotheses }
    guard fullSet.analysisSet == .full, perProtocol.analysisSet == .perProtocol else {
      throw .wrongAnalysisSets
    }
    guard losses.allSatisfy({ $0.analysed >= 0 && $0.lost >= 0 }) else {
      throw .lossesImpossible
    }
    self.fullSet = fullSet
    self.perProtocol = perProtocol
    self.losses = losses
    self.rule = rule
  }

  /// What was tested.
  public var hypothesis: Hypothesis { fullSet.hypothesis }

  /// Whether the claim may be made.
  public var verdict: ComparisonVerdict {
    switch rule {
    case .fullSet: return fullSet.verdict
    case .fullSetAndPerProtocol:
      switch (fullSet.verdict, perProtocol.verdict) {
      case (.shown, .shown): return .shown
      case (.shown, .notShown), (.notShown, .shown), (.notShown, .notShown): return .notShown
      }
    }
  }

  /// The conclusion as a sentence, then what the per-protocol set says.
  public var sentence: String {
    let beside = "In the per-protocol set: \(perProtocol.numbers)."
    switch (verdict, fullSet.verdict) {
    case (.notShown, .shown):
      return "Not shown: \(hypothesis.first) \(hypothesis.claim.adjective) to "
        + "\(hypothesis.second). The full set shows it (\(fullSet.numbers)), but the per-protocol "
        + "set does not. \(beside)"
    case (.shown, .shown), (.notShown, .notShown), (.shown, .notShown):
      return fullSet.sentence + " " + beside
    }
  }
}

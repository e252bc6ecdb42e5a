/// Hypotheses tested one after the other at the full error rate, until one is not shown.
///
/// Each is tested only when all before it were shown, so that the error rate over all of them is that
/// of one. Source: Maurer, Hothorn and Lehmacher (1995); Westfall and Krishen (2001), J. Stat. Plan.
/// Inference 99, 25-40.
public struct FixedSequence: Equatable, Sendable {
  /// How a hypothesis stands in the sequence.
  public enum Standing: Equatable, Sendable {
    /// It was tested, with this verdict.
    case tested(ComparisonVerdict)
    /// An earlier hypothesis, named here, was not shown: the result only describes.
    case descriptive(after: String)
  }

  /// One hypothesis with its results and its standing.
  public struct Step: Equatable, Sendable {
    /// The results of both sets.
    public let conclusion: Conclusion
    /// What they may be used for.
    public let standing: Standing

    /// The step as a sentence; a descriptive one never states a finding.
    public var sentence: String {
      switch standing {
      case .tested: conclusion.sentence
      case .descriptive(let id):
        "Descriptive only, because \(id) was not shown: \(conclusion.hypothesis.first) − "
          + "\(conclusion.hypothesis.second), \(conclusion.fullSet.numbers)."
      }
    }
  }

  /// The steps in the order of the study definition.
  public let steps: [Step]

  /// Walks through conclusions in the order of the study definition.
  public init(_ conclusions: [Conclusion]) {
    var stopper: String?
    steps = conclusions.map { conclusion in
      if let stopper { return Step(conclusion: conclusion, standing: .descriptive(after: stopper)) }
      switch conclusion.verdict {
      case .shown: break
      case .notShown: stopper = conclusion.hypothesis.id
      }
      return Step(conclusion: conclusion, standing: .tested(conclusion.verdict))
    }
  }

  /// The names of the hypotheses whose claims may be made.
  public var claimed: [String] {
    steps.compactMap {
      switch $0.standing {
      case .tested(.shown): $0.conclusion.hypothesis.id
      case .tested(.notShown), .descriptive: nil
      }
    }
  }
}

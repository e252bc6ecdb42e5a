import Statistics
import StudyModel

/// What a whole design achieves, by simulation.
public struct DesignReport: Codable, Equatable, Sendable {
  /// A look with its bound.
  public struct Look: Codable, Equatable, Sendable {
    /// The share of the information, by planned participants.
    public var information: Double
    /// Participants randomized to each arm by then.
    public var perArm: Int
    /// One-sided error spent by then.
    public var spent: Double
    /// The bound of the statistic.
    public var bound: Double
  }

  /// One hypothesis.
  public struct Test: Codable, Equatable, Sendable {
    /// Its name.
    public var id: String
    /// First arm − second arm.
    public var comparison: String
    /// The claim with its null difference.
    public var claim: String
    /// The true difference assumed.
    public var difference: Double
    /// The share of runs in which it was shown by the end.
    public var shown: Double
    /// The standard error of that share by the number of runs.
    public var standardError: Double
    /// The share of runs in which it was first shown at each look.
    public var byLook: [Double]
  }

  /// The advice to stop for futility, which binds nobody.
  public struct Futility: Codable, Equatable, Sendable {
    /// The conditional power of the first hypothesis below which it is advised.
    public var below: Double
    /// The share of runs in which it was advised at an interim look.
    public var advised: Double
    /// The share of runs in which it was advised and the first hypothesis was shown all the same.
    public var advisedYetShown: Double
  }

  /// What was ordered.
  public var order: DesignOrder
  /// The version of the definition.
  public var definition: String
  /// The arms in the order of the definition.
  public var arms: [String]
  /// The looks with the end.
  public var looks: [Look]
  /// The hypotheses in their order.
  public var tests: [Test]
  /// How the error is spent, in words; nil in reports from before it was kept, which are of the
  /// O'Brien-Fleming type.
  public var spending: String?
  /// Nil without a look or without advice in the definition.
  public var futility: Futility?

  /// Sums up what was simulated.
  public init(_ work: DesignWork, _ part: DesignPart) {
    let (plan, tally) = (work.plan, part.tally)
    let runs = Double(max(tally.runs, 1))
    let arms = work.definition.arms.map(\.code.text)
    order = work.order
    definition = work.definition.version
    self.arms = arms
    spending = EfficacyPlan.spending(work.definition).title
    looks = plan.design.informationFractions.indices.map { index in
      let fraction = plan.design.informationFractions[index]
      return Look(
        information: fraction, perArm: Int((fraction * Double(plan.perArm)).rounded()),
        spent: plan.design.cumulativeAlpha[index], bound: plan.design.bounds[index])
    }
    tests = plan.tests.enumerated().map { number, test in
      Test(
        id: test.id, comparison: "\(arms[test.first]) − \(arms[test.second])",
        claim: "\(test.claim.adjective), null difference "
          + Wording.number(100 * test.claim.nullDifference) + " points",
        difference: plan.rates[test.first] - plan.rates[test.second], shown: tally.power(number),
        standardError: tally.standardError(number),
        byLook: tally.shown[number].map { Double($0) / runs })
    }
    futility = plan.futilityBelow.flatMap { below in
      looks.count < 2
        ? nil
        : Futility(
          below: below, advised: Double(tally.advised) / runs,
          advisedYetShown: Double(tally.advisedYetShown) / runs)
    }
  }

  /// The report as a table of comma-separated values; every line tells what made it.
  public var csv: String {
    let head =
      ["hypothesis", "comparison", "claim", "difference", "shown", "standard_error"]
      + looks.indices.map { "first_shown_at_look_\($0 + 1)" }
      + ["runs", "key", "per_arm", "dropout", "definition"]
    let rows = tests.map { test in
      [
        test.id, test.comparison, "\"\(test.claim)\"", "\(test.difference)", "\(test.shown)",
        "\(test.standardError)",
      ] + test.byLook.map { "\($0)" }
        + ["\(order.runs)", "\(order.key)", "\(order.perArm)", "\(order.dropout)", definition]
    }
    return ([head] + rows).map { $0.joined(separator: ",") }.joined(separator: "\r\n") + "\r\n"
  }

  /// Canonical bytes: sorted keys.
  public func encoded() throws -> String { try ReportText.json(self) }
}

/// A trial of a binary outcome before it begins: arms, hypotheses in their order, looks, losses.
public struct DesignPlan: Equatable, Sendable {
  /// One hypothesis, first arm − second arm by their index.
  public struct Test: Equatable, Sendable {
    /// Its name.
    public var id: String
    /// The arm that comes first.
    public var first: Int
    /// The arm subtracted.
    public var second: Int
    /// What is claimed.
    public var claim: Claim

    /// All of it at once.
    public init(id: String, first: Int, second: Int, claim: Claim) {
      self.id = id
      self.first = first
      self.second = second
      self.claim = claim
    }
  }

  /// An arm treated by providers whose participants are alike.
  public struct Clustering: Equatable, Sendable {
    /// The arm by its index.
    public var arm: Int
    /// Participants of one provider.
    public var size: Int
    /// The intraclass correlation of response, in 0 < ρ < 1.
    public var correlation: Double

    /// All of it at once.
    public init(arm: Int, size: Int, correlation: Double) {
      self.arm = arm
      self.size = size
      self.correlation = correlation
    }
  }

  /// The share of responders in each arm.
  public let rates: [Double]
  /// Participants randomized to each arm.
  public let perArm: Int
  /// The hypotheses in the order they are tested.
  public let tests: [Test]
  /// Looks and bounds of every hypothesis.
  public let design: GroupSequentialDesign
  /// The share of participants without an outcome, at random.
  public let dropout: Double
  /// Clustering in one arm, where there is any.
  public let clustering: Clustering?

  /// Parses a plan.
  public init(
    rates: [Double], perArm: Int, tests: [Test], design: GroupSequentialDesign,
    dropout: Double = 0, clustering: Clustering? = nil
  ) throws(StatisticsRefusal) {
    guard rates.count > 1, rates.allSatisfy({ $0 > 0 && $0 < 1 }), perArm > 1, !tests.isEmpty,
      dropout >= 0, dropout < 1,
      tests.allSatisfy({ rates.indices.contains($0.first) && rates.indices.contains($0.second) })
    else { throw .parameterOutOfRange }
    if let clustering {
      guard rates.indices.contains(clustering.arm), clustering.size > 0,
        clustering.correlation > 0, clustering.correlation < 1
      else { throw .parameterOutOfRange }
    }
    self.rates = rates
    self.perArm = perArm
    self.tests = tests
    self.design = design
    self.dropout = dropout
    self.clustering = clustering
  }
}

/// How often each hypothesis is shown, and at which look.
///
/// Every run has a stream of its own, named by its number: neither the number of threads nor the order of
/// runs changes a count. A hypothesis is tested at a look once all before it are shown (fixed sequence, each with the
/// full error spent over the looks); the test is that of Miettinen and Nurminen (1985), not stratified. A
/// provider's response probability has a beta distribution of mean p and the stated correlation. The number of
/// looks is by planned participants, also where some have no outcome.
public struct DesignTally: Equatable, Sendable {
  /// Runs counted.
  public private(set) var runs = 0
  /// For every hypothesis, runs in which it was first shown at each look.
  public private(set) var shown: [[Int]]

  /// An empty tally.
  public init(_ plan: DesignPlan) {
    shown = plan.tests.map { _ in plan.design.bounds.map { _ in 0 } }
  }

  /// The share of runs in which a hypothesis was shown by the end.
  public func power(_ test: Int) -> Double {
    runs == 0 ? 0 : Double(shown[test].reduce(0, +)) / Double(runs)
  }

  /// The standard error of that share by the number of runs.
  public func standardError(_ test: Int) -> Double {
    let power = power(test)
    return runs == 0 ? 0 : sqrt(power * (1 - power) / Double(runs))
  }

  /// Adds the counts of other runs.
  public mutating func add(_ other: DesignTally) {
    runs += other.runs
    for test in shown.indices {
      for look in shown[test].indices { shown[test][look] += other.shown[test][look] }
    }
  }

  /// Simulates runs by their numbers.
  public mutating func simulate(_ plan: DesignPlan, runs numbers: Range<Int>, key: UInt64) {
    for number in numbers {
      var chances = CounterStream(key: key, stream: UInt64(number))
      var samples = plan.rates.map { _ in BinomialSample(responders: 0, total: 0) }
      var enrolled = 0
      var provider: (left: Int, rate: Double) = (0, 0)
      var open = 0
      for (look, fraction) in plan.design.informationFractions.enumerated() {
        let until = Int((fraction * Double(plan.perArm)).rounded())
        for arm in plan.rates.indices {
          for _ in enrolled..<max(until, enrolled) {
            let rate = Self.rate(plan, arm, &provider, &chances)
            let responds = chances.uniform() < rate
            if plan.dropout > 0, chances.uniform() < plan.dropout { continue }
            samples[arm].total += 1
            if responds { samples[arm].responders += 1 }
          }
        }
        enrolled = max(until, enrolled)
        while open < plan.tests.count,
          Self.isShown(plan.tests[open], samples, bound: plan.design.bounds[look])
        {
          shown[open][look] += 1
          open += 1
        }
      }
      runs += 1
    }
  }

  private static func rate(
    _ plan: DesignPlan, _ arm: Int, _ provider: inout (left: Int, rate: Double),
    _ chances: inout CounterStream
  ) -> Double {
    guard let clustering = plan.clustering, clustering.arm == arm else { return plan.rates[arm] }
    if provider.left == 0 {
      let mass = 1 / clustering.correlation - 1
      let mean = plan.rates[arm]
      provider = (
        clustering.size, Beta.quantile(chances.uniform(), mean * mass, (1 - mean) * mass)
      )
    }
    provider.left -= 1
    return provider.rate
  }

  private static func isShown(
    _ test: DesignPlan.Test, _ samples: [BinomialSample], bound: Double
  ) -> Bool {
    let found = try? RiskDifference.miettinenNurminenTest(
      samples[test.first], samples[test.second], margin: test.claim.nullDifference)
    guard let z = found?.z else { return false }
    switch test.claim.direction {
    case .higherIsBetter: return z >= bound
    case .lowerIsBetter: return -z >= bound
    }
  }
}

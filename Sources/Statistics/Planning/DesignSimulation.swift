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
  /// The conditional power of the first hypothesis below which stopping is advised, in 0 < γ < 1.
  public let futilityBelow: Double?

  /// Parses a plan.
  public init(
    rates: [Double], perArm: Int, tests: [Test], design: GroupSequentialDesign,
    dropout: Double = 0, clustering: Clustering? = nil, futilityBelow: Double? = nil
  ) throws(StatisticsRefusal) {
    guard rates.count > 1, rates.allSatisfy({ $0 > 0 && $0 < 1 }), perArm > 1, !tests.isEmpty,
      dropout >= 0, dropout < 1,
      tests.allSatisfy({ rates.indices.contains($0.first) && rates.indices.contains($0.second) })
    else { throw .parameterOutOfRange }
    if let futilityBelow {
      guard futilityBelow > 0, futilityBelow < 1 else { throw .parameterOutOfRange }
    }
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
    self.futilityBelow = futilityBelow
  }
}

/// How often each hypothesis is shown, and at which look.
///
/// Every run has a stream of its own, named by its number: neither the number of threads nor the order of
/// runs changes a count. A hypothesis is tested at a look once all before it are shown (fixed sequence, each with the
/// full error spent over the looks); the test is that of Miettinen and Nurminen (1985), not stratified. A
/// provider's response probability has a beta distribution of mean p and the stated correlation. The number of
/// looks is by planned participants, also where some have no outcome. The advice on futility binds nobody: a run
/// goes on after it. It is given at an interim look at which the first hypothesis is not shown and its
/// conditional power, should the trend seen go on, lies below the plan's bound (Lan and Wittes 1988).
public struct DesignTally: Equatable, Sendable {
  /// Runs counted.
  public private(set) var runs = 0
  /// For every hypothesis, runs in which it was first shown at each look.
  public private(set) var shown: [[Int]]
  /// Runs in which stopping for futility was advised at any interim look.
  public private(set) var advised = 0
  /// Of those, runs in which the first hypothesis was shown all the same.
  public private(set) var advisedYetShown = 0

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
    advised += other.advised
    advisedYetShown += other.advisedYetShown
    for test in shown.indices {
      for look in shown[test].indices { shown[test][look] += other.shown[test][look] }
    }
  }

  /// Simulates runs by their numbers.
  public mutating func simulate(_ plan: DesignPlan, runs numbers: Range<Int>, key: UInt64) {
    let stages = DesignStages(plan)
    var samples = plan.rates.map { _ in BinomialSample(responders: 0, total: 0) }
    for number in numbers {
      var chances = CounterStream(key: key, stream: UInt64(number))
      var provider: (left: Int, rate: Double) = (0, 0)
      for arm in samples.indices { samples[arm] = BinomialSample(responders: 0, total: 0) }
      var open = 0
      var isAdvised = false
      for look in stages.sizes.indices {
        for arm in samples.indices {
          if let table = stages.tables[look][arm] {
            samples[arm].total += stages.sizes[look]
            samples[arm].responders += table.count(at: chances.uniform())
          } else {
            Self.enrol(stages.sizes[look], in: arm, plan, &samples[arm], &provider, &chances)
          }
        }
        while open < plan.tests.count,
          Self.isShown(plan.tests[open], samples, bound: plan.design.bounds[look])
        {
          shown[open][look] += 1
          open += 1
        }
        if open == 0 { isAdvised = isAdvised || Self.isFutile(plan, samples, look: look) }
      }
      if isAdvised {
        advised += 1
        if open > 0 { advisedYetShown += 1 }
      }
      runs += 1
    }
  }

  /// One participant after the other, where losses or providers make them unlike independent draws of one rate.
  private static func enrol(
    _ count: Int, in arm: Int, _ plan: DesignPlan, _ sample: inout BinomialSample,
    _ provider: inout (left: Int, rate: Double), _ chances: inout CounterStream
  ) {
    for _ in 0..<count {
      let rate = rate(plan, arm, &provider, &chances)
      let responds = chances.uniform() < rate
      if plan.dropout > 0, chances.uniform() < plan.dropout { continue }
      sample.total += 1
      if responds { sample.responders += 1 }
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

  private static func isFutile(
    _ plan: DesignPlan, _ samples: [BinomialSample], look: Int
  ) -> Bool {
    guard let below = plan.futilityBelow, look < plan.design.bounds.count - 1,
      let z = statistic(plan.tests[0], samples), let final = plan.design.bounds.last
    else { return false }
    let power = ConditionalPower.currentTrend(
      z: z, fraction: plan.design.informationFractions[look], finalBound: final)
    return power < below
  }

  private static func isShown(
    _ test: DesignPlan.Test, _ samples: [BinomialSample], bound: Double
  ) -> Bool {
    statistic(test, samples).map { $0 >= bound } ?? false
  }

  /// The statistic in favour of the claim; nil where an arm is empty.
  private static func statistic(
    _ test: DesignPlan.Test, _ samples: [BinomialSample]
  ) -> Double? {
    let found = try? RiskDifference.miettinenNurminenTest(
      samples[test.first], samples[test.second], margin: test.claim.nullDifference)
    guard let z = found?.z else { return nil }
    switch test.claim.direction {
    case .higherIsBetter: return z
    case .lowerIsBetter: return -z
    }
  }
}

/// The participants between one look and the next, with the table of their responders where they are alike.
private struct DesignStages {
  let sizes: [Int]
  /// By look and arm; nil where participants are drawn one by one.
  let tables: [[BinomialTable?]]

  init(_ plan: DesignPlan) {
    let ends = plan.design.informationFractions.map {
      Int(($0 * Double(plan.perArm)).rounded())
    }
    let sizes = zip(ends, [0] + ends).map { max(0, $0 - $1) }
    self.sizes = sizes
    var known: [Int: [BinomialTable?]] = [:]
    tables = sizes.map { size in
      if let tables = known[size] { return tables }
      let tables = plan.rates.enumerated().map { arm, rate -> BinomialTable? in
        let isPlain = plan.dropout == 0 && plan.clustering?.arm != arm
        return isPlain ? BinomialTable(trials: size, rate: rate) : nil
      }
      known[size] = tables
      return tables
    }
  }
}

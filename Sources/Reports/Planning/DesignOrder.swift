import Statistics
public import StudyModel

/// How a whole design is to be simulated: what is assumed of arms, losses and providers.
public struct DesignOrder: Codable, Equatable, Sendable {
  /// Participants of one provider are alike in an arm.
  public struct Cluster: Codable, Equatable, Sendable {
    /// The arm.
    public var arm: String
    /// Participants of one provider.
    public var size: Int
    /// The intraclass correlation of response, in 0 < ρ < 1.
    public var correlation: Double

    /// All of it at once.
    public init(arm: String, size: Int, correlation: Double) {
      self.arm = arm
      self.size = size
      self.correlation = correlation
    }
  }

  /// Simulated trials.
  public var runs: Int
  /// The key of the random streams: the same order gives the same report.
  public var key: UInt64
  /// Participants randomized to each arm.
  public var perArm: Int
  /// The share of responders assumed of each arm, in 0 < p < 1.
  public var rates: [String: Double]
  /// The share of participants without an outcome, in 0 ≤ d < 1.
  public var dropout: Double
  /// Providers of one arm, where their participants are alike.
  public var cluster: Cluster?
  /// Whether the interim looks of the definition are taken.
  public var withLooks: Bool

  /// What a definition plans and assumes.
  /// - Throws: `nothingPlanned` where it states no sample size.
  public init(
    _ definition: StudyDefinition, runs: Int = 20_000, key: UInt64 = 1
  ) throws(DesignRefusal) {
    guard let size = definition.sampleSize, !definition.hypotheses.isEmpty else {
      throw .nothingPlanned
    }
    self.runs = runs
    self.key = key
    perArm = size.perArm
    rates = Dictionary(
      zip(size.assumptions.map(\.arm), size.assumptions.map(\.proportion)).map { code, share in
        (code.text, Double(share.text(decimals: 9)) ?? 0)
      }
    ) { one, _ in one }
    dropout = 0
    cluster = nil
    withLooks = true
  }
}

/// Why a design is not simulated.
public enum DesignRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// The definition states no sample size or no hypothesis.
  case nothingPlanned
  /// A part of the order cannot be.
  case invalid(field: String, sentence: String)

  /// The sentence for the person who asked.
  public var description: String {
    switch self {
    case .nothingPlanned:
      "The study definition states no sample size or no hypothesis. Nothing was simulated."
    case .invalid(_, let sentence): sentence
    }
  }
}

/// A design ready to be simulated, in parts of any size and order.
public struct DesignWork: Sendable {
  /// The order.
  public let order: DesignOrder
  let plan: DesignPlan
  let definition: StudyDefinition

  /// Prepares a design.
  /// - Throws: `nothingPlanned`, or the field of the order that cannot be.
  public init(
    _ order: DesignOrder, _ definition: StudyDefinition
  ) throws(DesignRefusal) {
    self.order = order
    self.definition = definition
    let arms = definition.arms.map(\.code.text)
    guard let first = definition.hypotheses.min(by: { $0.order < $1.order }) else {
      throw .nothingPlanned
    }
    try Self.check(order, arms)
    do {
      plan = try DesignPlan(
        rates: arms.map { order.rates[$0] ?? 0 }, perArm: order.perArm,
        tests: try definition.hypotheses.sorted { $0.order < $1.order }.map { hypothesis in
          DesignPlan.Test(
            id: hypothesis.id, first: arms.firstIndex(of: hypothesis.first.text) ?? 0,
            second: arms.firstIndex(of: hypothesis.second.text) ?? 0,
            claim: try TrialAnalysis.claim(of: hypothesis.objective))
        },
        design: try EfficacyPlan.design(
          definition, first, at: order.withLooks ? nil : [1]),
        dropout: order.dropout,
        clustering: order.cluster.flatMap { cluster in
          arms.firstIndex(of: cluster.arm).map {
            DesignPlan.Clustering(arm: $0, size: cluster.size, correlation: cluster.correlation)
          }
        },
        futilityBelow: definition.interim?.futilityAdviceBelow.flatMap {
          Double($0.text(decimals: 9))
        })
    } catch let refusal as any CustomStringConvertible {
      throw .invalid(field: "runs", sentence: refusal.description)
    } catch {
      throw .nothingPlanned
    }
  }

  private static func check(_ order: DesignOrder, _ arms: [String]) throws(DesignRefusal) {
    func refused(_ field: String, _ sentence: String) -> DesignRefusal {
      .invalid(field: field, sentence: sentence + " Nothing was simulated.")
    }
    guard (100...10_000_000).contains(order.runs) else {
      throw refused("runs", "The number of runs lies between 100 and 10000000.")
    }
    guard (2...100_000).contains(order.perArm) else {
      throw refused("per_arm", "Each arm has 2 to 100000 participants.")
    }
    guard order.dropout >= 0, order.dropout < 1 else {
      throw refused("dropout", "The share without an outcome lies between 0 and 1, 1 excluded.")
    }
    for arm in order.rates.keys.sorted() where !arms.contains(arm) {
      throw refused("rates", "A share of responders belongs to no arm of the definition.")
    }
    for arm in arms {
      guard let rate = order.rates[arm], rate > 0, rate < 1 else {
        throw refused(
          "rates", "Every arm has a share of responders above 0 and below 1, for example 0.5.")
      }
    }
    guard let cluster = order.cluster else { return }
    guard arms.contains(cluster.arm) else {
      throw refused("cluster", "Providers belong to an arm of the definition.")
    }
    guard (1...100_000).contains(cluster.size), cluster.correlation > 0, cluster.correlation < 1
    else {
      throw refused(
        "cluster",
        "A provider has at least 1 participant, and the correlation lies between 0 and 1.")
    }
  }

  /// Simulates runs by their numbers.
  public func part(_ runs: Range<Int>) -> DesignPart {
    var tally = DesignTally(plan)
    tally.simulate(plan, runs: runs, key: order.key)
    return DesignPart(tally: tally)
  }

  /// Nothing simulated yet.
  public var none: DesignPart { DesignPart(tally: DesignTally(plan)) }
}

/// What some runs came to.
public struct DesignPart: Sendable {
  var tally: DesignTally
  /// How many runs.
  public var runs: Int { tally.runs }
  /// Adds other runs.
  public mutating func add(_ other: DesignPart) { tally.add(other.tally) }
}

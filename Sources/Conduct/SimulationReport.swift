import Foundation
public import Randomization

/// What a simulation of candidate schemes came to, as it is kept with an activation.
public struct SimulationReport: Sendable, Codable, Equatable {
  /// A mean over the runs with its standard error.
  public struct Figure: Sendable, Codable, Equatable {
    /// The mean.
    public let mean: Double
    /// The standard error of the mean.
    public let standardError: Double
  }

  /// One arm of a candidate.
  public struct Arm: Sendable, Codable, Equatable {
    /// The arm.
    public let id: String
    /// Its share of the ratio.
    public let ratio: Int
    /// Participants allocated to it.
    public let allocated: Figure
    /// The number it would have if the ratio held exactly.
    public let target: Double
    /// In 5 % of the runs it had fewer.
    public let low: Double
    /// In 5 % of the runs it had more.
    public let high: Double
  }

  /// One candidate.
  public struct Candidate: Sendable, Codable, Equatable {
    /// Its number among the candidates.
    public let number: Int
    /// The method in words.
    public let name: String
    /// The SHA-256 of the canonical scheme in hexadecimal.
    public let scheme: String
    /// Its arms in order.
    public let arms: [Arm]
    /// Imbalance at the end of a run.
    public let finalImbalance: Figure
    /// Largest imbalance of a run.
    public let largestImbalance: Figure
    /// Allocations of a run in perfect balance.
    public let balanced: Figure
    /// Share guessed by who knows the earlier arms of the stratum.
    public let guess: Figure
    /// Mean of the largest arm probability.
    public let predictable: Figure
    /// Share of allocations whose arm was certain.
    public let deterministic: Figure
    /// Share of the runs by final imbalance, in steps of the report's width.
    public let imbalances: [Double]
  }

  /// The key from which every run can be repeated, in hexadecimal.
  public let key: String
  /// Runs of every candidate.
  public let runs: Int
  /// Participants in every run.
  public let participants: Int
  /// The weights of levels, by factor, where they are not all 1.
  public let mix: [String: [Int]]
  /// How many values of the imbalance one step of `imbalances` holds.
  public let width: Int
  /// The candidates side by side.
  public let candidates: [Candidate]

  /// A candidate with its number and its runs.
  public typealias Simulated = (number: Int, scheme: Scheme, simulation: SchemeSimulation)

  /// The report of candidates simulated with one key.
  public init(key: [UInt8], mix: [String: [Int]], _ simulated: [Simulated]) {
    self.key = key.hex
    self.mix = mix
    runs = simulated.first?.simulation.runs.count ?? 0
    participants = simulated.first?.simulation.participants ?? 0
    let largest = simulated.flatMap { $0.simulation.runs.map(\.final) }.max() ?? 0
    let width = largest / Self.mostSteps + 1
    self.width = width
    candidates = simulated.map {
      Candidate(number: $0.number, $0.scheme, $0.simulation, width: width, largest: largest)
    }
  }

  private static let mostSteps = 24

  /// The report as it is kept.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  /// The report as it was kept.
  static func decoded(_ bytes: [UInt8]) throws -> SimulationReport {
    try JSONDecoder().decode(SimulationReport.self, from: Data(bytes))
  }
}

extension SimulationReport.Candidate {
  init(
    number: Int, _ scheme: Scheme, _ simulation: SchemeSimulation, width: Int, largest: Int
  ) {
    func figure(_ quantity: (SimulationRun) -> Double) -> SimulationReport.Figure {
      let summary = simulation.summary(of: quantity)
      return .init(mean: summary.mean, standardError: summary.standardError)
    }
    self.number = number
    name = scheme.methodInWords
    self.scheme = sha256(scheme.canonicalBytes).hex
    let runs = simulation.runs
    arms = scheme.arms.enumerated().map { index, arm in
      let counts = runs.map { $0.counts[index] }.sorted()
      let tail = counts.count / 20
      return SimulationReport.Arm(
        id: arm.id.text, ratio: arm.ratio, allocated: figure { Double($0.counts[index]) },
        target: Double(simulation.participants * arm.ratio) / Double(scheme.ratioSum),
        low: Double(counts[tail]), high: Double(counts[counts.count - 1 - tail]))
    }
    finalImbalance = figure { Double($0.final) }
    largestImbalance = figure { Double($0.max) }
    balanced = figure { Double($0.balanced) }
    guess = figure(\.guess)
    predictable = figure(\.predictable)
    deterministic = figure(\.deterministic)
    var steps = Array(repeating: 0, count: largest / width + 1)
    for run in runs { steps[run.final / width] += 1 }
    imbalances = steps.map { Double($0) / Double(runs.count) }
  }
}

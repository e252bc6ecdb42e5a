/// A scheme tried out before it is committed to.
///
/// Every run is exact and can be repeated from the key; caps, voids and corrections do not act.
public struct SchemeSimulation: Sendable, Equatable {
  /// The runs in order.
  public let runs: [SimulationRun]

  /// The number of participants in every run.
  public let participants: Int

  /// The runs of a scheme with this key.
  ///
  /// - Parameters:
  ///   - mix: for a factor, the weight of each of its levels; all 1 for a factor left out.
  public init(
    _ scheme: Scheme, key: [UInt8], runs: Int, participants: Int,
    mix: [Label: [Int]] = [:]
  ) throws(SimulationRefusal) {
    guard runs >= 1, participants >= 1 else { throw .nothingToSimulate }
    var weights: [[UInt64]] = []
    for factor in scheme.factors {
      let stated = mix[factor.id] ?? factor.levels.map { _ in 1 }
      guard stated.count == factor.levels.count, stated.allSatisfy((0...1_000_000).contains),
        stated.contains(where: { $0 > 0 })
      else { throw .mix }
      weights.append(stated.map { UInt64($0) })
    }
    guard mix.keys.allSatisfy({ scheme.factor($0) != nil }) else { throw .mix }
    let plan = AllocationPlan(scheme)
    self.participants = participants
    self.runs = (0..<runs).map { number in
      var simulator = Simulator(plan: plan, mix: weights)
      let tape = Tape(
        entropy: key, nonce: scheme.ledger.bytes,
        personalization: Array("sim/v1".utf8) + BigEndian.bytes64(number))
      return simulator.run(participants, tape: tape)
    }
  }

  /// The mean of a quantity over the runs, with its standard error.
  public func summary(of quantity: (SimulationRun) -> Double) -> SimulationSummary {
    SimulationSummary(values: runs.map(quantity))
  }
}

/// What one run came to.
public struct SimulationRun: Sendable, Equatable {
  /// Allocations by arm.
  public let counts: [Int]

  /// The imbalance at the end.
  public let final: Int

  /// The largest imbalance after any allocation.
  public let max: Int

  /// The number of allocations after which the imbalance was 0.
  public let balanced: Int

  /// The share of correct guesses of an observer who names the arm furthest behind.
  public let guess: Double

  /// The mean of the largest arm probability, given the scheme and the past.
  public let predictable: Double

  /// The share of allocations whose arm was certain.
  public let deterministic: Double
}

/// A mean over runs.
public struct SimulationSummary: Sendable, Equatable {
  /// The mean.
  public let mean: Double

  /// The standard error of the mean; 0 for a single run.
  public let standardError: Double

  init(values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    standardError = values.count > 1 ? (squares / (count - 1) / count).squareRoot() : 0
  }
}

/// Why nothing was simulated.
public enum SimulationRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// There are no runs or no participants.
  case nothingToSimulate

  /// The mix does not fit the factors.
  case mix

  /// What was refused and what to do.
  public var description: String {
    switch self {
    case .nothingToSimulate:
      "A simulation needs at least one run and one participant. Nothing was simulated."
    case .mix:
      "The mix must give every level of its factors a weight from 0 to 1000000, not all 0. "
        + "Nothing was simulated. Correct the mix."
    }
  }
}

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
    guard runs >= 1 else { throw .nothingToSimulate }
    let plan = try SimulationPlan(scheme, key: key, participants: participants, mix: mix)
    self.participants = participants
    self.runs = plan.runs(0..<runs)
  }

  /// The same runs, done by several workers at once: a run depends on the key and on its number
  /// alone, so that their number changes nothing.
  ///
  /// - Parameters:
  ///   - workers: how many portions are on their way at the same time.
  ///   - progress: told the number of runs done after every portion; what it throws ends the work.
  public init(
    _ plan: SimulationPlan, runs: Int, workers: Int,
    progress: (Int) async throws -> Void = { _ in }
  ) async throws {
    guard runs >= 1 else { throw SimulationRefusal.nothingToSimulate }
    let size = plan.runsInPortion
    let starts = Array(stride(from: 0, to: runs, by: size))
    var portions = starts.map { _ in [SimulationRun]() }
    try await withThrowingTaskGroup(of: (Int, [SimulationRun]).self) { group in
      var begun = 0
      func begin() {
        guard begun < starts.count else { return }
        let (index, start) = (begun, starts[begun])
        begun += 1
        group.addTask {
          try Task.checkCancellation()
          return (index, plan.runs(start..<min(start + size, runs)))
        }
      }
      for _ in 0..<max(1, workers) { begin() }
      var done = 0
      while let (index, found) = try await group.next() {
        portions[index] = found
        done += found.count
        try await progress(done)
        begin()
      }
    }
    participants = plan.participants
    self.runs = portions.flatMap(\.self)
  }

  /// The mean of a quantity over the runs, with its standard error.
  public func summary(of quantity: (SimulationRun) -> Double) -> SimulationSummary {
    SimulationSummary(values: runs.map(quantity))
  }
}

/// All that a run of a simulation follows from, beside its number.
public struct SimulationPlan: Sendable {
  /// The number of participants in every run.
  public let participants: Int

  private let key: [UInt8]
  private let ledger: LedgerIdentity
  private let mix: [[UInt64]]
  private let plan: AllocationPlan

  /// The plan of a scheme's runs with this key.
  ///
  /// - Parameters:
  ///   - mix: for a factor, the weight of each of its levels; all 1 for a factor left out.
  public init(
    _ scheme: Scheme, key: [UInt8], participants: Int, mix: [Label: [Int]] = [:]
  ) throws(SimulationRefusal) {
    guard participants >= 1 else { throw .nothingToSimulate }
    var weights: [[UInt64]] = []
    for factor in scheme.factors {
      let stated = mix[factor.id] ?? factor.levels.map { _ in 1 }
      guard stated.count == factor.levels.count, stated.allSatisfy((0...1_000_000).contains),
        stated.contains(where: { $0 > 0 })
      else { throw .mix }
      weights.append(stated.map { UInt64($0) })
    }
    guard mix.keys.allSatisfy({ scheme.factor($0) != nil }) else { throw .mix }
    self.participants = participants
    self.key = key
    ledger = scheme.ledger
    self.mix = weights
    plan = AllocationPlan(scheme)
  }

  /// The runs with these numbers, in order.
  public func runs(_ numbers: Range<Int>) -> [SimulationRun] {
    numbers.map { number in
      var simulator = Simulator(plan: plan, mix: mix)
      let tape = Tape(
        entropy: key, nonce: ledger.bytes,
        personalization: Array("sim/v1".utf8) + BigEndian.bytes64(number))
      return simulator.run(participants, tape: tape)
    }
  }

  /// Runs done between two signs of progress: small enough that a server goes on answering.
  var runsInPortion: Int { max(1, 2_000 / participants) }
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

/// A scheme prepared for allocating: units, indices of levels, tables computed once.
package struct AllocationPlan: Sendable {
  /// What an allocation draws: an arm, or one of the interchangeable slots of an arm.
  struct Unit: Sendable, Equatable {
    let arm: Int
    let slot: Int
  }

  let scheme: Scheme
  let units: [Unit]
  let ratios: [Int]
  let ratioSum: Int
  package let minimizer: Minimizer?
  /// The factors of the strata, by their index in the scheme.
  let strataFactors: [Int]

  private let factorIndices: [Label: Int]
  private let levelIndices: [[Label: Int]]
  private let segments: MaximalSegments?

  package init(_ scheme: Scheme) {
    self.scheme = scheme
    ratios = scheme.ratios
    ratioSum = scheme.ratioSum
    let slots = scheme.method.allocatesArms ? ratios.map { _ in 1 } : ratios
    units = slots.enumerated().flatMap { arm, count in
      (0..<count).map { Unit(arm: arm, slot: $0) }
    }
    let factorIndices = Self.indices(scheme.factors.map(\.id))
    self.factorIndices = factorIndices
    levelIndices = scheme.factors.map { Self.indices($0.levels) }
    strataFactors = scheme.strata.compactMap { factorIndices[$0] }
    segments =
      if case .maximal(let mti, let length) = scheme.method {
        MaximalSegments(units: units.count, mti: mti, length: length)
      } else {
        nil
      }
    minimizer =
      if case .minimization(let settings) = scheme.method {
        Minimizer(settings, scheme: scheme, units: units.count, factorIndices: factorIndices)
      } else {
        nil
      }
  }

  private static func indices(_ labels: [Label]) -> [Label: Int] {
    Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
  }

  /// The index of a factor in the scheme.
  package func factorIndex(_ id: Label) -> Int? { factorIndices[id] }

  /// The index of a level among those of its factor.
  package func levelIndex(_ level: Label, ofFactor factor: Int) -> Int? {
    levelIndices[factor][level]
  }

  /// The unit with this arm and slot, if both are still open.
  package func unit(arm: Label, slot: Int) -> Int? {
    units.firstIndex { scheme.arms[$0.arm].id == arm && $0.slot == slot }
  }

  /// The stratum of a participant with these levels, one index for each factor.
  func stratum(_ levels: [Int]) -> StratumBytes {
    StratumBytes(
      strataFactors.map { (scheme.factors[$0].id, scheme.factors[$0].levels[levels[$0]]) })
  }
}

extension AllocationPlan {
  /// A stratum without allocations in this epoch.
  package func emptyState() -> StratumState {
    switch scheme.method {
    case .simple: .simple
    case .block: .block(nil)
    case .blockUrn, .bigStick, .biasedCoin, .urn:
      .counts(Array(repeating: 0, count: units.count))
    case .maximal: .segment(Array(repeating: 0, count: units.count))
    case .minimization(let settings):
      .minimized(MinimizationCounts(factors: settings.factors.count, units: units.count))
    }
  }

  /// One allocation drawn from a tape, without being counted yet.
  func draw(_ state: StratumState, levels: [Int], from tape: inout Tape) -> DrawnUnit {
    var block: OpenBlock?
    if case .block(let open) = state, case .block(let sizes) = scheme.method {
      block = open ?? PermutedBlocks.open(sizes, arms: ratios.count, from: &tape)
    }
    let (weights, scores) = weights(state, levels: levels, block: block)
    let unit = tape.pick(weights)
    return DrawnUnit(unit: unit, weights: weights, block: block?.size, scores: scores)
  }

  /// Everything the next allocation can be, each with the probability by which it is drawn.
  func choices(
    _ state: StratumState, levels: [Int]
  ) -> [(drawn: DrawnUnit, probability: Double)] {
    var blocks: [(open: OpenBlock?, probability: Double)] = [(nil, 1)]
    if case .block(let open) = state, case .block(let sizes) = scheme.method {
      let none = Array(repeating: 0, count: ratios.count)
      blocks =
        open.map { [($0, 1)] }
        ?? sizes.map { (OpenBlock(size: $0, counts: none), 1 / Double(sizes.count)) }
    }
    return blocks.flatMap { block, chance in
      let (weights, scores) = weights(state, levels: levels, block: block)
      let sum = Double(weights.reduce(0, +))
      return weights.indices.filter { weights[$0] > 0 }.map { unit in
        (
          DrawnUnit(unit: unit, weights: weights, block: block?.size, scores: scores),
          chance * Double(weights[unit]) / sum
        )
      }
    }
  }

  private func weights(
    _ state: StratumState, levels: [Int], block: OpenBlock?
  ) -> (weights: [UInt64], scores: MinimizationScores?) {
    switch (scheme.method, state) {
    case (.simple, .simple):
      return (ratios.map { UInt64($0) }, nil)
    case (.block, .block):
      guard let block else { preconditionFailure("a block is open before weights are computed") }
      return (PermutedBlocks.weights(block, ratios: ratios, ratioSum: ratioSum), nil)
    case (.blockUrn(let lambda), .counts(let counts)):
      return (Urns.blockUrn(counts, ratios: ratios, lambda: lambda), nil)
    case (.bigStick(let mti), .counts(let counts)):
      return (Coins.bigStick(counts, mti: mti), nil)
    case (.biasedCoin(let p), .counts(let counts)):
      return (Coins.weights(units: units.count, preferred: Coins.smallest(counts), p: p), nil)
    case (.urn(let alpha, let beta), .counts(let counts)):
      return (Urns.wei(counts, alpha: alpha, beta: beta), nil)
    case (.maximal, .segment(let counts)):
      guard let segments else { preconditionFailure("the maximal procedure has its table") }
      return (segments.weights(counts), nil)
    case (.minimization, .minimized(let counts)):
      guard let minimizer else { preconditionFailure("minimization has its minimizer") }
      let scores = minimizer.scores(counts, levels: levels)
      return (minimizer.weights(preferred: scores.preferred), scores)
    case (.simple, _), (.block, _), (.blockUrn, _), (.bigStick, _), (.biasedCoin, _), (.urn, _),
      (.maximal, _), (.minimization, _):
      preconditionFailure("a stratum's state belongs to the method of its epoch")
    }
  }

  /// Counts an allocation; `levels` holds nil where a participant has no level of this scheme.
  package func record(
    unit: Int, block size: Int?, levels: [Int?], in state: inout StratumState
  ) {
    record(unit: unit, block: size, in: &state) { counts in
      minimizer?.count(unit: unit, levels: levels, by: 1, in: &counts)
    }
  }

  /// Counts an allocation of a participant who has a level of every factor.
  func record(unit: Int, block size: Int?, counted levels: [Int], in state: inout StratumState) {
    record(unit: unit, block: size, in: &state) { counts in
      minimizer?.count(unit: unit, levels: levels, in: &counts)
    }
  }

  private func record(
    unit: Int, block size: Int?, in state: inout StratumState,
    minimized count: (inout MinimizationCounts) -> Void
  ) {
    // Emptied first where there is something to change, so that it is changed in place and not
    // copied.
    switch state {
    case .simple: break
    case .block(var open):
      guard let size else { preconditionFailure("an allocation in a block knows its block") }
      state = .simple
      if open == nil {
        open = OpenBlock(size: size, counts: Array(repeating: 0, count: ratios.count))
      }
      let isComplete = open?.take(unit) ?? false
      state = .block(isComplete ? nil : open)
    case .counts(var counts):
      state = .simple
      counts[unit] += 1
      state = .counts(counts)
    case .segment(var counts):
      state = .simple
      counts[unit] += 1
      let isComplete = counts.reduce(0, +) == segments?.length
      state = .segment(isComplete ? counts.map { _ in 0 } : counts)
    case .minimized(var counts):
      state = .simple
      count(&counts)
      state = .minimized(counts)
    }
  }

  /// Takes back what minimization counted for a participant; other methods never change.
  func withdraw(unit: Int, levels: [Int?], in state: inout StratumState) {
    guard case .minimized(var counts) = state else { return }
    minimizer?.count(unit: unit, levels: levels, by: -1, in: &counts)
    state = .minimized(counts)
  }
}

/// What earlier allocations of a stratum and epoch leave behind for the next.
package enum StratumState: Sendable, Equatable {
  case simple
  case block(OpenBlock?)
  case counts([Int])
  case segment([Int])
  case minimized(MinimizationCounts)
}

/// The outcome of one draw.
struct DrawnUnit: Sendable {
  let unit: Int
  let weights: [UInt64]
  let block: Int?
  let scores: MinimizationScores?
}

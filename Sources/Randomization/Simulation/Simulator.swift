/// One run of a simulation on its way.
struct Simulator {
  private let plan: AllocationPlan
  private let mix: [[UInt64]]
  private let multiples: [Int]
  private let arms: Int

  private var places: StratumPlaces
  private var states: [StratumState] = []
  /// For every stratum in turn, its allocations by arm.
  private var armCounts: [Int] = []
  private var counts: [Int]
  private var levels: [Int]
  private var armWeights: [UInt64]
  private var imbalance = 0
  private var largest = 0
  private var balanced = 0
  private var guess = 0.0
  private var predictable = 0.0
  private var deterministic = 0

  init(plan: AllocationPlan, mix: [[UInt64]]) {
    self.plan = plan
    self.mix = mix
    arms = plan.ratios.count
    places = StratumPlaces(factors: plan.strataFactors)
    let multiple = WholeNumbers.leastMultiple(plan.ratios)
    multiples = plan.ratios.map { multiple / $0 }
    counts = Array(repeating: 0, count: arms)
    armWeights = Array(repeating: 0, count: arms)
    levels = Array(repeating: 0, count: mix.count)
  }

  mutating func run(_ participants: Int, tape: Tape) -> SimulationRun {
    var tape = tape
    for _ in 0..<participants { allocate(from: &tape) }
    let number = Double(participants)
    return SimulationRun(
      counts: counts, final: imbalance, max: largest, balanced: balanced, guess: guess / number,
      predictable: predictable / number, deterministic: Double(deterministic) / number)
  }

  private mutating func allocate(from tape: inout Tape) {
    for factor in mix.indices { levels[factor] = tape.pick(mix[factor]) }
    let place = places.place(of: levels)
    if place == states.count {
      states.append(plan.emptyState())
      for _ in 0..<arms { armCounts.append(0) }
    }
    let drawn = plan.draw(states[place], levels: levels, from: &tape)
    plan.record(unit: drawn.unit, block: drawn.block, counted: levels, in: &states[place])
    let arm = plan.units[drawn.unit].arm
    observe(arm: arm, stratum: place * arms)
    foresee(drawn.weights)
    armCounts[place * arms + arm] += 1
    counts[arm] += 1
    weighUp()
  }

  /// Credits the observer, who names the arm furthest behind its target in the stratum, whose
  /// counts start at an index.
  private mutating func observe(arm: Int, stratum start: Int) {
    var next = 1
    for other in 0..<arms { next += armCounts[start + other] }
    var (furthest, ties) = (Int.min, 0)
    for other in 0..<arms {
      let lag = lag(other, start, next)
      if lag > furthest {
        (furthest, ties) = (lag, 1)
      } else if lag == furthest {
        ties += 1
      }
    }
    if lag(arm, start, next) == furthest { guess += 1 / Double(ties) }
  }

  private func lag(_ arm: Int, _ start: Int, _ next: Int) -> Int {
    plan.ratios[arm] * next - plan.ratioSum * armCounts[start + arm]
  }

  /// Adds the largest probability of an arm, which an informed observer would name.
  private mutating func foresee(_ weights: [UInt64]) {
    for arm in 0..<arms { armWeights[arm] = 0 }
    for unit in weights.indices { armWeights[plan.units[unit].arm] += weights[unit] }
    var (total, most): (UInt64, UInt64) = (0, 0)
    for weight in armWeights {
      total += weight
      most = max(most, weight)
    }
    predictable += Double(most) / Double(total)
    if most == total { deterministic += 1 }
  }

  private mutating func weighUp() {
    var (least, most) = (Int.max, Int.min)
    for arm in 0..<arms {
      let scaled = counts[arm] * multiples[arm]
      least = min(least, scaled)
      most = max(most, scaled)
    }
    imbalance = most - least
    largest = max(largest, imbalance)
    if imbalance == 0 { balanced += 1 }
  }
}

/// Numbers the strata of a run in the order they are met, without spelling their bytes.
///
/// A tree over the factors of the strata, one step for each, so that any number of factors and
/// levels fits.
private struct StratumPlaces {
  private struct Step: Hashable {
    let from: Int
    let level: Int
  }

  private let factors: [Int]
  private var steps: [Step: Int] = [:]
  private var inner = 0
  private var strata = 0

  init(factors: [Int]) { self.factors = factors }

  /// The number of the stratum of these levels, one index for each factor of the scheme.
  mutating func place(of levels: [Int]) -> Int {
    var place = 0
    for (depth, factor) in factors.enumerated() {
      let step = Step(from: place, level: levels[factor])
      if let known = steps[step] {
        place = known
        continue
      }
      // Nodes within the tree and strata at its leaves are counted apart; only one kind stands at
      // each depth, and the depth of a node follows from its number.
      if depth == factors.count - 1 {
        place = strata
        strata += 1
      } else {
        inner += 1
        place = inner
      }
      steps[step] = place
    }
    return place
  }
}

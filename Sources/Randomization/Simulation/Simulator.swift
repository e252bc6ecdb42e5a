/// One run of a simulation on its way.
struct Simulator {
  private let plan: AllocationPlan
  private let mix: [[UInt64]]
  private let multiples: [Int]

  private var strata: [StratumBytes: StratumState] = [:]
  private var armCounts: [StratumBytes: [Int]] = [:]
  private var counts: [Int]
  private var imbalance = 0
  private var largest = 0
  private var balanced = 0
  private var guess = 0.0
  private var predictable = 0.0
  private var deterministic = 0

  init(plan: AllocationPlan, mix: [[UInt64]]) {
    self.plan = plan
    self.mix = mix
    let multiple = WholeNumbers.leastMultiple(plan.ratios)
    multiples = plan.ratios.map { multiple / $0 }
    counts = plan.ratios.map { _ in 0 }
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
    let levels = mix.map { tape.pick($0) }
    let stratum = plan.stratum(levels)
    var state = strata.removeValue(forKey: stratum) ?? plan.emptyState()
    let drawn = plan.draw(state, levels: levels, from: &tape)
    plan.record(unit: drawn.unit, block: drawn.block, levels: levels, in: &state)
    strata[stratum] = state
    let arm = plan.units[drawn.unit].arm
    observe(arm: arm, earlier: armCounts[stratum] ?? counts.map { _ in 0 })
    foresee(drawn.weights)
    armCounts[stratum, default: counts.map { _ in 0 }][arm] += 1
    counts[arm] += 1
    weighUp()
  }

  /// Credits the observer, who names the arm furthest behind its target in the stratum.
  private mutating func observe(arm: Int, earlier: [Int]) {
    let next = earlier.reduce(0, +) + 1
    let lags = zip(plan.ratios, earlier).map { $0 * next - plan.ratioSum * $1 }
    let furthest = lags.max() ?? 0
    if lags[arm] == furthest {
      guess += 1 / Double(lags.count { $0 == furthest })
    }
  }

  /// Adds the largest probability of an arm, which an informed observer would name.
  private mutating func foresee(_ weights: [UInt64]) {
    var byArm = counts.map { _ in UInt64(0) }
    for (unit, weight) in weights.enumerated() { byArm[plan.units[unit].arm] += weight }
    let total = byArm.reduce(0, +)
    let largest = byArm.max() ?? 0
    predictable += Double(largest) / Double(total)
    if largest == total { deterministic += 1 }
  }

  private mutating func weighUp() {
    let scaled = zip(counts, multiples).map { $0 * $1 }
    imbalance = (scaled.max() ?? 0) - (scaled.min() ?? 0)
    largest = max(largest, imbalance)
    if imbalance == 0 { balanced += 1 }
  }
}

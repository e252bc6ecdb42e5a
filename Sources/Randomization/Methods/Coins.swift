/// The designs that prefer the units lagging behind.
package enum Coins {
  /// Soares & Wu, Comm Stat 1983: any unit, unless it would run ahead by more than `mti`.
  package static func bigStick(_ counts: [Int], mti: Int) -> [UInt64] {
    let smallest = counts.min() ?? 0
    return counts.map { $0 + 1 - smallest <= mti ? 1 : 0 }
  }

  /// The units with the smallest count.
  package static func smallest<Count: Comparable>(_ counts: [Count]) -> [Int] {
    guard let smallest = counts.min() else { return [] }
    return counts.indices.filter { counts[$0] == smallest }
  }

  /// Integer weights of the biased coin with ties.
  ///
  /// One of the m tied units is chosen at random and gets p = a/b, every other one
  /// (1 - p)/(S - 1). Multiplied by m b (S - 1), a preferred unit weighs
  /// a (S - 1) + (m - 1)(b - a) and every other unit m (b - a).
  package static func weights(units: Int, preferred: [Int], p: Scheme.Chance) -> [UInt64] {
    let ties = preferred.count
    let tied = UInt64(p.a * (units - 1) + (ties - 1) * (p.b - p.a))
    var weights = Array(repeating: UInt64(ties * (p.b - p.a)), count: units)
    for unit in preferred { weights[unit] = tied }
    return weights
  }

  /// Integer weights of the biased coin for unequal ratios.
  ///
  /// Source: Han, Enas & McEntegart, Stat Med 2009;28:3329-3346. `p` is the probability of the arm
  /// with the smallest ratio when it is preferred; a tie is resolved in proportion to the ratios.
  package static func weights(ratios: [Int], preferred: [Int], p: Scheme.Chance) -> [UInt64] {
    let sum = ratios.reduce(0, +)
    let smallest = ratios.min() ?? 1
    var weights = Array(repeating: UInt64(0), count: ratios.count)
    for tied in preferred {
      for arm in ratios.indices {
        let share =
          arm == tied
          ? p.b * (sum - smallest) - (sum - ratios[tied]) * (p.b - p.a)
          : ratios[arm] * (p.b - p.a)
        weights[arm] += UInt64(ratios[tied] * share)
      }
    }
    return weights
  }
}

/// Minimization (Pocock & Simon, Biometrics 1975) in exact arithmetic.
///
/// Sums are 128 bits wide and stop the program rather than wrap: a wrong preferred arm would look
/// like any other.
package struct Minimizer: Sendable {
  private let settings: Scheme.Minimization
  private let factorIndices: [Int]
  private let multipliers: [Int128]
  private let units: Int
  private let ratios: [Int]

  init(
    _ settings: Scheme.Minimization, scheme: Scheme, units: Int, factorIndices: [Label: Int]
  ) {
    self.settings = settings
    self.units = units
    self.factorIndices = settings.factors.compactMap { factorIndices[$0.id] }
    ratios = scheme.ratios
    multipliers =
      switch settings.unequal {
      case .slots: Array(repeating: 1, count: units)
      case .biasedCoin:
        scheme.ratios.map { Int128(WholeNumbers.leastMultiple(scheme.ratios) / $0) }
      }
  }

  /// The scores of a new participant, with one level index for each factor of the scheme.
  package func scores(_ counts: MinimizationCounts, levels: [Int]) -> MinimizationScores {
    var tables: [MinimizationScores.Table] = []
    var totals = Array(repeating: Int128(0), count: units)
    func weigh(_ factor: Label, _ weight: Int, _ counts: [Int]) {
      guard weight > 0 else { return }
      let imbalances = (0..<units).map { imbalance(counts, candidate: $0) }
      for unit in 0..<units { totals[unit] += Int128(weight) * imbalances[unit] }
      tables.append(.init(factor: factor, counts: counts, imbalances: imbalances))
    }
    for (index, factor) in settings.factors.enumerated() {
      let level = levels[factorIndices[index]]
      weigh(factor.id, factor.weight, counts.counts(factor: index, level: level))
    }
    weigh("", settings.overall, counts.overall)
    return MinimizationScores(
      tables: tables, totals: totals, preferred: Coins.smallest(totals))
  }

  /// The weights that follow from the units with the smallest score.
  package func weights(preferred: [Int]) -> [UInt64] {
    switch settings.unequal {
    case .slots: Coins.weights(units: units, preferred: preferred, p: settings.p)
    case .biasedCoin: Coins.weights(ratios: ratios, preferred: preferred, p: settings.p)
    }
  }

  /// Adds or takes back one participant; a factor without a level of this scheme is left out.
  func count(
    unit: Int, levels: [Int?], by number: Int, in counts: inout MinimizationCounts
  ) {
    counts.addOverall(number, unit: unit)
    for (index, factor) in factorIndices.enumerated() {
      guard let level = levels[factor] else { continue }
      counts.add(number, unit: unit, factor: index, level: level)
    }
  }

  /// Adds one participant who has a level of every factor.
  func count(unit: Int, levels: [Int], in counts: inout MinimizationCounts) {
    counts.addOverall(1, unit: unit)
    for (index, factor) in factorIndices.enumerated() {
      counts.add(1, unit: unit, factor: index, level: levels[factor])
    }
  }

  private func imbalance(_ counts: [Int], candidate: Int) -> Int128 {
    settings.measure.imbalance(
      counts.indices.map { unit in
        Int128(counts[unit] + (unit == candidate ? 1 : 0)) * multipliers[unit]
      })
  }
}

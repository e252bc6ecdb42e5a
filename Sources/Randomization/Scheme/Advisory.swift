/// Something the person who drafts a scheme should weigh before committing to it.
public enum Advisory: String, Sendable, CaseIterable, CustomStringConvertible {
  /// Every block has the same size.
  case fixedBlock = "fixed_block"

  /// A block may be as short as the sum of the ratio.
  case smallBlock = "small_block"

  /// The preferred unit is certain.
  case deterministic

  /// Blocks may stay unfinished in most strata.
  case manyStrata = "many_strata"

  /// The allocation ratio does not hold at every step.
  case ratioNotPreserved = "ratio_not_preserved"

  /// What follows from the choice.
  public var description: String {
    switch self {
    case .fixedBlock:
      "There is one block size only: whoever learns it can foresee the end of every block."
    case .smallBlock:
      "A block can be as short as the sum of the ratio: its last allocation is easily foreseen."
    case .deterministic:
      "The preferred arm has probability 1: allocations can be foreseen from the earlier ones."
    case .manyStrata:
      "The strata are many for the planned sample: unfinished blocks may leave the arms unequal."
    case .ratioNotPreserved:
      "This form of minimization does not keep the allocation ratio at every step, which unbiased "
        + "inference and blinding ask for. Choose slots unless the protocol names this form."
    }
  }
}

extension Scheme {
  /// What to weigh before committing to this scheme for a planned number of participants.
  public func advisories(plannedParticipants: Int) -> [Advisory] {
    switch method {
    case .simple, .blockUrn, .bigStick, .maximal, .urn: []
    case .block(let sizes): blockAdvisories(sizes, plannedParticipants)
    case .biasedCoin(let p): p.a == p.b ? [.deterministic] : []
    case .minimization(let settings):
      (settings.p.a == settings.p.b ? [.deterministic] : [])
        + (settings.unequal == .biasedCoin && Set(ratios).count > 1 ? [.ratioNotPreserved] : [])
    }
  }

  private func blockAdvisories(_ sizes: [Int], _ plannedParticipants: Int) -> [Advisory] {
    var advisories: [Advisory] = []
    if sizes.count == 1 { advisories.append(.fixedBlock) }
    if sizes.contains(ratioSum) { advisories.append(.smallBlock) }
    // Saturates: the product of several long lists of levels need not fit.
    let strataCount = strata.reduce(1) { count, id in
      let (product, overflow) = count.multipliedReportingOverflow(by: factor(id)?.levels.count ?? 1)
      return overflow ? Int.max / 4000 : min(product, Int.max / 4000)
    }
    if 2 * strataCount * (sizes.last ?? 0) > plannedParticipants {
      advisories.append(.manyStrata)
    }
    return advisories
  }
}

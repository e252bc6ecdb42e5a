import Randomization

/// Sound settings of each method for the arms and factors of a trial, to begin a candidate with.
public enum SchemeSuggestion: String, Sendable, CaseIterable {
  /// Complete randomization.
  case simple
  /// Permuted blocks.
  case block
  /// Block urn.
  case blockUrn = "block_urn"
  /// Big stick.
  case bigStick = "big_stick"
  /// Maximal procedure.
  case maximal
  /// Biased coin.
  case biasedCoin = "biased_coin"
  /// Urn.
  case urn
  /// Minimization.
  case minimization

  /// The name of the method for the person who chooses.
  public var title: String {
    switch self {
    case .simple: "Complete randomization: by the ratio alone"
    case .block: "Permuted blocks of two sizes"
    case .blockUrn: "Block urn"
    case .bigStick: "Big stick"
    case .maximal: "Maximal procedure"
    case .biasedCoin: "Biased coin"
    case .urn: "Urn"
    case .minimization: "Minimization over all factors"
    }
  }

  /// The scheme of this method with the arms, factors, caps and rules of another.
  func scheme(like base: Scheme) throws(SchemeRefusal) -> Scheme {
    try Scheme(
      ledger: base.ledger, epoch: base.epoch, arms: base.arms, factors: base.factors,
      strata: self == .minimization ? [] : base.strata, method: method(for: base),
      caps: base.caps, void: base.void, correct: base.correct)
  }

  private func method(for base: Scheme) -> Scheme.Method {
    let sum = base.ratioSum
    switch self {
    case .simple: return .simple
    // Never the sum itself: the last allocation of so short a block is easily foreseen.
    case .block: return .block(sizes: [2 * sum, 3 * sum])
    case .blockUrn: return .blockUrn(lambda: 2)
    case .bigStick: return .bigStick(mti: 3)
    case .maximal: return .maximal(mti: 3, length: Self.segment(of: sum))
    case .biasedCoin: return .biasedCoin(.init(2, of: 3))
    case .urn: return .urn(alpha: 1, beta: 1)
    case .minimization:
      return .minimization(
        .init(
          factors: base.factors.map { .init(id: $0.id, weight: 1) },
          overall: base.factors.isEmpty ? 1 : 0, measure: .range, p: .init(4, of: 5),
          unequal: .slots))
    }
  }

  /// About a dozen allocations, shorter where so many units have too many sequences.
  private static func segment(of units: Int) -> Int {
    var length = units
    var sequences = 1.0
    for _ in 0..<units { sequences *= Double(units) }
    var next = sequences
    while length + units <= 12 {
      for _ in 0..<units { next *= Double(units) }
      guard next <= 9.2e18 else { break }
      length += units
    }
    return length
  }
}

/// Why the stratum of a participant cannot be told.
public enum StratumRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  case valueMissing(FactorID)
  case valueOutOfRange(FactorID)
  case copyDisagrees(FactorID)

  /// The sentence for the person who asked, without any value.
  public var description: String {
    switch self {
    case .valueMissing(let factor):
      "The value for the factor “\(factor)” has not been handed in. Nothing was changed."
    case .valueOutOfRange(let factor):
      "The value for the factor “\(factor)” allows no randomization. Nothing was changed."
    case .copyDisagrees(let factor):
      "The value for the factor “\(factor)” differs from its source. Nothing was changed."
    }
  }
}

/// The level of one factor.
public struct StratumLevel: Hashable, Sendable {
  /// The factor.
  public let factor: FactorID
  /// The level.
  public let level: String

  /// Makes the value from its parts.
  public init(
    factor: FactorID,
    level: String
  ) {
    self.factor = factor
    self.level = level
  }
}

/// Tells the levels of a participant from stored values.
public enum StratumDerivation {
  /// The levels in the order of the plan.
  public static func levels(
    _ plan: RandomizationPlan, _ facts: RandomizationFacts
  ) throws(StratumRefusal) -> [StratumLevel] {
    var levels: [StratumLevel] = []
    for factor in plan.factors {
      levels.append(StratumLevel(factor: factor.id, level: try level(of: factor, facts)))
    }
    return levels
  }

  /// The stratum key, such as `104.SEV.OUT`.
  public static func key(_ levels: [StratumLevel]) -> String {
    levels.map(\.level).joined(separator: ".")
  }

  private static func level(
    of factor: StratificationFactor, _ facts: RandomizationFacts
  ) throws(StratumRefusal) -> String {
    switch factor.source {
    case .site: return facts.site.text
    case .field(let reference, let levels):
      let value = try agreed(factor, reference, facts)
      guard case .text(let level) = value, levels.contains(level) else {
        throw .valueOutOfRange(factor.id)
      }
      return level
    case .bands(let reference, let bands):
      let value = try agreed(factor, reference, facts)
      guard let number = value.numberValue,
        let band = bands.first(where: { $0.range.contains(number) })
      else { throw .valueOutOfRange(factor.id) }
      return band.level
    }
  }

  // Read from the source; the copy is only compared, so that a stale copy cannot choose the stratum.
  private static func agreed(
    _ factor: StratificationFactor, _ reference: FieldReference, _ facts: RandomizationFacts
  ) throws(StratumRefusal) -> FormulaValue {
    let value = facts.value(reference)
    guard !value.isMissing else { throw .valueMissing(factor.id) }
    if let copy = factor.copy, facts.value(copy) != value { throw .copyDisagrees(factor.id) }
    return value
  }
}

/// What is claimed about the first arm of a comparison.
public enum Claim: Equatable, Hashable, Sendable {
  /// Not worse than the comparator by the margin or more.
  case noninferiority(NoninferiorityMargin)
  /// Better than the comparator.
  case superiority(OutcomeDirection)

  /// The difference at the edge of the null hypothesis.
  public var nullDifference: Double {
    switch self {
    case .noninferiority(let margin): margin.value
    case .superiority: 0
    }
  }

  /// The direction in which the outcome is good.
  public var direction: OutcomeDirection {
    switch self {
    case .noninferiority(let margin): margin.direction
    case .superiority(let direction): direction
    }
  }

  /// Whether a true difference lies on the side of the claim.
  public func holds(at difference: Double) -> Bool {
    switch direction {
    case .higherIsBetter: difference > nullDifference
    case .lowerIsBetter: difference < nullDifference
    }
  }

  /// "noninferior" or "superior".
  public var adjective: String {
    switch self {
    case .noninferiority: "noninferior"
    case .superiority: "superior"
    }
  }
}

/// The scale on which a difference is told.
public enum OutcomeScale: Equatable, Hashable, Sendable {
  /// A difference of proportions, told in percentage points.
  case proportion
  /// A difference of mean scores, told in points of the instrument.
  case score

  /// The factor from the value computed to the value told.
  var factor: Double {
    switch self {
    case .proportion: 100
    case .score: 1
    }
  }
}

/// One hypothesis of the study definition.
public struct Hypothesis: Equatable, Hashable, Sendable {
  /// Its name in the protocol, for example H1.
  public var id: String
  /// The arm about which something is claimed, as readers may know it.
  public var first: String
  /// The arm it is compared with.
  public var second: String
  /// What is claimed.
  public var claim: Claim
  /// The scale on which the difference is told.
  public var scale: OutcomeScale

  /// A hypothesis from its parts.
  public init(
    id: String, first: String, second: String, claim: Claim, scale: OutcomeScale = .proportion
  ) {
    self.id = id
    self.first = first
    self.second = second
    self.claim = claim
    self.scale = scale
  }

  /// The null hypothesis and the claim as one sentence, which every result carries.
  public var sentence: String {
    let bound = Wording.number(claim.nullDifference * scale.factor)
    let relation: String
    switch claim.direction {
    case .higherIsBetter: relation = "at most"
    case .lowerIsBetter: relation = "at least"
    }
    let unit = "points"
    return "\(id): \(first) is \(claim.adjective) to \(second); tested against the null hypothesis "
      + "that the difference \(first) − \(second) is \(relation) \(bound) \(unit)."
  }
}

/// Which way an outcome is good.
public enum OutcomeDirection: Equatable, Hashable, Sendable {
  /// More is better, as for the share of responders.
  case higherIsBetter
  /// Less is better, as for a symptom score.
  case lowerIsBetter
}

/// How much worse than the comparator is still acceptable, with the direction it belongs to.
///
/// The two are one value because a margin of the wrong sign turns a noninferiority test into a
/// test of large superiority, or of nothing. Such a value has no spelling here.
public struct NoninferiorityMargin: Equatable, Hashable, Sendable {
  /// The direction in which the outcome is good.
  public let direction: OutcomeDirection
  /// The margin with its sign on the outcome's scale: proportion or points of an instrument.
  public let value: Double

  /// Parses a margin.
  /// - Throws: the reason why this number cannot be a margin in this direction.
  public init(
    parsing value: Double, direction: OutcomeDirection
  ) throws(MarginRefusal) {
    guard value.isFinite else { throw .notANumber }
    guard value != 0 else { throw .zero }
    switch direction {
    case .higherIsBetter: guard value < 0 else { throw .positiveThoughHigherIsBetter }
    case .lowerIsBetter: guard value > 0 else { throw .negativeThoughLowerIsBetter }
    }
    self.direction = direction
    self.value = value
  }

  /// Parses a margin for a difference of proportions, which must lie above −1.
  public static func forProportions(_ value: Double) throws(MarginRefusal) -> NoninferiorityMargin {
    let margin = try NoninferiorityMargin(parsing: value, direction: .higherIsBetter)
    guard value > -1 else { throw .beyondProportions }
    return margin
  }
}

/// Why a number is not a noninferiority margin.
public enum MarginRefusal: Error, Equatable, Sendable {
  /// The value is infinite or not a number.
  case notANumber
  /// A margin of zero asks for superiority.
  case zero
  /// Higher is better, so the margin must be negative.
  case positiveThoughHigherIsBetter
  /// Lower is better, so the margin must be positive.
  case negativeThoughLowerIsBetter
  /// A difference of proportions never reaches this margin.
  case beyondProportions
}

extension MarginRefusal: CustomStringConvertible {
  /// The reason as a sentence.
  public var description: String {
    switch self {
    case .notANumber: "The margin is not a finite number. State it in the outcome's unit."
    case .zero:
      "A margin of zero is not a noninferiority margin. State a superiority hypothesis instead."
    case .positiveThoughHigherIsBetter:
      "Higher values of this outcome are better, so the margin must be negative, for example −0.10."
    case .negativeThoughLowerIsBetter:
      "Lower values of this outcome are better, so the margin must be positive, for example 3."
    case .beyondProportions:
      "A difference of proportions lies above −1; the margin must too, for example −0.10."
    }
  }
}

/// One planned look.
public struct InterimLook: Hashable, Sendable {
  /// The name, such as `I1` or `S60`.
  public let id: String
  /// Whether efficacy is tested, rather than safety only reviewed.
  public let isEfficacy: Bool
  /// How many participants must have come so far.
  public let participants: Int
  /// The study day they must have reached.
  public let reachedDay: Int
  /// The share of the final information, for an efficacy look.
  public let information: ExactNumber?

  /// Makes the value from its parts.
  public init(
    id: String,
    isEfficacy: Bool,
    participants: Int,
    reachedDay: Int,
    information: ExactNumber? = nil
  ) {
    self.id = id
    self.isEfficacy = isEfficacy
    self.participants = participants
    self.reachedDay = reachedDay
    self.information = information
  }
}

/// A stopping boundary as stated in the protocol.
public struct StatedBoundary: Hashable, Sendable {
  /// The share of the final information.
  public let information: ExactNumber
  /// The one-sided error spent so far.
  public let cumulativeAlpha: ExactNumber
  /// The critical value.
  public let critical: ExactNumber

  /// Makes the value from its parts.
  public init(
    information: ExactNumber,
    cumulativeAlpha: ExactNumber,
    critical: ExactNumber
  ) {
    self.information = information
    self.cumulativeAlpha = cumulativeAlpha
    self.critical = critical
  }
}

/// When the committee looks and what error each look spends.
public struct InterimPlan: Hashable, Sendable {
  /// The looks in order.
  public let looks: [InterimLook]
  /// How the error rate of each hypothesis is spent over the looks that test efficacy.
  public let spending: SpendingRule
  /// The boundaries stated in the protocol, to check the computation against.
  public let boundaries: [StatedBoundary]
  /// The conditional power under which the committee may advise to stop.
  public let futilityAdviceBelow: ExactNumber?
  /// The labels of the arms in closed reports.
  public let armLabels: [String]
  /// Cells smaller than this are suppressed in the open report.
  public let smallestOpenCell: Int
  /// Safety is reviewed after so many months without a look, whoever has come by then.
  public let safetyEveryMonths: Int?
  /// Why adverse events of all arms together may stand in the open report; nil where they may not.
  public let pooledEventsReason: String?

  /// Makes the value from its parts.
  public init(
    looks: [InterimLook],
    spending: SpendingRule,
    boundaries: [StatedBoundary],
    futilityAdviceBelow: ExactNumber? = nil,
    armLabels: [String],
    smallestOpenCell: Int,
    safetyEveryMonths: Int? = nil,
    pooledEventsReason: String? = nil
  ) {
    self.looks = looks
    self.spending = spending
    self.boundaries = boundaries
    self.futilityAdviceBelow = futilityAdviceBelow
    self.armLabels = armLabels
    self.smallestOpenCell = smallestOpenCell
    self.safetyEveryMonths = safetyEveryMonths
    self.pooledEventsReason = pooledEventsReason
  }
}

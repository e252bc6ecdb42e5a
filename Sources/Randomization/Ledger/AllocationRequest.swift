/// What is asked when a participant is to be allocated.
public struct AllocationRequest: Sendable, Equatable {
  /// The identity of the request; repeating it returns the same allocation.
  public let requestID: Label

  /// The participant's code.
  public let subject: Label

  /// The level of every factor of the scheme in force.
  public let levels: [Label: Label]

  /// The request, refused if an identity could not be written into the ledger.
  public init(
    requestID: Label, subject: Label, levels: [Label: Label]
  ) throws(CanonicalRefusal) {
    try CanonicalText.check(requestID.utf8)
    try CanonicalText.check(subject.utf8)
    guard !requestID.utf8.isEmpty, !subject.utf8.isEmpty else { throw .badJSON }
    self.requestID = requestID
    self.subject = subject
    self.levels = levels
  }
}

/// Why an allocation was refused; a refusal consumes nothing and writes nothing.
public enum AllocationRefusal: String, Error, Sendable, CaseIterable, CustomStringConvertible {
  /// The request's identity belongs to another participant or other levels.
  case requestConflict = "rid_conflict"

  /// The ledger is closed.
  case closed

  /// No epoch is in force.
  case notOpen = "not_open"

  /// The participant was allocated before, voided or not.
  case alreadyRandomized = "already_randomized"

  /// A factor is not in the scheme.
  case unknownFactor = "unknown_factor"

  /// A factor of the scheme is missing.
  case missingFactor = "missing_factor"

  /// A level is not in its factor's list, byte for byte.
  case unknownLevel = "unknown_level"

  /// A largest number of allocations is reached.
  case capReached = "cap_reached"

  /// The ledger was opened without its seed and can only check its chain.
  case seedAbsent = "seed_absent"

  /// What was refused and what to do, without the request's content.
  public var description: String {
    switch self {
    case .requestConflict:
      "This request was sent before with other content. Nothing was allocated. "
        + "Reload the participant's page and see whether the allocation was made."
    case .closed:
      "Randomization is closed. Nothing was allocated. Ask the trial's coordinating office."
    case .notOpen:
      "Randomization is not open yet. Nothing was allocated. "
        + "Wait until the coordinating office has activated it."
    case .alreadyRandomized:
      "This participant was randomized before. Nothing was changed. "
        + "To correct a mistake, record a correction."
    case .unknownFactor:
      "The request states a factor that randomization does not use. Nothing was allocated. "
        + "Report this to the coordinating office."
    case .missingFactor:
      "A stratification value is missing. Nothing was allocated. "
        + "Complete the participant's forms and request again."
    case .unknownLevel:
      "A stratification value, such as the site, is not one of those planned. Nothing was allocated. "
        + "Check the participant's forms. A site that an amendment added waits for the next scheme."
    case .capReached:
      "The planned number of participants is reached. Nothing was allocated. "
        + "Ask the trial's coordinating office."
    case .seedAbsent:
      "The server cannot read the trial's sealed seed. Nothing was allocated. "
        + "Ask the administrator to check the key file."
    }
  }
}

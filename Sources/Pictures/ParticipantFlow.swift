/// A number of participants with the reason why they left the flow.
public struct FlowLoss: Sendable, Equatable {
  /// The reason in words.
  public var reason: String
  /// How many.
  public var count: Int

  /// A loss with its reason.
  public init(_ reason: String, _ count: Int) {
    self.reason = reason
    self.count = count
  }
}

/// The flow of one arm after randomization.
public struct FlowArm: Sendable, Equatable {
  /// The arm as it is labelled in this picture.
  public var label: String
  /// Allocated to it.
  public var allocated: Int
  /// Received what it was allocated to; none where the analysis does not know it.
  public var received: Int?
  /// Did not receive it, with reasons.
  public var notReceived: [FlowLoss]
  /// Followed to the end.
  public var followed: Int
  /// Not followed to the end: lost, withdrawn, died.
  public var notFollowed: [FlowLoss]
  /// In the full set.
  public var full: Int
  /// Not in the full set, with reasons.
  public var notFull: [FlowLoss]
  /// In the per-protocol set; none where there is no such set.
  public var perProtocol: Int?

  /// The flow of one arm.
  public init(
    label: String, allocated: Int, received: Int?, notReceived: [FlowLoss], followed: Int,
    notFollowed: [FlowLoss], full: Int, notFull: [FlowLoss], perProtocol: Int?
  ) {
    self.label = label
    self.allocated = allocated
    self.received = received
    self.notReceived = notReceived
    self.followed = followed
    self.notFollowed = notFollowed
    self.full = full
    self.notFull = notFull
    self.perProtocol = perProtocol
  }
}

/// What is known after randomization: before unblinding the sum over all arms only.
public enum FlowAfter: Sendable, Equatable {
  case pooled(followed: Int, notFollowed: [FlowLoss])
  case byArm([FlowArm])
}

/// Why a flow is not drawn: a box does not add up.
public enum FlowRefusal: Error, Equatable, CustomStringConvertible {
  case doesNotAddUp(box: String)

  /// The sentence in the place of the picture; it names the box and no number.
  public var description: String {
    switch self {
    case .doesNotAddUp(let box):
      "The flow is not drawn: the box “\(box)” does not add up. Nothing was changed."
        + " Check the counts behind it."
    }
  }
}

/// The numbers of a participant flow; every split adds up, or there is no picture.
public struct FlowPicture: Sendable, Equatable {
  /// What the picture shows, as a sentence.
  public let finding: String
  /// The flow in words.
  public let numbers: String
  /// Assessed for eligibility.
  public let assessed: Int
  /// Excluded before randomization, with reasons.
  public let excluded: [FlowLoss]
  /// Randomized.
  public let randomized: Int
  /// What followed.
  public let after: FlowAfter

  /// A flow whose splits add up.
  public init(
    finding: String, numbers: String, assessed: Int, excluded: [FlowLoss], randomized: Int,
    after: FlowAfter
  ) throws(FlowRefusal) {
    self.finding = finding
    self.numbers = numbers
    self.assessed = assessed
    self.excluded = excluded
    self.randomized = randomized
    self.after = after
    try check("assessed", assessed, randomized, excluded)
    switch after {
    case .pooled(let followed, let losses):
      try check("followed", randomized, followed, losses)
    case .byArm(let arms):
      try require("allocated", arms.reduce(0) { $0 + $1.allocated } == randomized)
      for arm in arms { try check(arm) }
    }
  }

  private func check(_ arm: FlowArm) throws(FlowRefusal) {
    if let received = arm.received {
      try check("received", arm.allocated, received, arm.notReceived)
    }
    try check("followed", arm.allocated, arm.followed, arm.notFollowed)
    try check("full set", arm.allocated, arm.full, arm.notFull)
    try require("per protocol", (0...max(arm.full, 0)).contains(arm.perProtocol ?? 0))
  }

  private func check(
    _ box: String, _ whole: Int, _ stays: Int, _ losses: [FlowLoss]
  ) throws(FlowRefusal) {
    let isCounted = whole >= 0 && stays >= 0 && losses.allSatisfy { $0.count >= 0 }
    try require(box, isCounted && stays + losses.reduce(0) { $0 + $1.count } == whole)
  }

  private func require(_ box: String, _ holds: Bool) throws(FlowRefusal) {
    guard holds else { throw .doesNotAddUp(box: box) }
  }
}

/// The page before the reveal.
public struct AcknowledgeModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// The randomization number.
  public var number: String
  /// Who requested it.
  public var requestedBy: String
  /// When, with the zone.
  public var requestedAt: String
  /// Where it is posted.
  public var form: FormTarget
  /// What proves who reads.
  public var authentication: Authentication
  /// Why it was not shown.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, number: String, requestedBy: String,
    requestedAt: String, form: FormTarget, authentication: Authentication = .passwordAndCode,
    faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.number = number
    self.requestedBy = requestedBy
    self.requestedAt = requestedAt
    self.form = form
    self.authentication = authentication
    self.faults = faults
  }
}

/// What stands in the place of an allocation that was read.
public struct AlreadyReadModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// The randomization number.
  public var number: String
  /// When it was read and by whom.
  public var read: String
  /// The treatment file, where it can be read by right.
  public var treatmentFile: Link

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, number: String, read: String, treatmentFile: Link
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.number = number
    self.read = read
    self.treatmentFile = treatmentFile
  }
}

public import Pictures

/// Everything the page behind an invitation shows.
public struct InvitationModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where password and codes are posted, as `password`, `repeated`, `code` and `spoken`.
  public var form: FormTarget
  /// The heading.
  public var title: String
  /// Whose account, and until when the address works.
  public var facts: [Fact]
  /// The secret as a picture for the camera of the device.
  public var picture: QRCode?
  /// The secret in groups, for a device without camera.
  public var secret: String
  /// Whether the code of the second administrator is asked for.
  public var asksSpokenCode: Bool
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, form: FormTarget, title: String, facts: [Fact], picture: QRCode?,
    secret: String, asksSpokenCode: Bool, faults: [Fault] = []
  ) {
    self.frame = frame
    self.form = form
    self.title = title
    self.facts = facts
    self.picture = picture
    self.secret = secret
    self.asksSpokenCode = asksSpokenCode
    self.faults = faults
  }
}

/// The recovery codes, shown once.
public struct RecoveryCodesModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The codes as they are written down.
  public var codes: [String]
  /// Where to go on.
  public var next: Link

  /// All of it at once.
  public init(frame: PageFrame, codes: [String], next: Link) {
    self.frame = frame
    self.codes = codes
    self.next = next
  }
}

/// The nine steps to a locked study.
public struct LockModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What is done and what is next, in a sentence.
  public var lead: String
  /// The nine steps.
  public var steps: [StepRow]
  /// What this person can do now.
  public var act: ActForm?
  /// What the lock certificate says, once locked.
  public var certificate: [Fact]
  /// Certificate, unlock.
  public var certificateLinks: [Link]
  /// Who signed.
  public var signatures: [Signature]
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, lead: String, steps: [StepRow], act: ActForm? = nil, certificate: [Fact] = [],
    certificateLinks: [Link] = [], signatures: [Signature] = [], faults: [Fault] = []
  ) {
    self.frame = frame
    self.lead = lead
    self.steps = steps
    self.act = act
    self.certificate = certificate
    self.certificateLinks = certificateLinks
    self.signatures = signatures
    self.faults = faults
  }
}

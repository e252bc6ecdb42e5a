/// The page that begins a participant with the consent.
public struct NewParticipantModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list of participants.
  public var back: Link
  /// The site in words.
  public var site: String
  /// The fields of the consent.
  public var fields: [EntryField]
  /// The faults in the order of the page.
  public var faults: [Fault]
  /// Where it is posted.
  public var form: FormTarget
  /// The version of the consent in force at the site.
  public var consentInForce: String

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, site: String, fields: [EntryField], faults: [Fault] = [],
    form: FormTarget, consentInForce: String
  ) {
    self.frame = frame
    self.back = back
    self.site = site
    self.fields = fields
    self.faults = faults
    self.form = form
    self.consentInForce = consentInForce
  }
}

/// Everything the page for signing an entry shows.
public struct SignFormModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the entry is read.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// Form and visit in words.
  public var formTitle: String
  /// What the signature says, as a sentence.
  public var meaning: String
  /// What is signed: version, author, time.
  public var facts: [Fact]
  /// The digest of what is signed.
  public var digest: String
  /// Earlier signatures.
  public var signatures: [Signature]
  /// Where it is posted.
  public var form: FormTarget
  /// What proves who signs.
  public var authentication: Authentication
  /// Why it was not signed.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, formTitle: String, meaning: String, facts: [Fact],
    digest: String, signatures: [Signature] = [], form: FormTarget,
    authentication: Authentication = .passwordAndCode, faults: [Fault] = []
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.formTitle = formTitle
    self.meaning = meaning
    self.facts = facts
    self.digest = digest
    self.signatures = signatures
    self.form = form
    self.authentication = authentication
    self.faults = faults
  }
}

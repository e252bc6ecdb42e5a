/// The one act that a page offers, with everything it asks for.
public struct ActForm: Sendable, Equatable {
  /// The heading over it; the usual one when empty.
  public var title: String
  /// Where it is posted.
  public var form: FormTarget
  /// The act in words, with its object.
  public var button: String
  /// What will happen and who will be told.
  public var whatHappens: [String]
  /// What cannot be undone.
  public var cannotBeUndone: String
  /// Facts to compare with the paper.
  public var compare: [Fact]
  /// The words of the box that says they were compared; none when empty.
  public var compared: String
  /// What the act asks for.
  public var fields: [EntryField]
  /// What proves who acts.
  public var authentication: Authentication
  /// Where the answer of a passkey goes, when one is asked for.
  public var passkey: PasskeyPart?
  /// Whether it destroys or discloses.
  public var isDestructive: Bool
  /// Who signed already.
  public var signers: [Signature]
  /// Who is missing and until when it lapses.
  public var waitingFor: String

  /// All of it at once.
  public init(
    form: FormTarget, button: String, whatHappens: [String], cannotBeUndone: String = "",
    compare: [Fact] = [], compared: String = "", fields: [EntryField] = [],
    authentication: Authentication = .passwordAndCode, isDestructive: Bool = false,
    signers: [Signature] = [], waitingFor: String = "", title: String = "",
    passkey: PasskeyPart? = nil
  ) {
    self.passkey = passkey
    self.title = title
    self.form = form
    self.button = button
    self.whatHappens = whatHappens
    self.cannotBeUndone = cannotBeUndone
    self.compare = compare
    self.compared = compared
    self.fields = fields
    self.authentication = authentication
    self.isDestructive = isDestructive
    self.signers = signers
    self.waitingFor = waitingFor
  }
}

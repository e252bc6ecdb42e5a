/// One's own account.
public struct OwnAccountModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Name, roles, recovery codes left.
  public var facts: [Fact]
  /// The sessions in force, the newest first.
  public var sessions: [OwnSessionRow]
  /// Where the new password is posted, as `old`, `new` and `repeated`.
  public var passwordForm: FormTarget
  /// Where new recovery codes are asked for.
  public var codesForm: ActForm
  /// Where letters go, and how that is changed.
  public var lettersForm: ActForm
  /// Why something was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, facts: [Fact], sessions: [OwnSessionRow], passwordForm: FormTarget,
    codesForm: ActForm, lettersForm: ActForm, faults: [Fault] = []
  ) {
    self.frame = frame
    self.facts = facts
    self.sessions = sessions
    self.passwordForm = passwordForm
    self.codesForm = codesForm
    self.lettersForm = lettersForm
    self.faults = faults
  }
}

/// One session.
public struct OwnSessionRow: Sendable, Equatable {
  /// When it began and was last used.
  public var words: String
  /// Where it is ended, with `session`; nil for the one that asks.
  public var end: FormTarget?
  /// Its name.
  public var name: String

  /// All of it at once.
  public init(words: String, end: FormTarget?, name: String) {
    self.words = words
    self.end = end
    self.name = name
  }
}

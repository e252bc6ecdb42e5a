/// One's own account.
public struct OwnAccountModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Name, roles, recovery codes left.
  public var facts: [Fact]
  /// The sessions in force, the newest first.
  public var sessions: [OwnSessionRow]
  /// Where one of the others is ended; nil where there is none.
  public var endForm: ActForm?
  /// Where the new password is posted, as `old`, `new` and `repeated`.
  public var passwordForm: FormTarget
  /// The passkeys, in the order they were added.
  public var passkeys: [OwnPasskeyRow]
  /// Where one is added; nil where none can be.
  public var newPasskey: Link?
  /// The link with an account at a provider; nil where there is no provider.
  public var provider: ProviderLinkRow?
  /// What must be known before anything else.
  public var notice: String
  /// Where the session ends, on a page that does not offer it above.
  public var signOut: FormTarget?
  /// Where new recovery codes are asked for.
  public var codesForm: ActForm
  /// Where letters go, and how that is changed.
  public var lettersForm: ActForm
  /// The time zone of the person, and how that is changed.
  public var zoneForm: ActForm
  /// Why something was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, facts: [Fact], sessions: [OwnSessionRow], passwordForm: FormTarget,
    codesForm: ActForm, lettersForm: ActForm, zoneForm: ActForm, passkeys: [OwnPasskeyRow] = [],
    newPasskey: Link? = nil, provider: ProviderLinkRow? = nil, notice: String = "",
    signOut: FormTarget? = nil, endForm: ActForm? = nil, faults: [Fault] = []
  ) {
    self.endForm = endForm
    self.zoneForm = zoneForm
    self.provider = provider
    self.passkeys = passkeys
    self.newPasskey = newPasskey
    self.notice = notice
    self.signOut = signOut
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
  /// Whether it is the one that asks.
  public var isThis: Bool

  /// All of it at once.
  public init(words: String, isThis: Bool) {
    self.words = words
    self.isThis = isThis
  }
}

/// One passkey.
public struct OwnPasskeyRow: Sendable, Equatable {
  /// What the person calls it.
  public var name: String
  /// When it was added and last used.
  public var words: String
  /// Its page.
  public var open: Link

  /// All of it at once.
  public init(name: String, words: String, open: Link) {
    self.name = name
    self.words = words
    self.open = open
  }
}

/// Everything the sign-in page shows.
public struct SignInModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where name and password are posted, as `user` and `password`, with where to go then.
  public var form: FormTarget
  /// The name that was typed.
  public var userName: String
  /// Why it did not succeed, the same words for every cause.
  public var faults: [Fault]
  /// Whom to ask when signing in is not possible.
  public var contact: String
  /// The list of training sign-ins, in training only.
  public var training: Link?
  /// The provider that may give its word in the place of the password.
  public var provider: ProviderOffer?

  /// All of it at once.
  public init(
    frame: PageFrame, form: FormTarget, userName: String = "", faults: [Fault] = [],
    contact: String, training: Link? = nil, provider: ProviderOffer? = nil
  ) {
    self.provider = provider
    self.frame = frame
    self.form = form
    self.userName = userName
    self.faults = faults
    self.contact = contact
    self.training = training
  }
}

/// Everything the page for the second proof shows.
public struct OneTimeCodeModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Where the code is posted, as `code`.
  public var form: FormTarget
  /// Where a passkey is given instead, for who has one.
  public var passkey: ActForm?
  /// Back to the sign-in page.
  public var back: Link
  /// The code of this minute, in training only.
  public var trainingCode: String
  /// Why the code was refused.
  public var faults: [Fault]
  /// Whom to ask when the device is lost.
  public var contact: String

  /// All of it at once.
  public init(
    frame: PageFrame, form: FormTarget, back: Link, trainingCode: String = "", faults: [Fault] = [],
    contact: String, passkey: ActForm? = nil
  ) {
    self.passkey = passkey
    self.frame = frame
    self.form = form
    self.back = back
    self.trainingCode = trainingCode
    self.faults = faults
    self.contact = contact
  }
}

/// The people of a training installation, who are invented.
public struct TrainingSignInsModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The password they share.
  public var password: String
  /// One for each role.
  public var people: [TrainingPerson]

  /// All of it at once.
  public init(frame: PageFrame, password: String, people: [TrainingPerson]) {
    self.frame = frame
    self.password = password
    self.people = people
  }
}

/// One invented person.
public struct TrainingPerson: Sendable, Equatable {
  /// The user name.
  public var user: String
  /// The role in words.
  public var role: String
  /// The site, or what the role works on.
  public var place: String
  /// What this person can try.
  public var tries: String
  /// The sign-in page with the name filled in.
  public var signIn: Link

  /// All of it at once.
  public init(user: String, role: String, place: String, tries: String, signIn: Link) {
    self.user = user
    self.role = role
    self.place = place
    self.tries = tries
    self.signIn = signIn
  }
}

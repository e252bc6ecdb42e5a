/// A provider that may give its word in the place of the password.
public struct ProviderOffer: Sendable, Equatable {
  /// What people call it.
  public var name: String
  /// Where the way to it begins.
  public var form: FormTarget

  /// All of it at once.
  public init(name: String, form: FormTarget) {
    self.name = name
    self.form = form
  }
}

/// The page from which a browser leaves for the provider.
public struct ProviderDepartureModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// Back to where the way began.
  public var back: Link
  /// What people call the provider.
  public var name: String
  /// What its address begins with, for people to compare.
  public var origin: String
  /// Its address with everything that is sent along.
  public var address: String

  /// All of it at once.
  public init(frame: PageFrame, back: Link, name: String, origin: String, address: String) {
    self.frame = frame
    self.back = back
    self.name = name
    self.origin = origin
    self.address = address
  }
}

/// The page to which the provider sends a browser back; it changes nothing yet.
public struct ProviderReturnModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What people call the provider.
  public var name: String
  /// Where the answer is handed in.
  public var form: FormTarget
  /// The answer as it came.
  public var answer: [ProviderAnswerPart]

  /// All of it at once.
  public init(
    frame: PageFrame, name: String, form: FormTarget, answer: [ProviderAnswerPart]
  ) {
    self.frame = frame
    self.name = name
    self.form = form
    self.answer = answer
  }
}

/// One name and value of an answer.
public struct ProviderAnswerPart: Sendable, Equatable {
  /// The name.
  public var name: String
  /// The value.
  public var value: String

  /// All of it at once.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// The link with an account at a provider, on the page of one's own account.
public struct ProviderLinkRow: Sendable, Equatable {
  /// What people call the provider.
  public var name: String
  /// Since when it is linked and when it was used, or that it is not.
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

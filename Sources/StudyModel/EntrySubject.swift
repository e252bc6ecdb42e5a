/// What an entry is filed under: a participant, or a site as a whole.
public enum EntrySubject: Hashable, Sendable, CustomStringConvertible {
  case participant(ParticipantKey)
  case site(SiteKey)

  /// Reads a stored key; that of a participant and that of a site never look alike.
  public init(parsing text: String) throws(ParseFault) {
    if let site = try? SiteKey(parsing: text) {
      self = .site(site)
    } else {
      self = .participant(try ParticipantKey(parsing: text))
    }
  }

  /// The key as it is stored.
  public var text: String {
    switch self {
    case .participant(let key): key.text
    case .site(let key): key.text
    }
  }

  /// The key.
  public var description: String { text }

  /// The participant, nil where a site is meant.
  public var participant: ParticipantKey? {
    if case .participant(let key) = self { key } else { nil }
  }
}

/// Whatever entries are filed under, by its key.
public protocol EntryOwner: Sendable {
  /// What the entries are about.
  var subject: EntrySubject { get }
}

extension EntrySubject: EntryOwner {
  /// Itself.
  public var subject: EntrySubject { self }
}

extension ParticipantKey: EntryOwner {
  /// The participant.
  public var subject: EntrySubject { .participant(self) }
}

extension SiteKey: EntryOwner {
  /// The site as a whole.
  public var subject: EntrySubject { .site(self) }
}

extension Form {
  /// Whether its entries are filed under such a key.
  public func isAbout(_ subject: EntrySubject) -> Bool {
    switch subject {
    case .participant: self.subject == .participant
    case .site: self.subject == .site
    }
  }
}

extension StudyDefinition {
  /// The forms about a site, in order.
  public var siteForms: [Form] { forms.filter { $0.subject == .site } }
}

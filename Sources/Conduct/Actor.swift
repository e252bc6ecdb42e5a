public import Store
public import StudyModel

/// Who acts, in which trial, role and site, and since when freshly authenticated.
public struct Actor: Sendable {
  /// The user.
  public let user: UserID
  /// The name typed at sign-in.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// The role.
  public let role: Role
  /// The sites in reach.
  public let sites: SiteScope
  /// The trial.
  public let trial: Trial
  /// The definition in force.
  public let definition: StudyDefinition
  /// When the password was given last, nil when it was not.
  public let authenticatedAt: UTCInstant?
  /// When password and second factor were given last, nil when they were not.
  public let secondFactorAt: UTCInstant?
  /// The mark of the session, empty outside of one.
  public let session: String

  /// Makes an actor.
  public init(
    user: UserID, username: String, fullName: String, role: Role, sites: SiteScope, trial: Trial,
    definition: StudyDefinition, authenticatedAt: UTCInstant?, secondFactorAt: UTCInstant? = nil,
    session: String = ""
  ) {
    self.user = user
    self.username = username
    self.fullName = fullName
    self.role = role
    self.sites = sites
    self.trial = trial
    self.definition = definition
    self.authenticatedAt = authenticatedAt
    self.secondFactorAt = secondFactorAt
    self.session = session
  }

  /// Whether the role knows arms, so that its free text may tell one.
  var isUnblinded: Bool { role.knowsArms }

  /// Whether the role knows who takes part within its reach: it reads class open, or enters at a site
  /// what is its own alone, and so must find the participant.
  public static func knowsParticipants(_ role: Role) -> Bool {
    role.classes.contains(.open)
      || role.scope == .site && role.can(.enterForms) && !role.ownEntriesOnly.isEmpty
  }

  /// Whether this role knows who takes part within its reach.
  public var knowsParticipants: Bool { Self.knowsParticipants(role) }

  /// Whether this role reads data queries on the forms it reads: it asks or answers them.
  public var readsQueries: Bool { role.can(.openDataQuery) || role.can(.answerDataQuery) }

  /// Whether this role reads the consent, so that the day of it may be told.
  public var readsConsent: Bool {
    for precondition in definition.randomization.preconditions {
      if case .consentInForce(let form, _) = precondition.kind {
        return definition.form(form).map { reads($0) } ?? false
      }
    }
    return role.classes.contains(.open)
  }

  /// Refuses, in the words used for what does not exist, an act the role cannot do.
  func need(_ capability: Capability) throws(ActRefusal) {
    guard role.can(capability) else { throw .notFound }
  }

  /// The site acted at; refused for roles that reach several.
  func oneSite() throws(ActRefusal) -> SiteKey {
    guard case .site(let key) = sites else { throw .notFound }
    return key
  }

  func login() throws(ActRefusal) -> Login {
    guard let login = Login(for: role) else { throw .notFound }
    return login
  }

  /// The forms of classes this role reads of which it reads its own entries and no others.
  var ownForms: [FormID] { definition.forms.filter { readsOwn($0) }.map(\.id) }

  func context(at now: UTCInstant) -> RequestContext {
    var context = RequestContext(
      trial: trial.id, actor: user, role: role.id.text, sites: sites,
      now: trial.mode == "simulation" ? now : nil)
    context.session = session
    context.ownForms = ownForms
    return context
  }
}

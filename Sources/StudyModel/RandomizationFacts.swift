/// How far the study has come.
public enum StudyState: String, CaseIterable, Sendable, Codable {
  case draft, testing, approved, enrolling, paused
  case enrolmentClosed = "enrolment_closed"
  case followupComplete = "followup_complete"
  case softLocked = "soft_locked"
  case hardLocked = "hard_locked"
  case unblinded, archived
}

/// How far a site has come.
public enum SiteState: String, CaseIterable, Sendable, Codable {
  case planned, selected, initiated, active, suspended, closed
}

/// How far a participant has come.
public enum ParticipantState: String, CaseIterable, Sendable, Codable {
  case consented, screening
  case screenFailed = "screen_failed"
  case eligible
  case notRandomized = "not_randomized"
  case randomized, followed, completed, withdrawn, lost, died
}

/// A signature on an entry.
public struct SignatureFact: Hashable, Sendable {
  /// When it was given.
  public let signedAt: UTCInstant
  /// The role it was given in.
  public let role: RoleID
  /// Whether the signer was delegated at that site at that time.
  public let isDelegated: Bool

  /// Makes the value from its parts.
  public init(
    signedAt: UTCInstant,
    role: RoleID,
    isDelegated: Bool
  ) {
    self.signedAt = signedAt
    self.role = role
    self.isDelegated = isDelegated
  }
}

/// The latest version of one entry, as far as randomization needs it.
public struct EntryFact: Hashable, Sendable {
  /// The form.
  public let form: FormID
  /// The visit, when the form belongs to one.
  public let visit: VisitCode?
  /// How far it has come.
  public let status: EntryStatus
  /// The date it is about, as written at the site.
  public let performedOn: CalendarDate?
  /// When it was last changed.
  public let lastChangedAt: UTCInstant
  /// The signature that holds now, when there is one.
  public let signature: SignatureFact?
  /// The values, made with `Form.values(of:)`.
  public let values: [FieldID: FormulaValue]

  /// Makes the value from its parts.
  public init(
    form: FormID,
    visit: VisitCode? = nil,
    status: EntryStatus,
    performedOn: CalendarDate? = nil,
    lastChangedAt: UTCInstant,
    signature: SignatureFact? = nil,
    values: [FieldID: FormulaValue]
  ) {
    self.form = form
    self.visit = visit
    self.status = status
    self.performedOn = performedOn
    self.lastChangedAt = lastChangedAt
    self.signature = signature
    self.values = values
  }

  /// Whether a delegated person signed it after its last change.
  public var isSignedAsItStands: Bool {
    guard let signature else { return false }
    return signature.isDelegated && signature.signedAt >= lastChangedAt
  }
}

/// Who asks for the randomization.
public struct RequesterFacts: Hashable, Sendable {
  /// Whether the acting role can randomize.
  public let canRandomize: Bool
  /// Whether the person is delegated at the participant's site.
  public let isDelegated: Bool
  /// Whether the person is on the site's list of unblinded staff.
  public let isOnUnblindedStaffList: Bool
  /// When the person last proved who they are.
  public let reauthenticatedAt: UTCInstant?

  /// Makes the value from its parts.
  public init(
    canRandomize: Bool,
    isDelegated: Bool,
    isOnUnblindedStaffList: Bool,
    reauthenticatedAt: UTCInstant? = nil
  ) {
    self.canRandomize = canRandomize
    self.isDelegated = isDelegated
    self.isOnUnblindedStaffList = isOnUnblindedStaffList
    self.reauthenticatedAt = reauthenticatedAt
  }
}

/// Everything the preconditions are judged by, read in one transaction.
public struct RandomizationFacts: Hashable, Sendable {
  /// The state of the study.
  public var studyState: StudyState
  /// The site.
  public var site: SiteKey
  /// The state of the site.
  public var siteState: SiteState
  /// The clock of the site.
  public var clock: SiteClock
  /// The state of the participant.
  public var participantState: ParticipantState
  /// Whether an allocation exists already.
  public var isRandomized: Bool
  /// The consent version in force at the site.
  public var consentVersionInForce: String
  /// Whether consent was withdrawn.
  public var isConsentWithdrawn: Bool
  /// The latest version of every entry of the participant.
  public var entries: [EntryFact]
  /// How many blocking data queries are open, by visit.
  public var openBlockingQueries: [VisitCode: Int]
  /// Whether the participant may be another participant, unresolved.
  public var isDuplicateSuspected: Bool
  /// How many participants the study has randomized.
  public var randomizedInStudy: Int
  /// How many participants the site has randomized.
  public var randomizedAtSite: Int
  /// The site's own cap, when it has one.
  public var siteCap: Int?
  /// Who asks.
  public var requester: RequesterFacts
  /// The signed forms that do not agree with what is recorded elsewhere now.
  public var contradicted: Set<FormID> = []

  /// Makes the value from its parts.
  public init(
    studyState: StudyState,
    site: SiteKey,
    siteState: SiteState,
    clock: SiteClock,
    participantState: ParticipantState,
    isRandomized: Bool,
    consentVersionInForce: String,
    isConsentWithdrawn: Bool,
    entries: [EntryFact],
    openBlockingQueries: [VisitCode: Int],
    isDuplicateSuspected: Bool,
    randomizedInStudy: Int,
    randomizedAtSite: Int,
    siteCap: Int? = nil,
    requester: RequesterFacts
  ) {
    self.studyState = studyState
    self.site = site
    self.siteState = siteState
    self.clock = clock
    self.participantState = participantState
    self.isRandomized = isRandomized
    self.consentVersionInForce = consentVersionInForce
    self.isConsentWithdrawn = isConsentWithdrawn
    self.entries = entries
    self.openBlockingQueries = openBlockingQueries
    self.isDuplicateSuspected = isDuplicateSuspected
    self.randomizedInStudy = randomizedInStudy
    self.randomizedAtSite = randomizedAtSite
    self.siteCap = siteCap
    self.requester = requester
  }

  /// The entry of a form at a visit; without a visit, the one last changed.
  public func entry(_ form: FormID, at visit: VisitCode?) -> EntryFact? {
    entries.filter { $0.form == form && (visit == nil || $0.visit == visit) }
      .max { $0.lastChangedAt < $1.lastChangedAt }
  }

  /// The value a reference points to, missing unless its entry was handed in.
  public func value(_ reference: FieldReference) -> FormulaValue {
    guard let form = reference.form, let entry = entry(form, at: reference.visit),
      entry.status.isSubmitted
    else { return .missing }
    return entry.values[reference.field] ?? .missing
  }
}

extension StudyDefinition {
  /// The forms that decide eligibility and would be refused today, by what was recorded since.
  public func contradictedForms(_ facts: RandomizationFacts) -> Set<FormID> {
    var found: Set<FormID> = []
    for case .eligibilitySigned(let name) in randomization.preconditions.map(\.kind) {
      guard let form = form(name), let entry = facts.entry(name, at: nil) else { continue }
      var environment = FormulaEnvironment(
        own: entry.values, clocks: formulaClocks(at: facts.clock))
      for reference in form.checks.flatMap(\.condition.references) where reference.isOutside {
        environment.elsewhere[reference] = facts.value(reference)
      }
      if form.checks.contains(where: {
        $0.kind == .hard && $0.condition.truth(in: environment) == true
      }) {
        found.insert(name)
      }
    }
    return found
  }
}

/// The words a study requires in fixed places.
public struct RequiredText: Hashable, Sendable, Identifiable {
  /// The place, such as `randomization_receipt`.
  public let id: String
  /// The words.
  public let text: String

  /// Makes the value from its parts.
  public init(
    id: String,
    text: String
  ) {
    self.id = id
    self.text = text
  }
}

/// A whole study as one value.
public struct StudyDefinition: Hashable, Sendable {
  /// The key, such as `kap-ect`.
  public let key: String
  /// The protocol number.
  public let protocolNumber: String
  /// The protocol version.
  public let version: String
  /// The version whose analysis, populations, looks and numbers hold: its own, until those of a later one
  /// are taken for the whole trial.
  public internal(set) var planVersion: String
  /// The title.
  public internal(set) var title: String
  /// The sponsor's contact, shown to people.
  public internal(set) var sponsorContact: String
  /// The arms in order.
  public let arms: [Arm]
  /// The roles.
  public let roles: [Role]
  /// The pairs no person may hold together.
  public let incompatibleRoles: Set<RolePair>
  /// The roles that exclude any later grant of a blinded role to the same person.
  public let everUnblindedExcludesBlinded: Bool
  /// The sites.
  public internal(set) var sites: [SiteDefinition]
  /// The visits in protocol order.
  public internal(set) var visits: [Visit]
  /// The forms.
  public internal(set) var forms: [Form] {
    didSet { formPlaces = forms.places(by: \.id) }
  }
  private var formPlaces: [FormID: Int]
  /// The instruments.
  public let instruments: [Instrument]
  /// How participants are allocated.
  public internal(set) var randomization: RandomizationPlan
  /// What a randomization reads of a participant's entries.
  public let randomizationReading: RandomizationReading
  /// The primary endpoint.
  public let primaryEndpoint: PrimaryEndpoint?
  /// What the analysis reads beside the primary endpoint.
  public internal(set) var analysis: AnalysisPlan?
  /// The comparisons in order.
  public internal(set) var hypotheses: [Hypothesis]
  /// How the number of participants was chosen.
  public internal(set) var sampleSize: SampleSizeRecord?
  /// The planned looks.
  public internal(set) var interim: InterimPlan?
  /// The way to the lock.
  public internal(set) var lock: LockPlan
  /// The words required in fixed places.
  public let texts: [RequiredText]
  /// The alerts.
  public let alerts: [AlertPlan]
  /// The reporting times.
  public let clocks: [SafetyClock]
  /// The kinds of deviations.
  public let deviations: [DeviationType]
  /// The records drawn at random to be looked at.
  public let samples: [RecordSample]
  /// The lifecycles.
  public let lifecycles: [LifecyclePlan]
  /// The populations, each reading only those above it.
  public internal(set) var populations: [Population]
  /// What is to be estimated, the primary one first.
  public internal(set) var estimands: [Estimand]
  /// The endpoints beside the primary one.
  public internal(set) var secondaryEndpoints: [SecondaryEndpoint]
  /// The visibility matrix, row by row.
  public internal(set) var visibility: [VisibilityGroup]
  /// The monitoring committee.
  public internal(set) var monitoring: MonitoringPlan?
  /// How questionnaires are sent.
  public let questionnaires: QuestionnairePlan?
  /// When ratings may begin, nil for the usual hours.
  public let ratings: RatingPlan?
  /// How often accounts and roles are looked at again, nil for the usual time.
  public let accessReview: AccessReviewPlan?
  /// The IANA zone of the sponsor, by which reporting days end.
  public let sponsorZone: String?

  /// Makes the value from its parts.
  public init(
    key: String,
    protocolNumber: String,
    version: String,
    title: String,
    sponsorContact: String,
    arms: [Arm],
    roles: [Role],
    incompatibleRoles: Set<RolePair>,
    everUnblindedExcludesBlinded: Bool,
    sites: [SiteDefinition],
    visits: [Visit],
    forms: [Form],
    instruments: [Instrument],
    randomization: RandomizationPlan,
    primaryEndpoint: PrimaryEndpoint? = nil,
    analysis: AnalysisPlan? = nil,
    hypotheses: [Hypothesis],
    sampleSize: SampleSizeRecord? = nil,
    interim: InterimPlan? = nil,
    lock: LockPlan,
    texts: [RequiredText],
    alerts: [AlertPlan] = [],
    clocks: [SafetyClock] = [],
    deviations: [DeviationType] = [],
    samples: [RecordSample] = [],
    lifecycles: [LifecyclePlan] = [],
    populations: [Population] = [],
    estimands: [Estimand] = [],
    secondaryEndpoints: [SecondaryEndpoint] = [],
    visibility: [VisibilityGroup] = [],
    monitoring: MonitoringPlan? = nil,
    questionnaires: QuestionnairePlan? = nil,
    ratings: RatingPlan? = nil,
    accessReview: AccessReviewPlan? = nil,
    sponsorZone: String? = nil
  ) {
    self.key = key
    self.protocolNumber = protocolNumber
    self.version = version
    planVersion = version
    self.title = title
    self.sponsorContact = sponsorContact
    self.arms = arms
    self.roles = roles
    self.incompatibleRoles = incompatibleRoles
    self.everUnblindedExcludesBlinded = everUnblindedExcludesBlinded
    self.sites = sites
    self.visits = visits
    let forms = forms.withSetAnswers
    self.forms = forms
    formPlaces = forms.places(by: \.id)
    self.instruments = instruments
    self.randomization = randomization
    let places = formPlaces
    randomizationReading = RandomizationReading(
      randomization, field: { form, field in places[form].flatMap { forms[$0].field(field) } },
      refusing: { form in
        places[form].map { forms[$0].checks.filter { $0.kind == .hard }.map(\.condition) } ?? []
      })
    self.primaryEndpoint = primaryEndpoint
    self.analysis = analysis
    self.hypotheses = hypotheses
    self.sampleSize = sampleSize
    self.interim = interim
    self.lock = lock
    self.texts = texts
    self.alerts = alerts
    self.clocks = clocks
    self.deviations = deviations
    self.samples = samples
    self.lifecycles = lifecycles
    self.populations = populations
    self.estimands = estimands
    self.secondaryEndpoints = secondaryEndpoints
    self.visibility = visibility
    self.monitoring = monitoring
    self.questionnaires = questionnaires
    self.ratings = ratings
    self.accessReview = accessReview
    self.sponsorZone = sponsorZone
  }

  /// The stratification factors.
  public var factors: [StratificationFactor] { randomization.factors }

  /// The arm with this code.
  public func arm(_ code: ArmCode) -> Arm? { arms.first { $0.code == code } }

  /// The role with this name.
  public func role(_ id: RoleID) -> Role? { roles.first { $0.id == id } }

  /// The site with this key.
  public func site(_ key: SiteKey) -> SiteDefinition? { sites.first { $0.key == key } }

  /// The visit with this code.
  public func visit(_ code: VisitCode) -> Visit? { visits.first { $0.code == code } }

  /// The form with this name.
  public func form(_ id: FormID) -> Form? { formPlaces[id].map { forms[$0] } }

  /// The instrument with this name.
  public func instrument(_ id: InstrumentID) -> Instrument? { instruments.first { $0.id == id } }

  /// The forms scheduled at a visit, in the order of the definition.
  public func forms(at visit: VisitCode) -> [Form] { forms.filter { $0.visits.contains(visit) } }

  /// The forms a role may enter, in the order of the definition.
  public func forms(enteredBy role: RoleID) -> [Form] {
    forms.filter { $0.enteredBy.contains(role) }
  }

  /// The words required in a place, or nil.
  public func text(_ place: String) -> String? { texts.first { $0.id == place }?.text }

  /// The roles that can do something, in the order of the definition.
  public func roles(with capability: Capability) -> [Role] {
    roles.filter { $0.can(capability) }
  }

  /// Whether one person may hold both roles.
  public func areCompatible(_ one: RoleID, _ other: RoleID) -> Bool {
    one == other || !incompatibleRoles.contains(RolePair(one, other))
  }
}

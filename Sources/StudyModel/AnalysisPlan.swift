/// What the analysis reads beside the primary endpoint: sets, intercurrent events and fields by name.
public struct AnalysisPlan: Hashable, Sendable {
  /// The flag of the full set.
  public let fullSet: FieldID
  /// The flag of the per-protocol set.
  public let perProtocolSet: FieldID
  /// The flag of the safety set.
  public let safetySet: FieldID
  /// When a participant counts as a non-responder whatever was rated.
  public let failure: Formula?
  /// When the person who rated the endpoint had learnt the arm.
  public let raterUnblinded: Formula?
  /// Who treated: participants of one provider are more alike than others.
  public let cluster: FieldReference?
  /// The arm guessed by those who rated and assessed, each kind at each visit by itself.
  public let guesses: [FieldReference]
  /// What the table of participants at baseline shows, in this order.
  public let baseline: [FieldReference]
  /// How the treatment first received is told; on the same day what stands first here counts.
  public let received: [ReceivedTreatment]
  /// Where adverse events stand.
  public let adverseEvents: AdverseEventFields?
  /// How many data sets are imputed.
  public let imputations: Int
  /// How many allocations are drawn anew for the test that rests on the randomization.
  public let redraws: Int

  /// Makes the value from its parts.
  public init(
    fullSet: FieldID,
    perProtocolSet: FieldID,
    safetySet: FieldID,
    failure: Formula? = nil,
    raterUnblinded: Formula? = nil,
    cluster: FieldReference? = nil,
    guesses: [FieldReference] = [],
    baseline: [FieldReference] = [],
    received: [ReceivedTreatment] = [],
    adverseEvents: AdverseEventFields? = nil,
    imputations: Int,
    redraws: Int
  ) {
    self.fullSet = fullSet
    self.perProtocolSet = perProtocolSet
    self.safetySet = safetySet
    self.failure = failure
    self.raterUnblinded = raterUnblinded
    self.cluster = cluster
    self.guesses = guesses
    self.baseline = baseline
    self.received = received
    self.adverseEvents = adverseEvents
    self.imputations = imputations
    self.redraws = redraws
  }
}

/// What shows that something of an arm's treatment was given.
public struct ReceivedTreatment: Hashable, Sendable {
  /// The arm it belongs to.
  public let armCode: ArmCode
  /// A field that has an answer only when it was given; its form is dated by the visit.
  public let shownBy: FieldReference

  /// Makes the value from its parts.
  public init(armCode: ArmCode, shownBy: FieldReference) {
    self.armCode = armCode
    self.shownBy = shownBy
  }
}

/// The form of adverse events and the fields the analysis counts by.
public struct AdverseEventFields: Hashable, Sendable {
  /// The form.
  public let form: FormID
  /// The organ class as coded.
  public let organClass: FieldID
  /// The preferred term as coded.
  public let term: FieldID
  /// The severity, a number from 1.
  public let grade: FieldID
  /// Whether the event is serious: `Y` or `N`.
  public let serious: FieldID

  /// Makes the value from its parts.
  public init(
    form: FormID, organClass: FieldID, term: FieldID, grade: FieldID, serious: FieldID
  ) {
    self.form = form
    self.organClass = organClass
    self.term = term
    self.grade = grade
    self.serious = serious
  }
}

/// What formulas read beside answers: facts the system knows, written `FACT.arm`.
public enum StudyFact: String, CaseIterable, Sendable {
  /// The code of the participant's arm.
  case arm
  /// The date of randomization at the site.
  case day0
  /// The instant of randomization.
  case randomizedAt = "randomized_at"
  /// The number randomization gave, such as `R-482913`.
  case randomizationNumber = "randomization_number"
  /// The date of consent at the site.
  case consentedOn = "consented_on"
  /// Whether a consent in force was signed.
  case consentHolds = "consent_holds"
  /// The versions of the consent form approved at the site on the date of the entry.
  case consentVersions = "consent_versions"
  /// Whether the same person was randomized before under another key.
  case isDuplicate = "is_duplicate"
  /// The state of participation, such as `eligible`.
  case state
  /// The date of death.
  case diedOn = "died_on"
  /// The code of the visit of the entry.
  case visit
  /// The date at the site.
  case today
  /// The instant at which the entry was first handed in; later versions do not change it.
  case enteredAt = "entered_at"
  /// Seconds between the first opening of the form and its submission.
  case secondsOpen = "seconds_open"
  /// Which entry of its form in the whole study it is, counted from 1.
  case serial
  /// Whether who answers for it judged the serious event expected; unknown before.
  case expected
  /// Whether the certificate of the therapist named on the form was in force on its date.
  case therapistCertified = "therapist_certified"
  /// Whether the kit named on the form was in the stock of the site.
  case kitInStock = "kit_in_stock"
  /// Whether the kit named on the form stands on another entry of the form at the site.
  case kitUsed = "kit_used"
  /// The account name of who saves the entry; unknown where nobody of the study's staff does.
  case writer
  /// Whether a confirmed deviation takes the participant out of the per-protocol set.
  case hasExcludingDeviation = "has_excluding_deviation"
  /// Whether the study state keeps participants from going on, such as after the end of enrolment.
  case enrolmentClosed = "enrolment_closed"
  /// Whether the treatment team has read the allocation.
  case acknowledged
  /// The date on which the ethics committee approved the study at the site.
  case ethicsApprovedOn = "ethics_approved_on"
  /// Whether the contract with the site is signed.
  case contractSigned = "contract_signed"
  /// Whether somebody at the site holds each role that is needed there.
  case staffComplete = "staff_complete"
  /// Whether the site confirmed that it can carry out every arm.
  case capacityConfirmed = "capacity_confirmed"
  /// Whether the system is released for the site and the version in force there.
  case releaseApproved = "release_approved"
  /// Whether the randomization of the study is in force.
  case randomizationInForce = "randomization_in_force"
  /// Whether every participant is in an end state or past the last day.
  case followUpEnded = "follow_up_ended"

  /// The word before the point.
  public static let formName = "FACT"

  /// The most a reader must be allowed to know of it.
  public var dataClass: DataClass {
    switch self {
    case .arm: .allocation
    case .therapistCertified, .kitInStock, .kitUsed, .hasExcludingDeviation, .acknowledged:
      .treatment
    case .day0, .randomizedAt, .randomizationNumber, .consentedOn, .consentHolds, .consentVersions,
      .isDuplicate, .state, .diedOn,
      .visit, .today, .enteredAt, .secondsOpen, .serial, .expected, .writer, .enrolmentClosed,
      .ethicsApprovedOn, .contractSigned, .staffComplete, .capacityConfirmed, .releaseApproved,
      .randomizationInForce, .followUpEnded:
      .open
    }
  }

  /// The facts the steps of the lifecycle of sites read, and nothing else does.
  public static let ofSites: Set<StudyFact> = [
    .ethicsApprovedOn, .contractSigned, .staffComplete, .capacityConfirmed, .releaseApproved,
  ]

  /// The facts the steps of the lifecycle of the study read, and nothing else does.
  public static let ofStudy: Set<StudyFact> = [.randomizationInForce, .followUpEnded]

  /// The facts there are from the moment of randomization.
  public static let ofRandomization: Set<StudyFact> = [
    .day0, .randomizedAt, .randomizationNumber,
  ]

  /// The reference a formula reads it by; nil only if the names were no names.
  public var reference: FieldReference? {
    guard let form = try? FormID(parsing: Self.formName),
      let field = try? FieldID(parsing: rawValue)
    else { return nil }
    return FieldReference(form: form, field: field)
  }

  /// The type of its values, with the codes of a study where it has some.
  public func type(arms: [ArmCode], visits: [VisitCode]) -> FieldType {
    switch self {
    case .arm: .code(arms.map { CodeItem(code: $0.text, label: $0.text) })
    case .visit: .code(visits.map { CodeItem(code: $0.text, label: $0.text) })
    case .state:
      .code(ParticipantState.allCases.map { CodeItem(code: $0.rawValue, label: $0.rawValue) })
    case .day0, .consentedOn, .diedOn, .today, .ethicsApprovedOn: .date
    case .enteredAt, .randomizedAt: .dateTime
    case .randomizationNumber: .text(maxLength: 8)
    case .secondsOpen, .serial: .integer(nil)
    case .consentHolds, .isDuplicate, .therapistCertified, .kitInStock, .kitUsed,
      .hasExcludingDeviation, .expected, .enrolmentClosed, .acknowledged, .contractSigned,
      .staffComplete, .capacityConfirmed, .releaseApproved, .randomizationInForce, .followUpEnded:
      .boolean
    case .consentVersions: .multi([])
    case .writer: .userReference([])
    }
  }
}

extension [FieldReference: FormulaValue] {
  /// Puts facts beside values of other entries.
  public mutating func add(_ facts: [StudyFact: FormulaValue]) {
    for (fact, value) in facts {
      if let reference = fact.reference { self[reference] = value }
    }
  }
}

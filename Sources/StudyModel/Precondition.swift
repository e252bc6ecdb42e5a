/// A form at a visit, no older than some days.
public struct FormAge: Hashable, Sendable {
  /// The form.
  public let form: FormID
  /// The visit.
  public let visit: VisitCode
  /// The most days between its date and randomization.
  public let mostDays: Int

  /// Makes the value from its parts.
  public init(
    form: FormID,
    visit: VisitCode,
    mostDays: Int
  ) {
    self.form = form
    self.visit = visit
    self.mostDays = mostDays
  }
}

/// A form at a visit.
public struct FormAtVisit: Hashable, Sendable {
  /// The form.
  public let form: FormID
  /// The visit.
  public let visit: VisitCode

  /// Makes the value from its parts.
  public init(
    form: FormID,
    visit: VisitCode
  ) {
    self.form = form
    self.visit = visit
  }
}

/// What a precondition asks; the engine knows these kinds and no study by name.
public enum PreconditionKind: Hashable, Sendable {
  case studyAndSiteOpen
  case consentInForce(form: FormID, versionField: FieldID)
  case eligibleAndNotRandomized
  case eligibilitySigned(form: FormID)
  case formsSubmitted([FormAtVisit], noBlockingQueriesAt: [VisitCode])
  case formAges([FormAge])
  case stratificationValues
  case pregnancyTest(
    form: FormID, resultField: FieldID, negative: String, requiredWhen: Formula, mostDays: Int)
  case riskReviewed(FieldReference, value: String, reviewForm: FormID)
  case slotConfirmed(form: FormID, field: FieldID, validUntil: FieldID)
  case duplicateResolved
  case requesterAllowed
  case capNotReached
  case reauthenticated(withinSeconds: Int)
}

/// One thing that must hold before a participant is randomized.
public struct Precondition: Hashable, Sendable {
  /// The stable refusal code, such as `RND-06`.
  public let code: String
  /// What is asked.
  public let kind: PreconditionKind
  /// The sentence shown, whether met or not.
  public let sentence: String
  /// Where a person can mend it.
  public let whereToMend: String

  /// Makes the value from its parts.
  public init(
    code: String,
    kind: PreconditionKind,
    sentence: String,
    whereToMend: String
  ) {
    self.code = code
    self.kind = kind
    self.sentence = sentence
    self.whereToMend = whereToMend
  }
}

/// What a randomization reads of a participant's entries: all else stays unread.
public struct RandomizationReading: Hashable, Sendable {
  /// The fields whose values judge and stratify, by form: those that preconditions and factors
  /// name, and those of the same form that calculated copies are made from.
  public let fields: [FormID: Set<FieldID>]
  /// The forms whose answers are needed, for a value or for their date.
  public let answered: Set<FormID>
  /// The forms whose entries are needed at all, for their state, signature or answers.
  public let forms: Set<FormID>

  init(
    _ plan: RandomizationPlan, field: (FormID, FieldID) -> Field?,
    refusing: (FormID) -> [Formula] = { _ in [] }
  ) {
    var fields: [FormID: Set<FieldID>] = [:]
    var answered = Set(plan.preconditions.flatMap(\.kind.datedForms))
    for reference in plan.references {
      guard let form = reference.form else { continue }
      fields[form, default: []].insert(reference.field)
      guard let calculation = field(form, reference.field)?.calculation else { continue }
      for source in calculation.references {
        if let other = source.form {
          answered.insert(other)
        } else {
          fields[form, default: []].insert(source.field)
        }
      }
    }
    // What decides eligibility is held against what was recorded since.
    for case .eligibilitySigned(let form) in plan.preconditions.map(\.kind) {
      for reference in refusing(form).flatMap(\.references)
      where reference.form?.text != StudyFact.formName
        && field(reference.form ?? form, reference.field) != nil
      {
        fields[reference.form ?? form, default: []].insert(reference.field)
      }
    }
    self.fields = fields
    self.answered = answered.union(fields.keys)
    forms = self.answered.union(plan.preconditions.flatMap(\.kind.namedForms))
  }
}

extension RandomizationPlan {
  /// Every value the preconditions and factors read.
  fileprivate var references: [FieldReference] {
    preconditions.flatMap(\.kind.references)
      + factors.flatMap { [$0.source.reference, $0.copy].compactMap(\.self) }
  }
}

extension LevelSource {
  fileprivate var reference: FieldReference? {
    switch self {
    case .site: nil
    case .field(let reference, _), .bands(let reference, _): reference
    }
  }
}

extension PreconditionKind {
  fileprivate var references: [FieldReference] {
    switch self {
    case .consentInForce(let form, let version): [FieldReference(form: form, field: version)]
    case .pregnancyTest(let form, let result, _, let condition, _):
      [FieldReference(form: form, field: result)] + condition.references
    case .riskReviewed(let reference, _, _): [reference]
    case .slotConfirmed(let form, let field, let until):
      [FieldReference(form: form, field: field), FieldReference(form: form, field: until)]
    // The factors name theirs themselves.
    case .studyAndSiteOpen, .eligibleAndNotRandomized, .eligibilitySigned, .formsSubmitted,
      .formAges, .stratificationValues, .duplicateResolved, .requesterAllowed, .capNotReached,
      .reauthenticated:
      []
    }
  }

  /// The forms whose date matters.
  fileprivate var datedForms: [FormID] {
    switch self {
    case .formAges(let ages): ages.map(\.form)
    case .pregnancyTest(let form, _, _, _, _): [form]
    case .studyAndSiteOpen, .consentInForce, .eligibleAndNotRandomized, .eligibilitySigned,
      .formsSubmitted, .stratificationValues, .riskReviewed, .slotConfirmed, .duplicateResolved,
      .requesterAllowed, .capNotReached, .reauthenticated:
      []
    }
  }

  /// The forms whose entries must be there or signed.
  fileprivate var namedForms: [FormID] {
    switch self {
    case .eligibilitySigned(let form): [form]
    case .formsSubmitted(let forms, _): forms.map(\.form)
    case .riskReviewed(_, _, let review): [review]
    case .studyAndSiteOpen, .consentInForce, .eligibleAndNotRandomized, .formAges,
      .stratificationValues, .pregnancyTest, .slotConfirmed, .duplicateResolved,
      .requesterAllowed, .capNotReached, .reauthenticated:
      []
    }
  }
}

extension StudyDefinition {
  /// The fields whose values judge and stratify a randomization, by form: what preconditions and
  /// factors name, and what calculated copies of those on the same form are made from.
  public var fieldsReadByRandomization: [FormID: Set<FieldID>] {
    var read: [FormID: Set<FieldID>] = [:]
    for reference in randomization.references {
      guard let form = reference.form else { continue }
      read[form, default: []].insert(reference.field)
      guard let calculation = self.form(form)?.field(reference.field)?.calculation else { continue }
      for source in calculation.references where source.form == nil {
        read[form, default: []].insert(source.field)
      }
    }
    return read
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
}

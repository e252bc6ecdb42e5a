import StudyModel

extension EditCheck {
  /// The condition under which its field is asked, where that is what the check holds.
  var askedWhen: Formula? {
    guard let field, kind == .query,
      case .and(.call(.has, let own), let rest) = condition,
      own == [.reference(FieldReference(field: field))]
    else { return nil }
    switch rest {
    case .not(.call(.definitely, let inner)) where inner.count == 1: return inner[0]
    case .call(.definitely, let inner) where inner.count == 1:
      return .not(.call(.definitely, inner))
    case .constant, .reference, .not, .negated, .and, .or, .arithmetic, .comparison, .call:
      return nil
    }
  }

  var saysWhenAsked: Bool { askedWhen != nil }
}

extension Form {
  /// The condition under which a field is asked, from the check that says so.
  func askedWhen(_ field: FieldID) -> Formula? {
    askedCheck(field)?.askedWhen
  }

  /// The check that says when a field is asked.
  func askedCheck(_ field: FieldID) -> EditCheck? {
    checks.first { $0.field == field && $0.saysWhenAsked }
  }
}

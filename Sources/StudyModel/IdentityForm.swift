extension StudyDefinition {
  /// The form that names a participant: it is kept in the identity vault, apart from every other.
  public var identityForm: Form? {
    forms.first { $0.dataClass == .identity && $0.subject == .participant }
  }
}

extension Form {
  /// The field of the date of birth on a form of class identity: its first date.
  public var birthDateField: Field? { fields.first { $0.type == .date } }
}

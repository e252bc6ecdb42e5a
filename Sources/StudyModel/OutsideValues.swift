extension StudyDefinition {
  /// The values formulas of one entry read elsewhere, ready for `EntryContext.elsewhere`.
  ///
  /// Only entries handed in count; of several, the last occurrence in its latest version.
  /// - Parameters:
  ///   - form: the form whose formulas are to be worked out.
  ///   - visit: the visit of the entry, meant by a reference that names none.
  ///   - entries: the entries of the same participant.
  public func outsideValues(
    for form: Form, at visit: VisitCode?, among entries: [FormEntry]
  ) -> [FieldReference: FormulaValue] {
    var values: [FieldReference: FormulaValue] = [:]
    for reference in form.outsideReferences {
      values[reference] = value(
        FieldReference(
          form: reference.form ?? form.id, field: reference.field,
          visit: reference.visit ?? visit), among: entries)
    }
    return values
  }

  private func value(_ reference: FieldReference, among entries: [FormEntry]) -> FormulaValue {
    let found = entries.filter {
      $0.form == reference.form && $0.visit == reference.visit && $0.status.isSubmitted
    }
    let latest = found.max { ($0.occurrence, $0.version) < ($1.occurrence, $1.version) }
    guard let latest, let form = form(latest.form) else { return .missing }
    return form.values(of: latest.answers)[reference.field] ?? .missing
  }
}

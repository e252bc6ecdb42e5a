extension StudyDefinition {
  /// This version with every form, field, code and visit that only other versions have: what an
  /// export needs that holds entries of all of them.
  ///
  /// - Parameter others: the other versions, the oldest first.
  public func joined(with others: [StudyDefinition]) -> StudyDefinition {
    var copy = self
    for other in others.reversed() {
      copy.forms =
        copy.forms.map { form in other.form(form.id).map(form.joined) ?? form }
        + other.forms.filter { copy.form($0.id) == nil }
      copy.visits += other.visits.filter { copy.visit($0.code) == nil }
      copy.visibility = copy.visibility(keeping: other)
    }
    return copy
  }

  /// The matrix with the forms that only an earlier version has, in their groups of then.
  private func visibility(keeping other: StudyDefinition) -> [VisibilityGroup] {
    let listed = Set(visibility.flatMap(\.forms))
    func gone(_ group: VisibilityGroup) -> [FormID] { group.forms.filter { !listed.contains($0) } }
    let kept = visibility.map { group in
      guard let then = other.visibility.first(where: { $0.id == group.id }) else { return group }
      return VisibilityGroup(
        id: group.id, title: group.title, forms: group.forms + gone(then), rights: group.rights)
    }
    return kept
      + other.visibility.filter { group in !visibility.contains { $0.id == group.id } }
      .map { VisibilityGroup(id: $0.id, title: $0.title, forms: gone($0), rights: $0.rights) }
  }
}

extension Form {
  /// This form with the fields and codes that only another version of it has, in a section of their own.
  func joined(with other: Form) -> Form {
    let gone = other.fields.filter { field($0.id) == nil }
    let kept = sections.map { section in
      FormSection(
        title: section.title,
        fields: section.fields.map { field in other.field(field.id).map(field.joined) ?? field })
    }
    let added = gone.isEmpty ? [] : [FormSection(title: "Earlier versions", fields: gone)]
    var joined = with(sections: kept + added)
    joined.visits += other.visits.filter { !visits.contains($0) }
    return joined
  }

  /// The same form with other questions.
  func with(sections: [FormSection]) -> Form {
    Form(
      id: id, title: title, dataClass: dataClass, visits: visits, enteredBy: enteredBy,
      signedBy: signedBy, signatureMeaning: signatureMeaning, instrument: instrument,
      sections: sections, batteryDiffersBecause: batteryDiffersBecause, isRepeating: isRepeating,
      checks: checks, withdrawalLevel: withdrawalLevel, disclosure: disclosure, arms: arms,
      planned: planned, subject: subject)
  }
}

extension Field {
  fileprivate func joined(with other: Field) -> Field {
    let joinedType: FieldType
    switch (type, other.type) {
    case (.code(let codes), .code(let more)): joinedType = .code(Self.union(codes, more))
    case (.multi(let codes), .multi(let more)): joinedType = .multi(Self.union(codes, more))
    case (.integer, _), (.decimal, _), (.code, _), (.multi, _), (.text, _), (.boolean, _),
      (.date, _), (.partialDate, _), (.time, _), (.dateTime, _), (.userReference, _),
      (.calculated, _):
      return self
    }
    return Field(
      id: id, label: label, hint: hint, type: joinedType, unit: unit, required: required,
      calculation: calculation, dataClass: dataClass, declassifiedBecause: declassifiedBecause,
      mayLieAhead: mayLieAhead)
  }

  private static func union(_ codes: [CodeItem], _ more: [CodeItem]) -> [CodeItem] {
    codes + more.filter { item in !codes.contains { $0.code == item.code } }
  }
}

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
      planned: planned, subject: subject, followUp: followUp)
  }
}

extension Field {
  fileprivate func joined(with other: Field) -> Field {
    guard let joinedType = type.joined(with: other.type) else { return self }
    return Field(
      id: id, label: label, hint: hint, type: joinedType, unit: unit, required: required,
      calculation: calculation, dataClass: dataClass, declassifiedBecause: declassifiedBecause,
      mayLieAhead: mayLieAhead)
  }
}

extension FieldType {
  /// The type that holds every answer either holds; nil where the kinds differ or nothing bounds them.
  ///
  /// What was accepted under one version stays a value under all, however a later one is bounded.
  fileprivate func joined(with other: FieldType) -> FieldType? {
    switch (self, other) {
    case (.code(let codes), .code(let more)): .code(Self.union(codes, more))
    case (.multi(let codes), .multi(let more)): .multi(Self.union(codes, more))
    case (.integer(let range), .integer(let more)): .integer(Self.union(range, more))
    case (.decimal(let most, let decimals, let range), .decimal(let more, let scale, let bounds)):
      .decimal(
        precision: max(most - decimals, more - scale) + max(decimals, scale),
        scale: max(decimals, scale), range: Self.union(range, bounds))
    case (.text(let most), .text(let more)): .text(maxLength: max(most, more))
    case (.integer, _), (.decimal, _), (.code, _), (.multi, _), (.text, _), (.boolean, _),
      (.date, _), (.partialDate, _), (.time, _), (.dateTime, _), (.userReference, _),
      (.calculated, _):
      nil
    }
  }

  private static func union(_ codes: [CodeItem], _ more: [CodeItem]) -> [CodeItem] {
    codes + more.filter { item in !codes.contains { $0.code == item.code } }
  }

  private static func union<Bound: Comparable>(
    _ range: ClosedRange<Bound>?, _ more: ClosedRange<Bound>?
  ) -> ClosedRange<Bound>? {
    guard let range, let more else { return nil }
    return min(range.lowerBound, more.lowerBound)...max(range.upperBound, more.upperBound)
  }
}

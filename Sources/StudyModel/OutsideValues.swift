extension StudyDefinition {
  /// The values formulas of one entry read elsewhere, ready for `EntryContext.elsewhere`.
  ///
  /// Only entries handed in count; of several, the last occurrence in its latest version. Lists hold
  /// the stored texts in the order of visits and occurrences, and are missing when empty.
  /// - Parameters:
  ///   - form: the form whose formulas are to be worked out.
  ///   - visit: the visit of the entry, meant by a reference that names none.
  ///   - occurrence: which of several at that visit the entry is.
  ///   - entries: the entries of the same participant.
  ///   - facts: what the system knows beside them.
  ///   - clock: the clock of the site, by which what was begun at an instant has its day.
  ///   - further: references of other formulas to be worked out for the entry, such as of alerts.
  public func outsideValues(
    for form: Form, at visit: VisitCode?, occurrence: Int = 1, among entries: [FormEntry],
    by clock: SiteClock?, facts: [StudyFact: FormulaValue] = [:],
    further: Set<FieldReference> = []
  ) -> [FieldReference: FormulaValue] {
    var values: [FieldReference: FormulaValue] = [:]
    let own = EntryPlace(form: form.id, visit: visit, occurrence: occurrence)
    for reference in form.outsideReferences.union(further.filter(\.isOutside)) {
      if let occasion = reference.occasion {
        values[reference] = value(reference, occasion, from: own, among: entries, clock)
        continue
      }
      values[reference] = value(
        FieldReference(
          form: reference.form ?? form.id, field: reference.field,
          visit: reference.visit ?? visit), among: entries, clock)
    }
    values.add(facts)
    return values
  }

  /// The values a formula that belongs to no entry reads, such as the condition of a step.
  public func outsideValues(
    of references: Set<FieldReference>, among entries: [FormEntry], by clock: SiteClock?,
    facts: [StudyFact: FormulaValue] = [:]
  ) -> [FieldReference: FormulaValue] {
    var values: [FieldReference: FormulaValue] = [:]
    for reference in references {
      guard let form = reference.form else { continue }
      let nowhere = EntryPlace(form: form, visit: nil, occurrence: 0)
      values[reference] =
        reference.occasion.map { value(reference, $0, from: nowhere, among: entries, clock) }
        ?? value(reference, among: entries, clock)
    }
    values.add(facts)
    return values
  }

  /// The entries a reference may read a value from, in the order of visits and occurrences: those
  /// handed in, each in its latest version.
  ///
  /// - Parameters:
  ///   - reference: a reference to another entry; its form is the reader's where it names none.
  ///   - form: the form whose formula reads it.
  ///   - visit: the visit of the entry that reads.
  ///   - occurrence: which of several at that visit the entry is.
  ///   - entries: the entries of the same participant.
  public func sources(
    of reference: FieldReference, for form: Form, at visit: VisitCode?, occurrence: Int = 1,
    among entries: [FormEntry]
  ) -> [FormEntry] {
    let name = reference.form ?? form.id
    if let occasion = reference.occasion {
      let own = EntryPlace(form: form.id, visit: visit, occurrence: occurrence)
      return sources(of: name, occasion, from: own, among: entries)
    }
    return source(of: name, at: reference.visit ?? visit, among: entries).map { [$0] } ?? []
  }

  private func value(
    _ reference: FieldReference, _ occasion: Occasion, from own: EntryPlace,
    among entries: [FormEntry], _ clock: SiteClock?
  ) -> FormulaValue {
    let name = reference.form ?? own.form
    guard let form = form(name) else { return .missing }
    let found = sources(of: name, occasion, from: own, among: entries)
    func value(in entry: FormEntry) -> FormulaValue {
      entry.value(of: reference.field, on: form, clock)
    }
    switch occasion {
    case .previous:
      // An entry without the value says nothing of it: what was said last still stands.
      return found.reversed().lazy.map(value).first { $0 != .missing } ?? .missing
    case .here, .all:
      let texts = found.compactMap { value(in: $0).canonicalText }
      return texts.isEmpty ? .missing : .choices(texts)
    }
  }

  private func sources(
    of form: FormID, _ occasion: Occasion, from own: EntryPlace, among entries: [FormEntry]
  ) -> [FormEntry] {
    latestVersions(of: form, among: entries).filter { place, entry in
      guard place != own, entry.status.isSubmitted else { return false }
      return switch occasion {
      case .previous: isBefore(place, own)
      case .here: place.visit == own.visit
      case .all: true
      }
    }.map(\.entry)
  }

  private func latestVersions(
    of form: FormID, among entries: [FormEntry]
  ) -> [(place: EntryPlace, entry: FormEntry)] {
    var latest: [EntryPlace: FormEntry] = [:]
    for entry in entries where entry.form == form {
      let place = EntryPlace(form: form, visit: entry.visit, occurrence: entry.occurrence)
      if (latest[place]?.version ?? 0) < entry.version { latest[place] = entry }
    }
    return latest.map { ($0.key, $0.value) }.sorted { rank($0.place) < rank($1.place) }
  }

  private func rank(_ place: EntryPlace) -> (Int, Int) {
    (visits.firstIndex { $0.code == place.visit } ?? visits.count, place.occurrence)
  }

  // Of another form, the one at the same visit counts as before.
  private func isBefore(_ place: EntryPlace, _ own: EntryPlace) -> Bool {
    place.form == own.form
      ? rank(place) < rank(own) : rank(place).0 <= rank(own).0
  }

  private func value(
    _ reference: FieldReference, among entries: [FormEntry], _ clock: SiteClock?
  ) -> FormulaValue {
    guard let name = reference.form, let form = form(name),
      let latest = source(of: name, at: reference.visit, among: entries)
    else { return .missing }
    return latest.value(of: reference.field, on: form, clock)
  }

  private func source(
    of form: FormID, at visit: VisitCode?, among entries: [FormEntry]
  ) -> FormEntry? {
    entries.filter { $0.form == form && $0.visit == visit && $0.status.isSubmitted }
      .max { ($0.occurrence, $0.version) < ($1.occurrence, $1.version) }
  }
}

extension FormEntry {
  /// The value of a field; the date of a form that asks for none is the day it was begun or handed in.
  fileprivate func value(
    of field: FieldID, on form: Form, _ clock: SiteClock?
  ) -> FormulaValue {
    if form.dates(field) {
      let day = form.datedOn(answers, handedInOn: handedInOn, at: clock)
      return day.map { .date($0) } ?? .missing
    }
    return form.values(of: answers)[field] ?? .missing
  }
}

extension Form {
  /// Whether a name stands for the day the form was begun or handed in: it asks for no date of a visit.
  public func dates(_ field: FieldID) -> Bool {
    field.text == FormHeader.dateField && self.field(field) == nil
  }
}

/// Where an entry stands among those of a participant.
private struct EntryPlace: Hashable {
  let form: FormID
  let visit: VisitCode?
  let occurrence: Int
}

import StudyModel

/// What one participant's entries hold, as formulas read it.
struct ParticipantValues {
  private struct Key: Hashable {
    let form: FormID
    let visit: VisitCode?
  }

  private let definition: StudyDefinition
  /// The clocks of the participant's site.
  let clocks: FormulaClocks
  private var latest: [Key: [FieldID: FormulaValue]] = [:]
  private var listed: [FormID: [[FieldID: FormulaValue]]] = [:]
  /// The day of each listed entry: of the visit, or on which it was begun or handed in where the form has none.
  private var days: [FormID: [CalendarDate?]] = [:]
  /// The day of the latest entry of each form at a visit.
  private var entryDays: [Key: CalendarDate] = [:]
  private(set) var submitted: [VisitCode: UTCInstant] = [:]
  var facts: [FieldReference: FormulaValue] = [:]

  /// - Parameters:
  ///   - entries: those of the participant; of several the last occurrence in its latest version counts.
  ///   - site: the participant's in the snapshot, by whose clock instants have their day.
  init(_ entries: [SnapshotEntry], at site: String, _ definition: StudyDefinition) {
    self.definition = definition
    clocks = definition.formulaClocks(at: try? SiteKey(parsing: site))
    let ranks = Dictionary(
      definition.visits.enumerated().map { ($1.code.text, $0) }
    ) { one, _ in one }
    let kept = entries.filter { $0.submitted_at != nil && $0.status != EntryStatus.voided.rawValue }
      .sorted {
        (ranks[$0.visit] ?? .max, $0.visit, $0.repeat, $0.version)
          < (ranks[$1.visit] ?? .max, $1.visit, $1.repeat, $1.version)
      }
    for entry in kept {
      guard let id = try? FormID(parsing: entry.form), let form = definition.form(id) else {
        continue
      }
      var values: [FieldID: FormulaValue] = [:]
      for field in form.fields {
        guard let text = entry.answers[field.id.text]?.text,
          let value = try? field.type.value(parsing: text)
        else { continue }
        values[field.id] = value
      }
      if let date = try? FieldID(parsing: FormHeader.dateField), form.dates(date),
        let day = day(of: entry, form)
      {
        values[date] = .date(day)
      }
      let visit = try? VisitCode(parsing: entry.visit)
      // What was worked out stands in the class of each value: the parts are one entry.
      let key = Key(form: id, visit: visit)
      latest[key] =
        form.isWorkedOut ? (latest[key] ?? [:]).merging(values) { $1 } : values
      listed[id, default: []].append(values)
      days[id, default: []].append(day(of: entry, form))
      // When something was worked out is no day on which somebody was seen.
      guard !form.isWorkedOut else { continue }
      entryDays[key] = day(of: entry, form)
      if let visit, let at = entry.submitted_at.flatMap({ try? UTCInstant(parsing: $0) }) {
        submitted[visit] = max(submitted[visit] ?? at, at)
      }
    }
  }

  // A form without a heading says itself when it was done, such as when a call began; when it was handed in
  // counts where nothing else is known.
  private func day(of entry: SnapshotEntry, _ form: Form) -> CalendarDate? {
    if let text = entry.answers[FormHeader.dateField]?.text {
      return try? CalendarDate(parsing: text)
    }
    let begun = form.datingField.flatMap { field in
      entry.answers[field.id.text]?.text.map { [field.id: FieldAnswer.value($0)] }
    }
    let handedIn = entry.submitted_at.flatMap { try? UTCInstant(parsing: $0) }
    return form.datedOn(
      begun ?? [:], handedInOn: handedIn.flatMap { at in clocks.site?.date(at: at) },
      at: clocks.site)
  }

  /// The day of the entry that holds a value: of its visit, or on which it was begun or handed in.
  func day(of reference: FieldReference) -> CalendarDate? {
    reference.form.flatMap { entryDays[Key(form: $0, visit: reference.visit)] }
  }

  /// The last day on which anything was entered at a visit.
  func lastDay(at visit: VisitCode) -> CalendarDate? {
    entryDays.filter { $0.key.visit == visit }.values.max()
  }

  /// The first day on which a field has an answer; nil where it never has.
  func firstDay(of reference: FieldReference) -> CalendarDate? {
    guard let form = reference.form else { return nil }
    return zip(listed[form] ?? [], days[form] ?? [])
      .filter { $0.0[reference.field] != nil }.compactMap(\.1).min()
  }

  /// The value of a formula, read at a visit where it names none.
  func value(_ formula: Formula, at visit: VisitCode? = nil) -> FormulaValue {
    formula.value(in: environment(formula.references, at: visit))
  }

  /// The value of one reference.
  func value(_ reference: FieldReference, at visit: VisitCode? = nil) -> FormulaValue {
    if let fact = facts[reference] { return fact }
    guard let form = reference.form else { return .missing }
    if let occasion = reference.occasion { return list(reference.field, of: form, occasion, visit) }
    let key = Key(form: form, visit: reference.visit ?? visit)
    // Of what was worked out, the parts of classes not held are worked out of the entries that are.
    if let value = latest[key]?[reference.field] { return value }
    return workedOut(reference.field, of: form, at: key.visit)
  }

  /// Everything some formulas read.
  func environment(
    _ references: Set<FieldReference>, at visit: VisitCode? = nil
  ) -> FormulaEnvironment {
    var environment = FormulaEnvironment(elsewhere: facts, clocks: clocks)
    for reference in references where reference.isOutside && facts[reference] == nil {
      environment.elsewhere[reference] = value(reference, at: visit)
    }
    return environment
  }

  private func list(
    _ field: FieldID, of form: FormID, _ occasion: Occasion, _ visit: VisitCode?
  ) -> FormulaValue {
    let values: [[FieldID: FormulaValue]]
    switch occasion {
    case .all: values = listed[form] ?? []
    case .here: values = latest[Key(form: form, visit: visit)].map { [$0] } ?? []
    case .previous: return .missing
    }
    let texts = values.compactMap { $0[field]?.canonicalText }
    return texts.isEmpty ? .missing : .choices(texts)
  }

  // A form nobody enters holds what its formulas say, whether or not the server keeps it.
  private func workedOut(
    _ field: FieldID, of id: FormID, at visit: VisitCode?
  ) -> FormulaValue {
    guard let form = definition.form(id), form.enteredBy.isEmpty,
      visit.map({ form.visits.contains($0) }) ?? true
    else { return .missing }
    var own: [FieldID: FormulaValue] = [:]
    for one in form.fields {
      guard let formula = one.calculation else { continue }
      var environment = environment(formula.references, at: visit)
      environment.own = own
      own[one.id] = formula.value(in: environment)
      if one.id == field { break }
    }
    return own[field] ?? .missing
  }
}

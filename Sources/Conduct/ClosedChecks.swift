import Store
import StudyModel

/// Whether what a person closed of the checks of one entry still holds: as long as every value the check
/// reads is the one it was closed about.
///
/// What the check reads now is compared with what it would have read at the closing, by the versions kept of
/// every entry. A value that was another meanwhile and came back is the same.
struct ClosedChecks {
  let all: EntriesLookedAtAgain
  let entry: FormEntry
  let form: Form
  let visit: VisitCode
  let reading: StudyDefinition
  let session: Session
  /// Entries that are saved with this one, which the check reads as if they stood.
  var beside: [FormEntry] = []

  /// Whether a person closed the last query of a check about the values that stand.
  ///
  /// - Parameters:
  ///   - place: the check on its field, as data queries name it.
  ///   - address: where the query is asked.
  ///   - dataClass: the class it is asked in.
  ///   - condition: the check; nil for one made on every form, which reads the field it points to and day 0.
  ///   - field: the field it points to; nil for the whole entry.
  func hold(
    _ place: String, at address: EntryAddress, in dataClass: DataClass, over condition: Formula?,
    pointingTo field: FieldID?
  ) throws -> Bool {
    let closed = try session.checksClosedByPeople(of: all.participant, in: dataClass).first {
      $0.place == place && $0.form == address.form.text && $0.visit == address.visit.text
        && $0.number == address.number
    }
    guard let closedAt = closed?.closedAt else { return false }
    let before = try entries(at: closedAt)
    guard
      let then = before.first(where: {
        $0.form == entry.form && $0.visit == entry.visit && $0.occurrence == entry.occurrence
      })
    else { return false }
    let dayReference = StudyFact.day0.reference
    let read = condition.map(form.everythingRead) ?? Set(dayReference.map { [$0] } ?? [])
    let own =
      condition == nil
      ? field.map { [$0] } ?? form.fields.filter { !$0.isCalculated }.map(\.id)
      : read.filter { !$0.isOutside && form.field($0.field)?.isCalculated == false }.map(\.field)
    guard own.allSatisfy({ then.answers[$0] == entry.answers[$0] }) else { return false }
    let now = form.dataClass <= .outcome ? upToOutcome(all.stored) : all.stored.map(\.entry)
    return values(of: read, among: now + beside + all.vault.latest, all.facts)
      == values(
        of: read, among: before + all.vault.standing(at: closedAt), facts(at: closedAt))
  }

  private func values(
    of read: Set<FieldReference>, among entries: [FormEntry], _ facts: [StudyFact: FormulaValue]
  ) -> [FieldReference: FormulaValue] {
    let found = reading.outsideValues(
      for: form, at: visit, occurrence: entry.occurrence, among: entries,
      by: all.siteClock, facts: facts, further: read)
    return found.filter { read.contains($0.key) && $0.value != .missing }
  }

  private func facts(at instant: UTCInstant) -> [StudyFact: FormulaValue] {
    guard let randomizedAt = all.randomizedAt, randomizedAt <= instant else {
      return all.facts.filter { !StudyFact.ofRandomization.contains($0.key) }
    }
    return all.facts
  }

  private func upToOutcome(
    _ stored: [(dataClass: DataClass, values: StoredValues, entry: FormEntry)]
  ) -> [FormEntry] {
    stored.filter { $0.dataClass <= .outcome }.map(\.entry)
  }

  private func entries(at instant: UTCInstant) throws -> [FormEntry] {
    let classes = Set(all.stored.map(\.dataClass)).filter {
      form.dataClass > .outcome || $0 <= .outcome
    }
    return try classes.sorted().flatMap { dataClass in
      try session.values(of: all.participant, at: instant, in: dataClass).map(FormEntry.init)
    }
  }
}

extension Installation {
  /// The findings of an entry about to be saved that a person closed about the values that stand: the save
  /// asks about them no more than a later look does.
  ///
  /// Read as the program itself, of a form up to class outcome without treatment.
  func closedFindings(
    _ checked: CheckedEntry, of form: Form, at address: EntryAddress, beside: [FormEntry] = [],
    _ trial: Trial, _ definition: StudyDefinition
  ) async throws -> Set<String> {
    let asked = checked.faults.filter { $0.kind == .query }
    guard let key = address.subject.participant, address.number > 0, !asked.isEmpty,
      DerivedForm.classes.contains(form.dataClass),
      let found = try await asSystem(trial, { try $0.participant(key, in: trial.id) })
    else { return [] }
    let (facts, siteClock) = try await factsAndClock(of: found, in: trial)
    let reading = try await reading(definition, in: trial)
    let vault = try await vaultVersions(of: key, in: trial, definition)
    let now = clock.now
    let isBlinded = form.dataClass <= .outcome
    let find: @Sendable (Session) throws -> Set<String> = { session in
      guard try !session.checksClosedByPeople(of: key, in: form.dataClass).isEmpty else {
        return []
      }
      let all = EntriesLookedAtAgain(
        participant: key, trial: trial.id, definitions: [:], now: now,
        today: siteClock.date(at: now), siteClock: siteClock, facts: facts,
        stored: try Self.entries(
          of: key, in: isBlinded ? [.open, .outcome] : DerivedForm.classes, trial, session),
        vault: vault, randomizedAt: found.randomizedAt)
      let closed = ClosedChecks(
        all: all,
        entry: FormEntry(
          form: form.id, visit: address.visit, occurrence: address.number, version: 1,
          status: .submitted, answers: checked.answers),
        form: form, visit: address.visit, reading: reading, session: session, beside: beside)
      return try Set(
        asked.filter { fault in
          try closed.hold(
            fault.place, at: address, in: form.dataClass,
            over: form.checks.first { $0.place == fault.place }?.condition,
            pointingTo: fault.field)
        }.map(\.place))
    }
    guard isBlinded else { return try await asCommittee(trial, find) }
    return try await asSystem(trial, find)
  }
}

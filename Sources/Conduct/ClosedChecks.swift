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
  let which: LookedAt
  let session: Session

  /// Whether a person closed the last query of a check about the values that stand.
  ///
  /// - Parameters:
  ///   - place: the check on its field, as data queries name it.
  ///   - address: where the query is asked.
  ///   - dataClass: the class it is asked in.
  ///   - condition: the check; nil for that of a window, which reads the entry and day 0.
  func hold(
    _ place: String, at address: EntryAddress, in dataClass: DataClass, over condition: Formula?
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
      ? form.fields.filter { !$0.isCalculated }.map(\.id)
      : read.filter { !$0.isOutside && form.field($0.field)?.isCalculated == false }.map(\.field)
    guard own.allSatisfy({ then.answers[$0] == entry.answers[$0] }), !readsSavedVault(read) else {
      return false
    }
    let now = form.dataClass <= .outcome ? upToOutcome(all.stored) : all.stored.map(\.entry)
    return values(of: read, among: now, all.facts)
      == values(of: read, among: before, facts(at: closedAt))
  }

  // Versions of the vault are not opened again: with a new one the question is put anew.
  private func readsSavedVault(_ read: Set<FieldReference>) -> Bool {
    guard case .after(.entry(let saved, _), _) = which, reading.identityForm?.id == saved else {
      return false
    }
    return read.contains { $0.form == saved }
  }

  private func values(
    of read: Set<FieldReference>, among entries: [FormEntry], _ facts: [StudyFact: FormulaValue]
  ) -> [FieldReference: FormulaValue] {
    let found = reading.outsideValues(
      for: form, at: visit, occurrence: entry.occurrence, among: entries + all.vault,
      by: all.siteClock,
      facts: facts, further: read)
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

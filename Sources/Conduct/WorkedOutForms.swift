import Store
import StudyModel

extension Installation {
  /// A form nobody enters, as its reader may read it: the values kept, or before there are any those
  /// that follow from the entries the reader may read.
  ///
  /// A value of a class the reader does not hold is left out with its name: of a relapse, blinded people
  /// know the part of the questionnaire.
  func workedOut(
    _ form: Form, of participant: Participant, at visit: VisitCode, as actor: Actor
  ) async throws -> ReadEntry {
    let (trial, classes) = (actor.trial, actor.entryClasses)
    let (kept, stored) = try await session(actor) { session in
      let kept = try classes.compactMap {
        try session.derived(participant.key, form.id, visit, in: $0, trial: trial.id)
      }
      guard kept.isEmpty else { return (kept, [StoredValues]()) }
      return (
        kept,
        try classes.flatMap { try session.values(of: participant.key, in: $0, trial: trial.id) }
      )
    }
    if !kept.isEmpty { return try Self.read(kept, form, visit) }
    let place = CheckPlace(participant: participant, form: form, visit: visit, number: 1)
    let references = form.outsideReferences
    let clock = try await wallClock(of: participant.site, in: trial)
    let elsewhere = try await reading(actor.definition, in: trial).outsideValues(
      for: form, at: visit, among: try stored.map(FormEntry.init), by: clock,
      facts: try await facts(references.facts, for: place, [:], trial, actor.definition, actor))
    let worked = checkedEntry(
      [:], in: form,
      EntryContext(
        siteToday: clock.date(at: self.clock.now), isSubmission: false,
        clocks: actor.definition.formulaClocks(at: clock), elsewhere: elsewhere))
    return ReadEntry(
      form: form, visit: visit, version: 0, status: EntryStatus.due.rawValue,
      answers: worked.answers.filter { answer in
        form.field(answer.key).map { classes.contains(form.dataClass(of: $0)) } ?? false
      }, author: "", enteredAt: nil, isSubmitted: false, signatures: [])
  }

  /// What was kept in the reader's classes as one entry; its instant is that of the last of them.
  private static func read(
    _ kept: [StoredDerivation], _ form: Form, _ visit: VisitCode
  ) throws -> ReadEntry {
    var answers: [FieldID: FieldAnswer] = [:]
    for one in kept { answers.merge(try AnswerText.answers(one.answers)) { $1 } }
    return ReadEntry(
      form: form, visit: visit, version: kept.map(\.version).max() ?? 0,
      status: EntryStatus.submitted.rawValue, answers: answers, author: "",
      enteredAt: kept.map(\.derivedAt).max(), isSubmitted: true, signatures: [])
  }
}

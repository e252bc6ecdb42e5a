import Store
import StudyModel

extension Installation {
  /// A form nobody enters, worked out anew of the entries its reader may read.
  ///
  /// Each entry is read on the reader's own login, and a value of a class the reader does not hold is
  /// left out with its name: of a relapse, blinded people know the part of the questionnaire.
  func workedOut(
    _ form: Form, of participant: Participant, at visit: VisitCode, as actor: Actor
  ) async throws -> ReadEntry {
    let (trial, classes) = (actor.trial, actor.entryClasses)
    let stored = try await session(actor) { session in
      try classes.flatMap { try session.values(of: participant.key, in: $0, trial: trial.id) }
    }
    let place = CheckPlace(participant: participant, form: form, visit: visit, number: 1)
    let references = form.outsideReferences
    let elsewhere = actor.definition.outsideValues(
      for: form, at: visit, among: try stored.map(FormEntry.init),
      facts: try await facts(references.facts, for: place, [:], trial, actor.definition, actor))
    let clock = try SiteClock(
      zone: actor.definition.site(participant.site)?.timeZone ?? "Europe/London")
    let worked = checkedEntry(
      [:], in: form,
      EntryContext(
        siteToday: clock.date(at: self.clock.now), isSubmission: false, elsewhere: elsewhere))
    return ReadEntry(
      form: form, visit: visit, version: 0, status: EntryStatus.due.rawValue,
      answers: worked.answers.filter { answer in
        form.field(answer.key).map { classes.contains(form.dataClass(of: $0)) } ?? false
      }, author: "", enteredAt: nil, isSubmitted: false, signatures: [])
  }
}

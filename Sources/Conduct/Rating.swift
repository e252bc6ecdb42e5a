import Foundation
public import Store
public import StudyModel

extension StudyDefinition {
  /// The forms of class outcome that raters give.
  var centralRatings: [Form] {
    let raters = roles(with: .rate).map(\.id)
    return forms.filter { form in
      form.dataClass == .outcome && form.enteredBy.contains { raters.contains($0) }
    }
  }
}

extension Installation {
  /// The instruments a central rating gives: the same at every visit, so that the desk tells nothing.
  public func ratingForms(_ definition: StudyDefinition) -> [Form] { definition.centralRatings }

  /// The blinding record of a definition: what a rater gives after the ratings.
  public func blindingRecord(_ definition: StudyDefinition) -> Form? {
    let raters = definition.roles(with: .rate).map(\.id)
    return definition.forms.first { form in
      form.dataClass == .treatment && form.enteredBy.contains { raters.contains($0) }
    }
  }

  /// Who rates in a trial, and by what answer an arm was disclosed to a rater.
  func raterPool(_ definition: StudyDefinition) -> RaterPool {
    let record = blindingRecord(definition)
    return RaterPool(
      roles: definition.roles(with: .rate).map(\.id.text), record: record?.id.text ?? "",
      field: record?.disclosure?.field.text ?? "", none: record?.disclosure?.undisclosed ?? "")
  }

  /// Gives what is booked for raters whose role, training or account has ended to others, in every trial.
  ///
  /// Behind an act that stands: what cannot be drawn now is told of, and drawn at night.
  public func replaceAbsentRaters() async {
    for trial in (try? await trials()) ?? [] {
      do {
        try await drawWaitingRatings(of: trial, try await definition(of: trial))
      } catch {
        tells("Ratings of a rater who rates no more could not be given to others yet.")
      }
    }
  }

  /// Draws raters for ratings that wait for one, or whose rater rates no more.
  func drawWaitingRatings(of trial: Trial, _ definition: StudyDefinition) async throws {
    let pool = raterPool(definition)
    let context = RequestContext(
      trial: trial.id, actor: nil, role: "", sites: .all,
      now: trial.mode == TrialMode.simulation.rawValue ? clock.now : nil)
    try await refusing {
      try await store.session(.open, context) { try $0.drawWaiting(pool) }
    }
  }

  /// Books a central rating at one of the times that are offered; the rater is drawn at random and stays unknown to
  /// who books.
  public func bookRating(
    _ participant: ParticipantKey, at visit: VisitCode, startsAt: UTCInstant, language: String,
    as actor: Actor
  ) async throws {
    try actor.need(.scheduleRating)
    let forms = ratingForms(try await acting(actor, for: participant).definition)
    guard forms.contains(where: { $0.visits.contains(visit) }) else { throw ActRefusal.notFound }
    let offer = try await ratingOffer(for: participant, at: visit, as: actor)
    guard offer.times.contains(startsAt) else { throw ActRefusal.timeNotOffered }
    let names = forms.map(\.id.text)
    let token = try AssessmentToken(parsing: random.tokenText())
    let pool = raterPool(actor.definition)
    try await session(actor) { session in
      try session.bookRating(
        participant, visit: visit, forms: names, startsAt: startsAt, token: token,
        language: language, pool: pool)
    }
  }

  /// Moves a booked rating to another of the times that are offered, up to its start or from two hours after
  /// it; the rater is drawn anew, and the token there was opens nothing any more.
  ///
  /// - Parameter reason: why, 3 to 500 characters, as the audit trail of class open keeps it.
  public func moveRating(
    _ participant: ParticipantKey, at visit: VisitCode, to startsAt: UTCInstant, language: String,
    reason: String, as actor: Actor
  ) async throws {
    try actor.need(.scheduleRating)
    let offer = try await ratingOffer(for: participant, at: visit, as: actor)
    let reason = try GivenText.checked(reason, field: "reason", name: "The reason")
    guard offer.times.contains(startsAt) else { throw ActRefusal.timeNotOffered }
    let names = ratingForms(try await acting(actor, for: participant).definition).map(\.id.text)
    let token = try AssessmentToken(parsing: random.tokenText())
    let pool = raterPool(actor.definition)
    try await session(actor) { session in
      try session.moveRating(
        participant, visit: visit, reason: reason, forms: names, startsAt: startsAt, token: token,
        language: language, pool: pool)
    }
  }

  /// Cancels a booked rating, up to its start or from two hours after it; what is offered afterwards is what
  /// was offered before.
  ///
  /// - Parameter reason: why, 3 to 500 characters, as the audit trail of class open keeps it.
  public func cancelRating(
    _ participant: ParticipantKey, at visit: VisitCode, reason: String, as actor: Actor
  ) async throws {
    _ = try await ratingBooking(of: participant, at: visit, as: actor)
    let reason = try GivenText.checked(reason, field: "reason", name: "The reason")
    try await session(actor) { try $0.cancelRating(participant, visit: visit, reason: reason) }
  }

  /// What is booked for a participant's visit, nil where nothing is.
  public func ratingBooking(
    of participant: ParticipantKey, at visit: VisitCode, as actor: Actor
  ) async throws -> RatingBooking? {
    try actor.need(.scheduleRating)
    let found = try await self.participant(participant, as: actor)
    let definition = try await acting(actor, for: found).definition
    guard ratingForms(definition).contains(where: { $0.visits.contains(visit) }) else {
      throw ActRefusal.notFound
    }
    return try await session(actor) { try $0.ratingBooking(of: participant, visit: visit) }
  }

  /// The rater's tasks: those to do, and those finished in the last day.
  public func ratingTasks(as actor: Actor) async throws -> [RatingTask] {
    try actor.need(.rate)
    let yesterday = clock.now.advanced(bySeconds: -86_400)
    return try await session(actor) { session in
      try session.ratingTasks(in: actor.trial.id, finishedAfter: yesterday)
    }
  }

  /// A rater's task and form, with what was entered so far, and the form in the words loaded for its
  /// instrument.
  public func rating(
    _ token: AssessmentToken, _ form: FormID, as actor: Actor
  ) async throws -> (task: RatingTask, entry: ReadEntry, shown: Form) {
    try actor.need(.rate)
    let place = try await asSystem(actor.trial, actor: actor.user) { try $0.place(of: token) }
    let definition = try await definition(for: form, at: place, in: actor.trial)
    guard let form = ratingForms(definition).first(where: { $0.id == form }),
      let anyVisit = definition.visits.first?.code
    else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    let (task, stored) = try await session(actor) { session in
      (
        try session.ratingTask(token, in: trial), try session.ratingEntry(token, form: form.id)
      )
    }
    guard let task else { throw ActRefusal.notFound }
    return (
      task,
      ReadEntry(
        form: form, visit: anyVisit, version: stored?.version ?? 0,
        status: stored?.status ?? "due",
        answers: try stored.map { try AnswerText.answers($0.answers) } ?? [:], author: "",
        enteredAt: stored?.enteredAt, isSubmitted: stored?.submittedAt != nil, signatures: []),
      try await worded(form, in: task.language, definition, trial: actor.trial)
    )
  }

  /// Saves a rating under its token.
  public func saveRating(
    _ token: AssessmentToken, _ form: FormID, _ submission: EntrySubmission, as actor: Actor
  ) async throws -> SavedEntry {
    try actor.need(.rate)
    let place = try await asSystem(actor.trial, actor: actor.user) { try $0.place(of: token) }
    // Of no site, a rater acts under the first version; the participant is rated under the one of the site.
    let definition = try await definition(for: form, at: place, in: actor.trial)
    guard let form = ratingForms(definition).first(where: { $0.id == form }) else {
      throw ActRefusal.notFound
    }
    let entry = try await checkRemotely(
      submission, form, at: place, trial: actor.trial, definition)
    let checked = entry.checked
    let json = try AnswerText.json(checked.answers)
    let version = definition.version
    var settled: Set<String> = []
    if let place, submission.isFinal {
      settled = try await closedFindings(
        checked, of: form, at: EntryAddress(place.participant, form.id, place.visit), actor.trial,
        definition)
    }
    let asked = submission.isFinal ? try checked.askedAbout(in: form, settled: settled) : nil
    // A rater who is warned of a difference to an earlier score knows that score, and one who types on until the
    // warning comes knows it exactly: only what the rating says by itself is told.
    let remarks = checked.faults.filter { $0.kind == .warning && !form.tellsOfOthers($0) }
      .map(Fault.init)
    let consequences =
      submission.isFinal ? try entry.consequences(definition) : nil
    let saved = try await session(actor) { session in
      if let consequences { try session.announce(consequences) }
      try session.tellDay(checked.day)
      let saved = try session.saveRating(
        token, form: form.id, expected: submission.expectedVersion, answers: json,
        submit: submission.isFinal, reason: submission.reason, definition: version)
      if let asked { try session.askAboutRating(token, form: form.id, faults: asked) }
      return SavedEntry(number: 1, version: saved, remarks: remarks)
    }
    if let place, submission.isFinal {
      await derive(
        after: form.id, at: place.visit, of: place.participant, in: actor.trial, definition)
    }
    return saved
  }

  /// Saves the rater's blinding record, after the ratings and once.
  ///
  /// A rater who was told an arm rates that participant no more: what is booked and not begun goes to another one,
  /// under a token of its own (REQ-093).
  public func saveBlindingRecord(
    _ token: AssessmentToken, _ answers: [FieldID: FieldAnswer], as actor: Actor
  ) async throws {
    try actor.need(.rate)
    guard let record = blindingRecord(actor.definition) else { throw ActRefusal.notFound }
    // The deviation that follows is of the primary rating alone; the rater is not told the visit.
    let place = try await asSystem(actor.trial, actor: actor.user) { try $0.place(of: token) }
    let definition = try await definition(for: record.id, at: place, in: actor.trial)
    guard let form = blindingRecord(definition) else { throw ActRefusal.notFound }
    let entry = try await checkRemotely(
      EntrySubmission(answers: answers, expectedVersion: 0, isFinal: true), form, at: place,
      isAlone: true, trial: actor.trial, definition)
    let checked = entry.checked
    let json = try AnswerText.json(checked.answers)
    let version = definition.version
    let consequences = try entry.consequences(definition)
    let pool = raterPool(definition)
    let untold = try await untoldFindings(token, at: place, as: actor)
    try await session(actor) { session in
      if let consequences { try session.announce(consequences) }
      try session.saveBlindingRecord(
        token, form: form.id, answers: json, definition: version, pool: pool)
      for (form, faults) in untold { try session.askAboutRating(token, form: form, faults: faults) }
    }
  }

  /// What is asked about the ratings of a token once its rater changes them no more: until then whether it is asked
  /// would tell what the warning would have told.
  private func untoldFindings(
    _ token: AssessmentToken, at place: CollectionPlace?, as actor: Actor
  ) async throws -> [(FormID, String)] {
    guard let place else { return [] }
    var found: [(FormID, String)] = []
    for form in ratingForms(actor.definition) {
      let definition = try await definition(for: form.id, at: place, in: actor.trial)
      guard let form = ratingForms(definition).first(where: { $0.id == form.id }) else { continue }
      let stored = try await rating(token, form.id, as: actor).entry
      let checked: CheckedEntry
      do {
        checked = try await checkRemotely(
          EntrySubmission(
            answers: stored.answers, expectedVersion: stored.version, isFinal: true), form,
          at: place, trial: actor.trial, definition
        ).checked
      } catch is ActRefusal {
        // What could not be handed in any more, such as after a withdrawal, is not asked about either.
        continue
      }
      let untold = checked.faults.filter {
        $0.kind == .warning && form.tellsOfOthers($0) && form.dataClass >= $0.inputClass
      }
      guard !untold.isEmpty else { continue }
      let settled = try await closedFindings(
        checked, of: form, at: EntryAddress(place.participant, form.id, place.visit), actor.trial,
        definition)
      found.append(
        (form.id, try checked.askedAbout(in: form, settled: settled, untold: untold)))
    }
    return found
  }
}

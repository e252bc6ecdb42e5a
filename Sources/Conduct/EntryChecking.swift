import Store
import StudyModel

/// An entry as it was checked, with all that is needed to check it again.
struct CheckedSubmission: Sendable {
  /// The answers as stored and everything found wrong.
  let checked: CheckedEntry
  /// What was typed.
  let typed: [FieldID: FieldAnswer]
  /// What it was checked against.
  let context: EntryContext

  /// The answers with the number of the entry in the study, where the form asks for one.
  func numbered(_ serial: Int) -> CheckedSubmission {
    var context = context
    context.elsewhere.add([.serial: .number(ExactNumber(serial))])
    return CheckedSubmission(typed, form: form, context)
  }

  /// What follows from handing it in, as the save announces it; nil when nothing does.
  func consequences(_ definition: StudyDefinition, _ reason: String = "") throws -> String? {
    try definition.consequences(
      of: form, checked, elsewhere: context.elsewhere, clocks: context.clocks, reason: reason
    ).text()
  }

  private let form: Form

  init(_ typed: [FieldID: FieldAnswer], form: Form, _ context: EntryContext) {
    // What the system works out is never taken from a submission.
    self.typed = typed.filter { form.field($0.key)?.isCalculated != true }
    self.form = form
    self.context = context
    checked = checkedEntry(self.typed, in: form, context)
  }
}

extension Form {
  /// Whether its formulas read the number of the entry in the study.
  var readsSerial: Bool {
    StudyFact.serial.reference.map(outsideReferences.contains) ?? false
  }

  /// The labels of the fields that number its entries in the study.
  var serialLabels: Set<String> {
    guard let serial = StudyFact.serial.reference else { return [] }
    return Set(fields.filter { $0.calculation?.references.contains(serial) ?? false }.map(\.label))
  }
}

extension Installation {
  /// Checks a submission against the form with everything its rules refer to.
  func check(
    _ submission: EntrySubmission, _ place: CheckPlace, _ actor: Actor
  ) async throws -> CheckedSubmission {
    let (participant, form) = (place.participant, place.form)
    let clock = try await wallClock(of: place.site, in: actor.trial)
    let now = self.clock.now
    let visit = actor.definition.visit(place.visit)
    // Windows of treatment have checks of their own: a finding here is told to blinded readers.
    let dates = participant?.day0.flatMap { day0 in
      visit?.dataClass == .open ? visit?.dates(randomizedOn: day0) : nil
    }
    let surroundings = try await surroundings(
      of: place, submission.answers, trial: actor.trial, actor.definition, writer: actor)
    var context = EntryContext(
      siteToday: clock.date(at: now), now: now, isSubmission: submission.isFinal,
      clocks: actor.definition.formulaClocks(at: clock),
      window: dates?.window, consentedOn: participant.map { clock.date(at: $0.consentedAt) },
      // Who withdrew has no more visits; what is no visit, such as a review of records, goes on.
      lastAllowedDate: visit?.targetDay == nil ? nil : participant?.withdrawnOn,
      elsewhere: surroundings.elsewhere, visitBefore: surroundings.visitBefore,
      visitAfter: surroundings.visitAfter)
    context.takenRepeats = surroundings.takenRepeats
    context.givenOn = surroundings.firstGivenOn ?? clock.date(at: now)
    if let participant { context.lastDay = try await lastDay(of: participant, actor.trial) }
    context.strangers = try await strangers(
      named: submission.answers, on: form, at: place.site, actor)
    context.undrawn = try await undrawn(
      named: submission.answers, on: form, of: participant, actor)
    return CheckedSubmission(submission.answers, form: form, context)
  }

  /// The last day of which anything of a participant may be recorded; nil while there is none.
  func lastDay(of participant: Participant, _ trial: Trial) async throws -> CalendarDate? {
    let withdrawn = participant.withdrawalLevel == "W4" ? participant.withdrawnOn : nil
    guard participant.state == ParticipantState.died.rawValue else { return withdrawn }
    let died = try await asSystem(trial) { try $0.diedOn(participant.key, in: trial.id) }
    return [withdrawn, died].compactMap(\.self).min()
  }

  /// The fields of a form that name somebody who never held one of the roles they ask for at the site.
  ///
  /// Whether the role was still held on the day is asked by checks of the form.
  func strangers(
    named answers: [FieldID: FieldAnswer], on form: Form, at site: SiteKey, _ actor: Actor
  ) async throws -> Set<FieldID> {
    let everyRole = actor.definition.roles.map(\.id.text)
    let named = form.fields.compactMap { field -> (FieldID, String, [String])? in
      guard case .userReference(let roles) = field.type, let name = answers[field.id]?.text
      else { return nil }
      return (field.id, name, roles.isEmpty ? everyRole : roles.map(\.text))
    }
    guard !named.isEmpty else { return [] }
    return try await access { session in
      var found: Set<FieldID> = []
      for (field, name, roles) in named
      where try !session.holdsGrant(
        name, roles: roles, at: site, until: UTCInstant(microsecondsSince1970: 0),
        trial: actor.trial.id)
      {
        found.insert(field)
      }
      return found
    }
  }

  /// Checks what raters and participants hand in, by the clock of the participant's site wherever they are.
  ///
  /// - Parameters:
  ///   - place: whom the form is about, which its writer does not learn.
  ///   - isAlone: whether its rules read the visit and nothing else of the participant.
  /// - Throws: `notFound` where nobody knows whom it is about, `invalid` when something stands against
  ///   saving.
  func checkRemotely(
    _ submission: EntrySubmission, _ form: Form, at place: CollectionPlace?,
    isAlone: Bool = false, trial: Trial, _ definition: StudyDefinition
  ) async throws -> CheckedSubmission {
    guard let place,
      let participant = try await asSystem(
        trial, { try $0.participant(place.participant, in: trial.id) }),
      let zone = definition.site(participant.site)?.timeZone
    else { throw ActRefusal.notFound }
    let site = try SiteClock(zone: zone)
    var context = EntryContext(
      siteToday: site.date(at: clock.now), now: clock.now, isSubmission: submission.isFinal,
      clocks: definition.formulaClocks(at: site))
    context.elsewhere.add([.visit: .text(place.visit.text)])
    if !isAlone {
      let seconds = place.openedAt.map { clock.now.seconds(since: $0) }
      let surroundings = try await self.surroundings(
        of: CheckPlace(
          participant: participant, form: form, visit: place.visit,
          number: form.isOfOneVisit ? 1 : 0,
          secondsOpen: seconds.map { Int($0) }),
        submission.answers, trial: trial, definition, writer: nil)
      context.elsewhere = surroundings.elsewhere
      context.consentedOn = site.date(at: participant.consentedAt)
      context.givenOn = site.date(at: clock.now)
      context.isGivenAtVisit = true
      context.window = participant.day0.flatMap { day0 in
        let visit = definition.visit(place.visit)
        return visit?.dataClass == .open
          ? visit?.dates(randomizedOn: day0)?.window : nil
      }
      try needVisit(form, submission, participant, place.visit, site, definition)
    }
    let entry = CheckedSubmission(submission.answers, form: form, context)
    let hard = entry.checked.faults.filter { $0.kind == .hard }
    guard hard.isEmpty else { throw ActRefusal.invalid(hard.map(Fault.init)) }
    return entry
  }

  /// Refuses a rating of a visit after the participant withdrew from visits, in words that tell its
  /// rater nothing of when.
  private func needVisit(
    _ form: Form, _ submission: EntrySubmission, _ participant: Participant, _ visit: VisitCode,
    _ site: SiteClock, _ definition: StudyDefinition
  ) throws(ActRefusal) {
    let raters = definition.roles(with: .rate).map(\.id)
    guard let last = participant.withdrawnOn, form.enteredBy.contains(where: raters.contains),
      definition.visit(visit)?.targetDay != nil
    else { return }
    let day =
      form.recordDay(of: submission.answers, isFollowUp: false, at: site)
      ?? site.date(at: clock.now)
    if day > last { throw .noFurtherData }
  }
}

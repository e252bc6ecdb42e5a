import Store
import StudyModel

extension Installation {
  /// Checks a submission against the form with everything its rules refer to.
  func check(
    _ submission: EntrySubmission, _ form: Form, _ visit: VisitCode, of participant: Participant,
    _ actor: Actor
  ) async throws -> CheckedEntry {
    let clock = try SiteClock(zone: zone(of: participant.site, actor))
    let now = self.clock.now
    let dates = participant.randomizedAt.flatMap { instant in
      actor.definition.visit(visit)?.dates(randomizedOn: clock.date(at: instant))
    }
    let context = EntryContext(
      siteToday: clock.date(at: now), now: now, isSubmission: submission.isFinal,
      window: dates?.window, consentedOn: clock.date(at: participant.consentedAt),
      // Who withdrew has no more visits; what is no visit, such as a review of records, goes on. After
      // W4 the database takes nothing.
      lastAllowedDate: actor.definition.visit(visit)?.targetDay == nil
        || participant.withdrawalLevel == "W4"
        ? nil : participant.withdrawnOn,
      elsewhere: try await values(of: form.outsideReferences, participant.key, actor))
    // What the system works out is never taken from a submission.
    let typed = submission.answers.filter { form.field($0.key)?.isCalculated != true }
    return checkedEntry(typed, in: form, context)
  }

  private func zone(of site: SiteKey, _ actor: Actor) -> String {
    actor.definition.site(site)?.timeZone ?? "Europe/London"
  }

  /// Values of other forms that rules refer to, whatever their class: they are compared here and
  /// never shown to a writer who may not read them.
  private func values(
    of references: Set<FieldReference>, _ participant: ParticipantKey, _ actor: Actor
  ) async throws -> [FieldReference: FormulaValue] {
    guard !references.isEmpty else { return [:] }
    let context = RequestContext(
      trial: actor.trial.id, actor: nil, role: "", sites: .all,
      now: actor.trial.mode == "simulation" ? clock.now : nil)
    let json = try await refusing {
      try await store.session(.allocator, context) { try $0.readinessFacts(of: participant) }
    }
    guard let json else { return [:] }
    let facts = try ReadinessFacts(json: json)
    var values: [FieldReference: FormulaValue] = [:]
    for reference in references {
      // Values of several entries are for whoever has all of them in order.
      guard reference.occasion == nil, let name = reference.form,
        let form = actor.definition.form(name)
      else { continue }
      let entry = facts.entries.filter {
        $0.form == name.text && (reference.visit == nil || $0.visit == reference.visit?.text)
      }.max { $0.enteredAt < $1.enteredAt }
      guard let entry else { continue }
      values[reference] = form.values(of: try entry.fieldAnswers)[reference.field] ?? .missing
    }
    return values
  }
}

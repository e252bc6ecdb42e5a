public import Store
public import StudyModel

/// A reporting time before and after its start is changed.
public struct ClockChange: Sendable, Equatable {
  /// Its title.
  public let title: String
  /// The limit in force.
  public let dueBefore: UTCInstant
  /// The limit with the new start.
  public let dueAfter: UTCInstant
}

extension StudyDefinition {
  /// Whether people may change the start of a reporting time: one that follows a typed answer follows
  /// that answer, and is changed on the form.
  public func startIsChangeable(_ clock: String) -> Bool {
    guard let plan = reportingTime(clock) else { return false }
    return form(plan.form)?.field(plan.startsAt)?.isCalculated == true
  }
}

extension Installation {
  /// What a new start of a reporting time would change; nothing is changed.
  ///
  /// What follows the first report moves with it.
  public func clockChanges(
    _ address: EntryAddress, _ clock: String, start: UTCInstant, as actor: Actor
  ) async throws -> [ClockChange] {
    try await plannedChanges(address, clock, start: start, as: actor).map {
      ClockChange(title: $0.clock.title, dueBefore: $0.clock.dueAt, dueAfter: $0.due)
    }
  }

  /// Changes the start of a reporting time with a reason; the old start is kept.
  public func restartClock(
    _ address: EntryAddress, _ clock: String, start: UTCInstant, reason: String, as actor: Actor
  ) async throws {
    let planned = try await plannedChanges(address, clock, start: start, as: actor)
    guard (3...2000).contains(reason.unicodeScalars.count),
      reason.contains(where: { !$0.isWhitespace })
    else {
      throw ActRefusal.invalid([
        Fault(
          field: "reason", code: "bad_text",
          sentence: "Say why the start is another, in 3 to 2000 characters. Nothing was changed.")
      ])
    }
    guard let dataClass = planned.first?.clock.dataClass else { throw ActRefusal.notFound }
    let isTold = !actor.role.classes.contains(dataClass)
    try await session(actor, on: isTold ? .committee : nil) { session in
      for one in planned {
        try session.changeStart(
          address, one.clock.clock, in: dataClass, to: start, due: one.due, remind: one.remind,
          reason: reason)
      }
    }
  }

  private func plannedChanges(
    _ address: EntryAddress, _ name: String, start: UTCInstant, as actor: Actor
  ) async throws -> [PlannedChange] {
    try actor.need(.followSafety)
    let definition = actor.definition
    guard let event = try await seriousEvents(as: actor).first(where: { $0.isAt(address) }),
      let plan = definition.reportingTime(name), plan.form == address.form,
      (plan.reminded + plan.escalatedTo).contains(actor.role.id),
      let running = event.clocks.first(where: { $0.clock == name }),
      let sponsor = definition.sponsorZone.flatMap({ try? SiteClock(zone: $0) })
    else { throw ActRefusal.notFound }
    guard definition.startIsChangeable(name) else {
      throw ActRefusal.notNow(
        code: "start_is_an_answer",
        sentence:
          "This start is an answer of the form. Change it there, with a reason; the time follows. "
          + "Nothing was changed.")
    }
    guard start <= clock.now, start != running.startedAt else {
      throw ActRefusal.invalid([
        Fault(
          field: "start", code: "bad_start",
          sentence: "A start lies behind, and differs from the one in force. Nothing was changed.")
      ])
    }
    let names = Set(
      definition.clocks.first { $0.withFollowUp.contains { $0.id == name } }?.withFollowUp
        .map(\.id) ?? [])
    return event.clocks.filter { names.contains($0.clock) }.compactMap { clock in
      definition.reportingTime(clock.clock).map { plan in
        PlannedChange(
          clock: clock, due: plan.due(from: start, by: sponsor),
          remind: plan.reminder(from: start, by: sponsor))
      }
    }
  }
}

/// A reporting time with the limit it would have.
private struct PlannedChange {
  let clock: StoredClock
  let due: UTCInstant
  let remind: UTCInstant
}

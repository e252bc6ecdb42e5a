import Foundation
public import Store
public import StudyModel

/// How pressing an alert is that nobody acted on.
public enum AlertUrgency: String, Sendable {
  /// Its time runs.
  case open
  /// Three quarters of its time have passed: whoever acts is reminded.
  case reminded
  /// Its time has passed.
  case escalated
  /// Somebody acted.
  case acknowledged
}

extension StoredAlert {
  /// How pressing it is at an instant.
  public func urgency(at now: UTCInstant) -> AlertUrgency {
    guard acknowledgedAt == nil else { return .acknowledged }
    if now >= dueAt { return .escalated }
    let whole = dueAt.seconds(since: raisedAt)
    return now.seconds(since: raisedAt) * 4 >= whole * 3 ? .reminded : .open
  }
}

private struct AlertAnnouncement: Encodable {
  let name: String
  let items: String
  let minutes: Int?
}

extension StudyDefinition {
  /// The alerts the answers of a form raise, as the save announces them; nil for a form without an
  /// instrument or without alerts.
  func announcement(of form: Form, _ answers: [FieldID: FieldAnswer]) throws -> String? {
    guard let id = form.instrument, let instrument = instrument(id) else { return nil }
    let environment = FormulaEnvironment(own: form.values(of: answers))
    let raised = instrument.alerts.filter { $0.condition.truth(in: environment) == true }
    guard !raised.isEmpty else { return nil }
    let announced = raised.map { rule in
      let items = rule.condition.references.map(\.field).sorted().compactMap { field in
        answers[field]?.text.map { "\(form.field(field)?.label ?? field.text): \($0)" }
      }
      return AlertAnnouncement(
        name: rule.name, items: "\(instrument.id), " + items.joined(separator: ", "),
        minutes: rule.withinMinutes)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(announced), as: UTF8.self)
  }
}

extension Installation {
  /// The alerts of the site with what triggered them, those to act on first.
  public func alerts(as actor: Actor) async throws -> [StoredAlert] {
    try actor.need(.acknowledgeAlerts)
    return try await session(actor) { try $0.alerts() }
  }

  /// That participants of the site have an alert nobody acted on: neither instrument nor value.
  public func alertNotices(as actor: Actor) async throws -> [AlertNotice] {
    try actor.need(.knowOfAlerts)
    return try await session(actor) { try $0.alertNotices() }
  }

  /// Records what was done about an alert, once.
  public func acknowledgeAlert(
    _ alert: String, action: String, as actor: Actor
  ) async throws -> UTCInstant {
    try actor.need(.acknowledgeAlerts)
    guard (3...2000).contains(action.unicodeScalars.count),
      action.contains(where: { !$0.isWhitespace })
    else {
      throw ActRefusal.invalid([
        Fault(
          field: "action", code: "bad_text",
          sentence: "Say what you did, in 3 to 2000 characters. Nothing was recorded.")
      ])
    }
    return try await session(actor) { try $0.acknowledgeAlert(alert, action: action) }
  }

  // MARK: Deviations

  /// The deviations of class open in the actor's reach, drafts first.
  public func deviations(
    of participant: ParticipantKey? = nil, as actor: Actor
  ) async throws -> [StoredDeviation] {
    guard actor.role.classes.contains(.open),
      actor.role.can(.judgeDeviations) || actor.role.can(.openDataQuery)
    else { throw ActRefusal.notFound }
    let trial = actor.trial.id
    return try await session(actor) { try $0.deviations(of: participant, in: trial) }
  }

  /// Confirms a drafted deviation, or rejects it with a reason.
  public func judgeDeviation(
    _ participant: ParticipantKey, number: Int, isConfirmed: Bool, reason: String,
    as actor: Actor
  ) async throws {
    try actor.need(.judgeDeviations)
    // What an unblinded person writes would reach blinded readers.
    let kept = actor.isUnblinded && !reason.isEmpty ? "Given in the treatment record." : reason
    try await session(actor) { session in
      try session.judgeDeviation(
        participant, number: number, status: isConfirmed ? "CONFIRMED" : "REJECTED",
        reason: kept)
      if kept != reason {
        try session.note(
          "deviation judged", on: "\(participant.text)/deviation#\(number)",
          site: actor.sites.setting, reason: reason, in: .treatment)
      }
    }
  }
}

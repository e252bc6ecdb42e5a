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

extension Actor {
  /// The classes whose alerts the login of the role reaches as one who acts.
  fileprivate var alertClasses: [DataClass] {
    get throws(ActRefusal) {
      switch try login() {
      case .open: [.open]
      case .treating: [.open, .outcome, .treatment]
      case .access, .rater, .participant, .outcome, .allocator, .custodian, .committee, .reports: []
      }
    }
  }

  /// The classes of which it may learn that there is an alert.
  fileprivate var noticeClasses: [DataClass] {
    get throws(ActRefusal) {
      switch try login() {
      case .open: [.open, .outcome]
      case .treating: [.open, .outcome, .treatment]
      case .access, .rater, .participant, .outcome, .allocator, .custodian, .committee, .reports: []
      }
    }
  }
}

extension Installation {
  /// The alerts the actor's role gets, with what raised them, those to act on first.
  public func alerts(as actor: Actor) async throws -> [StoredAlert] {
    try actor.need(.acknowledgeAlerts)
    let classes = try actor.alertClasses
    let found = try await session(actor) { session in
      try classes.flatMap { try session.alerts(in: $0) }
    }
    return found.sorted {
      ($0.acknowledgedAt == nil ? 0 : 1, $0.dueAt, $0.participant, $0.name)
        < ($1.acknowledgedAt == nil ? 0 : 1, $1.dueAt, $1.participant, $1.name)
    }
  }

  /// That participants of the site have an alert nobody acted on: neither instrument nor value.
  public func alertNotices(as actor: Actor) async throws -> [AlertNotice] {
    try actor.need(.knowOfAlerts)
    let classes = try actor.noticeClasses
    let found = try await session(actor) { session in
      try classes.flatMap { try session.alertNotices(in: $0) }
    }
    // One row a participant: how many alerts there are, and of which class, is not told.
    return Dictionary(grouping: found, by: \.participant).compactMap { participant, notices in
      guard let raisedAt = notices.map(\.raisedAt).min(), let dueAt = notices.map(\.dueAt).min()
      else { return nil }
      return AlertNotice(participant: participant, raisedAt: raisedAt, dueAt: dueAt)
    }.sorted { ($0.dueAt, $0.participant) < ($1.dueAt, $1.participant) }
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
    let classes = try actor.alertClasses
    return try await session(actor) { session in
      for dataClass in classes {
        guard let found = try session.alerts(in: dataClass).first(where: { $0.alert == alert })
        else { continue }
        // Free text of an unblinded writer is of class treatment, whatever it says.
        guard actor.isUnblinded, dataClass != .treatment else {
          return try session.acknowledgeAlert(alert, in: dataClass, action: action)
        }
        let at = try session.acknowledgeAlert(
          alert, in: dataClass, action: "Said in the treatment record.")
        try session.note(
          "alert acknowledged",
          on: "\(found.participant)/\(found.form)@\(found.visit)#\(found.entryNumber)",
          site: actor.sites.setting, reason: action, in: .treatment)
        return at
      }
      throw StoreError.notFound
    }
  }
}

import Postgres
public import StudyModel

/// A value somebody must act on, with what triggered it.
public struct StoredAlert: Sendable, Equatable {
  /// The random name.
  public let alert: String
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The alert of the instrument.
  public let name: String
  /// The answers that triggered it, in words.
  public let items: String
  /// The instant of the save.
  public let raisedAt: UTCInstant
  /// The instant by which somebody must have acted.
  public let dueAt: UTCInstant
  /// The instant of acknowledgement, nil before.
  public let acknowledgedAt: UTCInstant?
  /// The printed name of who acted.
  public let acknowledgedBy: String?
  /// What was done.
  public let actionTaken: String?
}

/// That a participant has an alert nobody acted on, and nothing of what it is.
public struct AlertNotice: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The instant of the earliest.
  public let raisedAt: UTCInstant
  /// The instant by which somebody must have acted.
  public let dueAt: UTCInstant
}

/// A departure from the protocol that tells nothing of treatment.
public struct StoredDeviation: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The number at this participant.
  public let number: Int
  /// The type of the protocol, such as `MIN-WIN`.
  public let type: String
  /// The visit, empty when none.
  public let visit: String
  /// The date at the site, as text.
  public let occurredOn: String
  /// AUTO, SITE, MON or DM.
  public let how: String
  /// What happened.
  public let description: String
  /// DRAFT, CONFIRMED or REJECTED.
  public let status: String
  /// Why it was rejected.
  public let reason: String
}

enum AlertSQL: String, StatementSet {
  case announce = "select set_config('eq.alerts', $1, true)"
  case list = """
    select alert, participant, form, visit, name, items, raised_at, due_at, acknowledged_at, acknowledged_by, action_taken
      from outcome.alerts_to_act_on()
    """
  case notices = "select participant, raised_at, due_at from outcome.alerts_that_exist()"
  case acknowledge = "select outcome.acknowledge_alert($1, $2)"
  case draft = "select open.draft_deviation($1, $2, $3, $4::text::date, $5, $6)::bigint"
  case judge = "select open.judge_deviation($1, $2::int, $3, $4)"
  case deviations = """
    select participant, deviation::bigint, type, visit, occurred_on::text, how, description, status, reason
      from open.deviations
     where trial_id = $1 and (participant = $2 or $2 = '')
     order by status <> 'DRAFT', participant, deviation
     limit 500
    """
}

extension Session {
  /// Announces the alerts of the save that follows in this transaction, as a JSON list of name, items
  /// and minutes; the save raises them.
  public func announceAlerts(_ alerts: String) throws(StoreError) {
    _ = try rows(AlertSQL.announce.statement, .text(alerts))
  }

  /// The alerts of the site, those to act on first.
  public func alerts() throws(StoreError) -> [StoredAlert] {
    try rows(AlertSQL.list.statement).map { row throws(StoreError) in
      StoredAlert(
        alert: try row.text(0), participant: try row.text(1), form: try row.text(2),
        visit: try row.text(3), name: try row.text(4), items: try row.text(5),
        raisedAt: try row.instant(6), dueAt: try row.instant(7),
        acknowledgedAt: try row.optionalInstant(8), acknowledgedBy: try row.optionalText(9),
        actionTaken: try row.optionalText(10))
    }
  }

  /// The participants with an alert nobody acted on.
  public func alertNotices() throws(StoreError) -> [AlertNotice] {
    try rows(AlertSQL.notices.statement).map { row throws(StoreError) in
      AlertNotice(
        participant: try row.text(0), raisedAt: try row.instant(1), dueAt: try row.instant(2))
    }
  }

  /// Records what was done about an alert; `conflict` when somebody did before.
  public func acknowledgeAlert(_ alert: String, action: String) throws(StoreError) -> UTCInstant {
    guard
      let row = try first(AlertSQL.acknowledge.statement, .text(alert), .text(action))
    else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// Drafts a deviation of class open, once; gives its number at the participant.
  @discardableResult
  public func draftDeviation(
    _ participant: ParticipantKey, type: String, visit: String, on date: CalendarDate,
    how: String, description: String
  ) throws(StoreError) -> Int {
    let row = try first(
      AlertSQL.draft.statement, .text(participant.text), .text(type), .text(visit),
      .text(date.description), .text(how), .text(description))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Confirms or rejects a drafted deviation; `reasonMissing` when a rejection says no reason.
  public func judgeDeviation(
    _ participant: ParticipantKey, number: Int, status: String, reason: String
  ) throws(StoreError) {
    _ = try rows(
      AlertSQL.judge.statement, .text(participant.text), .int(Int64(number)), .text(status),
      .text(reason))
  }

  /// Deviations of class open, of a participant or of everybody in reach, drafts first.
  public func deviations(
    of participant: ParticipantKey?, in trial: TrialID
  ) throws(StoreError) -> [StoredDeviation] {
    try rows(
      AlertSQL.deviations.statement, .int(Int64(trial)), .text(participant?.text ?? "")
    ).map { row throws(StoreError) in
      StoredDeviation(
        participant: try row.text(0), number: try row.int(1), type: try row.text(2),
        visit: try row.text(3), occurredOn: try row.text(4), how: try row.text(5),
        description: try row.text(6), status: try row.text(7), reason: try row.text(8))
    }
  }
}

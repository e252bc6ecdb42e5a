import Postgres
public import StudyModel

/// A value or an omission somebody must act on, with what raised it.
public struct StoredAlert: Sendable, Equatable {
  /// The random name.
  public let alert: String
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let entryNumber: Int
  /// The alert of the plan.
  public let name: String
  /// Its title at the time.
  public let title: String
  /// The answers that raised it, in words.
  public let items: String
  /// The instant of the save.
  public let raisedAt: UTCInstant
  /// The instant by which somebody must have acted.
  public let dueAt: UTCInstant
  /// How often it was repeated since.
  public let repeats: Int
  /// The instant at which others were told of it, nil before.
  public let escalatedAt: UTCInstant?
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

  /// All of it at once.
  public init(participant: String, raisedAt: UTCInstant, dueAt: UTCInstant) {
    self.participant = participant
    self.raisedAt = raisedAt
    self.dueAt = dueAt
  }
}

/// A participant after randomization, as the round that looks for missed forms needs it.
public struct FollowedParticipant: Sendable {
  /// The participant.
  public let key: ParticipantKey
  /// The site the participant is at.
  public let site: SiteKey
  /// The time zone of the site.
  public let zone: String
  /// Day 0.
  public let day0: CalendarDate
  /// The instant of randomization.
  public let randomizedAt: UTCInstant
  /// The site where the randomization took place.
  public let randomizedSite: SiteKey
  /// The last date of which visits are asked for, nil while taking part.
  public let endsOn: CalendarDate?
  /// The visits at which the form was handed in and done.
  public let visitsDone: Set<String>
  /// The visits at which the form was handed in as not done.
  public let visitsNotDone: Set<String>
}

enum AlertSQL: String, StatementSet {
  case announce = "select set_config('eq.consequences', $1, true)"
  case list = """
    select alert, participant, form, visit, repeat, name, title, items, raised_at, due_at, repeats, escalated_at,
           acknowledged_at, acknowledged_by, action_taken
      from {class}.alerts_to_act_on()
    """
  case notices = "select participant, raised_at, due_at from {class}.alerts_that_exist()"
  case acknowledge = "select {class}.acknowledge_alert($1, $2)"
  case advance = "select {class}.advance_alerts()::bigint"
  case raiseMissed = "select open.raise_missed($1, $2, $3, $4)"
  case followed = """
    select p.participant, s.zone, p.day0::text,
           case when p.state = 'died' or p.withdrawal_level is not null
             then coalesce(p.withdrawn_on, p.day0)::text end,
           coalesce(string_agg(e.visit, ' ') filter (where e.answers ->> 'done' is distinct from 'N'), ''),
           coalesce(string_agg(e.visit, ' ') filter (where e.answers ->> 'done' = 'N'), ''),
           p.site_key, p.randomized_site, p.randomized_at
      from open.participants p
      join open.sites s on s.trial_id = p.trial_id and s.site_key = p.site_key
      left join {class}.entries e on e.trial_id = p.trial_id and e.participant = p.participant and e.form = $2
        and e.submitted_at is not null and e.status <> 'voided'
     where p.trial_id = $1 and p.randomized_at is not null
     group by p.trial_id, p.participant, s.zone, p.site_key
     order by p.participant
    """
}

extension Session {
  /// Announces what follows from the save that comes next in this transaction; the save draws it.
  ///
  /// - Parameter consequences: a JSON object of form, alerts and deviations.
  public func announce(_ consequences: String) throws(StoreError) {
    _ = try rows(AlertSQL.announce.statement, .text(consequences))
  }

  /// The alerts of a class for the acting role, those to act on first.
  public func alerts(in dataClass: DataClass) throws(StoreError) -> [StoredAlert] {
    try rows(AlertSQL.list.of(dataClass)).map { row throws(StoreError) in
      StoredAlert(
        alert: try row.text(0), participant: try row.text(1), form: try row.text(2),
        visit: try row.text(3), entryNumber: try row.int(4), name: try row.text(5),
        title: try row.text(6), items: try row.text(7), raisedAt: try row.instant(8),
        dueAt: try row.instant(9), repeats: try row.int(10),
        escalatedAt: try row.optionalInstant(11), acknowledgedAt: try row.optionalInstant(12),
        acknowledgedBy: try row.optionalText(13), actionTaken: try row.optionalText(14))
    }
  }

  /// The participants with an alert of a class nobody acted on, of which the acting role may know.
  public func alertNotices(in dataClass: DataClass) throws(StoreError) -> [AlertNotice] {
    try rows(AlertSQL.notices.of(dataClass)).map { row throws(StoreError) in
      AlertNotice(
        participant: try row.text(0), raisedAt: try row.instant(1), dueAt: try row.instant(2))
    }
  }

  /// Records what was done about an alert; `conflict` when somebody did before.
  public func acknowledgeAlert(
    _ alert: String, in dataClass: DataClass, action: String
  ) throws(StoreError) -> UTCInstant {
    guard
      let row = try first(AlertSQL.acknowledge.of(dataClass), .text(alert), .text(action))
    else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// Repeats and escalates the alerts of a class nobody acted on; gives how many moved.
  public func advanceAlerts(in dataClass: DataClass) throws(StoreError) -> Int {
    guard let row = try first(AlertSQL.advance.of(dataClass)) else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Raises the alert of a missed form, once; gives whether it is new.
  public func raiseMissed(
    _ participant: ParticipantKey, _ form: FormID, _ visit: VisitCode, alert: String
  ) throws(StoreError) -> Bool {
    let row = try first(
      AlertSQL.raiseMissed.statement, .text(participant.text), .text(form.text),
      .text(visit.text), .json(alert))
    guard let row else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Everybody randomized, with the visits at which a form was handed in.
  public func followed(
    _ form: FormID, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [FollowedParticipant] {
    try rows(
      AlertSQL.followed.of(dataClass), .int(Int64(trial)), .text(form.text)
    ).map { row throws(StoreError) in
      guard let key = try? ParticipantKey(parsing: try row.text(0)),
        let site = try? SiteKey(parsing: try row.text(6)),
        let day0 = try? CalendarDate(parsing: try row.text(2)),
        let randomizedSite = try? SiteKey(parsing: try row.text(7))
      else { throw .internalFault(nil) }
      return FollowedParticipant(
        key: key, site: site, zone: try row.text(1), day0: day0,
        randomizedAt: try row.instant(8), randomizedSite: randomizedSite,
        endsOn: try row.optionalText(3).flatMap { try? CalendarDate(parsing: $0) },
        visitsDone: Set(try row.text(4).split(separator: " ").map(String.init)),
        visitsNotDone: Set(try row.text(5).split(separator: " ").map(String.init)))
    }
  }
}

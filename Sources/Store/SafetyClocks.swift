import Postgres
public import StudyModel

/// A reporting time as it stands.
public struct StoredClock: Sendable, Equatable {
  /// The class of the form that started it.
  public let dataClass: DataClass
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The reporting time of the definition.
  public let clock: String
  /// Its title at the time.
  public let title: String
  /// The start in force.
  public let startedAt: UTCInstant
  /// The last instant that is in time.
  public let dueAt: UTCInstant
  /// The instant of the reminder, nil before.
  public let remindedAt: UTCInstant?
  /// The instant at which it was met, nil before.
  public let metAt: UTCInstant?
  /// How many starts it had before.
  public let restarts: Int
}

/// What may be told of a serious event, in one version of its entry.
public struct ToldEvent: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The version: 1 the first report, further ones follow-up.
  public let version: Int
  /// Pairs of label and answer, as JSON.
  public let told: String
  /// The instant of the version.
  public let enteredAt: UTCInstant
  /// Whether an investigator signed this version and it stands.
  public let isSigned: Bool
}

enum SafetyClockSQL: String, StatementSet {
  case clocks = """
    select c.participant, c.form, c.visit, c.repeat::bigint, c.clock, c.title, c.started_at, c.due_at, c.reminded_at,
           c.met_at,
           (select count(*) from {class}.clock_starts h
             where h.trial_id = c.trial_id and h.participant = c.participant and h.form = c.form and h.visit = c.visit
               and h.repeat = c.repeat and h.clock = c.clock)
      from {class}.clocks c
     where c.trial_id = $1 and (not $2 or c.is_told and access.acting_role() = any (c.remind_to || c.escalate_to))
     order by c.met_at is not null, c.due_at, c.participant, c.clock
     limit 500
    """
  case events = """
    select e.participant, e.form, e.visit, e.repeat::bigint, e.version::bigint, e.told::text, e.entered_at,
           exists (select from {class}.signatures s
             where s.trial_id = e.trial_id and s.participant = e.participant and s.form = e.form and s.visit = e.visit
               and s.repeat = e.repeat and s.version = e.version and s.voided_at is null)
      from {class}.safety_events e
     where e.trial_id = $1 and (not $2 or exists (select from {class}.clocks c
             where c.trial_id = e.trial_id and c.participant = e.participant and c.form = e.form and c.visit = e.visit
               and c.repeat = e.repeat and c.is_told and access.acting_role() = any (c.remind_to || c.escalate_to)))
     order by e.participant, e.form, e.visit, e.repeat, e.version desc
     limit 2000
    """
  case meet = "select {class}.meet_clock($1, $2, $3, $4::int, $5)"
  case advance = "select {class}.advance_clocks()::bigint"
}

extension Session {
  /// Reporting times in reach, those to meet first.
  ///
  /// - Parameter isToldOnly: whether only what may be told to the acting role without the class.
  public func clocks(
    in dataClass: DataClass, trial: TrialID, isToldOnly: Bool
  ) throws(StoreError) -> [StoredClock] {
    try rows(
      SafetyClockSQL.clocks.of(dataClass), .int(Int64(trial)), .bool(isToldOnly)
    ).map { row throws(StoreError) in
      StoredClock(
        dataClass: dataClass, participant: try row.text(0), form: try row.text(1),
        visit: try row.text(2), number: try row.int(3), clock: try row.text(4),
        title: try row.text(5), startedAt: try row.instant(6), dueAt: try row.instant(7),
        remindedAt: try row.optionalInstant(8), metAt: try row.optionalInstant(9),
        restarts: try row.int(10))
    }
  }

  /// What may be told of serious events, each version, the newest of an event first.
  public func toldEvents(
    in dataClass: DataClass, trial: TrialID, isToldOnly: Bool
  ) throws(StoreError) -> [ToldEvent] {
    try rows(
      SafetyClockSQL.events.of(dataClass), .int(Int64(trial)), .bool(isToldOnly)
    ).map { row throws(StoreError) in
      ToldEvent(
        participant: try row.text(0), form: try row.text(1), visit: try row.text(2),
        number: try row.int(3), version: try row.int(4), told: try row.text(5),
        enteredAt: try row.instant(6), isSigned: try row.bool(7))
    }
  }

  /// Says that a report was made; `conflict` when somebody did before.
  public func meetClock(
    _ address: EntryAddress, _ clock: String, in dataClass: DataClass
  ) throws(StoreError) -> UTCInstant {
    let row = try first(
      SafetyClockSQL.meet.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)),
      .text(clock))
    guard let row else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// Reminds and escalates by the clock; gives how many moved.
  public func advanceClocks(in dataClass: DataClass) throws(StoreError) -> Int {
    guard let row = try first(SafetyClockSQL.advance.of(dataClass)) else {
      throw .internalFault(nil)
    }
    return try row.int(0)
  }
}

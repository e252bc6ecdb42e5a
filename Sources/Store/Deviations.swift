import Postgres
public import StudyModel

/// A departure from the protocol, in the class of those who may know of it.
public struct StoredDeviation: Sendable, Equatable {
  /// The class of the record.
  public let dataClass: DataClass
  /// The participant.
  public let participant: String
  /// The number at this participant in this class.
  public let number: Int
  /// The type of the protocol, such as `MIN-WIN`.
  public let type: String
  /// The form that drafted it, empty when none.
  public let form: String
  /// The visit, empty when none.
  public let visit: String
  /// The date at the site, as text.
  public let occurredOn: String
  /// AUTO, SITE, MON or DM.
  public let how: String
  /// What happened.
  public let description: String
  /// Whether it takes the participant out of the per-protocol set, nil while a person must say.
  public let excludes: Bool?
  /// DRAFT, CONFIRMED or REJECTED.
  public let status: String
  /// Why it was rejected.
  public let reason: String
  /// What is done about it.
  public let measures: String
  /// Whether who judged knew no arm, nil before.
  public let adjudicatedBlind: Bool?
  /// The day on which the ethics committee was told, as text, nil before.
  public let reportedOn: String?
}

/// What a person says of a drafted deviation.
public struct DeviationJudgement: Sendable, Equatable {
  /// Whether it is a deviation.
  public var isConfirmed: Bool
  /// Why it is none, where it is none.
  public var reason: String
  /// Whether it takes the participant out of the per-protocol set, nil to leave what the rule says.
  public var excludes: Bool?
  /// What is done about it and against the next one.
  public var measures: String

  /// Makes a judgement.
  public init(
    isConfirmed: Bool, reason: String = "", excludes: Bool? = nil, measures: String = ""
  ) {
    self.isConfirmed = isConfirmed
    self.reason = reason
    self.excludes = excludes
    self.measures = measures
  }
}

enum DeviationSQL: String, StatementSet {
  case record = "select {class}.record_deviation($1, $2, $3)::bigint"
  case report = "select {class}.report_deviation($1, $2::int, $3::text::date)"
  case draftBySystem = "select {class}.draft_by_system($1, $2, $3, $4)"
  case draftOnce = "select {class}.draft_once($1, $2, $3, $4)"
  case judge = "select {class}.judge_deviation($1, $2::int, $3, $4, $5, $6::text::boolean, $7)"
  case list = """
    select participant, deviation::bigint, type, form, visit, occurred_on::text, how, description, excludes::text,
           status, reason, capa, adjudicated_blind::text, reported_irb::text
      from {class}.deviations
     where trial_id = $1 and (participant = $2 or $2 = '')
     order by status <> 'DRAFT', participant, deviation
     limit 500
    """
}

extension Session {
  /// Drafts a deviation a person found; gives its number.
  ///
  /// `conflict` when it is on record or lies ahead.
  ///
  /// - Parameter deviation: a JSON object of type, category, on, how, description, excludes and measures.
  public func recordDeviation(
    _ participant: ParticipantKey, visit: String, in dataClass: DataClass, _ deviation: String
  ) throws(StoreError) -> Int {
    let row = try first(
      DeviationSQL.record.of(dataClass), .text(participant.text), .text(visit), .json(deviation))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Says when the ethics committee was told of a deviation, once.
  public func reportDeviation(
    _ participant: ParticipantKey, number: Int, in dataClass: DataClass, on date: CalendarDate
  ) throws(StoreError) {
    _ = try rows(
      DeviationSQL.report.of(dataClass), .text(participant.text), .int(Int64(number)),
      .text(date.description))
  }

  /// Drafts a deviation no save brings about; gives whether it is new.
  ///
  /// - Parameter deviation: a JSON object as a save announces it.
  @discardableResult
  public func draftBySystem(
    _ participant: ParticipantKey, form: String, visit: String, in dataClass: DataClass,
    _ deviation: String
  ) throws(StoreError) -> Bool {
    let row = try first(
      DeviationSQL.draftBySystem.of(dataClass), .text(participant.text), .text(form),
      .text(visit), .json(deviation))
    guard let row else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Drafts what a rule finds when it is looked at again, once for the form at its visit; gives whether it did.
  public func draftOnce(
    _ participant: ParticipantKey, form: FormID, visit: VisitCode, in dataClass: DataClass,
    _ deviation: String
  ) throws(StoreError) -> Bool {
    try first(
      DeviationSQL.draftOnce.of(dataClass), .text(participant.text), .text(form.text),
      .text(visit.text), .json(deviation))?.bool(0) ?? false
  }

  /// Confirms or rejects a drafted deviation; `reasonMissing` when a rejection says no reason.
  public func judgeDeviation(
    _ participant: ParticipantKey, number: Int, in dataClass: DataClass,
    _ judgement: DeviationJudgement, isBlind: Bool
  ) throws(StoreError) {
    _ = try rows(
      DeviationSQL.judge.of(dataClass), .text(participant.text), .int(Int64(number)),
      .text(judgement.isConfirmed ? "CONFIRMED" : "REJECTED"), .text(judgement.reason),
      .bool(isBlind), judgement.excludes.map { .text($0 ? "true" : "false") } ?? .null,
      .text(judgement.measures))
  }

  /// Deviations of a class, of a participant or of everybody in reach, drafts first.
  public func deviations(
    of participant: ParticipantKey?, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredDeviation] {
    try rows(
      DeviationSQL.list.of(dataClass), .int(Int64(trial)), .text(participant?.text ?? "")
    ).map { row throws(StoreError) in
      StoredDeviation(
        dataClass: dataClass, participant: try row.text(0), number: try row.int(1),
        type: try row.text(2), form: try row.text(3), visit: try row.text(4),
        occurredOn: try row.text(5), how: try row.text(6), description: try row.text(7),
        excludes: try row.optionalText(8).map { $0 == "true" }, status: try row.text(9),
        reason: try row.text(10), measures: try row.text(11),
        adjudicatedBlind: try row.optionalText(12).map { $0 == "true" },
        reportedOn: try row.optionalText(13))
    }
  }
}

import Postgres
public import StudyModel

/// Whether a serious event was expected, as who answers for it judged it.
public struct StoredJudgement: Sendable, Equatable {
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The version of the entry that was judged.
  public let version: Int
  /// Whether it was expected.
  public let isExpected: Bool
  /// The reference document and its version.
  public let reference: String
  /// Why.
  public let reason: String
  /// What may be told of the judged version with it, pairs of label and answer as JSON.
  public let told: String
  /// The instant.
  public let judgedAt: UTCInstant
  /// The user who judged.
  public let judge: UserID
  /// The printed name of who judged.
  public let judgedBy: String
}

enum JudgementSQL: String, StatementSet {
  case judge = "select {class}.judge_expectedness($1, $2, $3, $4::int, $5::int, $6)::bigint"
  case expected = """
    select expected from {class}.judgements
     where trial_id = $1 and participant = $2 and form = $3 and visit = $4 and repeat = $5
     order by judgement desc limit 1
    """
  case inForce = """
    select distinct on (j.participant, j.form, j.visit, j.repeat)
           j.participant, j.form, j.visit, j.repeat::bigint, j.version::bigint, j.expected, j.reference, j.reason,
           j.told::text, j.judged_at, j.judged_by,
           coalesce(u.full_name, (select m.full_name from access.team_member(j.judged_by) m), '')
      from {class}.judgements j left join access.users u on u.user_id = j.judged_by
     where j.trial_id = $1
     order by j.participant, j.form, j.visit, j.repeat, j.judgement desc
    """
  case changeStart = "select {class}.change_start($1, $2, $3, $4::int, $5, $6, $7, $8, $9)"
}

extension Session {
  /// Says whether an event was expected; `stale` when another version of its entry stands.
  ///
  /// - Parameter judgement: a JSON object of expected, reference, reason, told and clocks.
  public func judgeExpectedness(
    _ address: EntryAddress, version: Int, in dataClass: DataClass, _ judgement: String
  ) throws(StoreError) -> Int {
    let row = try first(
      JudgementSQL.judge.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)),
      .json(judgement))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Whether an event was judged expected, nil before.
  public func expectedness(
    of address: EntryAddress, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> Bool? {
    try first(
      JudgementSQL.expected.of(dataClass), .int(Int64(trial)), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number))
    )?.bool(0)
  }

  /// The judgements in force in reach.
  public func judgements(in dataClass: DataClass, trial: TrialID) throws(StoreError)
    -> [StoredJudgement]
  {
    try rows(JudgementSQL.inForce.of(dataClass), .int(Int64(trial))).map { row throws(StoreError) in
      StoredJudgement(
        participant: try row.text(0), form: try row.text(1), visit: try row.text(2),
        number: try row.int(3), version: try row.int(4), isExpected: try row.bool(5),
        reference: try row.text(6), reason: try row.text(7), told: try row.text(8),
        judgedAt: try row.instant(9), judge: try row.int64(10), judgedBy: try row.text(11))
    }
  }

  /// Changes the start of a reporting time and keeps the old one.
  public func changeStart(
    _ address: EntryAddress, _ clock: String, in dataClass: DataClass, to start: UTCInstant,
    due: UTCInstant, remind: UTCInstant, reason: String
  ) throws(StoreError) {
    _ = try rows(
      JudgementSQL.changeStart.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)),
      .text(clock), start.value, due.value, remind.value,
      .text(reason))
  }
}

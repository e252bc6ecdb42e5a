import Postgres
public import StudyModel

/// How a questionnaire was answered.
public struct StoredSitting: Sendable, Equatable {
  /// Whether it was read out on the telephone by somebody who entered the answers.
  public let isReadOut: Bool
  /// The printed name of who read it out; empty where nobody did, or where it is not told.
  public let readOutBy: String
  /// When the questions were first seen, nil where that was not noted.
  public let openedAt: UTCInstant?
  /// When the answers were handed in.
  public let handedInAt: UTCInstant
  /// Whole seconds from the first opening to the last answer, by question.
  public let seconds: [FieldID: Int]
}

enum SittingSQL: String, StatementSet {
  case find = """
    select s.mode = 'PHONE', coalesce(u.full_name, ''), s.opened_at, s.handed_in_at,
           array(select t.key || ' ' || t.value from jsonb_each_text(s.seconds) t order by t.key)
      from outcome.sittings s left join access.users u on u.user_id = s.read_out_by
     where s.trial_id = $1 and s.participant = $2 and s.form = $3 and s.visit = $4 and s.repeat = $5
    """
}

extension Session {
  /// How a questionnaire was answered; nil for what is none, or was answered before this was kept.
  public func sitting(
    _ address: EntryAddress, in trial: TrialID
  ) throws -> StoredSitting? {
    guard
      let row = try first(
        SittingSQL.find.statement, .int(Int64(trial)), .text(address.subject.text),
        .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)))
    else { return nil }
    var seconds: [FieldID: Int] = [:]
    for pair in try row.texts(4) {
      let parts = pair.split(separator: " ")
      guard parts.count == 2, let second = Int(parts[1]) else { continue }
      seconds[try FieldID(parsing: String(parts[0]))] = second
    }
    return StoredSitting(
      isReadOut: try row.bool(0), readOutBy: try row.text(1), openedAt: try row.optionalInstant(2),
      handedInAt: try row.instant(3), seconds: seconds)
  }
}

import Postgres
public import StudyModel

/// A record that was drawn for a sample.
public struct DrawnRecord: Sendable {
  /// The participant.
  public let participant: ParticipantKey
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// Instant of the save by which it was placed and drawn.
  public let placedAt: UTCInstant
  /// Its answers as stored JSON.
  public let answers: String
  /// Whether the record was voided since.
  public let isVoided: Bool
}

enum SampleSQL: String, StatementSet {
  case drawn = """
    select participant, form, visit, repeat::bigint, placed_at, answers::text, is_voided
      from treatment.drawn_records($1)
    """
  case reviews = """
    select participant, answers ->> $3
      from treatment.entries
     where trial_id = $1 and form = $2 and submitted_at is not null and status <> 'voided'
    """
}

extension Session {
  /// The records drawn for a sample in the sites in reach, in the order they were handed in.
  public func drawnRecords(of sample: String) throws -> [DrawnRecord] {
    try rows(SampleSQL.drawn.statement, .text(sample)).map { row in
      DrawnRecord(
        participant: try ParticipantKey(parsing: try row.text(0)), form: try row.text(1),
        visit: try row.text(2), number: try row.int(3), placedAt: try row.instant(4),
        answers: try row.text(5), isVoided: try row.bool(6))
    }
  }

  /// What the reviews handed in name as their record, with the participant.
  public func reviewedRecords(
    on form: FormID, by field: FieldID, in trial: TrialID
  ) throws -> [(participant: String, record: String)] {
    try rows(SampleSQL.reviews.statement, .int(Int64(trial)), .text(form.text), .text(field.text))
      .map { (try $0.text(0), try $0.optionalText(1) ?? "") }
  }
}

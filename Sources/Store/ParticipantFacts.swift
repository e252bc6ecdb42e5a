import Postgres
public import StudyModel

enum ParticipantFactSQL: String, StatementSet {
  case diedOn =
    "select died_on::text from open.participants where trial_id = $1 and participant = $2"
  case recordDeath = "select open.record_death($1, $2::text::date)"
  case isSigned = """
    select exists (select from open.signatures s
      where s.trial_id = $1 and s.participant = $2 and s.form = any ($3) and s.voided_at is null)
    """
  case signedForms = """
    select distinct s.participant, s.form from open.signatures s
     where s.trial_id = $1 and s.form = any ($2) and s.voided_at is null
    """
  case isDuplicate = """
    select exists (select from allocation.randomization_corrections c
      where c.trial_id = $1 and c.participant = $2 and c.ground = 'DUPLICATE')
    """
  case isExcluded = """
    select exists (select from open.deviations d
        where d.trial_id = $1 and d.participant = $2 and d.status = 'CONFIRMED' and d.excludes)
      or exists (select from treatment.deviations d
        where d.trial_id = $1 and d.participant = $2 and d.status = 'CONFIRMED' and d.excludes)
    """
}

extension Session {
  /// Dates the death that the same transaction records.
  public func recordDeath(_ key: ParticipantKey, on date: CalendarDate) throws(StoreError) {
    _ = try rows(
      ParticipantFactSQL.recordDeath.statement, .text(key.text), .text(date.description))
  }

  /// The date of death, nil while alive or not known.
  public func diedOn(_ key: ParticipantKey, in trial: TrialID) throws(StoreError) -> CalendarDate? {
    try first(ParticipantFactSQL.diedOn.statement, .int(Int64(trial)), .text(key.text))?
      .optionalText(0).flatMap { try? CalendarDate(parsing: $0) }
  }

  /// Whether one of the forms of class open is signed and the signature stands.
  public func isSigned(
    _ forms: [FormID], of key: ParticipantKey, in trial: TrialID
  ) throws(StoreError) -> Bool {
    let row = try first(
      ParticipantFactSQL.isSigned.statement, .int(Int64(trial)), .text(key.text),
      .textArray(forms.map(\.text)))
    guard let row else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Which of the forms are signed, by participant; a signature that was voided is none.
  public func signedForms(
    _ forms: [FormID], in trial: TrialID
  ) throws(StoreError) -> [String: Set<FormID>] {
    var found: [String: Set<FormID>] = [:]
    for row in try rows(
      ParticipantFactSQL.signedForms.statement, .int(Int64(trial)), .textArray(forms.map(\.text)))
    {
      guard let form = try? FormID(parsing: try row.text(1)) else { throw .internalFault(nil) }
      found[try row.text(0), default: []].insert(form)
    }
    return found
  }

  /// Whether the randomization was recorded as one of a person enrolled before.
  public func isDuplicate(_ key: ParticipantKey, in trial: TrialID) throws(StoreError) -> Bool {
    let row = try first(
      ParticipantFactSQL.isDuplicate.statement, .int(Int64(trial)), .text(key.text))
    guard let row else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Whether a confirmed deviation takes the participant out of the per-protocol set.
  public func hasExcludingDeviation(
    _ key: ParticipantKey, in trial: TrialID
  ) throws(StoreError) -> Bool {
    let row = try first(
      ParticipantFactSQL.isExcluded.statement, .int(Int64(trial)), .text(key.text))
    guard let row else { throw .internalFault(nil) }
    return try row.bool(0)
  }
}

import Postgres
public import StudyModel

/// That an organization certified its electronic signatures to an authority (21 CFR 11.100(c)).
public struct Certification: Sendable, Equatable {
  /// Who certified.
  public let organization: String
  /// To whom.
  public let authority: String
  /// The day of the letter.
  public let sentOn: CalendarDate
  /// Where the letter is kept, or its number.
  public let reference: String
  /// The printed name of who recorded it.
  public let recordedBy: String
  /// When it was recorded.
  public let recordedAt: UTCInstant
}

enum CertificationSQL: String, StatementSet {
  case all = """
    select c.organization, c.authority, c.sent_on::text, c.reference, u.full_name, c.recorded_at
      from access.certifications c join access.users u on u.user_id = c.recorded_by
     where c.trial_id = $1
     order by c.certification_no desc
    """
  case record = "select access.record_certification($1, $2, $3::text::date, $4)::bigint"
}

extension Session {
  /// The certifications of a trial, newest first.
  public func certifications(in trial: TrialID) throws(StoreError) -> [Certification] {
    try rows(CertificationSQL.all.statement, .int(Int64(trial))).map { row throws(StoreError) in
      guard let sent = try? CalendarDate(parsing: try row.text(2)) else {
        throw StoreError.internalFault(nil)
      }
      return Certification(
        organization: try row.text(0), authority: try row.text(1), sentOn: sent,
        reference: try row.text(3), recordedBy: try row.text(4), recordedAt: try row.instant(5))
    }
  }

  /// Keeps a certification; gives its number.
  public func recordCertification(
    organization: String, authority: String, sentOn: CalendarDate, reference: String
  ) throws(StoreError) -> Int {
    guard
      let row = try first(
        CertificationSQL.record.statement, .text(organization), .text(authority),
        .text(sentOn.description), .text(reference))
    else { throw .internalFault(nil) }
    return try row.int(0)
  }
}

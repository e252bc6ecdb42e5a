import Postgres
public import StudyModel

/// What is recorded of a site before it is opened.
public struct StoredSiteFact: Sendable, Equatable {
  /// What it is.
  public let fact: SiteFactKind
  /// Whether it is so, or an earlier record is taken back.
  public let holds: Bool
  /// The date of the approval, signature or confirmation.
  public let since: CalendarDate
  /// The document, or why it is taken back.
  public let reference: String
  /// The arms, of a capacity.
  public let arms: [String]
  /// The version of the definition, of a release.
  public let protocolVersion: String
  /// The printed name of who recorded it.
  public let recordedBy: String
  /// When.
  public let recordedAt: UTCInstant
}

enum SiteFactSQL: String, StatementSet {
  case record = "select open.record_site_fact($1, $2, $3, $4::text::date, $5, $6, $7)::bigint"
  case list = """
    select distinct on (f.fact) f.fact, f.holds, f.since::text, f.reference, f.capacity, f.protocol,
           coalesce((select u.full_name from access.users u where u.user_id = f.recorded_by), ''), f.recorded_at
      from open.site_facts f
     where f.trial_id = $1 and f.site_key = $2
     order by f.fact, f.record_no desc
    """
}

extension Session {
  /// Records a fact of a site; gives the number of the record.
  ///
  /// - Throws: `notFound` out of reach, `conflict` for a closed site.
  public func recordSiteFact(
    _ fact: SiteFactKind, at site: SiteKey, holds: Bool, since: CalendarDate, reference: String,
    arms: [String], protocolVersion: String
  ) throws(StoreError) -> Int {
    let row = try first(
      SiteFactSQL.record.statement, .text(site.text), .text(fact.rawValue), .bool(holds),
      .text(since.description), .text(reference), .textArray(arms), .text(protocolVersion))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// The latest record of each fact of a site.
  public func siteFacts(of site: SiteKey, in trial: TrialID) throws -> [StoredSiteFact] {
    try rows(SiteFactSQL.list.statement, .int(Int64(trial)), .text(site.text)).compactMap { row in
      guard let fact = SiteFactKind(rawValue: try row.text(0)) else { return nil }
      return StoredSiteFact(
        fact: fact, holds: try row.bool(1), since: try CalendarDate(parsing: try row.text(2)),
        reference: try row.text(3), arms: try row.texts(4), protocolVersion: try row.text(5),
        recordedBy: try row.text(6), recordedAt: try row.instant(7))
    }
  }
}

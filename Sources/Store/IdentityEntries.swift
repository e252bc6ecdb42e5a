import Postgres
public import StudyModel

/// One sealed record of who a participant is.
public struct StoredIdentity: Sendable {
  /// 0 as given at consent, from 1 on a version of the form.
  public let version: Int
  /// The box.
  public let box: [UInt8]
  /// Instant of the record.
  public let at: UTCInstant
}

enum IdentityEntrySQL: String, StatementSet {
  case read = """
    select version::bigint, box, recorded_at from identity.read_entries($1, $2, $3)
    """
  case save = "select identity.save_entry($1, $2, $3::int, $4, $5)::bigint"
  case versionOf = "select identity.version_of($1, $2)::bigint"
  case forCheck = "select version::bigint, entry_box from identity.entry_for_check($1, $2)"
  case versionsForCheck = """
    select version::bigint, entry_box, recorded_at from identity.versions_for_check($1, $2)
    """
}

extension Session {
  /// Who a participant of the one site acted at is, sealed, with its audit row: as given at consent, then
  /// the versions of the form in their order.
  ///
  /// - Parameter form: the form of class identity; nil where the study has none.
  /// - Throws: `notFound`, `reasonMissing`.
  public func readIdentity(
    of participant: ParticipantKey, form: FormID?, purpose: String
  ) throws(StoreError) -> [StoredIdentity] {
    var found: [StoredIdentity] = []
    for row in try rows(
      IdentityEntrySQL.read.statement, .text(participant.text), .text(form?.text ?? ""),
      .text(purpose))
    {
      found.append(
        StoredIdentity(version: try row.int(0), box: try row.bytes(1), at: try row.instant(2)))
    }
    return found
  }

  /// Keeps the next version of who a participant of the one site acted at is.
  ///
  /// - Parameters:
  ///   - expected: the version that stands, 0 for none.
  /// - Returns: the version kept.
  /// - Throws: `notFound`, `conflict` where another version stands.
  public func saveIdentity(
    of participant: ParticipantKey, form: FormID, expected: Int, box: [UInt8], definition: String
  ) throws(StoreError) -> Int {
    let row = try first(
      IdentityEntrySQL.save.statement, .text(participant.text), .text(form.text),
      .int(Int64(expected)), .bytes(box), .text(definition))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// How often the form that names a participant of the own site was recorded.
  public func identityVersion(
    of participant: ParticipantKey, form: FormID
  ) throws(StoreError) -> Int {
    let row = try first(
      IdentityEntrySQL.versionOf.statement, .text(participant.text), .text(form.text))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Every version of the form that names a participant, for the program's own checks.
  public func identityVersionsForCheck(
    of participant: ParticipantKey, form: FormID
  ) throws(StoreError) -> [StoredIdentity] {
    try rows(
      IdentityEntrySQL.versionsForCheck.statement, .text(participant.text), .text(form.text)
    ).map { row throws(StoreError) in
      StoredIdentity(version: try row.int(0), box: try row.bytes(1), at: try row.instant(2))
    }
  }

  /// The last version of the form that names a participant, for the program's own checks.
  public func identityForCheck(
    of participant: ParticipantKey, form: FormID
  ) throws(StoreError) -> (version: Int, box: [UInt8])? {
    let row = try first(
      IdentityEntrySQL.forCheck.statement, .text(participant.text), .text(form.text))
    guard let row else { return nil }
    return (try row.int(0), try row.bytes(1))
  }
}

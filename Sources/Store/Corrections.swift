import Postgres
public import StudyModel

/// A signed correction beside what somebody reported.
public struct StoredCorrection: Sendable, Equatable {
  /// Its number in the trial.
  public let number: Int
  /// The participant.
  public let participant: String
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let entryNumber: Int
  /// The field.
  public let field: String
  /// The version of the entry it corrects.
  public let version: Int
  /// The value as the evidence has it.
  public let corrected: String
  /// Why.
  public let reason: String
  /// What shows it.
  public let evidence: String
  /// The printed name of who signed.
  public let name: String
  /// The role acted in.
  public let role: String
  /// The meaning of the signature.
  public let meaning: String
  /// The instant of signing.
  public let at: UTCInstant
  /// From when it does not count any more, nil while it does.
  public let voidedAt: UTCInstant?
  /// changed, corrected again or removed; empty while it counts.
  public let voidedBecause: String
}

enum CorrectionSQL: String, StatementSet {
  case record = """
    select outcome.record_correction($1, $2, $3, $4::int, $5::int, $6, $7, $8, $9, $10, $11, $12)::bigint
    """
  case ofEntry = """
    select correction_no::bigint, participant, form, visit, repeat::bigint, field, version::bigint, corrected, reason,
           evidence, signer_name, signer_role, meaning, at, voided_at, coalesce(voided_because, '')
      from outcome.corrections
     where trial_id = $1 and participant = $2 and form = $3 and visit = $4 and repeat = $5::int
     order by correction_no
    """
}

extension Session {
  /// Records a correction beside the version of an entry that was read; gives its number.
  public func recordCorrection(
    of address: EntryAddress, version: Int, field: FieldID, corrected: String, reason: String,
    evidence: String, name: String, meaning: String, digest: [UInt8]
  ) throws(StoreError) -> Int {
    let row = try first(
      CorrectionSQL.record.statement, .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)),
      .text(field.text), .text(corrected), .text(reason), .text(evidence), .text(name),
      .text(meaning), .bytes(digest))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// The corrections beside an entry, void ones included, oldest first.
  public func corrections(
    of address: EntryAddress, in trial: TrialID
  ) throws(StoreError) -> [StoredCorrection] {
    try rows(
      CorrectionSQL.ofEntry.statement, .int(Int64(trial)), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number))
    ).map { row throws(StoreError) in
      StoredCorrection(
        number: try row.int(0), participant: try row.text(1), form: try row.text(2),
        visit: try row.text(3), entryNumber: try row.int(4), field: try row.text(5),
        version: try row.int(6), corrected: try row.text(7), reason: try row.text(8),
        evidence: try row.text(9), name: try row.text(10), role: try row.text(11),
        meaning: try row.text(12), at: try row.instant(13), voidedAt: try row.optionalInstant(14),
        voidedBecause: try row.text(15))
    }
  }
}

import Postgres
public import StudyModel

/// What somebody typed and did not save: theirs alone, and no data.
public struct StoredEntryDraft: Sendable {
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats, 0 for one that has no number yet.
  public let number: Int
  /// The version of the entry it was typed over, 0 for none.
  public let version: Int
  /// Names of boxes to the texts in them, as JSON.
  public let typed: String
  /// The instant of keeping.
  public let keptAt: UTCInstant
}

/// That an entry, or one field of it, was compared with its source.
public struct StoredVerification: Sendable {
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The version compared.
  public let version: Int
  /// The field, empty for the form as a whole.
  public let field: String
  /// The printed name.
  public let name: String
  /// The instant.
  public let at: UTCInstant
  /// The instant of the change that undid it.
  public let voidedAt: UTCInstant?
}

/// One version of an entry.
public struct StoredVersion: Sendable {
  /// The version, from 1.
  public let version: Int
  /// The state of the entry at that version.
  public let status: String
  /// The answers as stored JSON.
  public let answers: String
  /// The author's printed name.
  public let author: String
  /// The instant.
  public let at: UTCInstant
  /// The reason for change, empty for a first entry.
  public let reason: String
}

enum ReviewSQL: String, StatementSet {
  case keepDraft = "select {class}.keep_draft($1, $2, $3, $4::int, $5::int, $6)"
  case drafts = "select form, visit, repeat, version, typed, kept_at from {class}.drafts_of($1)"
  case discardDraft = "select {class}.discard_draft($1, $2, $3, $4::int)"
  case verify = "select {class}.verify_entry($1, $2, $3, $4::int, $5::int, $6, $7)"
  case verifications = """
    select form, visit, repeat::bigint, version::bigint, field, verifier_name, at, voided_at
      from {class}.verifications
     where trial_id = $1 and participant = $2
     order by at, form, visit, field
    """
  case freeze = "select {class}.freeze_entry($1, $2, $3, $4::int, $5::int)"
  case unfreeze = "select {class}.unfreeze_entry($1, $2, $3, $4::int, $5::int, $6)"
  case nextRepeat = "select {class}.next_repeat($1, $2, $3, $4::bigint)::bigint"
  case void = "select {class}.void_entry($1, $2, $3, $4::int, $5::int, $6)::bigint"
  case versions = """
    select v.version::bigint, v.status, v.answers::text,
           coalesce(u.full_name, (select m.full_name from access.team_member(v.author) m), ''), v.at, v.reason
      from {class}.entry_versions v left join access.users u on u.user_id = v.author
     where v.trial_id = $1 and v.participant = $2 and v.form = $3 and v.visit = $4 and v.repeat = $5
     order by v.version
    """
  case ownVersions =
    "select version, status, answers, author, at, reason from outcome.own_versions($1, $2, $3)"
}

extension Session {
  /// Keeps what the caller typed; gives the instant.
  ///
  /// - Parameter typed: a JSON object of box to a list of texts.
  /// - Throws: `notFound`, `noFurtherData`, `closed` when the study is locked.
  public func keepDraft(
    _ address: EntryAddress, in dataClass: DataClass, version: Int, typed: String
  ) throws(StoreError) -> UTCInstant {
    let row = try first(
      ReviewSQL.keepDraft.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)),
      .int(Int64(version)), .json(typed))
    guard let row else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// The caller's own drafts of a participant or site.
  public func ownDrafts(
    of owner: some EntryOwner, in dataClass: DataClass
  ) throws(StoreError) -> [StoredEntryDraft] {
    try rows(ReviewSQL.drafts.of(dataClass), .text(owner.subject.text))
      .map { row throws(StoreError) in
        StoredEntryDraft(
          form: try row.text(0), visit: try row.text(1), number: try row.int(2),
          version: try row.int(3), typed: try row.text(4), keptAt: try row.instant(5))
      }
  }

  /// Removes the caller's own draft, where there is one.
  public func discardDraft(
    _ address: EntryAddress, in dataClass: DataClass
  ) throws(StoreError) {
    _ = try rows(
      ReviewSQL.discardDraft.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)))
  }

  /// Records that fields agree with their source; an empty name stands for the form as a whole.
  ///
  /// - Throws: `stale`, `conflict` when it is verified already or not handed in, `closed`.
  public func verify(
    _ address: EntryAddress, in dataClass: DataClass, version: Int, fields: [String], name: String
  ) throws(StoreError) -> UTCInstant {
    let row = try first(
      ReviewSQL.verify.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)),
      .textArray(fields), .text(name))
    guard let row else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// The verifications of the entries of a participant or site, undone ones included.
  public func verifications(
    of owner: some EntryOwner, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredVerification] {
    try rows(
      ReviewSQL.verifications.of(dataClass), .int(Int64(trial)), .text(owner.subject.text)
    ).map { row throws(StoreError) in
      StoredVerification(
        form: try row.text(0), visit: try row.text(1), number: try row.int(2),
        version: try row.int(3), field: try row.text(4), name: try row.text(5),
        at: try row.instant(6), voidedAt: try row.optionalInstant(7))
    }
  }

  /// Closes a form for changes; `queriesOpen` while a data query on it is not closed.
  public func freeze(
    _ address: EntryAddress, in dataClass: DataClass, version: Int
  ) throws(StoreError) {
    _ = try rows(
      ReviewSQL.freeze.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)))
  }

  /// Opens a frozen form again.
  public func unfreeze(
    _ address: EntryAddress, in dataClass: DataClass, version: Int, reason: String
  ) throws(StoreError) {
    _ = try rows(
      ReviewSQL.unfreeze.of(dataClass), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)),
      .int(Int64(version)), .text(reason))
  }

  /// The number of the next repeat; who adds another one waits until the transaction ends.
  ///
  /// - Parameter draw: what the number is made of for who reads own entries of the form only; for
  ///   anybody else it follows the last one.
  public func nextRepeat(
    of form: FormID, at visit: VisitCode, _ owner: some EntryOwner, in dataClass: DataClass,
    draw: Int?
  ) throws(StoreError) -> Int {
    let row = try first(
      ReviewSQL.nextRepeat.of(dataClass), .text(owner.subject.text), .text(form.text),
      .text(visit.text), draw.map { .int(Int64($0)) } ?? .null)
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Voids a repeat entered in error; gives the version that says so.
  public func void(
    _ address: EntryAddress, in dataClass: DataClass, version: Int, reason: String
  ) throws(StoreError) -> Int {
    let row = try first(
      ReviewSQL.void.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)),
      .text(reason))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Every version of an entry, oldest first.
  public func versions(
    of address: EntryAddress, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredVersion] {
    try rows(
      ReviewSQL.versions.of(dataClass), .int(Int64(trial)), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number))
    ).map(Self.version)
  }

  /// The caller's own versions of an outcome entry, where the role holds no outcome class.
  public func ownVersions(of address: EntryAddress) throws(StoreError) -> [StoredVersion] {
    try rows(
      ReviewSQL.ownVersions.statement, .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text)
    ).map(Self.version)
  }

  private static func version(_ row: Row) throws(StoreError) -> StoredVersion {
    StoredVersion(
      version: try row.int(0), status: try row.text(1), answers: try row.text(2),
      author: try row.text(3), at: try row.instant(4), reason: try row.text(5))
  }
}

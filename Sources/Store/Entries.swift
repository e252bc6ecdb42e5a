import Postgres
public import StudyModel

/// Which entry of which participant or site.
public struct EntryAddress: Hashable, Sendable {
  /// What the entry is about.
  public let subject: EntrySubject
  /// The form.
  public let form: FormID
  /// The visit.
  public let visit: VisitCode
  /// The number among repeats, from 1.
  public let number: Int

  /// Makes an address.
  public init(_ owner: some EntryOwner, _ form: FormID, _ visit: VisitCode, number: Int = 1) {
    subject = owner.subject
    self.form = form
    self.visit = visit
    self.number = number
  }
}

/// An entry as it stands.
public struct StoredEntry: Sendable {
  /// The form.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The version, from 1.
  public let version: Int
  /// The state of the entry lifecycle.
  public let status: String
  /// The answers as stored JSON.
  public let answers: String
  /// The author's printed name, empty where the reader may not know it.
  public let author: String
  /// The instant of this version.
  public let enteredAt: UTCInstant
  /// The instant of the first submission.
  public let submittedAt: UTCInstant?
  /// Whether the reader saved this version.
  public let isOwn: Bool
}

/// A signature on an entry.
public struct StoredSignature: Sendable {
  /// The form and visit signed.
  public let form: String
  /// The visit.
  public let visit: String
  /// The number among repeats.
  public let number: Int
  /// The version signed.
  public let version: Int
  /// The printed name.
  public let name: String
  /// The role.
  public let role: String
  /// The meaning.
  public let meaning: String
  /// The digest of the content.
  public let digest: [UInt8]
  /// The instant.
  public let at: UTCInstant
  /// The instant it was voided.
  public let voidedAt: UTCInstant?
}

enum EntrySQL: String, StatementSet {
  case save = "select {class}.save_entry($1, $2, $3, $4::int, $5::int, $6, $7, $8, $9)::bigint"
  case find = """
    select e.form, e.visit, e.repeat::bigint, e.version::bigint,
           {class}.shown_status(e.participant, e.form, e.visit, e.repeat, e.status), e.answers::text,
           coalesce(u.full_name, (select m.full_name from access.team_member(e.author) m), ''),
           e.entered_at, e.submitted_at, coalesce(access.is_actor(e.author), false)
      from {class}.entries e left join access.users u on u.user_id = e.author
     where e.trial_id = $1 and e.participant = $2 and e.form = $3 and e.visit = $4 and e.repeat = $5
    """
  case list = """
    select e.form, e.visit, e.repeat::bigint, e.version::bigint,
           {class}.shown_status(e.participant, e.form, e.visit, e.repeat, e.status), e.answers::text,
           coalesce(u.full_name, (select m.full_name from access.team_member(e.author) m), ''),
           e.entered_at, e.submitted_at, coalesce(access.is_actor(e.author), false)
      from {class}.entries e left join access.users u on u.user_id = e.author
     where e.trial_id = $1 and e.participant = $2
     order by e.visit, e.form, e.repeat
    """
  case tellDay = "select set_config('eq.record_day', $1, true)"
  case own = """
    select form, visit, repeat, version, status, answers, author, entered_at, submitted_at, true
      from outcome.own_entry($1, $2, $3)
    """
  case saveOwn = "select outcome.save_own_entry($1, $2, $3, $4::int, $5, $6, $7, $8, $9)::bigint"
  case handIn = "select outcome.hand_in_record($1, $2, $3, $4, $5, $6)::bigint"
  case sign = "select {class}.sign_entry($1, $2, $3, $4::int, $5::int, $6, $7, $8)"
  case signatures = """
    select form, visit, repeat::bigint, version::bigint, signer_name, signer_role, meaning, digest, at, voided_at
      from {class}.signatures
     where trial_id = $1 and participant = $2
     order by at, form, visit
    """
}

extension Session {
  /// Tells which day the next record is of: after a participant's last day nothing later is taken.
  ///
  /// - Parameter day: nil for today.
  public func tellDay(_ day: CalendarDate?) throws(StoreError) {
    _ = try rows(EntrySQL.tellDay.statement, .text(day?.description ?? ""))
  }

  /// Saves a version of an entry; gives the new version number.
  ///
  /// - Throws: `stale` when somebody saved meanwhile, `reasonMissing`, `closed`, `noFurtherData`.
  public func saveEntry(
    _ address: EntryAddress, in dataClass: DataClass, expected: Int, answers: String,
    submit: Bool, reason: String, definition: String
  ) throws(StoreError) -> Int {
    let row = try first(
      EntrySQL.save.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(expected)),
      .json(answers), .bool(submit), .text(reason), .text(definition))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// An entry, nil when none was made or none is in reach.
  public func entry(
    _ address: EntryAddress, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> StoredEntry? {
    guard
      let row = try first(
        EntrySQL.find.of(dataClass), .int(Int64(trial)), .text(address.subject.text),
        .text(address.form.text), .text(address.visit.text), .int(Int64(address.number)))
    else { return nil }
    return try Self.entry(row)
  }

  /// The caller's own outcome entry, where the role holds no outcome class.
  public func ownEntry(_ address: EntryAddress) throws(StoreError) -> StoredEntry? {
    guard
      let row = try first(
        EntrySQL.own.statement, .text(address.subject.text), .text(address.form.text),
        .text(address.visit.text))
    else { return nil }
    return try Self.entry(row)
  }

  /// Saves the caller's own outcome entry; `notFound` when somebody else wrote it.
  ///
  /// - Parameter records: forms that close those of their visit once they are handed in.
  public func saveOwnEntry(
    _ address: EntryAddress, expected: Int, answers: String, submit: Bool, reason: String,
    definition: String, closedBy records: [FormID]
  ) throws(StoreError) -> Int {
    let row = try first(
      EntrySQL.saveOwn.statement, .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(expected)), .json(answers), .bool(submit),
      .text(reason), .text(definition), .textArray(records.map(\.text)))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Hands in a record of class treatment, once, by who reads nothing of that class.
  ///
  /// - Parameter assessments: outcome forms of the visit that are submitted before.
  /// - Throws: `closed` when it was handed in, `ratingsNotSubmitted`, `notFound`, `noFurtherData`.
  public func handIn(
    _ address: EntryAddress, after assessments: [FormID], answers: String, definition: String
  ) throws(StoreError) -> Int {
    let row = try first(
      EntrySQL.handIn.statement, .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .textArray(assessments.map(\.text)), .json(answers),
      .text(definition))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// All entries of a participant, or of a site as a whole, in a class.
  public func entries(
    of owner: some EntryOwner, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredEntry] {
    try rows(EntrySQL.list.of(dataClass), .int(Int64(trial)), .text(owner.subject.text))
      .map(Self.entry)
  }

  private static func entry(_ row: Row) throws(StoreError) -> StoredEntry {
    StoredEntry(
      form: try row.text(0), visit: try row.text(1), number: try row.int(2),
      version: try row.int(3), status: try row.text(4), answers: try row.text(5),
      author: try row.text(6), enteredAt: try row.instant(7),
      submittedAt: try row.optionalInstant(8), isOwn: try row.bool(9))
  }

  /// Signs the present version of an entry.
  public func signEntry(
    _ address: EntryAddress, in dataClass: DataClass, version: Int, name: String,
    meaning: String, digest: [UInt8]
  ) throws(StoreError) -> UTCInstant {
    let row = try first(
      EntrySQL.sign.of(dataClass), .text(address.subject.text), .text(address.form.text),
      .text(address.visit.text), .int(Int64(address.number)), .int(Int64(version)), .text(name),
      .text(meaning), .bytes(digest))
    guard let row else { throw .internalFault(nil) }
    return try row.instant(0)
  }

  /// The signatures on the entries of a participant or site, void ones included.
  public func signatures(
    of owner: some EntryOwner, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredSignature] {
    try rows(EntrySQL.signatures.of(dataClass), .int(Int64(trial)), .text(owner.subject.text))
      .map { row throws(StoreError) in
        StoredSignature(
          form: try row.text(0), visit: try row.text(1), number: try row.int(2),
          version: try row.int(3), name: try row.text(4), role: try row.text(5),
          meaning: try row.text(6), digest: try row.bytes(7), at: try row.instant(8),
          voidedAt: try row.optionalInstant(9))
      }
  }
}

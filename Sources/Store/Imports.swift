import Postgres
public import StudyModel

/// Where a version of an entry came from that nobody typed.
public struct StoredOrigin: Sendable, Equatable {
  /// The name of the file.
  public let fileName: String
  /// SHA-256 of the file.
  public let digest: [UInt8]
  /// The line of the file, the header being 1.
  public let line: Int
  /// The version the row made.
  public let version: Int
  /// The printed name of who imported it.
  public let name: String
  /// The instant.
  public let at: UTCInstant
}

/// A file that was imported.
public struct StoredImport: Sendable, Equatable {
  /// The name of the file.
  public let fileName: String
  /// The form.
  public let form: String
  /// SHA-256 of the file.
  public let digest: [UInt8]
  /// Rows of the file.
  public let rows: Int
  /// The printed name of who imported it.
  public let name: String
  /// The instant.
  public let at: UTCInstant
}

enum ImportSQL: String, StatementSet {
  case begin = "select {class}.begin_import($1, $2, $3, $4, $5::int)::text"
  case row = "select {class}.note_import_row($1::text::uuid, $2::int, $3, $4, $5, $6::int, $7::int)"
  case list = """
    select i.file_name, i.form, i.digest, i.row_count::bigint,
           coalesce((select u.full_name from access.users u where u.user_id = i.imported_by),
             (select m.full_name from access.team_member(i.imported_by) m), ''), i.imported_at
      from {class}.imports i
     where i.trial_id = $1
     order by i.imported_at desc, i.form
     limit 200
    """
  case origins = """
    select i.file_name, i.digest, r.line::bigint, r.version::bigint,
           coalesce((select u.full_name from access.users u where u.user_id = i.imported_by),
             (select m.full_name from access.team_member(i.imported_by) m), ''), i.imported_at
      from {class}.import_rows r join {class}.imports i using (trial_id, import)
     where r.trial_id = $1 and r.participant = $2 and r.form = $3 and r.visit = $4 and r.repeat = $5
     order by r.version
    """
}

extension Session {
  /// Records a file before its rows are saved; gives its name in the database.
  ///
  /// - Throws: `notUnique` when the same file was imported into the form at the site.
  public func beginImport(
    of form: FormID, in dataClass: DataClass, fileName: String, digest: [UInt8], mapping: String,
    rows: Int
  ) throws(StoreError) -> String {
    let row = try first(
      ImportSQL.begin.of(dataClass), .text(form.text), .text(fileName), .bytes(digest),
      .json(mapping), .int(Int64(rows)))
    guard let row else { throw .internalFault(nil) }
    return try row.text(0)
  }

  /// Records which row made a version.
  public func noteImportRow(
    _ name: String, line: Int, _ address: EntryAddress, version: Int, in dataClass: DataClass
  ) throws(StoreError) {
    _ = try rows(
      ImportSQL.row.of(dataClass), .text(name), .int(Int64(line)),
      .text(address.subject.text), .text(address.form.text), .text(address.visit.text),
      .int(Int64(address.number)), .int(Int64(version)))
  }

  /// The files imported in a class and in reach, latest first.
  public func imports(
    in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredImport] {
    try rows(ImportSQL.list.of(dataClass), .int(Int64(trial))).map { row throws(StoreError) in
      StoredImport(
        fileName: try row.text(0), form: try row.text(1), digest: try row.bytes(2),
        rows: try row.int(3), name: try row.text(4), at: try row.instant(5))
    }
  }

  /// Where the versions of an entry came from that nobody typed.
  public func origins(
    of address: EntryAddress, in dataClass: DataClass, trial: TrialID
  ) throws(StoreError) -> [StoredOrigin] {
    try rows(
      ImportSQL.origins.of(dataClass), .int(Int64(trial)), .text(address.subject.text),
      .text(address.form.text), .text(address.visit.text), .int(Int64(address.number))
    ).map { row throws(StoreError) in
      StoredOrigin(
        fileName: try row.text(0), digest: try row.bytes(1), line: try row.int(2),
        version: try row.int(3), name: try row.text(4), at: try row.instant(5))
    }
  }
}

public import Postgres

enum RecordSQL: String, StatementSet {
  case audit = "select trial_id::bigint, kind, place from pg_temp.audit_faults($1)"
  case seals = "select trial_id::bigint, kind, place from pg_temp.seal_faults($1)"
  case unproven = """
    select trial_id::bigint, kind, place, is_audit from pg_temp.unproven($1, $2, $3)
    """
  case rows = "select trial_id::bigint, kind, place from pg_temp.row_faults($1, $2, $3)"
  case versions = "select trial_id::bigint, kind, place from pg_temp.version_faults($1)"
  case signatures = "select trial_id::bigint, kind, place from pg_temp.signature_faults($1)"
  case queries = "select trial_id::bigint, kind, place from pg_temp.query_faults($1)"
  case reviews = """
    select distinct on (r.trial_id) r.trial_id::bigint, 'changed', r.role || ' ' || r.review_no
      from open.audit_reviews r
     where r.digest <> sha256(convert_to(jsonb_build_array('review/v1', r.trial_id, r.role, r.reviewer, r.name,
       extract(epoch from r.period_from)::text, extract(epoch from r.period_to)::text, r.scope, r.findings, r.meaning,
       extract(epoch from r.at)::numeric(20,6)::text)::text, 'UTF8'))
     order by r.trial_id, r.at
    """
  // What a correction says goes with what is removed from its entry, and the digest then stands for words nobody has.
  case corrections = """
    select distinct on (c.trial_id) c.trial_id::bigint, case when v.version is null then 'missing' else 'changed' end,
           c.correction_no || ' on ' || c.participant || '/' || c.form || '@' || c.visit || '#' || c.repeat
      from outcome.corrections c join open.trials t on t.trial_id = c.trial_id
      left join outcome.entry_versions v on v.trial_id = c.trial_id and v.participant = c.participant
        and v.form = c.form and v.visit = c.visit and v.repeat = c.repeat and v.version = c.version
     where v.version is null
        or c.digest is distinct from (select sha256(convert_to(string_agg(octet_length(p.text) || ':' || p.text, chr(10) order by p.n), 'UTF8'))
             from unnest(array['correction/v1', t.key, c.participant, c.form, c.visit, c.repeat::text, c.version::text,
               v.answers::text, c.field, c.corrected, c.reason, c.evidence, c.signer_name, c.signer_role, c.meaning])
               with ordinality as p (text, n))
           and not exists (select from outcome.tombstones x where x.trial_id = c.trial_id and x.participant = c.participant
             and x.form = c.form and x.visit = c.visit and x.repeat = c.repeat and x.query_no is null
             and x.confirmed_at is not null and (x.version is null or x.version = c.version))
     order by c.trial_id, c.correction_no
    """
  // One that was never bound is older than bindings: the seal made of it knows fewer columns.
  case lockSignatures = """
    select distinct on (s.trial_id) s.trial_id::bigint, 'changed', s.act || ' ' || s.attempt || ' of user ' || s.signer
      from open.lock_signatures s
     where (case when s.binding is null then (s.plan, s.cut) <> ('', '') or coalesce((
                select l.width from open.seals l
                 where l.trial_id = s.trial_id and l.relation = 'lock_signatures' and l.row_key = jsonb_build_object(
                   'trial_id', s.trial_id, 'act', s.act, 'attempt', s.attempt, 'signer', s.signer)
                 order by l.n desc limit 1), 12) > 9
              else s.binding <> sha256(convert_to(jsonb_build_array('lock signature/v1', s.trial_id, s.act, s.attempt, s.signer,
                s.name, s.role, s.meaning, s.detail, s.plan, s.cut, extract(epoch from s.at)::numeric(20,6)::text)::text, 'UTF8')) end)
        or s.plan <> '' and not exists (select from open.lock_signatures p
             where p.trial_id = s.trial_id and p.act = 'analysis_plan' and p.detail = s.plan)
        or s.cut <> '' and not exists (select from open.snapshots k join open.cuts c using (trial_id, snapshot)
             where k.trial_id = s.trial_id and c.kind = 'hard_lock' and encode(k.digest, 'hex') = s.cut)
     order by s.trial_id, s.at, s.act, s.signer
    """
  case accessReviews = """
    select distinct on (r.trial_id) r.trial_id::bigint, 'changed', r.review_no::text
      from access.access_reviews r
     where r.digest is distinct from sha256(convert_to(jsonb_build_array('access review/v1', r.trial_id, r.review_no, r.reviewer,
       r.name, r.role, r.meaning, r.next_on, extract(epoch from r.at)::numeric(20,6)::text,
       (select jsonb_agg(jsonb_build_array(u.username, l.role, l.site_key, l.decision) order by u.username, l.role, l.site_key)
          from access.access_review_lines l join access.users u using (user_id)
         where l.trial_id = r.trial_id and l.review_no = r.review_no))::text, 'UTF8'))
     order by r.trial_id, r.review_no
    """
  case sessions = """
    select 0::bigint, case when o.token_hash is null then 'added' else 'changed' end,
           'session of user ' || s.user_id || ' from ' || to_char(s.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
      from access.sessions s left join access.session_openings o using (token_hash)
     where (s.user_id, s.created_at) is distinct from (o.user_id, o.opened_at)
     order by s.created_at, s.token_hash
     limit 1
    """
  case checkpoints = """
    select trial_id::bigint, log, size, head, signature, public_key from pg_temp.checkpoints_of($1)
    """
  case hashes = "select h from pg_temp.hashes_of($1, $2, $3::int) h"
  case trials = "select trial_id::bigint, key from open.trials order by trial_id"
  case tombstones = """
    select (select count(*) from open.tombstones where confirmed_at is not null)
         + (select count(*) from outcome.tombstones where confirmed_at is not null)
         + (select count(*) from treatment.tombstones where confirmed_at is not null)
    """
  case power = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
}

/// Why the record cannot be read.
public enum RecordReadingRefusal: Error, Sendable, CustomStringConvertible {
  /// The login does not see every row.
  case notSuperuser

  /// What to do.
  public var description: String {
    switch self {
    case .notSuperuser:
      "The record is verified by a login that sees every row: a superuser. Nothing was compared. "
        + "Name one with --superuser."
    }
  }
}

extension ConnectionConfiguration {
  /// The same, with names that mean what the server itself means by them, whatever was set for the login.
  var findingOwnNames: ConnectionConfiguration { beginning(with: "search_path", "pg_catalog") }
}

/// Everything of the record as one instant saw it, read by a superuser past every login of the
/// program.
public struct RecordReader {
  let connection: Connection

  /// Opens a connection, and gives the body one instant of the database.
  ///
  /// - Parameter configuration: the database with the login of a superuser.
  public static func read<R: Sendable>(
    _ configuration: ConnectionConfiguration,
    _ body: @escaping @Sendable (RecordReader) throws -> R
  ) async throws -> R {
    let pool = Pool(
      configuration: configuration.findingOwnNames, size: 1, reserve: 0, name: "record")
    do {
      let value = try await pool.withConnection(.ordinary, deadline: .seconds(3600)) { connection in
        let power = try connection.execute(RecordSQL.power.statement)
        guard try power.first?.get(0) as Bool? == true else {
          throw RecordReadingRefusal.notSuperuser
        }
        try connection.script(
          "set timezone = 'UTC'; set bytea_output = 'hex'; set statement_timeout = 0;"
            + Self.comparisons)
        return try connection.transaction(mode: .snapshot) { connection, _ in
          try body(RecordReader(connection: connection))
        }
      }
      await pool.close()
      return value
    } catch {
      await pool.close()
      throw error
    }
  }

  private func rows(_ statement: RecordSQL, _ values: SQLValue...) throws(StoreError) -> Rows {
    do {
      return try connection.execute(statement.statement, parameters: values)
    } catch {
      throw StoreError(error)
    }
  }

  private func faults(
    _ part: RecordFault.Part, _ schema: RecordSchema, _ rows: Rows
  ) throws(StoreError) -> [RecordFault] {
    try rows.map { row throws(StoreError) in
      guard let kind = RecordFault.Kind(rawValue: try row.text(1)) else {
        throw StoreError.internalFault(nil)
      }
      return RecordFault(
        trial: try row.int(0), schema: schema, part: part, kind: kind, place: try row.text(2))
    }
  }

  /// The first fault of each trial in the audit trail of a schema.
  public func auditFaults(of schema: RecordSchema) throws(StoreError) -> [RecordFault] {
    guard schema.hasAudit else { return [] }
    return try faults(.audit, schema, rows(.audit, .text(schema.rawValue)))
  }

  /// The first fault of each trial in the chain of seals of a schema.
  public func sealFaults(of schema: RecordSchema) throws(StoreError) -> [RecordFault] {
    try faults(.seals, schema, rows(.seals, .text(schema.rawValue)))
  }

  /// The first row of each trial that was written past the program, by its seal or as an audit row.
  ///
  /// - Parameter key: the key of what the program writes.
  public func unprovenFaults(
    of schema: RecordSchema, key: [UInt8]
  ) throws(StoreError) -> [RecordFault] {
    try rows(.unproven, .text(schema.rawValue), .bool(schema.hasAudit), .bytes(key)).map {
      row throws(StoreError) in
      guard let kind = RecordFault.Kind(rawValue: try row.text(1)) else {
        throw StoreError.internalFault(nil)
      }
      return RecordFault(
        trial: try row.int(0), schema: schema, part: try row.bool(3) ? .audit : .row, kind: kind,
        place: try row.text(2))
    }
  }

  /// The first row of each trial that is not the one sealed.
  public func rowFaults(of table: RecordTable) throws(StoreError) -> [RecordFault] {
    guard case .sealed(let left) = table.kind else { return [] }
    return try faults(
      .row, table.schema,
      rows(.rows, .text(table.schema.rawValue), .text(table.name), .textArray(left)))
  }

  /// Versions of entries without their audit rows, and audit rows without their version.
  public func versionFaults(of schema: RecordSchema) throws(StoreError) -> [RecordFault] {
    guard schema.hasEntries else { return [] }
    return try faults(.version, schema, rows(.versions, .text(schema.rawValue)))
  }

  /// Trials whose counter of data queries does not name the last one.
  public func queryFaults(of schema: RecordSchema) throws(StoreError) -> [RecordFault] {
    guard schema.hasEntries else { return [] }
    return try faults(.queries, schema, rows(.queries, .text(schema.rawValue)))
  }

  /// Signatures that do not fit what they stand on.
  public func signatureFaults(of schema: RecordSchema) throws(StoreError) -> [RecordFault] {
    guard schema.hasEntries else { return [] }
    return try faults(.signature, schema, rows(.signatures, .text(schema.rawValue)))
  }

  /// The first session that was opened by no sign-in, or is another person's than it was.
  public func sessionFaults() throws(StoreError) -> [RecordFault] {
    try faults(.row, .access, rows(.sessions))
  }

  /// Signed reviews of the audit trail that were changed.
  public func reviewFaults() throws(StoreError) -> [RecordFault] {
    try faults(.review, .open, rows(.reviews))
  }

  /// Signed corrections that do not say what was signed, or not of what was reported.
  public func correctionFaults() throws(StoreError) -> [RecordFault] {
    try faults(.correction, .outcome, rows(.corrections))
  }

  /// Signatures of acts that close the trial and do not say what was signed, or not on what it stood.
  public func lockSignatureFaults() throws(StoreError) -> [RecordFault] {
    try faults(.lockSignature, .open, rows(.lockSignatures))
  }

  /// Signed reviews of roles that were changed, or whose decisions were.
  public func accessReviewFaults() throws(StoreError) -> [RecordFault] {
    try faults(.accessReview, .access, rows(.accessReviews))
  }

  /// The signed heads of a schema by chain, in order.
  public func checkpoints(
    of schema: RecordSchema
  ) throws(StoreError) -> [RecordLog: [StoredCheckpoint]] {
    var found: [RecordLog: [StoredCheckpoint]] = [:]
    for row in try rows(.checkpoints, .text(schema.rawValue)) {
      let log = RecordLog(schema: schema, name: try row.text(1), trial: try row.int(0))
      found[log, default: []].append(
        StoredCheckpoint(
          size: try row.int(2), head: try row.bytes(3), signature: try row.bytes(4),
          publicKey: try row.bytes(5)))
    }
    return found
  }

  /// The hashes of a chain in order.
  public func hashes(of log: RecordLog) throws(StoreError) -> [[UInt8]] {
    try rows(
      .hashes, .text(log.schema.rawValue), .text(log.name), .int(Int64(log.trial))
    ).map { row throws(StoreError) in try row.bytes(0) }
  }

  /// The keys of the trials by their number.
  public func trials() throws(StoreError) -> [Int: String] {
    var keys: [Int: String] = [:]
    for row in try rows(.trials) { keys[try row.int(0)] = try row.text(1) }
    return keys
  }

  /// How many values were removed by the act for it.
  public func removals() throws(StoreError) -> Int {
    try rows(.tombstones).first?.int(0) ?? 0
  }
}

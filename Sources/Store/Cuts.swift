import Postgres
public import StudyModel

/// A snapshot's certificate.
public struct Cut: Sendable {
  /// The number.
  public let number: Int
  /// interim, soft_lock or hard_lock.
  public let kind: String
  /// The cut-off instant.
  public let cutOff: UTCInstant
  /// The definition version.
  public let definition: String
  /// The software version.
  public let software: String
}

/// An interim look as far as the reader may know it.
public struct LookRecord: Sendable {
  /// The snapshot.
  public let snapshot: Int
  /// The cut-off instant.
  public let cutOff: UTCInstant
  /// The open report as JSON.
  public let openReport: String
  /// Who built it.
  public let builtBy: UserID
  /// The instant of release, nil before.
  public let releasedAt: UTCInstant?
  /// The look of the plan, empty for one outside it.
  public let look: String
}

/// A signature of an act that closes the trial.
public struct ActSignature: Sendable {
  /// The act.
  public let act: String
  /// The attempt.
  public let attempt: Int
  /// The signer.
  public let signer: UserID
  /// The printed name.
  public let name: String
  /// The role.
  public let role: String
  /// The meaning.
  public let meaning: String
  /// The digest signed, where the act has one.
  public let detail: String
  /// The instant.
  public let at: UTCInstant
}

/// What final unblinding revealed.
public struct RevealedAllocation: Sendable {
  /// The hard lock it belongs to.
  public let snapshot: Int
  /// JSON array of participant and arm.
  public let arms: String
  /// The verification bundle.
  public let bundle: String
  /// The instant.
  public let at: UTCInstant

  /// Makes a revelation.
  public init(snapshot: Int, arms: String, bundle: String, at: UTCInstant) {
    self.snapshot = snapshot
    self.arms = arms
    self.bundle = bundle
    self.at = at
  }
}

enum CutSQL: String, StatementSet {
  case confirmed = """
    select participant, type, excludes::text from {class}.deviations
     where trial_id = $1 and status = 'CONFIRMED' order by participant, type
    """
  case next = "select coalesce(max(snapshot), 0)::bigint + 1 from open.cuts where trial_id = $1"
  case insert = """
    insert into open.cuts (trial_id, snapshot, kind, cut_off, definition, software, made_by, made_at)
    values ($1, $2, $3, open.act_time(), $4, $5, $6, open.act_time())
    returning cut_off
    """
  case list = """
    select snapshot::bigint, kind, cut_off, definition, software from open.cuts where trial_id = $1 order by snapshot
    """
  case participants = """
    select (jsonb_build_object('participant', p.participant, 'site', coalesce(p.randomized_site, p.site_key), 'state', p.state,
             'consented_at', p.consented_at, 'randomized_at', p.randomized_at,
             'randomization_number', p.randomization_number, 'withdrawal_level', p.withdrawal_level)
             || case when p.site_key <> p.randomized_site then jsonb_build_object('present_site', p.site_key) else '{}' end)::text
      from open.participants p where p.trial_id = $1 order by p.participant
    """
  case entries = """
    select jsonb_build_object('participant', e.participant, 'site', e.site_key, 'form', e.form, 'visit', e.visit,
             'repeat', e.repeat, 'version', e.version, 'status', e.status, 'answers', e.answers,
             'definition', e.definition, 'entered_at', e.entered_at, 'submitted_at', e.submitted_at)::text
      from {class}.entries e where e.trial_id = $1 order by e.participant, e.form, e.visit, e.repeat
    """
  case derived = """
    select jsonb_build_object('participant', d.participant, 'site', d.site_key, 'form', d.form, 'visit', d.visit,
             'repeat', 1, 'version', d.version, 'status', 'derived', 'answers', d.answers,
             'definition', d.definition, 'entered_at', d.derived_at, 'submitted_at', d.derived_at)::text
      from {class}.derived_values d
     where d.trial_id = $1 and not exists (select from {class}.derived_values n
             where n.trial_id = d.trial_id and n.participant = d.participant and n.form = d.form
               and n.visit = d.visit and n.version > d.version)
     order by d.participant, d.form, d.visit
    """
  case queries = """
    select jsonb_build_object('class', '{class}', 'data_query', q.query_no, 'participant', q.participant, 'form', q.form,
             'visit', q.visit, 'repeat', q.repeat, 'field', q.field, 'rule', q.rule, 'is_blocking', q.is_blocking,
             'state', q.state, 'messages', (
               select coalesce(jsonb_agg(jsonb_build_object('message', m.message, 'kind', m.kind,
                        'role', coalesce(m.role, ''), 'at', m.at, 'text', m.text) order by m.message), '[]'::jsonb)
                 from {class}.data_query_messages m
                where m.trial_id = q.trial_id and m.query_no = q.query_no))::text
      from {class}.data_queries q where q.trial_id = $1 order by q.query_no
    """
  case corrections = """
    select jsonb_build_object('data_correction', c.correction_no, 'participant', c.participant, 'form', c.form,
             'visit', c.visit, 'repeat', c.repeat, 'field', c.field, 'version', c.version, 'corrected', c.corrected,
             'reason', c.reason, 'evidence', c.evidence, 'role', c.signer_role, 'meaning', c.meaning, 'at', c.at,
             'voided_at', coalesce(c.voided_at::text, ''), 'voided_because', coalesce(c.voided_because, ''))::text
      from outcome.corrections c where c.trial_id = $1 order by c.correction_no
    """
  case siteEntries =
    "select count(*) from {class}.entries where trial_id = $1 and participant = site_key"
  case keep =
    "insert into {class}.snapshots (trial_id, snapshot, content, digest) values ($1, $2, $3, $4)"
  case content = "select content from {class}.snapshots where trial_id = $1 and snapshot = $2"
  case insertLook = """
    insert into open.interim_looks (trial_id, snapshot, open_report, built_by, look) values ($1, $2, $3, $4, $5)
    """
  case insertClosed =
    "insert into allocation.closed_reports (trial_id, snapshot, report) values ($1, $2, $3)"
  case looks = """
    select l.snapshot::bigint, c.cut_off, l.open_report, l.built_by, l.released_at, coalesce(l.look, '')
      from open.interim_looks l join open.cuts c using (trial_id, snapshot)
     where l.trial_id = $1 order by l.snapshot
    """
  case reached = """
    select count(*) from open.participants
     where trial_id = $1 and randomized_at <= open.act_time() - make_interval(days => $2::int)
    """
  case firstRandomized = """
    select min(randomized_at), open.act_time() from open.participants where trial_id = $1
    """
  case closed = "select report from allocation.closed_reports where trial_id = $1 and snapshot = $2"
  case release = "select open.release_interim($1::int)"
  case sign = "select open.sign_act($1, $2::int, $3, $4, $5)::bigint"
  case signatures = """
    select act, attempt::bigint, signer, name, role, meaning, detail, at
      from open.lock_signatures where trial_id = $1 order by at, act, signer
    """
  case unblind = """
    insert into allocation.unblinding (trial_id, snapshot, arms, bundle, at) values ($1, $2, $3, $4, open.act_time())
    """
  case revealed =
    "select snapshot::bigint, arms, bundle, at from allocation.unblinding where trial_id = $1"
  case unfinished = "select queries, drafts from open.unfinished($1::int)"
  case holdGate = "select open.hold_gate($1::int)"
}

extension Session {
  /// Makes the certificate of a new snapshot and gives its number and cut-off.
  public func makeCut(
    _ kind: String, definition: String, software: String, by user: UserID, in trial: TrialID
  ) throws(StoreError) -> (number: Int, cutOff: UTCInstant) {
    let number = try first(CutSQL.next.statement, .int(Int64(trial)))?.int(0) ?? 1
    let row = try first(
      CutSQL.insert.statement, .int(Int64(trial)), .int(Int64(number)), .text(kind),
      .text(definition), .text(software), .int(user))
    guard let row else { throw .internalFault(nil) }
    return (number, try row.instant(0))
  }

  /// The participants' rows of a snapshot, one JSON object a line, in key order.
  public func participantLines(in trial: TrialID) throws(StoreError) -> [String] {
    try rows(CutSQL.participants.statement, .int(Int64(trial)))
      .map { row throws(StoreError) in try row.text(0) }
  }

  /// The entries of a class as a snapshot holds them, one JSON object a line, in key order; after them
  /// the values that were worked out, in theirs.
  public func entryLines(of dataClass: DataClass, in trial: TrialID) throws(StoreError) -> [String]
  {
    try lines(.entries, of: dataClass, in: trial) + lines(.derived, of: dataClass, in: trial)
  }

  /// The data queries of a class as the snapshot of a lock holds them: their number, then each with its
  /// thread, one JSON object a line.
  public func queryLines(of dataClass: DataClass, in trial: TrialID) throws(StoreError) -> [String]
  {
    let found = try lines(.queries, of: dataClass, in: trial)
    return ["{\"data_queries\": \(found.count)}"] + found
  }

  /// The signed corrections beside what was reported, as the snapshot of a lock holds them; none where there are none.
  public func correctionLines(in trial: TrialID) throws(StoreError) -> [String] {
    try rows(CutSQL.corrections.statement, .int(Int64(trial)))
      .map { row throws(StoreError) in try row.text(0) }
  }

  /// How many entries of a class are about sites, as the snapshot of a lock says it: those cut before did
  /// not, and give no files of such forms.
  public func siteEntryMark(
    of dataClass: DataClass, in trial: TrialID
  ) throws(StoreError) -> String {
    let count = try first(CutSQL.siteEntries.of(dataClass), .int(Int64(trial)))?.int(0) ?? 0
    return "{\"site_entries\": \(count)}"
  }

  private func lines(
    _ set: CutSQL, of dataClass: DataClass, in trial: TrialID
  ) throws(StoreError) -> [String] {
    try rows(set.of(dataClass), .int(Int64(trial)))
      .map { row throws(StoreError) in try row.text(0) }
  }

  /// Keeps the content of a class in a snapshot.
  public func keepSnapshot(
    _ number: Int, of dataClass: DataClass, content: String, digest: [UInt8], in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      CutSQL.keep.of(dataClass), .int(Int64(trial)), .int(Int64(number)), .text(content),
      .bytes(digest))
  }

  /// The content of a class in a snapshot.
  public func snapshotContent(
    _ number: Int, of dataClass: DataClass, in trial: TrialID
  ) throws(StoreError) -> String? {
    try first(CutSQL.content.of(dataClass), .int(Int64(trial)), .int(Int64(number)))?.text(0)
  }

  /// The snapshots of a trial.
  public func cuts(in trial: TrialID) throws(StoreError) -> [Cut] {
    try rows(CutSQL.list.statement, .int(Int64(trial))).map { row throws(StoreError) in
      Cut(
        number: try row.int(0), kind: try row.text(1), cutOff: try row.instant(2),
        definition: try row.text(3), software: try row.text(4))
    }
  }

  /// Keeps an interim look: the open report, and the closed one in its own class.
  public func keepLook(
    _ snapshot: Int, look: String?, openReport: String, closedReport: String, by user: UserID,
    in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      CutSQL.insertLook.statement, .int(Int64(trial)), .int(Int64(snapshot)), .text(openReport),
      .int(user), look.map(SQLValue.text) ?? .null)
    _ = try rows(
      CutSQL.insertClosed.statement, .int(Int64(trial)), .int(Int64(snapshot)),
      .text(closedReport))
  }

  /// The interim looks the reader may know.
  public func looks(in trial: TrialID) throws(StoreError) -> [LookRecord] {
    try rows(CutSQL.looks.statement, .int(Int64(trial))).map { row throws(StoreError) in
      LookRecord(
        snapshot: try row.int(0), cutOff: try row.instant(1), openReport: try row.text(2),
        builtBy: try row.int64(3), releasedAt: try row.optionalInstant(4), look: try row.text(5))
    }
  }

  /// How far the participants are, by study days, with the first randomization and the instant.
  public func lookProgress(
    days: Set<Int>, in trial: TrialID
  ) throws(StoreError) -> (reached: [Int: Int], firstRandomized: UTCInstant?, now: UTCInstant) {
    var reached: [Int: Int] = [:]
    for day in days {
      let row = try first(CutSQL.reached.statement, .int(Int64(trial)), .int(Int64(day)))
      reached[day] = try row?.int(0) ?? 0
    }
    guard let row = try first(CutSQL.firstRandomized.statement, .int(Int64(trial))) else {
      throw .internalFault(nil)
    }
    return (reached, try row.optionalInstant(0), try row.instant(1))
  }

  /// The closed report of a look, nil where the reader may not read it.
  public func closedReport(_ snapshot: Int, in trial: TrialID) throws(StoreError) -> String? {
    try first(CutSQL.closed.statement, .int(Int64(trial)), .int(Int64(snapshot)))?.text(0)
  }

  /// Releases a look as the second unblinded person.
  public func releaseLook(_ snapshot: Int) throws(StoreError) {
    _ = try rows(CutSQL.release.statement, .int(Int64(snapshot)))
  }

  /// Signs an act that closes the trial; gives how many different roles have signed.
  public func sign(
    act: String, attempt: Int, name: String, meaning: String, detail: String
  ) throws(StoreError) -> Int {
    let row = try first(
      CutSQL.sign.statement, .text(act), .int(Int64(attempt)), .text(name), .text(meaning),
      .text(detail))
    guard let row else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// The signatures of acts that close the trial.
  public func actSignatures(in trial: TrialID) throws(StoreError) -> [ActSignature] {
    try rows(CutSQL.signatures.statement, .int(Int64(trial))).map { row throws(StoreError) in
      ActSignature(
        act: try row.text(0), attempt: try row.int(1), signer: try row.int64(2),
        name: try row.text(3), role: try row.text(4), meaning: try row.text(5),
        detail: try row.text(6), at: try row.instant(7))
    }
  }

  /// Records final unblinding.
  public func keepRevelation(
    _ snapshot: Int, arms: String, bundle: String, in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      CutSQL.unblind.statement, .int(Int64(trial)), .int(Int64(snapshot)), .text(arms),
      .text(bundle))
  }

  /// Every confirmed deviation of a class: participant, type, and whether it takes the participant out of
  /// the per-protocol set, nil while nobody said so.
  public func confirmedDeviations(
    of dataClass: DataClass, in trial: TrialID
  ) throws(StoreError) -> [(participant: String, type: String, excludes: Bool?)] {
    try rows(CutSQL.confirmed.of(dataClass), .int(Int64(trial))).map { row throws(StoreError) in
      (try row.text(0), try row.text(1), try row.optionalText(2).map { $0 == "true" })
    }
  }

  /// What final unblinding revealed, nil before.
  public func revelation(in trial: TrialID) throws(StoreError) -> RevealedAllocation? {
    guard let row = try first(CutSQL.revealed.statement, .int(Int64(trial))) else { return nil }
    return RevealedAllocation(
      snapshot: try row.int(0), arms: try row.text(1), bundle: try row.text(2),
      at: try row.instant(3))
  }

  /// What a soft lock waits for: data queries not closed and forms begun and never submitted, of the
  /// classes open and outcome.
  public func unfinished(
    in trial: TrialID
  ) throws(StoreError) -> (queries: Int, drafts: Int) {
    guard let row = try first(CutSQL.unfinished.statement, .int(Int64(trial))) else {
      return (0, 0)
    }
    return (try row.int(0), try row.int(1))
  }

  /// Waits for every write of the trial under way; new ones wait for the end of this transaction.
  public func holdGate(of trial: TrialID) throws(StoreError) {
    _ = try rows(CutSQL.holdGate.statement, .int(Int64(trial)))
  }
}

import Postgres
public import StudyModel

/// A boxed candidate scheme.
public struct StoredDraft: Sendable {
  /// The number of the candidate.
  public let number: Int
  /// The boxed canonical scheme.
  public let box: [UInt8]
  /// Who drafted it.
  public let draftedBy: UserID
  /// When.
  public let draftedAt: UTCInstant
  /// When it was withdrawn or committed to, nil while a candidate.
  public let closedAt: UTCInstant?
}

/// A simulation of candidate schemes, running or ended.
public struct StoredSimulation: Sendable {
  /// Its number.
  public let number: Int
  /// Runs over all candidates.
  public let total: Int
  /// Runs done.
  public let done: Int
  /// When it was started.
  public let startedAt: UTCInstant
  /// Seconds since its server last gave a sign of life.
  public let silentFor: Int
  /// Whether somebody asked to stop it.
  public let isCancelled: Bool
  /// `finished`, `cancelled` or `failed`; nil while it runs.
  public let outcome: String?
  /// The boxed report, nil unless it finished.
  public let box: [UInt8]?
  /// The SHA-256 of the report, nil unless it finished.
  public let digest: [UInt8]?
}

enum SchemeDraftSQL: String, StatementSet {
  case drafts = """
    select draft::bigint, box, drafted_by, drafted_at, closed_at from sealed.scheme_drafts
     where trial_id = $1 order by draft
    """
  case keepDraft = """
    insert into sealed.scheme_drafts (trial_id, draft, box, drafted_by, drafted_at)
    values ($1, $2, $3, $4, open.act_time())
    """
  case closeDraft = """
    update sealed.scheme_drafts set closed_at = open.act_time(), epoch = $3::int
     where trial_id = $1 and draft = $2 and closed_at is null
    """
  case simulations = """
    select simulation::bigint, total, done, started_at,
           extract(epoch from clock_timestamp() - touched_at)::bigint,
           cancelled_at is not null, outcome, box, digest
      from sealed.simulations where trial_id = $1 order by simulation
    """
  case beginSimulation = """
    insert into sealed.simulations (trial_id, simulation, total, started_by, started_at, touched_at)
    values ($1, $2, $3, $4, open.act_time(), clock_timestamp())
    """
  case touchSimulation = """
    update sealed.simulations set done = $3, touched_at = clock_timestamp()
     where trial_id = $1 and simulation = $2 and ended_at is null
    returning cancelled_at is not null
    """
  case cancelSimulation = """
    update sealed.simulations set cancelled_at = open.act_time()
     where trial_id = $1 and simulation = $2 and ended_at is null and cancelled_at is null
    """
  case endSimulation = """
    update sealed.simulations
       set ended_at = open.act_time(), outcome = $3, box = $4, digest = $5,
           done = case when $3 = 'finished' then total else done end
     where trial_id = $1 and simulation = $2 and ended_at is null
    """
  case putInForce = """
    update sealed.schemes set in_force_at = open.act_time()
     where trial_id = $1 and epoch = $2 and in_force_at is null
    """
  case noteValue = "select allocation.note('*', 'study', $1, '', $2, null, $3)"
}

extension Session {
  /// The candidates of a trial with those closed, in order.
  public func schemeDrafts(in trial: TrialID) throws(StoreError) -> [StoredDraft] {
    try rows(SchemeDraftSQL.drafts.statement, .int(Int64(trial))).map { row throws(StoreError) in
      StoredDraft(
        number: try row.int(0), box: try row.bytes(1), draftedBy: try row.int64(2),
        draftedAt: try row.instant(3), closedAt: try row.optionalInstant(4))
    }
  }

  /// Keeps a candidate.
  public func keepDraft(
    _ number: Int, box: [UInt8], by user: UserID, in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      SchemeDraftSQL.keepDraft.statement, .int(Int64(trial)), .int(Int64(number)), .bytes(box),
      .int(user))
  }

  /// Withdraws a candidate, or records the epoch it was committed to as; false when it is closed.
  public func closeDraft(
    _ number: Int, epoch: Int? = nil, in trial: TrialID
  ) throws(StoreError) -> Bool {
    try rows(
      SchemeDraftSQL.closeDraft.statement, .int(Int64(trial)), .int(Int64(number)),
      epoch.map { SQLValue.int(Int64($0)) } ?? .null
    ).affected == 1
  }

  /// The simulations of a trial, in order.
  public func simulations(in trial: TrialID) throws(StoreError) -> [StoredSimulation] {
    try rows(SchemeDraftSQL.simulations.statement, .int(Int64(trial)))
      .map { row throws(StoreError) in
        StoredSimulation(
          number: try row.int(0), total: try row.int(1), done: try row.int(2),
          startedAt: try row.instant(3), silentFor: try row.int(4),
          isCancelled: try row.bool(5), outcome: try row.optionalText(6),
          box: try row.optionalBytes(7), digest: try row.optionalBytes(8))
      }
  }

  /// Begins a simulation of that many runs.
  public func beginSimulation(
    _ number: Int, total: Int, by user: UserID, in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      SchemeDraftSQL.beginSimulation.statement, .int(Int64(trial)), .int(Int64(number)),
      .int(Int64(total)), .int(user))
  }

  /// Records progress; false when the simulation is to stop.
  public func touchSimulation(
    _ number: Int, done: Int, in trial: TrialID
  ) throws(StoreError) -> Bool {
    let row = try first(
      SchemeDraftSQL.touchSimulation.statement, .int(Int64(trial)), .int(Int64(number)),
      .int(Int64(done)))
    return try row.map { row throws(StoreError) in try !row.bool(0) } ?? false
  }

  /// Asks a simulation to stop; false when it has ended or was asked before.
  public func cancelSimulation(_ number: Int, in trial: TrialID) throws(StoreError) -> Bool {
    try rows(
      SchemeDraftSQL.cancelSimulation.statement, .int(Int64(trial)), .int(Int64(number))
    ).affected == 1
  }

  /// Ends a simulation, with its boxed report when it finished.
  public func endSimulation(
    _ number: Int, outcome: String, box: [UInt8]? = nil, digest: [UInt8]? = nil, in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      SchemeDraftSQL.endSimulation.statement, .int(Int64(trial)), .int(Int64(number)),
      .text(outcome), box.map(SQLValue.bytes) ?? .null, digest.map(SQLValue.bytes) ?? .null)
  }

  /// Records that an epoch is in force; false when it was before.
  public func putInForce(epoch: Int, in trial: TrialID) throws(StoreError) -> Bool {
    try rows(SchemeDraftSQL.putInForce.statement, .int(Int64(trial)), .int(Int64(epoch)))
      .affected == 1
  }

  /// Writes one audit row of class allocation with the value that an act fixed.
  public func note(
    _ action: String, fixing field: String, to value: String
  ) throws(StoreError) {
    _ = try rows(
      SchemeDraftSQL.noteValue.statement, .text(action), .text(field), .text(value))
  }
}

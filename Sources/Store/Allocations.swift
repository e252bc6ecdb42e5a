import Postgres
public import StudyModel

/// What is written for one allocation, ready for the ledger.
public struct AllocationRecord: Sendable {
  /// The ledger index.
  public var index: Int64
  /// The canonical entry.
  public var entry: [UInt8]
  /// The canonical head after the entry, and its signature.
  public var head: [UInt8]
  /// The signature of the head.
  public var signature: [UInt8]
  /// The request identity.
  public var requestID: String
  /// The participant.
  public var participant: ParticipantKey
  /// The site.
  public var site: SiteKey
  /// The stratum bytes.
  public var stratum: [UInt8]
  /// The epoch.
  public var epoch: Int
  /// The position in the stratum.
  public var position: Int64
  /// The boxed arm.
  public var armBox: [UInt8]
  /// The randomization number.
  public var number: Int
  /// The instant.
  public var at: UTCInstant

  /// Makes a record.
  public init(
    index: Int64, entry: [UInt8], head: [UInt8], signature: [UInt8], requestID: String,
    participant: ParticipantKey, site: SiteKey, stratum: [UInt8], epoch: Int, position: Int64,
    armBox: [UInt8], number: Int, at: UTCInstant
  ) {
    self.index = index
    self.entry = entry
    self.head = head
    self.signature = signature
    self.requestID = requestID
    self.participant = participant
    self.site = site
    self.stratum = stratum
    self.epoch = epoch
    self.position = position
    self.armBox = armBox
    self.number = number
    self.at = at
  }
}

/// The ledger of a trial while its row is locked: nobody else can allocate in it.
public struct LockedLedger {
  /// The leaf hash of the last entry, 32 bytes; zeros while there is none.
  public let lastLeaf: [UInt8]
  /// The facts of the participant as JSON, nil when there is none in reach.
  public let facts: String?
  /// The transaction that holds the lock.
  public let session: Session
}

/// A secret kept boxed.
public enum SecretName: String, Sendable {
  /// The seed of the randomization.
  case seed
  /// The key that signs heads and exports.
  case headKey = "head-key"
  /// The key of the letters in closed reports.
  case labelKey = "label-key"
}

/// A boxed scheme.
public struct StoredScheme: Sendable {
  /// The epoch.
  public let epoch: Int
  /// The boxed canonical scheme.
  public let box: [UInt8]
  /// Who drafted it.
  public let draftedBy: UserID
  /// When.
  public let draftedAt: UTCInstant
  /// The second person, nil while a draft.
  public let approvedBy: UserID?
  /// When its public entropy was recorded, nil before.
  public let inForceAt: UTCInstant?
  /// The simulation attached to it, nil before simulations were kept.
  public let simulation: Int?
}

/// The public face of a ledger.
public struct StoredLedger: Sendable {
  /// The 16 random bytes of its identity.
  public let ledger: [UInt8]
  /// Entries.
  public let size: Int64
  /// The Ed25519 key that signs heads.
  public let publicKey: [UInt8]
}

/// An allocation with its boxed arm.
public struct StoredAllocation: Sendable {
  /// The ledger index.
  public let index: Int64
  /// The participant.
  public let participant: ParticipantKey
  /// The boxed arm.
  public let armBox: [UInt8]
  /// The instant.
  public let at: UTCInstant
  /// The randomization number.
  public let number: Int
  /// The instant of acknowledgement, nil before.
  public let acknowledgedAt: UTCInstant?
}

enum AllocationSQL: String, StatementSet {
  case lock = "select last_leaf from allocation.ledgers where trial_id = $1 for update"
  case reply = """
    update access.replies set replays = replays + 1
     where trial_id = $1 and user_id = $2 and operation = $3 and request_key = $4
    returning request_hash, status::bigint, body
    """
  case facts = "select allocation.readiness_facts($1, $2, $3)::text"
  case record = """
    select allocation.record($1, $2, $3, $4, $5, $6, $7, $8, $9::int, $10, $11, $12::int, $13)
    """
  case append = "select allocation.append($1, $2, $3, $4)"
  case entries =
    "select entry from allocation.ledger_entries where trial_id = $1 and i >= $2 order by i"
  case secret = "select box from sealed.secrets where trial_id = $1 and name = $2"
  case keepSecret = "insert into sealed.secrets (trial_id, name, box) values ($1, $2, $3)"
  case schemes = """
    select epoch::bigint, box, drafted_by, drafted_at, approved_by, in_force_at, simulation::bigint
      from sealed.schemes where trial_id = $1 order by epoch
    """
  case keepScheme = """
    insert into sealed.schemes (trial_id, epoch, box, drafted_by, drafted_at, simulation)
    values ($1, $2, $3, $4, open.act_time(), $5::int)
    """
  case approveScheme = """
    update sealed.schemes set approved_by = $3, approved_at = open.act_time()
     where trial_id = $1 and epoch = $2 and approved_by is null
    """
  case openLedger =
    "insert into allocation.ledgers (trial_id, ledger, public_key) values ($1, $2, $3)"
  case ledger = "select ledger, size, public_key from allocation.ledgers where trial_id = $1"
  case heads = "select head, signature from allocation.heads where trial_id = $1 order by size"
  case allocation = """
    select a.i, a.participant, a.arm_box, a.at, p.randomization_number::bigint, k.at
      from allocation.allocations a
      join open.participants p using (trial_id, participant)
      left join allocation.acknowledgements k using (trial_id, participant)
     where a.trial_id = $1 and a.participant = $2
    """
  case allocations = """
    select a.i, a.participant, a.arm_box, a.at, p.randomization_number::bigint, k.at
      from allocation.allocations a
      join open.participants p using (trial_id, participant)
      left join allocation.acknowledgements k using (trial_id, participant)
     where a.trial_id = $1 and ($2 or k.at is null)
     order by a.i
    """
  case acknowledge = "select allocation.acknowledge($1)"
}

/// Which of a participant's entries are read to judge a randomization.
public struct ReadinessScope: Sendable {
  let forms: SQLValue
  let answered: SQLValue

  /// What the plan of the definition reads.
  public init(_ reading: RandomizationReading) {
    forms = .textArray(reading.forms.map(\.text).sorted())
    answered = .textArray(reading.answered.map(\.text).sorted())
  }
}

/// What the body of an allocation decides under the lock.
public enum AllocationDecision<R: Sendable>: Sendable {
  /// Write the record and keep the reply.
  case record(AllocationRecord, reply: StoredReply, R)
  /// Write nothing.
  case refuse(R)
}

extension TrialStore {
  /// One allocation in two round trips around the decision, under the trial's one row lock.
  ///
  /// The lock orders all events of one trial; everything is read after it is held. When the request
  /// key is known, the kept reply is given to `replay` and nothing else happens.
  public func allocate<R: Sendable>(
    _ context: RequestContext, operation: String, requestKey: String,
    participant: ParticipantKey, reading scope: ReadinessScope,
    replay: @escaping @Sendable (StoredReply) throws -> R,
    decide: @escaping @Sendable (LockedLedger) throws -> AllocationDecision<R>
  ) async throws -> R {
    let trial = SQLValue.int(Int64(context.trial))
    let user = context.actor ?? 0
    let first = [
      Query(AllocationSQL.lock.statement, trial),
      Query(
        AllocationSQL.reply.statement, trial, .int(user), .text(operation), .text(requestKey)),
      Query(
        AllocationSQL.facts.statement, .text(participant.text), scope.forms, scope.answered),
    ]
    return try await transaction(.allocator, context, first) { session, found in
      if let row = found[1].first {
        let reply = StoredReply(
          requestHash: try row.bytes(0), status: try row.int(1), body: try row.text(2))
        return .commit([], try replay(reply))
      }
      guard let lock = found[0].first else { throw StoreError.conflict }
      let ledger = LockedLedger(
        lastLeaf: try lock.bytes(0), facts: try found[2].first?.optionalText(0), session: session)
      switch try decide(ledger) {
      case .refuse(let answer): return .abandon(answer)
      case .record(let record, let reply, let answer):
        return .commit(
          [
            Query(
              AllocationSQL.record.statement, .int(record.index), .bytes(record.entry),
              .bytes(record.head), .bytes(record.signature), .text(record.requestID),
              .text(record.participant.text), .text(record.site.text), .bytes(record.stratum),
              .int(Int64(record.epoch)), .int(record.position), .bytes(record.armBox),
              .int(Int64(record.number)), record.at.value),
            Query(
              ReplySQL.keep.statement, trial, .int(user), .text(operation), .text(requestKey),
              .bytes(reply.requestHash), .int(Int64(reply.status)), .text(reply.body)),
          ], answer)
      }
    }
  }
}

extension Session {
  /// Locks the ledger for an act other than an allocation; nil when the trial has none.
  @discardableResult
  public func lockLedger(of trial: TrialID) throws(StoreError) -> LockedLedger? {
    guard let row = try first(AllocationSQL.lock.statement, .int(Int64(trial))) else { return nil }
    return LockedLedger(lastLeaf: try row.bytes(0), facts: nil, session: self)
  }

  /// The facts a randomization would be judged on, as JSON.
  public func readinessFacts(
    of participant: ParticipantKey, reading scope: ReadinessScope
  ) throws(StoreError) -> String? {
    try first(
      AllocationSQL.facts.statement, .text(participant.text), scope.forms, scope.answered)?
      .optionalText(0)
  }

  /// The canonical entries from an index on.
  public func ledgerEntries(from index: Int64, in trial: TrialID) throws(StoreError) -> [[UInt8]] {
    try rows(AllocationSQL.entries.statement, .int(Int64(trial)), .int(index))
      .map { row throws(StoreError) in try row.bytes(0) }
  }

  /// A boxed secret.
  public func secret(_ name: SecretName, in trial: TrialID) throws(StoreError) -> [UInt8]? {
    try first(AllocationSQL.secret.statement, .int(Int64(trial)), .text(name.rawValue))?.bytes(0)
  }

  /// Keeps a boxed secret.
  public func keepSecret(
    _ name: SecretName, box: [UInt8], in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      AllocationSQL.keepSecret.statement, .int(Int64(trial)), .text(name.rawValue), .bytes(box))
  }

  /// The boxed schemes by epoch.
  public func schemes(in trial: TrialID) throws(StoreError) -> [StoredScheme] {
    try rows(AllocationSQL.schemes.statement, .int(Int64(trial))).map { row throws(StoreError) in
      StoredScheme(
        epoch: try row.int(0), box: try row.bytes(1), draftedBy: try row.int64(2),
        draftedAt: try row.instant(3), approvedBy: try row.optionalInt64(4),
        inForceAt: try row.optionalInstant(5),
        simulation: try row.optionalInt64(6).map { Int($0) })
    }
  }

  /// Keeps a scheme that is committed to, with the simulation attached to it.
  public func keepScheme(
    epoch: Int, box: [UInt8], simulation: Int, by user: UserID, in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      AllocationSQL.keepScheme.statement, .int(Int64(trial)), .int(Int64(epoch)), .bytes(box),
      .int(user), .int(Int64(simulation)))
  }

  /// Approves a drafted scheme as the second person; false when there is none to approve.
  public func approveScheme(
    epoch: Int, by user: UserID, in trial: TrialID
  ) throws(StoreError) -> Bool {
    try rows(
      AllocationSQL.approveScheme.statement, .int(Int64(trial)), .int(Int64(epoch)), .int(user)
    ).affected == 1
  }

  /// Creates the ledger of a trial.
  public func openLedger(
    _ ledger: [UInt8], publicKey: [UInt8], in trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      AllocationSQL.openLedger.statement, .int(Int64(trial)), .bytes(ledger), .bytes(publicKey))
  }

  /// The ledger of a trial, nil before one was opened.
  public func ledger(of trial: TrialID) throws(StoreError) -> StoredLedger? {
    guard let row = try first(AllocationSQL.ledger.statement, .int(Int64(trial))) else {
      return nil
    }
    return StoredLedger(
      ledger: try row.bytes(0), size: try row.int64(1), publicKey: try row.bytes(2))
  }

  /// Appends an entry, with a signed head where given.
  public func appendEntry(
    _ entry: [UInt8], at index: Int64, head: [UInt8]?, signature: [UInt8]?
  ) throws(StoreError) {
    _ = try rows(
      AllocationSQL.append.statement, .int(index), .bytes(entry),
      head.map(SQLValue.bytes) ?? .null, signature.map(SQLValue.bytes) ?? .null)
  }

  /// The signed heads, in order.
  public func heads(in trial: TrialID) throws(StoreError) -> [(head: [UInt8], signature: [UInt8])] {
    var heads: [(head: [UInt8], signature: [UInt8])] = []
    for row in try rows(AllocationSQL.heads.statement, .int(Int64(trial))) {
      heads.append((try row.bytes(0), try row.bytes(1)))
    }
    return heads
  }

  /// The allocation of a participant in reach.
  public func allocation(of participant: ParticipantKey, in trial: TrialID) throws
    -> StoredAllocation?
  {
    try first(
      AllocationSQL.allocation.statement, .int(Int64(trial)), .text(participant.text)
    ).map(Self.allocation)
  }

  /// Allocations in reach, in ledger order; only those not acknowledged unless told otherwise.
  public func allocations(
    in trial: TrialID, includingAcknowledged: Bool
  ) throws -> [StoredAllocation] {
    try rows(
      AllocationSQL.allocations.statement, .int(Int64(trial)), .bool(includingAcknowledged)
    ).map(Self.allocation)
  }

  private static func allocation(_ row: Row) throws -> StoredAllocation {
    StoredAllocation(
      index: try row.int64(0), participant: try ParticipantKey(parsing: try row.text(1)),
      armBox: try row.bytes(2), at: try row.instant(3), number: try row.int(4),
      acknowledgedAt: try row.optionalInstant(5))
  }

  /// Records that the treatment coordinator has read the arm.
  public func acknowledge(_ participant: ParticipantKey) throws(StoreError) -> UTCInstant {
    let row = try first(AllocationSQL.acknowledge.statement, .text(participant.text))
    guard let row else { throw .internalFault(nil) }
    return try row.instant(0)
  }
}

import Postgres
public import StudyModel

/// Everything the database holds of a trial's ledger, as one instant saw it.
public struct LedgerRows: Sendable {
  /// An entry with the leaf hash the database keeps beside it.
  public struct Entry: Sendable {
    /// The index the row stands under.
    public let index: Int64
    /// The canonical entry.
    public let entry: [UInt8]
    /// The stored leaf hash.
    public let leaf: [UInt8]
  }

  /// A signed head.
  public struct Head: Sendable {
    /// The size the row stands under.
    public let size: Int64
    /// The canonical head.
    public let head: [UInt8]
    /// The signature.
    public let signature: [UInt8]
  }

  /// An allocation, its arm boxed.
  public struct Allocation: Sendable {
    /// The ledger index.
    public let index: Int64
    /// The request identity.
    public let requestID: String
    /// The participant.
    public let participant: String
    /// The site.
    public let site: String
    /// The stratum bytes.
    public let stratum: [UInt8]
    /// The epoch.
    public let epoch: Int
    /// The position in the stratum.
    public let position: Int64
    /// The boxed arm.
    public let armBox: [UInt8]
    /// The instant.
    public let at: UTCInstant
    /// Who requested.
    public let requestedBy: UserID
  }

  /// What is kept of a disclosure, void or correction beside its entry.
  public struct Recorded: Sendable {
    /// The ledger index.
    public let index: Int64
    /// The kind, as the ledger names it.
    public let kind: String
    /// The participant.
    public let participant: String
    /// The reason, as the ledger has it.
    public let reason: String
    /// Who recorded it.
    public let recordedBy: UserID
  }

  /// A participant who was randomized.
  public struct Randomized: Sendable {
    /// The key.
    public let participant: String
    /// The site.
    public let site: String
    /// The instant.
    public let at: UTCInstant
    /// The randomization number.
    public let number: Int?
  }

  /// The identity of the ledger.
  public let ledger: [UInt8]
  /// The number of entries the ledger counts.
  public let size: Int64
  /// The leaf hash of the last entry, as the ledger keeps it.
  public let lastLeaf: [UInt8]
  /// The number of allocations the ledger counts.
  public let allocationCount: Int
  /// The index of the last allocation the ledger counts, -1 before the first.
  public let lastAllocation: Int64
  /// The key that signs heads.
  public let publicKey: [UInt8]
  /// The entries in order.
  public let entries: [Entry]
  /// The heads in order.
  public let heads: [Head]
  /// The allocations in order.
  public let allocations: [Allocation]
  /// Disclosures, voids and corrections in order.
  public let recorded: [Recorded]
  /// The participants randomized.
  public let randomized: [Randomized]
  /// The randomization number of a participant as the audit trail has it.
  public let auditedNumbers: [String: String]
  /// Participants randomized by site, as the sites count them.
  public let siteTotals: [String: Int]
  /// The boxed seed.
  public let seedBox: [UInt8]?
  /// The boxed signing key.
  public let headKeyBox: [UInt8]?
  /// The boxed schemes by epoch, those that await approval included: they are committed to.
  public let schemeBoxes: [[UInt8]]
}

enum LedgerRowsSQL: String, StatementSet {
  case ledger = """
    select ledger, size, last_leaf, allocations::bigint, public_key, last_allocation
      from allocation.ledgers
     where trial_id = $1
    """
  case entries =
    "select i, entry, leaf from allocation.ledger_entries where trial_id = $1 order by i"
  case heads =
    "select size, head, signature from allocation.heads where trial_id = $1 order by size"
  case allocations = """
    select i, rid, participant, site_key, stratum, epoch::bigint, seq, arm_box, at, requested_by
      from allocation.allocations
     where trial_id = $1
     order by i
    """
  case recorded = """
    select i, 'unblind', participant, kind || ' ' || ground, recorded_by
      from allocation.unblinding_events
     where trial_id = $1
    union all
    select i, kind, participant, ground, recorded_by
      from allocation.randomization_corrections
     where trial_id = $1
     order by 1
    """
  // The ledger names the site of the draw, whichever site the participant was handed over to since.
  case randomized = """
    select participant, coalesce(randomized_site, site_key), randomized_at, randomization_number::bigint
      from open.participants
     where trial_id = $1 and randomized_at is not null
     order by participant
    """
  case auditedNumbers = """
    select object, new
      from open.audit
     where trial_id = $1 and action = 'randomized' and field = 'randomization_number' and new is not null
     order by seq
    """
  case siteTotals =
    "select site_key, randomized::bigint from open.sites where trial_id = $1 order by site_key"
  case latestHead = """
    select head, signature from allocation.heads where trial_id = $1 order by size desc limit 1
    """
  case entryOfParticipant = """
    select a.i from allocation.allocations a where a.trial_id = $1 and a.participant = $2
    """
  case leaves =
    "select leaf from allocation.ledger_entries where trial_id = $1 and i < $2 order by i"
  case headOfSize = "select head, signature from allocation.heads where trial_id = $1 and size = $2"
  case keyMark = """
    select encode(fingerprint, 'hex') from sealed.master_keys order by generation desc limit 1
    """
  case trialsWithLedger = "select trial_id::bigint from allocation.ledgers order by trial_id"
}

extension Session {
  /// Everything stored of a trial's ledger, nil when it has none.
  public func ledgerRows(of trial: TrialID) throws(StoreError) -> LedgerRows? {
    let key = SQLValue.int(Int64(trial))
    guard let ledger = try first(LedgerRowsSQL.ledger.statement, key) else { return nil }
    var numbers: [String: String] = [:]
    for row in try rows(LedgerRowsSQL.auditedNumbers.statement, key) {
      numbers[try row.text(0)] = try row.text(1)
    }
    var totals: [String: Int] = [:]
    for row in try rows(LedgerRowsSQL.siteTotals.statement, key) {
      totals[try row.text(0)] = try row.int(1)
    }
    return LedgerRows(
      ledger: try ledger.bytes(0), size: try ledger.int64(1), lastLeaf: try ledger.bytes(2),
      allocationCount: try ledger.int(3), lastAllocation: try ledger.int64(5),
      publicKey: try ledger.bytes(4),
      entries: try rows(LedgerRowsSQL.entries.statement, key).map { row throws(StoreError) in
        LedgerRows.Entry(index: try row.int64(0), entry: try row.bytes(1), leaf: try row.bytes(2))
      },
      heads: try rows(LedgerRowsSQL.heads.statement, key).map { row throws(StoreError) in
        LedgerRows.Head(size: try row.int64(0), head: try row.bytes(1), signature: try row.bytes(2))
      },
      allocations: try rows(LedgerRowsSQL.allocations.statement, key).map(Self.allocationRow),
      recorded: try rows(LedgerRowsSQL.recorded.statement, key).map { row throws(StoreError) in
        LedgerRows.Recorded(
          index: try row.int64(0), kind: try row.text(1), participant: try row.text(2),
          reason: try row.text(3), recordedBy: try row.int64(4))
      },
      randomized: try rows(LedgerRowsSQL.randomized.statement, key).map(Self.randomizedRow),
      auditedNumbers: numbers, siteTotals: totals, seedBox: try secret(.seed, in: trial),
      headKeyBox: try secret(.headKey, in: trial),
      schemeBoxes: try schemes(in: trial).map(\.box))
  }

  private static func allocationRow(_ row: Row) throws(StoreError) -> LedgerRows.Allocation {
    LedgerRows.Allocation(
      index: try row.int64(0), requestID: try row.text(1), participant: try row.text(2),
      site: try row.text(3), stratum: try row.bytes(4), epoch: try row.int(5),
      position: try row.int64(6), armBox: try row.bytes(7), at: try row.instant(8),
      requestedBy: try row.int64(9))
  }

  private static func randomizedRow(_ row: Row) throws(StoreError) -> LedgerRows.Randomized {
    LedgerRows.Randomized(
      participant: try row.text(0), site: try row.text(1), at: try row.instant(2),
      number: try row.optionalInt64(3).map { Int($0) })
  }

  /// The fingerprint of the master key in force as text, nil when no key was ever recorded.
  public func keyMarkInForce() throws(StoreError) -> String? {
    try first(LedgerRowsSQL.keyMark.statement)?.text(0)
  }

  /// The numbers of the trials that have a ledger.
  public func trialsWithLedger() throws(StoreError) -> [TrialID] {
    try rows(LedgerRowsSQL.trialsWithLedger.statement).map { row throws(StoreError) in
      try row.int(0)
    }
  }

  /// The signed head over the most entries, nil before the first.
  public func latestHead(
    in trial: TrialID
  ) throws(StoreError) -> (head: [UInt8], signature: [UInt8])? {
    guard let row = try first(LedgerRowsSQL.latestHead.statement, .int(Int64(trial))) else {
      return nil
    }
    return (try row.bytes(0), try row.bytes(1))
  }

  /// What proves a participant's allocation: its index, the leaves up to it, and the head then.
  public func proof(
    of participant: ParticipantKey, in trial: TrialID
  ) throws(StoreError) -> (index: Int, leaves: [[UInt8]], head: [UInt8], signature: [UInt8])? {
    let key = SQLValue.int(Int64(trial))
    guard
      let index = try first(
        LedgerRowsSQL.entryOfParticipant.statement, key, .text(participant.text))?.int64(0),
      let head = try first(LedgerRowsSQL.headOfSize.statement, key, .int(index + 1))
    else { return nil }
    let leaves = try rows(LedgerRowsSQL.leaves.statement, key, .int(index + 1))
      .map { row throws(StoreError) in try row.bytes(0) }
    return (Int(index), leaves, try head.bytes(0), try head.bytes(1))
  }

  /// The leaf hashes of the first entries.
  public func leaves(first count: Int, in trial: TrialID) throws(StoreError) -> [[UInt8]] {
    try rows(LedgerRowsSQL.leaves.statement, .int(Int64(trial)), .int(Int64(count)))
      .map { row throws(StoreError) in try row.bytes(0) }
  }
}

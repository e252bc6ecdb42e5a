import Postgres

/// A signed head as the database keeps it.
public struct StoredCheckpoint: Sendable {
  /// The number of rows vouched for.
  public let size: Int
  /// The canonical head.
  public let head: [UInt8]
  /// The signature.
  public let signature: [UInt8]
  /// The key that verifies it.
  public let publicKey: [UInt8]
}

/// A chain of the record.
public struct RecordLog: Sendable, Hashable {
  /// The schema.
  public let schema: RecordSchema
  /// audit or seals.
  public let name: String
  /// The trial, 0 for what belongs to none.
  public let trial: Int

  /// Names a chain.
  public init(schema: RecordSchema, name: String, trial: Int) {
    self.schema = schema
    self.name = name
    self.trial = trial
  }
}

extension StoredCheckpoint {
  /// Makes a checkpoint to keep.
  public init(signed size: Int, head: [UInt8], signature: [UInt8], publicKey: [UInt8]) {
    self.size = size
    self.head = head
    self.signature = signature
    self.publicKey = publicKey
  }
}

enum RecordLogSQL: String, StatementSet {
  case logs = "select class, log, trial_id::bigint, size, signed from access.record_logs()"
  case hashes = "select hash from access.record_hashes($1, $2, $3::int, $4)"
  case keep = "select access.keep_checkpoint($1, $2, $3::int, $4, $5, $6, $7)"
}

extension Session {
  /// Every chain with its length.
  public func recordLogs() throws(StoreError) -> [(log: RecordLog, size: Int)] {
    var found: [(log: RecordLog, size: Int)] = []
    for row in try rows(RecordLogSQL.logs.statement) {
      guard let schema = RecordSchema(rawValue: try row.text(0)) else { continue }
      found.append(
        (
          RecordLog(schema: schema, name: try row.text(1), trial: try row.int(2)), try row.int(3)
        ))
    }
    return found
  }

  /// The hashes of a chain after a position, in order.
  public func recordHashes(
    of log: RecordLog, after position: Int
  ) throws(StoreError) -> [[UInt8]] {
    try rows(
      RecordLogSQL.hashes.statement, .text(log.schema.rawValue), .text(log.name),
      .int(Int64(log.trial)), .int(Int64(position))
    ).map { row throws(StoreError) in try row.bytes(0) }
  }

  /// Keeps a signed head of a chain; one over the same size is kept once.
  public func keepCheckpoint(
    _ log: RecordLog, _ checkpoint: StoredCheckpoint
  ) throws(StoreError) {
    _ = try rows(
      RecordLogSQL.keep.statement, .text(log.schema.rawValue), .text(log.name),
      .int(Int64(log.trial)), .int(Int64(checkpoint.size)), .bytes(checkpoint.head),
      .bytes(checkpoint.signature), .bytes(checkpoint.publicKey))
  }
}

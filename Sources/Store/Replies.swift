import Postgres

/// A reply kept under a request key.
public struct StoredReply: Sendable, Equatable {
  /// SHA-256 of the request it answered.
  public let requestHash: [UInt8]
  /// The HTTP status.
  public let status: Int
  /// The body.
  public let body: String

  /// Makes a reply.
  public init(requestHash: [UInt8], status: Int, body: String) {
    self.requestHash = requestHash
    self.status = status
    self.body = body
  }
}

enum ReplySQL: String, StatementSet {
  // The replay is counted, so that answering it waits for the standby like any write.
  case find = """
    update access.replies set replays = replays + 1
     where trial_id = $1 and user_id = $2 and operation = $3 and request_key = $4
    returning request_hash, status::bigint, body
    """
  case keep = """
    insert into access.replies (trial_id, user_id, operation, request_key, request_hash, status, body)
    values ($1, $2, $3, $4, $5, $6::bigint, $7)
    """
}

extension Session {
  /// The reply once given to a request key.
  public func reply(
    to operation: String, key: String, user: UserID, trial: TrialID
  ) throws(StoreError) -> StoredReply? {
    guard
      let row = try first(
        ReplySQL.find.statement, .int(Int64(trial)), .int(user), .text(operation), .text(key))
    else { return nil }
    return StoredReply(
      requestHash: try row.bytes(0), status: try row.int(1), body: try row.text(2))
  }

  /// Keeps a reply in the transaction of its act.
  public func keep(
    _ reply: StoredReply, of operation: String, key: String, user: UserID, trial: TrialID
  ) throws(StoreError) {
    _ = try rows(
      ReplySQL.keep.statement, .int(Int64(trial)), .int(user), .text(operation), .text(key),
      .bytes(reply.requestHash), .int(Int64(reply.status)), .text(reply.body))
  }
}

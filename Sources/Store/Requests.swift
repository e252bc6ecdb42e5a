import Postgres

/// A request claimed for one attempt: what every transaction of its act is marked with.
public struct ClaimedRequest: Sendable {
  /// The requester, 0 for somebody without an account.
  public let user: UserID
  /// Method and pattern of the route.
  public let operation: String
  /// The key chosen by the client.
  public let key: String
  /// 16 random bytes of this attempt: whoever takes the request over has others.
  public let claim: [UInt8]

  /// Makes a claim.
  public init(user: UserID, operation: String, key: String, claim: [UInt8]) {
    self.user = user
    self.operation = operation
    self.key = key
    self.claim = claim
  }
}

/// What became of a request when it was claimed.
public enum ClaimOutcome: Sendable, Equatable {
  /// It is ours to carry out.
  case claimed
  /// It was answered before, with this sealed reply.
  case replay([UInt8])
  /// Somebody works on it.
  case busy
  /// The key was used for another request.
  case other
  /// It took effect, and its reply was not kept.
  case lost
}

enum RequestSQL: String, StatementSet {
  case claim = "select outcome, reply from access.claim_request($1, $2, $3, $4, $5, $6::int)"
  case mark = "select access.mark_request($1, $2, $3, $4, $5)"
  case keep = "select access.keep_reply($1, $2, $3, $4, $5, $6)"
  case giveUp = "select access.give_up_request($1, $2, $3, $4)"
}

extension ClaimedRequest {
  /// The mark of a transaction of the act, with the sealed reply where it is known by then.
  func mark(reply: [UInt8]?) -> Query {
    Query(
      RequestSQL.mark.statement, .int(user), .text(operation), .text(key), .bytes(claim),
      reply.map(SQLValue.bytes) ?? .null)
  }
}

extension TrialStore {
  /// Claims a request, or tells what became of it; a claim older than the patience is taken over.
  public func claim(
    _ request: ClaimedRequest, hash: [UInt8], patience: Int
  ) async throws -> ClaimOutcome {
    let rows = try await write(
      .access, RequestSQL.claim.statement, .int(request.user), .text(request.operation),
      .text(request.key), .bytes(hash), .bytes(request.claim), .int(Int64(patience)))
    guard let row = rows.first else { throw StoreError.internalFault(nil) }
    switch try row.text(0) {
    case "claimed": return .claimed
    case "replay": return .replay(try row.bytes(1))
    case "other": return .other
    case "lost": return .lost
    default: return .busy
    }
  }

  /// Keeps the sealed reply of an act whose transactions did not; only where it took effect, if told.
  public func keepReply(
    _ reply: [UInt8], of request: ClaimedRequest, onlyIfEffective: Bool
  ) async throws {
    _ = try await write(
      .access, RequestSQL.keep.statement, .int(request.user), .text(request.operation),
      .text(request.key), .bytes(request.claim), .bytes(reply), .bool(onlyIfEffective))
  }

  /// Frees a request that was refused.
  public func giveUp(_ request: ClaimedRequest) async throws {
    _ = try await write(
      .access, RequestSQL.giveUp.statement, .int(request.user), .text(request.operation),
      .text(request.key), .bytes(request.claim))
  }
}

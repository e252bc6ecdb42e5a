import Crypto
public import Foundation
public import Store
import StudyModel

/// A reply as it is kept and given again, byte for byte.
public struct KeptReply: Sendable, Codable, Equatable {
  /// A header that belongs to the reply.
  public struct Header: Sendable, Codable, Equatable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    /// Makes a header.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The HTTP status.
  public let status: Int
  /// The content type.
  public let type: String
  /// Headers beside the usual ones.
  public let headers: [Header]
  /// The body.
  public let body: Data

  /// Makes a reply.
  public init(status: Int, type: String, headers: [Header], body: [UInt8]) {
    self.status = status
    self.type = type
    self.headers = headers
    self.body = Data(body)
  }
}

/// A request that takes effect once, on its way through its act.
///
/// Every transaction of the act that writes is marked with it. The reply is kept in that
/// transaction when the act has one and its value makes the reply; otherwise right after the act,
/// and a crash between leaves a request that took effect and has no reply: it is told so, and never
/// carried out again by itself.
public struct RequestOnce: Sendable {
  let claim: ClaimedRequest
  let keys: KeyRing?
  var answer: (@Sendable (any Sendable) throws -> KeptReply?)?

  func box(_ reply: KeptReply) throws -> [UInt8]? {
    guard let keys else { return nil }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try keys.seal(Array(try encoder.encode(reply)), for: claim.purpose)
  }

  func sealedAnswer(_ value: any Sendable) throws -> [UInt8]? {
    guard let reply = try answer?(value) else { return nil }
    return try box(reply)
  }
}

/// What a request is told when it is asked with its key.
public enum RequestTurn: Sendable {
  /// It is carried out now.
  case now(RequestOnce)
  /// It was answered before.
  case again(KeptReply)
}

extension ClaimedRequest {
  var purpose: KeyRing.Purpose { .reply(user: user, operation: operation, key: key) }
}

extension Installation {
  /// How long somebody who works on a request is waited for, in seconds, before it is taken over.
  ///
  /// Longer than any deadline of the database. Who is taken over can commit nothing any more.
  public static let requestPatience = 30

  /// Claims a request by its key.
  ///
  /// - Throws: `requestInProgress`, `requestKeyReused` for another request under the same key,
  ///   `requestLost` when it took effect and its reply was not kept.
  public func claim(
    _ key: String, operation: String, content: [UInt8], user: UserID,
    patience: Int = requestPatience
  ) async throws -> RequestTurn {
    try Self.checkRequestKey(key)
    let request = ClaimedRequest(
      user: user, operation: operation, key: key, claim: random.bytes(16))
    let hash = keys?.digest(ofRequest: content) ?? sha256(content)
    let outcome = try await refusing {
      try await store.claim(request, hash: hash, patience: patience)
    }
    switch outcome {
    case .claimed: return .now(RequestOnce(claim: request, keys: keys, answer: nil))
    case .replay(let box):
      // A reply moved here from elsewhere is as good as lost.
      guard let plain = try? needKeys().open(box, for: request.purpose) else {
        throw ActRefusal.requestLost
      }
      return .again(try JSONDecoder().decode(KeptReply.self, from: Data(plain)))
    case .busy: throw ActRefusal.requestInProgress
    case .other: throw ActRefusal.requestKeyReused
    case .lost: throw ActRefusal.requestLost
    }
  }

  /// The same installation, carrying out a request: its transactions are marked.
  public func carryingOut(_ request: RequestOnce) -> Installation {
    var copy = self
    copy.request = request
    return copy
  }

  /// The same installation, which keeps the reply made of an act's value in the act's transaction.
  public func answering<Value: Sendable>(
    with reply: @escaping @Sendable (Value) throws -> KeptReply
  ) -> Installation {
    var copy = self
    copy.request?.answer = { value in try (value as? Value).map(reply) }
    return copy
  }

  /// Keeps the reply of an act, where its transaction did not.
  ///
  /// - Parameter onlyIfEffective: whether a request of which nothing was committed is left free.
  public func keep(
    _ reply: KeptReply, of request: RequestOnce, onlyIfEffective: Bool
  ) async throws {
    guard let box = try request.box(reply) else { return }
    try await refusing {
      try await store.keepReply(box, of: request.claim, onlyIfEffective: onlyIfEffective)
    }
  }

  /// Frees a request that was refused: it can be asked again, also in other words while nothing of
  /// it took effect.
  public func giveUp(_ request: RequestOnce) async throws {
    try await refusing { try await store.giveUp(request.claim) }
  }

  /// A transaction on a login, marked with the request that is carried out.
  func marked<R: Sendable>(
    _ login: Login, _ context: RequestContext,
    _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    let request = request
    return try await store.session(
      login, context, marking: request?.claim, reply: { try request?.sealedAnswer($0) }, body)
  }

  /// Records that an allocation was read again, where a kept reply that shows it is given again.
  ///
  /// - Parameter isProved: whether no proof of who asks is needed again; otherwise password and second factor of the
  ///   last five minutes are.
  public func noteRepeatedReading(
    of participant: String, isProved: Bool, as actor: Actor
  ) async throws {
    if !isProved { try needFreshSecondFactor(actor) }
    // As the disclosure itself: not every login of who opens an arm writes to this trail.
    try await session(actor, on: .allocator) { session in
      try session.note(
        "allocation read", on: participant, site: actor.sites.setting, in: .allocation)
    }
  }
}

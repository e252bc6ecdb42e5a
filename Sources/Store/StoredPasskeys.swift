import Postgres
public import StudyModel

/// A passkey as the database knows it.
public struct StoredPasskey: Sendable {
  /// The number.
  public let id: Int64
  /// Its name in the authenticator.
  public let credential: [UInt8]
  /// The public key as the authenticator wrote it.
  public let key: [UInt8]
  /// The host it was made for.
  public let server: String
  /// Whether it can be kept on several devices.
  public let mayBeBackedUp: Bool
  /// What its person calls it.
  public let name: String
  /// When it was added.
  public let madeAt: UTCInstant
  /// The last use, nil before the first.
  public let usedAt: UTCInstant?
}

/// What a challenge is given for.
public enum PasskeyPurpose: String, Sendable {
  /// A new passkey.
  case add
  /// The second factor of a sign-in.
  case signIn = "sign-in"
  /// A proof within a session.
  case confirm
}

/// A question to one person in one session, at one server.
public struct PasskeyQuestion: Sendable {
  /// SHA-256 of the challenge.
  public let challengeDigest: [UInt8]
  /// Who is asked.
  public let user: UserID
  /// SHA-256 of the session's token.
  public let sessionDigest: [UInt8]
  /// What for.
  public let purpose: PasskeyPurpose
  /// The host.
  public let server: String

  /// Makes a question.
  public init(
    challengeDigest: [UInt8], user: UserID, sessionDigest: [UInt8], purpose: PasskeyPurpose,
    server: String
  ) {
    self.challengeDigest = challengeDigest
    self.user = user
    self.sessionDigest = sessionDigest
    self.purpose = purpose
    self.server = server
  }
}

/// A passkey about to be kept.
public struct PasskeyToKeep: Sendable {
  let credential: [UInt8]
  let server: String
  let key: [UInt8]
  let algorithm: Int
  let mayBeBackedUp: Bool
  let signCount: UInt32
  let name: String

  /// Makes one.
  public init(
    credential: [UInt8], server: String, key: [UInt8], algorithm: Int, mayBeBackedUp: Bool,
    signCount: UInt32, name: String
  ) {
    self.credential = credential
    self.server = server
    self.key = key
    self.algorithm = algorithm
    self.mayBeBackedUp = mayBeBackedUp
    self.signCount = signCount
    self.name = name
  }
}

enum PasskeySQL: String, StatementSet {
  case offer = "select access.offer_passkey_challenge($1, $2, $3, $4, $5)"
  case take = "select access.take_passkey_challenge($1, $2, $3, $4, $5)"
  case add =
    "select access.add_passkey($1, $2, $3, $4, $5, $6::bigint::integer, $7, $8, $9)"
  case use = "select access.use_passkey($1, $2, $3, $4)"
  case rename = "select access.rename_passkey($1, $2, $3)"
  case end = "select access.end_passkeys($1, $2, $3)::bigint"
  case own = """
    select passkey_id, credential, public_key, server, may_be_backed_up, name, made_at, used_at
      from access.passkeys
     where user_id = $1 and ended_at is null
     order by passkey_id
    """
  case prove = "update access.sessions set passkey_at = clock_timestamp() where token_hash = $1"
}

extension Session {
  /// Keeps a question, which takes the place of an older one of the same session.
  public func offer(_ question: PasskeyQuestion) throws(StoreError) {
    _ = try rows(
      PasskeySQL.offer.statement, .bytes(question.challengeDigest), .int(question.user),
      .bytes(question.sessionDigest), .text(question.purpose.rawValue), .text(question.server))
  }

  /// Whether this was asked, less than five minutes ago, and not answered before; now it is.
  public func take(_ question: PasskeyQuestion) throws(StoreError) -> Bool {
    guard
      let row = try first(
        PasskeySQL.take.statement, .bytes(question.challengeDigest), .int(question.user),
        .bytes(question.sessionDigest), .text(question.purpose.rawValue), .text(question.server))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// The passkeys of a person that are in force, in the order they were added.
  public func passkeys(of user: UserID) throws(StoreError) -> [StoredPasskey] {
    try rows(PasskeySQL.own.statement, .int(user)).map { row throws(StoreError) in
      StoredPasskey(
        id: try row.int64(0), credential: try row.bytes(1), key: try row.bytes(2),
        server: try row.text(3), mayBeBackedUp: try row.bool(4), name: try row.text(5),
        madeAt: try row.instant(6), usedAt: try row.optionalInstant(7))
    }
  }

  /// Adds a passkey and gives its number; `conflict` beyond ten, `notUnique` when it is somebody's already.
  ///
  /// The person's other sessions end.
  public func add(
    _ passkey: PasskeyToKeep, of user: UserID, sessionDigest: [UInt8]
  ) throws(StoreError) -> Int64 {
    guard
      let row = try first(
        PasskeySQL.add.statement, .int(user), .bytes(sessionDigest), .bytes(passkey.credential),
        .text(passkey.server), .bytes(passkey.key), .int(Int64(passkey.algorithm)),
        .bool(passkey.mayBeBackedUp), .int(Int64(passkey.signCount)), .text(passkey.name))
    else { throw .internalFault(nil) }
    return try row.int64(0)
  }

  /// Whether a passkey is in force and its counter goes on; then it moves.
  public func use(
    passkey: Int64, of user: UserID, at server: String, signCount: UInt32
  ) throws(StoreError) -> Bool {
    guard
      let row = try first(
        PasskeySQL.use.statement, .int(passkey), .int(user), .text(server),
        .int(Int64(signCount)))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Names a passkey; false when there is none, or it is called so already.
  public func rename(passkey: Int64, of user: UserID, to name: String) throws(StoreError) -> Bool {
    guard let row = try first(PasskeySQL.rename.statement, .int(user), .int(passkey), .text(name))
    else { throw .internalFault(nil) }
    return try row.bool(0)
  }

  /// Ends one passkey, or all where none is named, and the person's other sessions; gives how many.
  public func endPasskeys(
    of user: UserID, only passkey: Int64? = nil, sessionDigest: [UInt8] = []
  ) throws(StoreError) -> Int {
    guard
      let row = try first(
        PasskeySQL.end.statement, .int(user), passkey.map(SQLValue.int) ?? .null,
        .bytes(sessionDigest))
    else { throw .internalFault(nil) }
    return try row.int(0)
  }

  /// Marks a session as one in which a passkey was given.
  public func notePasskey(tokenHash: [UInt8]) throws(StoreError) {
    _ = try rows(PasskeySQL.prove.statement, .bytes(tokenHash))
  }
}

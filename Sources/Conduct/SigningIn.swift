import Crypto
import Foundation
public import Store
public import StudyModel

/// A session just opened: the bytes for the cookie and the anti-forgery token.
public struct OpenedSession: Sendable {
  /// 32 random bytes, known to the browser only.
  public let token: [UInt8]
  /// The anti-forgery token.
  public let formToken: [UInt8]
}

/// A new account's secrets, shown once.
public struct NewAccount: Sendable {
  /// The number.
  public let user: UserID
  /// The secret of the one-time codes.
  public let factorSecret: [UInt8]
}

extension Installation {
  private static let system = RequestContext(trial: 0, actor: nil, role: "", sites: .all)

  func access<R: Sendable>(
    _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    try await refusing { try await store.session(.access, Self.system, body) }
  }

  /// Creates an account; the caller is the console or an access administrator.
  ///
  /// - Throws: `invalid` when the name is taken or the password is refused.
  public func createAccount(
    username: String, fullName: String, password: String, cost: Int? = nil,
    factorSecret: [UInt8]? = nil
  ) async throws -> NewAccount {
    let keys = try needKeys()
    let name = username.lowercased()
    if let reason = PersonName.refusal(of: fullName) {
      throw ActRefusal.invalid([Fault(field: "full_name", code: "no_person", sentence: reason)])
    }
    let names = try await passwordWords(of: name, fullName: fullName)
    if let reason = Passwords.refusal(of: password, names: names) {
      throw ActRefusal.invalid([Fault(field: "password", code: "bad_password", sentence: reason)])
    }
    let secret = factorSecret ?? random.bytes(20)
    let box = try keys.seal(secret, for: .factor(username: name))
    let stored = try Passwords.stored(password, cost: cost ?? passwordCost, random: random)
    do {
      let user = try await access { session in
        let user = try session.createAccount(
          username: name, fullName: fullName, password: stored, factorBox: box)
        try session.recordEvent("account created", subject: name, user: nil)
        return user
      }
      return NewAccount(user: user, factorSecret: secret)
    } catch let error as StoreError {
      guard case .notUnique = error else { throw error }
      throw ActRefusal.invalid([
        Fault(
          field: "username", code: "username_taken",
          sentence: "The user name “\(name)” is taken. Choose another one.")
      ])
    }
  }

  /// Checks the first factor and opens a session that waits for the second.
  ///
  /// - Parameter address: where it comes from, empty when that is not known.
  /// - Returns: nil for an unknown name, a wrong password, a disabled or a waiting account or
  ///   address: the same answer after the same work.
  public func signIn(
    username: String, password: String, from address: String = ""
  ) async throws -> OpenedSession? {
    let name = username.lowercased()
    let account = try await access { try $0.account(named: name) }
    let decoy = StoredPassword(
      hash: Array(repeating: 0, count: 32), salt: Array(repeating: 0, count: 16),
      cost: account?.password.cost ?? passwordCost)
    let isRight = try await checksPassword(password, account?.password ?? decoy)
    let goesOn = try await access {
      try $0.judgeSignIn(of: account?.id, name: name, from: address, isRight: isRight)
    }
    guard let account, goesOn else { return nil }
    // The cost is raised with the product; only now is the password at hand.
    let raised =
      account.password.cost < passwordCost
      ? try Passwords.stored(password, cost: passwordCost, random: random) : nil
    let opened = newTokens()
    try await access { session in
      if let raised { try session.setPassword(raised, of: account.id) }
      try session.openSession(
        tokenHash: sha256(opened.token), user: account.id, formToken: opened.formToken)
    }
    return opened
  }

  /// Checks the second factor and opens the complete session; the waiting one ends.
  ///
  /// - Parameters:
  ///   - digits: the six digits of the device, or one of the recovery codes.
  ///   - address: where it comes from, empty when that is not known.
  /// - Returns: nil for a wrong, old or used code.
  public func giveCode(
    _ digits: String, waiting token: [UInt8], from address: String = ""
  ) async throws -> OpenedSession? {
    let hash = sha256(token)
    guard let waiting = try await refusing({ try await store.session(tokenHash: hash) }),
      !waiting.isComplete,
      let account = try await access({ try $0.account(waiting.user) })
    else { return nil }
    let opened = newTokens()
    if let code = RecoveryCode(typed: digits) {
      return try await access { session in
        guard try session.judgeSignIn(of: account, from: address, isRight: true) else { return nil }
        guard try session.useRecoveryCode(code.digest(of: account.id), of: account.id) else {
          _ = try session.judgeSignIn(of: account, from: address, isRight: false)
          return nil
        }
        try session.noteSignIn(of: account.id)
        try session.recordEvent("recovery code used", subject: account.username, user: account.id)
        try session.complete(opened, of: account, ending: waiting, hash, from: address, by: "")
        return opened
      }
    }
    let step = try step(of: digits, of: account)
    return try await access { session in
      guard try session.judgeSignIn(of: account, from: address, isRight: step != nil), let step,
        try session.useFactorStep(account.id, step)
      else { return nil }
      try session.complete(opened, of: account, ending: waiting, hash, from: address, by: "")
      return opened
    }
  }

  /// The step of a one-time code as the device shows it now, nil when it shows another.
  private func step(of digits: String, of account: Account) throws -> Int64? {
    let secret = try needSignInKey().factor(account.factorBox, of: account.username)
    return OneTimeCode.step(
      of: digits.filter(\.isNumber), secret: secret, at: account.readAt)
  }

  /// The code a training installation shows beside the box; nil for an account without one.
  public func trainingCode(waiting token: [UInt8]) async throws -> String? {
    let keys = try needSignInKey()
    guard let waiting = try await refusing({ try await store.session(tokenHash: sha256(token)) }),
      let account = try await access({ try $0.account(waiting.user) })
    else { return nil }
    let secret = try keys.factor(account.factorBox, of: account.username)
    let step = OneTimeCode.step(at: account.readAt)
    return OneTimeCode.digits(secret, step: max(step, account.factorStep + 1))
  }

  /// The session of a cookie, nil when there is none in force.
  public func session(token: [UInt8]) async throws -> StoredSession? {
    let hash = sha256(token)
    return try await refusing {
      try await store.session(tokenHash: hash)
    }
  }

  /// Everybody who holds a role in a trial.
  public func people(of trial: Trial) async throws -> [(
    username: String, role: String, site: String
  )] {
    try await access { session in
      try session.people(in: trial.id).map { ($0.username, $0.role, $0.site) }
    }
  }

  /// The number of an account, nil when there is none of that name.
  public func user(named username: String) async throws -> UserID? {
    let name = username.lowercased()
    return try await access { try $0.account(named: name)?.id }
  }

  /// The roles of a user.
  public func grants(of user: UserID) async throws -> [Grant] {
    try await access { try $0.grants(of: user) }
  }

  /// Chooses trial, role and site of a session, which goes on under other tokens; refused when not granted.
  public func choose(_ grant: Grant, token: [UInt8]) async throws -> OpenedSession {
    let renewed = newTokens()
    let isChosen = try await access { session in
      guard try session.choose(grant, tokenHash: sha256(token)) else { return false }
      return try session.renew(token, as: renewed)
    }
    guard isChosen else { throw ActRefusal.notFound }
    return renewed
  }

  func newTokens() -> OpenedSession {
    OpenedSession(token: random.bytes(32), formToken: random.bytes(32))
  }

  /// Confirms the password again, with a one-time code or a passkey where one is given; the session is
  /// fresh for five minutes, and its next signature is proved.
  public func confirmPassword(
    _ password: String, code: String = "", passkey: PasskeyProof? = nil, user: UserID,
    token: [UInt8]?
  ) async throws {
    // Nothing given is no attempt, and counts as none.
    guard !password.isEmpty, let account = try await access({ try $0.account(user) }) else {
      throw ActRefusal.authenticationFailed
    }
    let isKnown = try await checksPassword(password, account.password)
    let step = code.isEmpty ? nil : try step(of: code, of: account)
    let isRight = isKnown && (code.isEmpty || step != nil)
    let isConfirmed = try await access { session in
      let isProven =
        if let passkey {
          try session.isProven(
            by: passkey, account.id, sessionDigest: sha256(token ?? []), for: .confirm)
        } else { true }
      guard try session.judgeSignIn(of: account, from: "", isRight: isRight && isProven) else {
        return false
      }
      if let step {
        guard try session.spendFactorStep(account.id, step) else { return false }
      }
      if let token {
        try session.refreshSession(
          tokenHash: sha256(token), byBoth: step != nil || passkey != nil)
        if passkey != nil { try session.notePasskey(tokenHash: sha256(token)) }
      }
      return true
    }
    guard isConfirmed else { throw ActRefusal.authenticationFailed }
  }

  /// Confirms password and one-time code, both given for this act: what changes a second factor takes it.
  func confirmBoth(
    _ password: String, code digits: String, user: UserID, token: [UInt8]? = nil
  ) async throws {
    guard !digits.isEmpty else { throw ActRefusal.authenticationFailed }
    try await confirmPassword(password, code: digits, user: user, token: token)
  }

  /// Ends a session.
  public func signOut(token: [UInt8]) async throws {
    let hash = sha256(token)
    try await access { try $0.signOut(tokenHash: hash) }
  }

  /// Ends the sessions that lapsed and puts each on record, with when it did.
  ///
  /// - Returns: of how many people.
  @discardableResult
  public func expireSessions() async throws -> Int {
    try await refusing { try await store.expireSessions() }
  }

  /// The actor of a complete session in its chosen trial, role and site; nil when none is in force.
  ///
  /// - Throws: `passkeyNeeded` for a guarded role of a trial of people without a passkey.
  public func actor(of session: StoredSession) async throws -> Actor? {
    guard session.isComplete, session.isGranted, let trial = session.workedIn,
      let role = session.role, let site = session.site
    else { return nil }
    let actor = try await actor(
      user: session.user, username: session.username, fullName: session.fullName,
      role: RoleID(parsing: role), site: site, trial: trial, authenticatedAt: session.freshAt,
      secondFactorAt: session.bothAt, session: session.mark)
    let isGuarded = trial.mode == TrialMode.live.rawValue && actor?.role.needsPasskey == true
    guard !isGuarded || session.isByPasskey else { throw ActRefusal.passkeyNeeded }
    return actor
  }

  /// An actor of a trial in a role; nil when the definition has no such role.
  public func actor(
    user: UserID, username: String, fullName: String, role: RoleID, site: String, trial: Trial,
    authenticatedAt: UTCInstant?, secondFactorAt: UTCInstant? = nil, session: String = ""
  ) async throws -> Actor? {
    let sites: SiteScope = site == "*" ? .all : .site(try SiteKey(parsing: site))
    let definition: StudyDefinition
    switch sites {
    case .all: definition = try await self.definition(of: trial)
    case .site(let key): definition = try await self.definition(of: trial, at: key)
    }
    guard let role = definition.role(role) else { return nil }
    return Actor(
      user: user, username: username, fullName: fullName, role: role, sites: sites, trial: trial,
      definition: definition, authenticatedAt: authenticatedAt, secondFactorAt: secondFactorAt,
      session: session)
  }
}

extension Session {
  /// The session of a token under other tokens, so that a copy of the old ones opens nothing.
  func renew(_ token: [UInt8], as renewed: OpenedSession) throws(StoreError) -> Bool {
    try renewSession(
      tokenHash: sha256(token), as: sha256(renewed.token), formToken: renewed.formToken)
  }

  func judgeSignIn(
    of account: Account, from address: String, isRight: Bool
  ) throws(StoreError) -> Bool {
    try judgeSignIn(of: account.id, name: account.username, from: address, isRight: isRight)
  }

  func complete(
    _ opened: OpenedSession, of account: Account, ending waiting: StoredSession,
    _ hash: [UInt8], from address: String, by factor: String
  ) throws(StoreError) {
    try settleSignIn(from: address, of: account.id)
    try endSession(tokenHash: hash)
    let grants = try grants(of: account.id)
    try completeSession(
      tokenHash: sha256(opened.token), user: account.id, formToken: opened.formToken,
      grant: grants.first, after: hash)
    let ways = [waiting.isByProvider ? "provider" : "", factor].filter { !$0.isEmpty }
    try recordEvent(
      "signed in", subject: account.username, user: account.id,
      detail: ways.joined(separator: " and "))
  }
}

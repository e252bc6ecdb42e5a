import Foundation
public import Store
import StudyModel

extension Installation {
  /// Every account that ever held or is to hold a role in the trial.
  public func accounts(as actor: Actor) async throws -> [AccountState] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await access { try $0.accountStates(in: trial) }
  }

  /// The state of one account, of this study or of another on this server: to whom a role may be given.
  public func account(_ username: String, as actor: Actor) async throws -> AccountState {
    try actor.need(.manageAccounts)
    let (name, trial) = (username.lowercased(), actor.trial.id)
    guard let found = try await access({ try $0.accountState(named: name, seenFrom: trial) }) else {
      throw ActRefusal.notFound
    }
    return found
  }

  /// An account for an act on it: freshly authenticated, and never on one's own.
  func othersAccount(_ username: String, as actor: Actor) async throws -> AccountState {
    let found = try await account(username, as: actor)
    try needFreshSecondFactor(actor)
    guard found.user != actor.user else {
      throw ActRefusal.notNow(
        code: "own_account",
        sentence: "Another administrator looks after your own account. Nothing was changed.")
    }
    return found
  }

  /// An account of somebody of the actor's study, for an act on the account itself.
  ///
  /// - Throws: `notNow` for somebody of other studies, and for an administrator of a study that is not live
  ///   where the person works in one that is.
  func account(_ username: String, managedBy actor: Actor) async throws -> AccountState {
    let found = try await othersAccount(username, as: actor)
    let isLive = actor.trial.mode == TrialMode.live.rawValue
    guard found.isOfTrial, isLive || !found.worksLive else {
      throw ActRefusal.notNow(
        code: "of_another_study",
        sentence: "This account is looked after by the administrators of another study. "
          + "Nothing was changed.")
    }
    return found
  }

  /// Disables an account: its sessions end with the next request.
  public func disable(_ username: String, reason: String, as actor: Actor) async throws {
    let account = try await account(username, managedBy: actor)
    let reason = try needReason(reason)
    let administrator = actor.user
    let isDone = try await access { session in
      guard try session.setEnabled(false, of: account.user) else { return false }
      try session.endSessions(of: account.user)
      try session.endInvitation(of: account.user)
      try session.recordEvent(
        "account disabled", subject: account.username, user: administrator, detail: reason)
      return true
    }
    guard isDone else { throw ActRefusal.unchanged }
    await replaceAbsentRaters()
  }

  /// Enables an account that was disabled.
  public func enable(_ username: String, reason: String, as actor: Actor) async throws {
    let account = try await account(username, managedBy: actor)
    let reason = try needReason(reason)
    let administrator = actor.user
    let isDone = try await access { session in
      guard try session.setEnabled(true, of: account.user) else { return false }
      try session.recordEvent(
        "account enabled", subject: account.username, user: administrator, detail: reason)
      return true
    }
    guard isDone else { throw ActRefusal.unchanged }
  }

  /// Ends the waiting time after failed sign-ins.
  public func endWaiting(of username: String, as actor: Actor) async throws {
    let account = try await account(username, managedBy: actor)
    let administrator = actor.user
    try await access { session in
      try session.forgetFailures(of: account.user)
      try session.recordEvent("waiting ended", subject: account.username, user: administrator)
    }
  }

  private func needReason(_ reason: String) throws(ActRefusal) -> String {
    let reason = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    guard (3...200).contains(reason.count) else {
      throw .invalid([
        Fault(
          field: "reason", code: "reason_missing",
          sentence: "Give a reason of 3 to 200 characters.")
      ])
    }
    return reason
  }

  // MARK: One's own account

  /// What a person sees of the own account.
  public struct OwnAccount: Sendable {
    /// The sessions in force, the newest first.
    public let sessions: [OwnSession]
    /// The name of the session that asks.
    public let current: String
    /// How many recovery codes are left.
    public let recoveryCodesLeft: Int
    /// The roles held.
    public let grants: [Grant]
  }

  /// The own account of a session.
  public func ownAccount(_ session: StoredSession, token: [UInt8]) async throws -> OwnAccount {
    let user = session.user
    let current = sha256(token).prefix(8).hex
    let idleMinutes = idleMinutes
    return try await access { session in
      OwnAccount(
        sessions: try session.sessions(of: user, idleMinutes: idleMinutes), current: current,
        recoveryCodesLeft: try session.recoveryCodesLeft(of: user),
        grants: try session.grants(of: user))
    }
  }

  /// Roles as their holder reads them: the title of each in the words of its study, the site or `*`,
  /// and the key of the study.
  public func titled(
    _ grants: [Grant]
  ) async throws -> [(title: String, site: String, trial: String)] {
    var found: [(title: String, site: String, trial: String)] = []
    for grant in grants {
      let definition = try await definition(of: try await trial(grant.trialKey))
      let role = (try? RoleID(parsing: grant.role)).flatMap(definition.role)
      found.append((role?.title ?? grant.role, grant.site, grant.trialKey))
    }
    return found
  }

  /// Ends one of the own sessions; the password is given for it, so that who found an open browser
  /// cannot shut its owner out.
  public func endOwnSession(
    _ name: String, password: String, of session: StoredSession
  ) async throws {
    let (user, username) = (session.user, session.username)
    try await confirmPassword(password, user: user, token: nil)
    let isEnded = try await access { session in
      guard try session.endSession(named: name, of: user) else { return false }
      try session.recordEvent("session ended", subject: username, user: user)
      return true
    }
    guard isEnded else { throw ActRefusal.notFound }
  }

  /// Replaces the own password; every other session ends, and the own one goes on under other tokens.
  public func changePassword(
    from old: String, to new: String, repeated: String, of session: StoredSession, token: [UInt8]
  ) async throws -> OpenedSession {
    try await confirmPassword(old, user: session.user, token: nil)
    let names = try await passwordWords(
      of: session.username, fullName: session.fullName)
    if let reason = Passwords.refusal(of: new, names: names) {
      throw ActRefusal.invalid([Fault(field: "new", code: "bad_password", sentence: reason)])
    }
    guard new == repeated else {
      throw ActRefusal.invalid([
        Fault(field: "repeated", code: "differs", sentence: "The two passwords differ.")
      ])
    }
    let stored = try Passwords.stored(new, cost: passwordCost, random: random)
    let (user, username, renewed) = (session.user, session.username, newTokens())
    let isInForce = try await access { session in
      try session.setPassword(stored, of: user)
      try session.endSessions(of: user, except: sha256(token))
      try session.recordEvent("password changed", subject: username, user: user)
      return try session.renew(token, as: renewed)
    }
    guard isInForce else { throw ActRefusal.notFound }
    return renewed
  }

  /// Replaces the own recovery codes, proved by password and one-time code; the old ones no longer work, and the
  /// person's other sessions end.
  public func renewRecoveryCodes(
    password: String, code digits: String, of session: StoredSession, token: [UInt8]
  ) async throws -> [RecoveryCode] {
    try await confirmBoth(password, code: digits, user: session.user)
    let codes = newRecoveryCodes()
    let (user, username) = (session.user, session.username)
    try await access { session in
      try session.replaceRecoveryCodes(of: user, codes.map { $0.digest(of: user) })
      try session.endSessions(of: user, except: sha256(token))
      try session.recordEvent("recovery codes renewed", subject: username, user: user)
    }
    return codes
  }
}

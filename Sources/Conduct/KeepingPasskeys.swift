import Foundation
public import Passkeys
public import Store
import StudyModel

extension Installation {
  /// Adds a passkey to the own account, proved by password and one-time code; other sessions end, and the
  /// own one goes on under other tokens.
  ///
  /// Who has a passkey for this server shows it first: a code that was overheard makes no second one.
  ///
  /// - Parameters:
  ///   - name: what the person calls it, 1 to 60 characters.
  ///   - digits: six digits of the device, not used before.
  /// - Throws: `authenticationFailed`, or `invalid` when the browser's answer does not hold.
  public func addPasskey(
    _ registration: PasskeyRegistration, named name: String, password: String, code digits: String,
    of person: StoredSession, token: [UInt8], at party: RelyingParty
  ) async throws -> OpenedSession {
    let name = try passkeyName(name)
    // What answers no question is refused before it costs an attempt.
    guard let challenge = registration.challenge else { throw Self.notTaken }
    try await needPasskeyShown(by: person, at: party, toDo: "add another one")
    try await confirmBoth(password, code: digits, user: person.user, token: token)
    let (hash, renewed) = (sha256(token), newTokens())
    do {
      let isAdded = try await access { session in
        // Taken in a transaction that is kept whatever it says: a question is answered once.
        guard
          try session.take(
            PasskeyQuestion(
              challengeDigest: sha256(challenge), user: person.user, sessionDigest: hash,
              purpose: .add, server: party.id)),
          let passkey = try? registration.passkey(challenge: challenge, at: party)
        else { return false }
        _ = try session.add(
          PasskeyToKeep(
            credential: passkey.id, server: party.id, key: passkey.key,
            algorithm: passkey.algorithm.rawValue, mayBeBackedUp: passkey.mayBeBackedUp,
            signCount: passkey.signCount, name: name), of: person.user, sessionDigest: hash)
        // Made a moment ago by the person, who proved to it who they are.
        try session.notePasskey(tokenHash: hash)
        return try session.renew(token, as: renewed)
      }
      guard isAdded else { throw Self.notTaken }
      return renewed
    } catch let error as StoreError {
      guard case .notUnique = error else { throw error }
      throw Self.notTaken
    }
  }

  /// Names one of the own passkeys.
  public func renamePasskey(
    _ number: Int64, to name: String, of person: StoredSession
  ) async throws {
    let name = try passkeyName(name)
    guard try await access({ try $0.rename(passkey: number, of: person.user, to: name) }) else {
      throw ActRefusal.unchanged
    }
  }

  /// Removes one of the own passkeys, proved by password and one-time code; other sessions end, and the own
  /// one goes on under other tokens.
  ///
  /// Who has a passkey for this server shows it first: who overheard a code would otherwise remove the passkey
  /// and add one of their own.
  public func removePasskey(
    _ number: Int64, password: String, code digits: String, of person: StoredSession,
    token: [UInt8], at party: RelyingParty
  ) async throws -> OpenedSession {
    try await needPasskeyShown(by: person, at: party, toDo: "remove it")
    try await confirmBoth(password, code: digits, user: person.user)
    let renewed = newTokens()
    let isEnded = try await access { session in
      guard
        try session.endPasskeys(of: person.user, only: number, sessionDigest: sha256(token)) == 1
      else { return false }
      return try session.renew(token, as: renewed)
    }
    guard isEnded else { throw ActRefusal.notFound }
    return renewed
  }

  /// Refuses a session that was not opened by a passkey, of who has one for this server.
  private func needPasskeyShown(
    by person: StoredSession, at party: RelyingParty, toDo act: String
  ) async throws {
    guard !person.isByPasskey, try await hasPasskey(person.user, at: party) else { return }
    throw ActRefusal.notNow(
      code: "passkey_first",
      sentence: "You have a passkey for this server: sign in with it, then \(act). "
        + "If it is lost, ask an administrator for a reset. Nothing was changed.")
  }

  private static let notTaken = ActRefusal.invalid([
    Fault(
      field: "passkey", code: "passkey_not_taken",
      sentence:
        "The passkey was not taken: it is kept already, was asked for too long ago, or did not check "
        + "who you are. Try again.")
  ])

  private func passkeyName(_ text: String) throws(ActRefusal) -> String {
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard (1...60).contains(name.count) else {
      throw .invalid([
        Fault(
          field: "name", code: "bad_name",
          sentence:
            "Give the passkey a name of 1 to 60 characters, for example the device it is on."
        )
      ])
    }
    return name
  }
}

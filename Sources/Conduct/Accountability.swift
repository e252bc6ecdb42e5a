import Foundation
public import Store
import StudyModel

/// What everybody acknowledges once before the first electronic signature (21 CFR 11.10(j)).
public enum Accountability {
  /// The version of the text; another text is another version.
  public static let version = "1"

  /// The text.
  public static let text = [
    "My electronic signature in this study binds me in the same way as a signature by my hand.",
    "I am accountable for what is done and signed under my name.",
    "I tell nobody my password or one-time code, and say at once when somebody may know them.",
  ]

  static var digest: [UInt8] { sha256(text.joined(separator: "\n")) }
}

extension Installation {
  private func signers<R: Sendable>(
    _ user: UserID?, _ body: @escaping @Sendable (Session) throws -> R
  ) async throws -> R {
    let context = RequestContext(trial: 0, actor: user, role: "", sites: .all)
    return try await refusing { try await store.session(.access, context, body) }
  }

  /// Whether this person may sign.
  public func signerStanding(of user: UserID) async throws -> SignerStanding {
    try await signers(nil) { try $0.signerStanding(of: user) }
  }

  /// The person acknowledges the present text.
  public func acknowledgeAccountability(by user: UserID) async throws {
    try await signers(user) {
      try $0.acknowledgeAccountability(
        version: Accountability.version, digest: Accountability.digest)
    }
  }

  /// The person acknowledges the present text, just authenticated.
  public func acknowledgeAccountability(as actor: Actor) async throws {
    try needFresh(actor)
    try await acknowledgeAccountability(by: actor.user)
  }

  /// Records how a person's identity was verified, by an access administrator, never for oneself and never by
  /// who handed out the address of the account: nobody alone makes up a person who signs.
  public func recordIdentityCheck(
    of user: UserID, method: String, as actor: Actor
  ) async throws {
    try actor.need(.manageAccounts)
    try needFreshSecondFactor(actor)
    guard user != actor.user else {
      throw ActRefusal.notNow(
        code: "own_identity",
        sentence: "Your own identity is verified by somebody else. Nothing was recorded.")
    }
    guard let person = try await accounts(as: actor).first(where: { $0.user == user }) else {
      throw ActRefusal.notFound
    }
    _ = try await account(person.username, managedBy: actor)
    let inviters = try await access { try $0.inviters(of: user) }
    guard !inviters.contains(actor.user) else {
      throw ActRefusal.notNow(
        code: "second_person_needed",
        sentence: "You invited this person. Another administrator verifies who it is. "
          + "Nothing was recorded.")
    }
    try await recordIdentityCheck(of: user, method: method, by: actor.user)
  }

  /// Records how a person's identity was verified, from the console.
  public func recordIdentityCheck(of user: UserID, method: String) async throws {
    try await recordIdentityCheck(of: user, method: method, by: nil)
  }

  private func recordIdentityCheck(
    of user: UserID, method: String, by checker: UserID?
  ) async throws {
    let method = method.trimmingCharacters(in: .whitespacesAndNewlines)
    guard (3...300).contains(method.count) else {
      throw ActRefusal.invalid([
        Fault(
          field: "method", code: "bad_method",
          sentence:
            "Say in 3 to 300 characters how the identity was verified, such as the document seen.")
      ])
    }
    try await signers(checker) { try $0.recordIdentityCheck(of: user, method: method) }
  }
}

extension StoredSession {
  /// What the audit trail calls this session; it opens nothing.
  var mark: String { String(sha256(formToken).hex.prefix(16)) }
}

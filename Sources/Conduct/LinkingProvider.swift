import OpenIDConnect
public import Store
import StudyModel

extension Installation {
  /// The own link with an account at a provider, nil when there is none.
  public func ownProviderIdentity(_ person: StoredSession) async throws -> ProviderIdentity? {
    try await access { try $0.providerIdentity(of: person.user) }
  }

  /// Sends a person to the provider to link an account there with the own one, proved by password and
  /// one-time code just before.
  ///
  /// - Throws: `authenticationFailed`, or `notNow` when there is a link or the provider does not answer.
  public func beginLinking(
    password: String, code digits: String, of person: StoredSession, token: [UInt8],
    at place: ProviderPlace
  ) async throws -> ProviderDeparture {
    _ = try needProvider()
    guard try await ownProviderIdentity(person) == nil else {
      throw ActRefusal.notNow(
        code: "linked_already",
        sentence: "Your account is linked already. Remove that link first. Nothing was changed.")
    }
    try await confirmBoth(password, code: digits, user: person.user, token: token)
    return try await depart(from: place, linking: sha256(token))
  }

  /// Links the account a person came back from with the own one; the other sessions end, and the own one goes
  /// on under other tokens.
  ///
  /// - Throws: one refusal for everything that does not hold, an account that somebody is linked with included.
  public func link(
    returning back: ProviderReturn, of person: StoredSession, token: [UInt8]
  ) async throws -> OpenedSession {
    let provider = try needProvider()
    let issuer = provider.settings.issuer.text
    let (user, username, hash) = (person.user, person.username, sha256(token))
    let reason: String
    do {
      let subject = try await subject(of: back, linking: hash)
      let renewed = newTokens()
      let isLinked = try await access { session in
        guard try session.linkProvider(issuer, subjectDigest: subject, sessionDigest: hash) else {
          return false
        }
        return try session.renew(token, as: renewed)
      }
      if isLinked { return renewed }
      reason = "somebody is linked with the account there"
    } catch let refusal as ProviderRefusal {
      reason = refusal.rawValue
    }
    try await access { session in
      try session.recordEvent(
        "provider not linked", subject: username, user: user, detail: reason)
    }
    throw ActRefusal.notNow(
      code: "provider_not_linked",
      sentence: "The account at \(provider.settings.name) was not linked. Begin again. "
        + "An account there is linked with one account here alone.")
  }

  /// Removes the own link, proved by the password; the other sessions end, and the own one goes on under
  /// other tokens.
  public func unlinkProvider(
    password: String, of person: StoredSession, token: [UInt8]
  ) async throws -> OpenedSession {
    // Where there is nothing to remove no password is tried.
    guard try await ownProviderIdentity(person) != nil else { throw ActRefusal.notFound }
    try await confirmPassword(password, user: person.user, token: nil)
    let renewed = newTokens()
    let isEnded = try await access { session in
      guard try session.endProviderIdentity(of: person.user, sessionDigest: sha256(token)) else {
        return false
      }
      return try session.renew(token, as: renewed)
    }
    guard isEnded else { throw ActRefusal.notFound }
    return renewed
  }
}

public import Passkeys
public import Store
public import StudyModel

/// What a browser is asked, to make or to use a passkey.
public struct PasskeyChallenge: Sendable {
  /// 32 random bytes, answered once and within five minutes.
  public let challenge: [UInt8]
  /// The host passkeys are made for.
  public let server: String
  /// The person as authenticators know them: no name.
  public let userHandle: [UInt8]
  /// The user name, for the list an authenticator shows.
  public let username: String
  /// The printed name, likewise.
  public let fullName: String
  /// The names of the person's passkeys at this server: to choose from, or not to make again.
  public let passkeys: [[UInt8]]
}

/// A passkey given beside the password.
public struct PasskeyProof: Sendable {
  let assertion: PasskeyAssertion
  let party: RelyingParty

  /// Takes what a browser handed over at this server.
  public init(_ assertion: PasskeyAssertion, at party: RelyingParty) {
    self.assertion = assertion
    self.party = party
  }
}

extension Role {
  /// Whether it is worked in with a passkey only: administrators, unblinding, custody of the seed, the
  /// monitoring committee (security.md 8).
  public var needsPasskey: Bool {
    let guarded: [Capability] = [
      .manageAccounts, .emergencyUnblinding, .discloseCase, .unblind, .draftRandomization,
      .approveRandomization, .readClosedReport,
    ]
    return guarded.contains(where: can)
  }
}

extension ActRefusal {
  /// A guarded role in a trial of people, in a session without a passkey.
  public static let passkeyNeeded = ActRefusal.notNow(
    code: "passkey_needed",
    sentence:
      "This role is worked in with a passkey. Add one on the page “Your account”, or sign out and "
      + "sign in with the one you have. Nothing was changed.")

  static let noPasskey = ActRefusal.notNow(
    code: "no_passkey",
    sentence: "You have no passkey for this server. Give a one-time code instead.")
}

extension Installation {
  /// Asks a person for a passkey; takes the place of an earlier question of the same session.
  ///
  /// - Throws: `notNow` when there is no passkey to use at this server.
  public func passkeyChallenge(
    _ purpose: PasskeyPurpose, of person: StoredSession, token: [UInt8], at party: RelyingParty
  ) async throws -> PasskeyChallenge {
    let challenge = random.bytes(32)
    let question = PasskeyQuestion(
      challengeDigest: sha256(challenge), user: person.user, sessionDigest: sha256(token),
      purpose: purpose, server: party.id)
    let known = try await access { session in
      let known = try session.passkeys(of: person.user).filter { $0.server == party.id }
      guard purpose == .add || !known.isEmpty else { throw ActRefusal.noPasskey }
      try session.offer(question)
      return known
    }
    return PasskeyChallenge(
      challenge: challenge, server: party.id, userHandle: passkeyHandle(of: person.user),
      username: person.username, fullName: person.fullName, passkeys: known.map(\.credential))
  }

  /// Checks a passkey as the second factor and opens the complete session; the waiting one ends.
  ///
  /// - Returns: nil for anything that does not hold: the same answer for every cause.
  public func givePasskey(
    _ assertion: PasskeyAssertion, waiting token: [UInt8], from address: String = "",
    at party: RelyingParty
  ) async throws -> OpenedSession? {
    let hash = sha256(token)
    guard let waiting = try await refusing({ try await store.session(tokenHash: hash) }),
      !waiting.isComplete, let account = try await access({ try $0.account(waiting.user) })
    else { return nil }
    let opened = OpenedSession(token: random.bytes(32), formToken: random.bytes(32))
    return try await access { session in
      let isRight = try session.isProven(
        by: PasskeyProof(assertion, at: party), account.id, sessionDigest: hash, for: .signIn)
      guard try session.judgeSignIn(of: account, from: address, isRight: isRight) else {
        return nil
      }
      try session.noteSignIn(of: account.id)
      try session.complete(opened, of: account, ending: waiting, hash, from: address, by: "passkey")
      try session.notePasskey(tokenHash: sha256(opened.token))
      return opened
    }
  }

  /// The own passkeys, in the order they were added.
  public func ownPasskeys(_ person: StoredSession) async throws -> [StoredPasskey] {
    try await access { try $0.passkeys(of: person.user) }
  }

  /// Whether a person has a passkey for a server.
  public func hasPasskey(_ user: UserID, at party: RelyingParty?) async throws -> Bool {
    guard let party else { return false }
    return try await access { session in
      try session.passkeys(of: user).contains { $0.server == party.id }
    }
  }
}

extension Session {
  /// Whether a passkey proves a person: asked here and once, everything holds, and it counts upwards.
  func isProven(
    by proof: PasskeyProof, _ user: UserID, sessionDigest: [UInt8], for purpose: PasskeyPurpose
  ) throws(StoreError) -> Bool {
    let (assertion, party) = (proof.assertion, proof.party)
    guard let challenge = assertion.challenge,
      try take(
        PasskeyQuestion(
          challengeDigest: sha256(challenge), user: user, sessionDigest: sessionDigest,
          purpose: purpose, server: party.id)),
      let passkey = try passkeys(of: user).first(where: {
        $0.credential == assertion.id && $0.server == party.id
      }),
      let count = try? assertion.signCount(
        challenge: challenge, at: party, key: passkey.key, mayBeBackedUp: passkey.mayBeBackedUp)
    else { return false }
    return try use(passkey: passkey.id, of: user, at: party.id, signCount: count)
  }
}

/// What authenticators keep of a person: a digest of the number, which tells nobody who it is.
private func passkeyHandle(of user: UserID) -> [UInt8] { sha256("passkey user\n\(user)") }

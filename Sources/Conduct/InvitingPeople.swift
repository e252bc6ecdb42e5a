public import Store
public import StudyModel

/// Somebody who is to get an account.
public struct NewPerson: Sendable {
  /// The user name, small letters, digits, dots, dashes.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// The first role.
  public let role: RoleID
  /// The site of a role of a site.
  public let site: SiteKey?
  /// The evidence behind the role.
  public let evidence: GrantEvidence

  /// Makes a person.
  public init(
    username: String, fullName: String, role: RoleID, site: SiteKey?, evidence: GrantEvidence
  ) {
    self.username = username
    self.fullName = fullName
    self.role = role
    self.site = site
    self.evidence = evidence
  }
}

/// What a person sees who opens an invitation.
public struct OpenInvitation: Sendable {
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// A new account, or a reset.
  public let kind: StoredInvitation.Kind
  /// Whether the second administrator has confirmed it; true for a new account.
  public let isConfirmed: Bool
  /// The secret of the one-time codes, for the device: another one at each showing, so that whoever opened the
  /// address before the person knows none that counts.
  public let factorSecret: [UInt8]
  /// What the secret follows from, to be given back with the answer.
  public let drawn: [UInt8]
  /// When it stops working.
  public let expiresAt: UTCInstant
  /// When it was read, by the clock of the database.
  let readAt: UTCInstant
}

/// What a person sends who accepts an invitation.
public struct InvitationAnswer: Sendable {
  /// The password.
  public let password: String
  /// The password again.
  public let repeated: String
  /// What the secret shown follows from.
  public let drawn: [UInt8]
  /// Six digits of the device that just took the secret.
  public let digits: String
  /// The code the second administrator says, for a reset.
  public let spokenCode: String

  /// Makes an answer.
  public init(
    password: String, repeated: String, drawn: [UInt8], digits: String, spokenCode: String
  ) {
    self.password = password
    self.repeated = repeated
    self.drawn = drawn
    self.digits = digits
    self.spokenCode = spokenCode
  }
}

extension Installation {
  /// Makes an account without a password, gives its first role and invites the person.
  ///
  /// - Returns: the 32 bytes of the address, shown once; the role waits for a second
  ///   administrator where it knows arms across sites.
  public func invite(_ person: NewPerson, as actor: Actor) async throws -> [UInt8] {
    try actor.need(.manageAccounts)
    try needFreshSecondFactor(actor)
    let name = person.username.lowercased()
    try check(name, person.fullName)
    let given = try await judged(person.role, site: person.site, in: actor.trial, to: nil)
    try check(person.evidence, for: given.role)
    let keys = try needKeys()
    let token = random.bytes(32)
    let box = try keys.seal(random.bytes(20), for: .factor(username: name))
    // No password has this hash: the account opens with the invitation alone.
    let none = StoredPassword(
      hash: random.bytes(32), salt: random.bytes(16), cost: passwordCost)
    let (trial, administrator) = (actor.trial, actor.user)
    do {
      try await access { session in
        let user = try session.createAccount(
          username: name, fullName: person.fullName, password: none, factorBox: box)
        try session.makeInvitation(
          .invitation, tokenHash: sha256(token), for: user, by: administrator)
        try session.recordEvent("account created", subject: name, user: administrator)
        try session.recordEvent("invited", subject: name, user: administrator)
        guard !given.needsSecondPerson else {
          return try session.proposeGrant(
            given.role.id.text, site: given.place, person.evidence, in: trial.id, to: user,
            by: administrator)
        }
        try session.give(given, to: user, in: trial, by: administrator, person.evidence)
      }
    } catch let error as StoreError {
      guard case .notUnique = error else { throw error }
      throw ActRefusal.invalid([
        Fault(
          field: "username", code: "username_taken",
          sentence: "The user name “\(name)” is taken. Choose another one.")
      ])
    }
    if given.role.can(.rate), !given.needsSecondPerson {
      try await drawWaitingRatings(of: trial, try await definition(of: trial))
    }
    return token
  }

  /// Invites a person again who has not accepted yet, or starts the reset of an account.
  ///
  /// A reset does nothing until a second administrator confirms it: nobody alone comes into the
  /// account of somebody else.
  public func reset(_ username: String, as actor: Actor) async throws -> [UInt8] {
    let account = try await account(username, managedBy: actor)
    // Without the key nobody could take the address, and the earlier one would have ended for it.
    _ = try needKeys()
    let token = random.bytes(32)
    // Who took nothing yet has nothing that could be taken over.
    let kind: StoredInvitation.Kind = account.isOpened ? .reset : .invitation
    let administrator = actor.user
    try await access { session in
      try session.makeInvitation(
        kind, tokenHash: sha256(token), for: account.user, by: administrator)
      try session.recordEvent(
        kind == .reset ? "reset started" : "invited", subject: account.username,
        user: administrator)
    }
    return token
  }

  /// Confirms a reset that another administrator started.
  ///
  /// - Returns: the code to say to the person, shown once.
  public func confirmReset(of username: String, as actor: Actor) async throws -> String {
    let account = try await account(username, managedBy: actor)
    let administrator = actor.user
    let code = SpokenCode(random: random.bytes(8))
    let isConfirmed = try await access { session in
      guard let open = try session.invitation(of: account.user), open.kind == .reset else {
        throw ActRefusal.notNow(
          code: "no_reset", sentence: "No reset of this account is open. Nothing was changed.")
      }
      guard open.madeBy != administrator else {
        throw ActRefusal.notNow(
          code: "second_person_needed",
          sentence:
            "You started this reset. A second administrator confirms it. Nothing was changed.")
      }
      guard
        try session.confirmInvitation(
          open.id, codeHash: code.digest(of: open.id), by: administrator)
      else { return false }
      try session.recordEvent("reset confirmed", subject: account.username, user: administrator)
      return true
    }
    guard isConfirmed else { throw ActRefusal.stale }
    return code.text
  }

  /// The invitation of an address, for the person who opens it.
  ///
  /// - Parameter drawn: what an earlier showing drew, so that the device keeps what it took; nil draws anew.
  public func invitation(
    _ token: [UInt8], drawn: [UInt8]? = nil
  ) async throws -> OpenInvitation {
    let drawn = drawn.flatMap { $0.count == 20 ? $0 : nil } ?? random.bytes(20)
    let keys = try needSignInKey()
    let found = try await access { try $0.invitation(tokenHash: sha256(token)) }
    guard let found else { throw ActRefusal.notFound }
    return OpenInvitation(
      username: found.username, fullName: found.fullName, kind: found.kind,
      isConfirmed: found.kind == .invitation || found.codeHash != nil,
      factorSecret: keys.factor(drawn: drawn, invited: token), drawn: drawn,
      expiresAt: found.expiresAt, readAt: found.readAt)
  }

  /// Takes password and device of the person and gives ten recovery codes, shown once.
  ///
  /// Every earlier session of the account ends.
  public func accept(
    _ token: [UInt8], _ answer: InvitationAnswer
  ) async throws -> [RecoveryCode] {
    let open = try await invitation(token, drawn: answer.drawn)
    let step = OneTimeCode.step(
      of: answer.digits.filter(\.isNumber), secret: open.factorSecret, at: open.readAt)
    let faults = try await faults(of: answer, for: open, isCodeRight: step != nil)
    guard let step, faults.isEmpty else {
      if step == nil { try await countFailure(ofInvitation: token) }
      throw ActRefusal.invalid(faults)
    }
    let stored = try Passwords.stored(answer.password, cost: passwordCost, random: random)
    let codes = newRecoveryCodes()
    let box = try needSignInKey().seal(factor: open.factorSecret, of: open.username)
    let isAccepted = try await access { session in
      // Read again under its lock: it works once.
      guard let found = try session.invitation(tokenHash: sha256(token)) else {
        throw ActRefusal.notFound
      }
      guard
        found.kind == .invitation
          || found.codeHash == SpokenCode(typed: answer.spokenCode).digest(of: found.id)
      else {
        try session.countFailure(ofInvitation: found.id)
        return false
      }
      try session.endInvitation(of: found.user)
      try session.setPassword(stored, of: found.user)
      try session.setFactor(box, step: step, of: found.user)
      try session.endSessions(of: found.user)
      // Who lost the device may have lost the passkeys with it.
      _ = try session.endPasskeys(of: found.user)
      // A link may be somebody else's doing; it is made again by who the account belongs to.
      _ = try session.endProviderIdentity(of: found.user)
      try session.replaceRecoveryCodes(of: found.user, codes.map { $0.digest(of: found.user) })
      try session.recordEvent(
        found.kind == .invitation ? "invitation accepted" : "reset done",
        subject: found.username, user: found.user)
      return true
    }
    guard isAccepted else {
      throw ActRefusal.invalid([
        Fault(
          field: "spoken", code: "wrong_code",
          sentence: "The code of the second administrator is not right.")
      ])
    }
    return codes
  }

  func newRecoveryCodes() -> [RecoveryCode] {
    (0..<RecoveryCode.count).map { _ in RecoveryCode(random: random.bytes(24)) }
  }

  private func countFailure(ofInvitation token: [UInt8]) async throws {
    try await access { session in
      if let found = try session.invitation(tokenHash: sha256(token)) {
        try session.countFailure(ofInvitation: found.id)
      }
    }
  }

  private func faults(
    of answer: InvitationAnswer, for open: OpenInvitation, isCodeRight: Bool
  ) async throws -> [Fault] {
    var faults: [Fault] = []
    let names = try await passwordWords(of: open.username, fullName: open.fullName)
    if let reason = Passwords.refusal(of: answer.password, names: names) {
      faults.append(Fault(field: "password", code: "bad_password", sentence: reason))
    } else if answer.password != answer.repeated {
      faults.append(
        Fault(field: "repeated", code: "differs", sentence: "The two passwords differ."))
    }
    if !open.isConfirmed {
      faults.append(
        Fault(
          field: "spoken", code: "not_confirmed",
          sentence: "A second administrator has not confirmed this yet. Ask for the code."))
    }
    if !isCodeRight {
      faults.append(
        Fault(
          field: "code", code: "wrong_code",
          sentence: "The code is not right. Give the device the secret and type what it shows."))
    }
    return faults
  }

  private func check(_ username: String, _ fullName: String) throws(ActRefusal) {
    var faults: [Fault] = []
    let isPlain = username.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
        || [0x2D, 0x2E, 0x5F].contains(byte)
    }
    let begins = username.utf8.first.map { $0 != 0x2D && $0 != 0x2E && $0 != 0x5F } ?? false
    if !isPlain || !begins || !(2...64).contains(username.utf8.count) {
      faults.append(
        Fault(
          field: "username", code: "bad_username",
          sentence:
            "A user name has 2 to 64 small letters, digits, dots and dashes, no dash or dot first."
        ))
    }
    let shared = ["admin", "administrator", "root", "user", "test", "guest", "shared", "office"]
    if shared.contains(username) {
      faults.append(
        Fault(
          field: "username", code: "shared_account",
          sentence: "An account belongs to one person. Use the name of the person."))
    }
    if !(3...120).contains(fullName.count) || !fullName.contains(" ") {
      faults.append(
        Fault(
          field: "full_name", code: "bad_name",
          sentence: "Give first and last name, as they stand beside signatures."))
    } else if let reason = PersonName.refusal(of: fullName) {
      faults.append(Fault(field: "full_name", code: "no_person", sentence: reason))
    }
    guard faults.isEmpty else { throw .invalid(faults) }
  }
}

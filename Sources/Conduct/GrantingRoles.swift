public import Store
public import StudyModel

extension Installation {
  /// Gives a role in a trial from the console, where the operator of the machine answers for it.
  public func grant(
    _ role: RoleID, site: SiteKey?, in trial: Trial, to user: UserID
  ) async throws {
    let given = try await judged(role, site: site, in: trial, to: user)
    try await give(given, to: user, in: trial, by: nil, evidence: nil)
  }

  /// Ends a role in a trial; what the person learnt in it is still held against later grants.
  public func endGrant(
    _ role: RoleID, site: SiteKey?, in trial: Trial, of user: UserID, by ender: UserID? = nil
  ) async throws {
    let place = site?.text ?? "*"
    let isEnded = try await access { session in
      guard try session.endGrant(role.text, site: place, in: trial.id, of: user) else {
        return false
      }
      try session.recordEvent(
        "role ended", subject: String(user), user: ender,
        detail: "\(trial.key) \(role) \(place)")
      return true
    }
    guard isEnded else {
      throw ActRefusal.notNow(
        code: "not_granted",
        sentence: "This person does not hold the role \(role). Nothing was changed.")
    }
  }

  // MARK: By an access administrator

  /// Gives a role on evidence of training and delegation.
  ///
  /// A role that knows arms across sites waits for a second administrator.
  ///
  /// - Returns: whether the role is held now, rather than waiting.
  public func giveRole(
    _ role: RoleID, site: SiteKey?, _ evidence: GrantEvidence, to username: String,
    as actor: Actor
  ) async throws -> Bool {
    let user = try await account(username, managedBy: actor).user
    let given = try await judged(role, site: site, in: actor.trial, to: user)
    try check(evidence)
    guard !given.needsSecondPerson else {
      try await propose(given, evidence, to: user, as: actor)
      return false
    }
    try await give(given, to: user, in: actor.trial, by: actor.user, evidence: evidence)
    return true
  }

  /// Renews the evidence behind a role that is held, which ends its suspension.
  public func renewEvidence(
    _ evidence: GrantEvidence, for role: RoleID, site: SiteKey?, of username: String,
    as actor: Actor
  ) async throws {
    let user = try await account(username, managedBy: actor).user
    try check(evidence)
    let (trial, place, administrator) = (actor.trial, site?.text ?? "*", actor.user)
    try await access { session in
      try session.keepEvidence(
        evidence, for: role.text, site: place, in: trial.id, of: user)
      try session.recordEvent(
        "evidence renewed", subject: String(user), user: administrator,
        detail: "\(trial.key) \(role) \(place)")
    }
  }

  /// Ends a role of somebody.
  public func endRole(
    _ role: RoleID, site: SiteKey?, of username: String, as actor: Actor
  ) async throws {
    let user = try await account(username, managedBy: actor).user
    try await endGrant(role, site: site, in: actor.trial, of: user, by: actor.user)
  }

  /// The roles that wait for a second administrator.
  public func grantProposals(as actor: Actor) async throws -> [GrantProposal] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await access { try $0.grantProposals(in: trial) }
  }

  /// Approves or rejects a role that waits; never by who proposed it.
  public func decideProposal(_ number: Int64, isApproved: Bool, as actor: Actor) async throws {
    try actor.need(.manageAccounts)
    try needFresh(actor)
    let found = try await grantProposals(as: actor).first { $0.id == number }
    guard let found else { throw ActRefusal.notFound }
    guard found.proposedBy != actor.user else {
      throw ActRefusal.notNow(
        code: "second_person_needed",
        sentence:
          "You proposed this role. A second administrator decides it. Nothing was changed.")
    }
    let role = try RoleID(parsing: found.role)
    let site = found.site == "*" ? nil : try SiteKey(parsing: found.site)
    // Judged again: other roles may have been given meanwhile.
    let given =
      isApproved ? try await judged(role, site: site, in: actor.trial, to: found.user) : nil
    let (trial, administrator) = (actor.trial, actor.user)
    let blinding = given.map { $0.blinding } ?? []
    let isDecided = try await access { session in
      guard try session.decideProposal(number, isApproved: isApproved, by: administrator) else {
        return false
      }
      for kind in blinding {
        try session.keepRoleKind(kind.id.text, blinding: kind.blinding, in: trial.id)
      }
      if isApproved {
        try session.grant(
          found.role, site: found.site, in: trial.id, to: found.user, by: administrator,
          found.evidence)
      }
      try session.recordEvent(
        isApproved ? "role granted" : "role refused", subject: String(found.user),
        user: administrator, detail: "\(trial.key) \(found.role) \(found.site)")
      return true
    }
    guard isDecided else { throw ActRefusal.stale }
  }

  /// Who held which role at an instant.
  public func roles(at instant: UTCInstant, as actor: Actor) async throws -> [GrantPeriod] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await access { try $0.grants(in: trial, at: instant) }
  }

  /// Every role somebody ever held in the trial.
  public func rolesEverHeld(by username: String, as actor: Actor) async throws -> [GrantPeriod] {
    try actor.need(.manageAccounts)
    let (name, trial) = (username.lowercased(), actor.trial.id)
    return try await access { session in
      guard let user = try session.accountState(named: name)?.user else { return [] }
      return try session.grantPeriods(of: user, in: trial)
    }
  }

  // MARK: What a grant must pass

  /// A role that may be given to somebody.
  struct JudgedGrant: Sendable {
    let role: Role
    let place: String
    /// The kinds of all roles, where the trial judges grants by history.
    let blinding: [Role]

    var needsSecondPerson: Bool { role.blinding == .unblindedAcrossSites }
  }

  /// - Throws: why the role cannot be given to this person.
  func judged(
    _ role: RoleID, site: SiteKey?, in trial: Trial, to user: UserID?
  ) async throws -> JudgedGrant {
    let definition = try await definition(of: trial)
    guard let role = definition.role(role) else { throw ActRefusal.notFound }
    guard (role.scope == .site) == (site != nil) else {
      throw ActRefusal.invalid([
        Fault(
          field: "site", code: "site_scope",
          sentence: "The role \(role.id) \(role.scope == .site ? "needs" : "has no") site.")
      ])
    }
    if let user { try await judge(role, of: user, in: trial, definition) }
    return JudgedGrant(
      role: role, place: site?.text ?? "*",
      blinding: definition.everUnblindedExcludesBlinded ? definition.roles : [])
  }

  private func judge(
    _ role: Role, of user: UserID, in trial: Trial, _ definition: StudyDefinition
  ) async throws {
    if definition.everUnblindedExcludesBlinded, role.blinding == .blinded {
      // Judged by history: who once knew arms does not forget them when the grant ends.
      let ever = try await access { try $0.rolesEverHeld(by: user, in: trial.id) }
      let known = ever.compactMap { (try? RoleID(parsing: $0)).flatMap(definition.role) }
      guard !known.contains(where: \.knowsArms) else { throw ActRefusal.onceUnblinded }
    }
    // A suspended role is held still: evidence may be renewed any day.
    let held = try await access { try $0.grantPeriods(of: user, in: trial.id) }
    for grant in held where grant.ended == nil {
      guard let other = try? RoleID(parsing: grant.role) else { continue }
      guard definition.areCompatible(role.id, other) else {
        throw ActRefusal.notNow(
          code: "incompatible_roles",
          sentence:
            "Nobody may hold \(role.id) and \(other) in the same study. Nothing was granted.")
      }
    }
  }

  private func check(_ evidence: GrantEvidence) throws(ActRefusal) {
    let today = CalendarDate(inUTC: clock.now)
    var faults: [Fault] = []
    if evidence.trainedOn > today {
      faults.append(
        Fault(field: "trained_on", code: "in_future", sentence: "The training is in the future."))
    }
    if let until = evidence.trainedUntil, until <= evidence.trainedOn || until < today {
      faults.append(
        Fault(
          field: "trained_until", code: "training_over",
          sentence: "The training ends before today. Give evidence that counts today."))
    }
    if evidence.delegatedOn > today {
      faults.append(
        Fault(
          field: "delegated_on", code: "in_future", sentence: "The delegation is in the future."))
    }
    guard faults.isEmpty else { throw .invalid(faults) }
  }

  private func give(
    _ given: JudgedGrant, to user: UserID, in trial: Trial, by administrator: UserID?,
    evidence: GrantEvidence?
  ) async throws {
    try await access { session in
      try session.give(given, to: user, in: trial, by: administrator, evidence)
    }
    if given.role.can(.rate) {
      try await drawWaitingRatings(of: trial, try await definition(of: trial))
    }
  }

  private func propose(
    _ given: JudgedGrant, _ evidence: GrantEvidence, to user: UserID, as actor: Actor
  ) async throws {
    let (trial, administrator) = (actor.trial, actor.user)
    do {
      try await access { session in
        try session.proposeGrant(
          given.role.id.text, site: given.place, evidence, in: trial.id, to: user,
          by: administrator)
        try session.recordEvent(
          "role proposed", subject: String(user), user: administrator,
          detail: "\(trial.key) \(given.role.id) \(given.place)")
      }
    } catch let error as StoreError {
      guard case .notUnique = error else { throw error }
      throw ActRefusal.notNow(
        code: "already_proposed",
        sentence: "This role waits for a second administrator already. Nothing was changed.")
    }
  }
}

extension Session {
  func give(
    _ given: Installation.JudgedGrant, to user: UserID, in trial: Trial,
    by administrator: UserID?, _ evidence: GrantEvidence?
  ) throws(StoreError) {
    for kind in given.blinding {
      try keepRoleKind(kind.id.text, blinding: kind.blinding, in: trial.id)
    }
    try grant(
      given.role.id.text, site: given.place, in: trial.id, to: user, by: administrator, evidence)
    try recordEvent(
      "role granted", subject: String(user), user: administrator,
      detail: "\(trial.key) \(given.role.id) \(given.place)")
  }
}

public import Store
public import StudyModel

extension Installation {
  /// Gives a role without evidence: to the made-up people of a simulation, a measurement or a test.
  package func grant(
    _ role: RoleID, site: SiteKey?, in trial: Trial, to user: UserID
  ) async throws {
    let given = try await judged(role, site: site, in: trial, to: user)
    try await give(given, to: user, in: trial, by: nil, evidence: nil)
  }

  /// Gives a role from the console, where the operator of the machine answers for it.
  ///
  /// - Throws: as ``judgeOnConsole(_:site:_:in:to:)``.
  public func grantOnConsole(
    _ role: RoleID, site: SiteKey?, _ evidence: GrantEvidence?, in trial: Trial, to user: UserID
  ) async throws {
    let given = try await judgeOnConsole(role, site: site, evidence, in: trial, to: user)
    try await give(given, to: user, in: trial, by: nil, evidence: evidence)
  }

  /// Judges a role that the console is to give, to an account that is still to be made where there is no user.
  ///
  /// Administrators of accounts need no evidence: nobody is there before the first of them to look at it. Every
  /// other role needs the same evidence as on the pages, and one that knows arms across sites is not given here,
  /// since one person at a console is not two administrators.
  ///
  /// - Throws: `invalid` with what is wrong with role, site or evidence; `notNow` where the role is not given here
  ///   or not to this person.
  @discardableResult
  public func judgeOnConsole(
    _ role: RoleID, site: SiteKey?, _ evidence: GrantEvidence?, in trial: Trial,
    to user: UserID? = nil
  ) async throws -> JudgedGrant {
    let given = try await judged(role, site: site, in: trial, to: user)
    guard !given.needsSecondPerson || given.role.can(.manageAccounts) else {
      throw ActRefusal.notNow(
        code: "second_person_needed",
        sentence:
          "The role \(role) knows arms across sites and takes two administrators: one proposes it and "
          + "another gives it, on the page Accounts. Nothing was granted.")
    }
    if let evidence {
      try check(evidence, for: given.role)
    } else if !given.role.can(.manageAccounts) {
      throw ActRefusal.invalid([
        Fault(
          field: "trained_on", code: "evidence_missing",
          sentence:
            "The role \(role) needs the day of the training and the day of the delegation.")
      ])
    }
    return given
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
    await replaceAbsentRaters()
  }

  // MARK: By an access administrator

  /// Gives a role on evidence of training and delegation, or renews the evidence behind one that is held, which
  /// ends its suspension.
  ///
  /// A role that knows arms across sites, and that of an administrator, waits for a second administrator.
  ///
  /// - Returns: whether the role is held now, rather than waiting.
  public func giveRole(
    _ role: RoleID, site: SiteKey?, _ evidence: GrantEvidence, to username: String,
    as actor: Actor
  ) async throws -> Bool {
    let user = try await othersAccount(username, as: actor).user
    let given = try await judged(role, site: site, in: actor.trial, to: user)
    try check(evidence, for: given.role)
    guard !given.needsSecondPerson else {
      try await propose(given, evidence, to: user, as: actor)
      return false
    }
    try await give(given, to: user, in: actor.trial, by: actor.user, evidence: evidence)
    return true
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
    try needFreshSecondFactor(actor)
    let found = try await grantProposals(as: actor).first { $0.id == number }
    guard let found else { throw ActRefusal.notFound }
    guard found.proposedBy != actor.user, found.user != actor.user else {
      throw ActRefusal.notNow(
        code: "second_person_needed",
        sentence: found.user == actor.user
          ? "This role is for yourself. Another administrator decides it. Nothing was changed."
          : "You proposed this role. A second administrator decides it. Nothing was changed.")
    }
    let role = try RoleID(parsing: found.role)
    let site = found.site == "*" ? nil : try SiteKey(parsing: found.site)
    // Judged again: other roles may have been given meanwhile.
    let given =
      isApproved ? try await judged(role, site: site, in: actor.trial, to: found.user) : nil
    let (trial, administrator) = (actor.trial, actor.user)
    let refusal = try await access { session -> ActRefusal? in
      try session.holdRoles(of: found.user)
      if let given, let refusal = try session.refusal(of: given, to: found.user, in: trial) {
        return refusal
      }
      guard try session.decideProposal(number, isApproved: isApproved, by: administrator) else {
        return .stale
      }
      guard let given else {
        try session.recordEvent(
          "role refused", subject: String(found.user), user: administrator,
          detail: "\(trial.key) \(found.role) \(found.site)")
        return nil
      }
      try session.give(given, to: found.user, in: trial, by: administrator, found.evidence)
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Who held which role at an instant.
  public func roles(at instant: UTCInstant, as actor: Actor) async throws -> [GrantPeriod] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await access { try $0.grants(in: trial, at: instant) }
  }

  /// Who held which role at any time of a day by a clock.
  public func roles(
    on day: CalendarDate, by clock: SiteClock, as actor: Actor
  ) async throws -> [GrantPeriod] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    // Where clocks go forward at midnight the day begins at one.
    func start(_ day: CalendarDate) -> UTCInstant? {
      clock.instant(of: day, hour: 0) ?? clock.instant(of: day, hour: 1)
    }
    guard let from = start(day), let end = start(day.advanced(by: 1)) else { return [] }
    return try await access { try $0.grants(in: trial, from: from, to: end) }
  }

  /// Every role somebody ever held in the trial.
  public func rolesEverHeld(by username: String, as actor: Actor) async throws -> [GrantPeriod] {
    try actor.need(.manageAccounts)
    let (name, trial) = (username.lowercased(), actor.trial.id)
    return try await access { session in
      guard let user = try session.account(named: name)?.id else { return [] }
      return try session.grantPeriods(of: user, in: trial)
    }
  }

  // MARK: What a grant must pass

  /// A role that may be given to somebody.
  public struct JudgedGrant: Sendable {
    let role: Role
    let place: String
    let definition: StudyDefinition

    /// The kinds of all roles, where the trial judges grants by history.
    var blinding: [Role] { definition.everUnblindedExcludesBlinded ? definition.roles : [] }

    /// Whoever gives out accounts could otherwise give themselves a second one, and be two people.
    var needsSecondPerson: Bool {
      role.blinding == .unblindedAcrossSites || role.can(.manageAccounts)
    }
  }

  /// - Throws: why the role cannot be given to this person.
  func judged(
    _ role: RoleID, site: SiteKey?, in trial: Trial, to user: UserID?
  ) async throws -> JudgedGrant {
    let definition = try await definition(of: trial)
    guard let role = definition.role(role) else { throw ActRefusal.notFound }
    guard role.isHeldByAccount else {
      throw ActRefusal.invalid([
        Fault(
          field: "role", code: "role_without_account",
          sentence: "Participants have no account: each questionnaire is answered by a link.")
      ])
    }
    guard (role.scope == .site) == (site != nil) else {
      throw ActRefusal.invalid([
        Fault(
          field: "site", code: "site_scope",
          sentence: "The role \(role.id) \(role.scope == .site ? "needs" : "has no") site.")
      ])
    }
    let given = JudgedGrant(
      role: role, place: site?.text ?? "*", definition: definition)
    if let user {
      let refusal = try await access { try $0.refusal(of: given, to: user, in: trial) }
      if let refusal { throw refusal }
    }
    return given
  }

  /// - Throws: `invalid` with everything that is wrong with the evidence behind a role.
  func check(_ evidence: GrantEvidence, for role: Role?) throws(ActRefusal) {
    let today = CalendarDate(inUTC: clock.now)
    var faults: [Fault] = []
    if evidence.trainedOn > today {
      faults.append(
        Fault(field: "trained_on", code: "in_future", sentence: "The training is in the future."))
    }
    // The role ends with its evidence: nobody has to remember to take it away.
    if role?.isTimeLimited == true, evidence.trainedUntil == nil {
      faults.append(
        Fault(
          field: "trained_until", code: "end_missing",
          sentence: "This role is given for a limited time: say until when."))
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
    let refusal = try await access { session -> ActRefusal? in
      // Of two grants to one person at one moment the second is judged with the first.
      try session.holdRoles(of: user)
      if let refusal = try session.refusal(of: given, to: user, in: trial) { return refusal }
      try session.give(given, to: user, in: trial, by: administrator, evidence)
      return nil
    }
    if let refusal { throw refusal }
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
  /// Why a role cannot be given to a person beside the roles this person holds, or held; nil where it can.
  func refusal(
    of given: Installation.JudgedGrant, to user: UserID, in trial: Trial
  ) throws(StoreError) -> ActRefusal? {
    let (role, definition) = (given.role, given.definition)
    if definition.everUnblindedExcludesBlinded, role.blinding == .blinded {
      // Judged by history: who once knew arms does not forget them when the grant ends.
      let known = try rolesEverHeld(by: user, in: trial.id)
        .compactMap { (try? RoleID(parsing: $0)).flatMap(definition.role) }
      if known.contains(where: \.knowsArms) { return .onceUnblinded }
    }
    // A suspended role is held still: evidence may be renewed any day.
    for grant in try grantPeriods(of: user, in: trial.id) where grant.ended == nil {
      guard let other = try? RoleID(parsing: grant.role) else { continue }
      if !definition.areCompatible(role.id, other) {
        return .notNow(
          code: "incompatible_roles",
          sentence:
            "Nobody may hold \(role.id) and \(other) in the same study. Nothing was granted.")
      }
    }
    return nil
  }

  func give(
    _ given: Installation.JudgedGrant, to user: UserID, in trial: Trial,
    by administrator: UserID?, _ evidence: GrantEvidence?
  ) throws(StoreError) {
    for kind in given.blinding {
      try keepRoleKind(kind.id.text, blinding: kind.blinding, in: trial.id)
    }
    let isHeld = try grantPeriods(of: user, in: trial.id).contains {
      $0.ended == nil && $0.role == given.role.id.text && $0.site == given.place
    }
    try grant(
      given.role.id.text, site: given.place, in: trial.id, to: user, by: administrator, evidence)
    try recordEvent(
      isHeld ? "evidence renewed" : "role granted", subject: String(user), user: administrator,
      detail: "\(trial.key) \(given.role.id) \(given.place)")
  }
}

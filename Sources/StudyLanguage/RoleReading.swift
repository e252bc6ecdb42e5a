import StudyModel
import Yams

extension DefinitionReader {
  mutating func role(_ node: Node) -> Role? {
    guard
      let keyed = keyed(
        node, "a role", needs: ["id", "title", "blinding", "scope", "capabilities", "purpose"],
        may: ["classes", "own_entries_only", "needed_at_sites", "time_limited"])
    else { return nil }
    let id = name(keyed, "id", RoleID.self)
    let title = text(keyed, "title")
    let blinding = choice(keyed, "blinding", Blinding.self)
    let scope = choice(keyed, "scope", Scope.self)
    let purpose = text(keyed, "purpose")
    let classes: [DataClass] = list(keyed, "classes") { reader, node in
      reader.choice(node, "a data class")
    }
    let own: [DataClass] = list(keyed, "own_entries_only") { reader, node in
      reader.choice(node, "a data class")
    }
    let capabilities: [Capability] = list(keyed, "capabilities") { reader, node in
      reader.choice(node, "a capability")
    }
    guard let id, let title, let blinding, let scope, let purpose else { return nil }
    let role = Role(
      id: id, title: title, blinding: blinding, scope: scope, classes: Set(classes),
      ownEntriesOnly: Set(own), capabilities: Set(capabilities), purpose: purpose,
      isNeededAtSites: truth(keyed, "needed_at_sites", else: false),
      isTimeLimited: truth(keyed, "time_limited", else: false))
    if role.isNeededAtSites, role.scope != .site {
      report("the role “\(role.id)” is of no site, and no site needs it.", at: keyed.place)
    }
    checkBlinding(of: role, keyed)
    return role
  }

  private mutating func checkBlinding(of role: Role, _ keyed: KeyedNode) {
    switch role.blinding {
    case .blinded, .participant:
      for dataClass in role.classes.sorted() where DataClass.tellsArms.contains(dataClass) {
        report(
          "the role “\(role.id)” is blinded and cannot have the class “\(dataClass.rawValue)”.",
          at: keyed.place)
      }
      for capability in Capability.allCases
      where role.can(capability) && capability.tellsArms {
        report(
          "the role “\(role.id)” is blinded and cannot have the capability "
            + "“\(capability.rawValue)”.", at: keyed.place)
      }
    case .none:
      guard !role.classes.isEmpty else { return }
      report("the role “\(role.id)” sees no participant data and has no class.", at: keyed.place)
    case .unblinded, .unblindedAcrossSites:
      // Who asks for an allocation must not know any, nor rate what comes of it.
      for capability in [Capability.randomize, .rate] where role.can(capability) {
        report(
          "the role “\(role.id)” is unblinded and cannot have the capability "
            + "“\(capability.rawValue)”.", at: keyed.place)
      }
    }
  }

  /// The pairs of roles no person may hold together, from the short ways of writing them.
  mutating func incompatiblePairs(_ keyed: KeyedNode, _ roles: [Role]) -> Set<RolePair> {
    var pairs: Set<RolePair> = []
    for rule in list(keyed, "incompatible_roles", { reader, node in reader.incompatibility(node) })
    {
      for one in rule.roles {
        for other in roles where other.id != one && rule.includes(other) {
          pairs.insert(RolePair(one, other.id))
        }
      }
    }
    return pairs
  }

  private mutating func incompatibility(_ node: Node) -> Incompatibility? {
    guard
      let keyed = keyed(
        node, "an incompatibility", needs: ["roles"],
        may: ["with", "with_all", "with_unblinded", "with_site_roles"])
    else { return nil }
    return Incompatibility(
      roles: knownList(keyed, "roles", .role, RoleID.self),
      others: knownList(keyed, "with", .role, RoleID.self),
      withAll: truth(keyed, "with_all", else: false),
      withUnblinded: truth(keyed, "with_unblinded", else: false),
      withSiteRoles: truth(keyed, "with_site_roles", else: false))
  }

  /// Refuses a definition in which nobody could do what every trial needs done.
  mutating func checkRoles(_ keyed: KeyedNode, _ roles: [Role]) {
    guard let node = keyed.entries["roles"], roles.count == node.sequence?.count else { return }
    for capability in Capability.indispensable
    where !roles.contains(where: { $0.can(capability) }) {
      report("no role has the capability “\(capability.rawValue)”.", at: Place(node))
    }
    for role in roles where role.can(.draftRandomization) && role.can(.approveRandomization) {
      report(
        "the role “\(role.id)” cannot both draft and approve the randomization.", at: Place(node))
    }
    for role in roles where role.can(.discloseCase) && !role.can(.followSafety) {
      report(
        "the role “\(role.id)” opens an arm for the report of a serious event and needs "
          + "“followSafety” to be told of events.", at: Place(node))
    }
    for role in roles
    where role.can(.correctReported)
      && !(role.blinding == .blinded && role.scope == .study && role.classes.contains(.outcome)
        && !role.can(.rate))
    {
      report(
        "the role “\(role.id)” corrects what others reported: it is blinded, works for the whole study, reads "
          + "the class “outcome” and rates nobody.", at: Place(node))
    }
    // Who holds the envelopes and makes their codes could open any of them unseen.
    for role in roles where role.can(.holdEnvelopes) && role.can(.issueEnvelopeCodes) {
      report(
        "the role “\(role.id)” cannot both hold the envelopes and issue their codes.",
        at: Place(node))
    }
    for role in roles where role.can(.buildInterimReport) && role.can(.checkInterimReport) {
      report(
        "the role “\(role.id)” cannot both build and check an interim report.", at: Place(node))
    }
  }
}

/// One line of the list of incompatible roles.
private struct Incompatibility {
  let roles: [RoleID]
  let others: [RoleID]
  let withAll: Bool
  let withUnblinded: Bool
  let withSiteRoles: Bool

  func includes(_ other: Role) -> Bool {
    let isUnblinded = other.blinding == .unblinded || other.blinding == .unblindedAcrossSites
    return withAll || others.contains(other.id) || withUnblinded && isUnblinded
      || withSiteRoles && other.scope == .site
  }
}

extension DataClass {
  static let tellsArms: Set<DataClass> = [.treatment, .allocation, .sealed]
}

extension Capability {
  /// Whether doing it shows an arm.
  var tellsArms: Bool {
    switch self {
    case .acknowledgeAllocation, .readAllocation, .buildInterimReport, .checkInterimReport,
      .readClosedReport, .exportUnblinded, .draftRandomization, .approveRandomization,
      .issueEnvelopeCodes, .correctRandomization:
      true
    case .loadStudy, .activateSite, .manageAccounts, .consentParticipant, .enterForms,
      .signForms, .scheduleRating, .rate, .answerQuestionnaire, .issueQuestionnaire,
      .openDataQuery, .answerDataQuery, .randomize, .readOpenReport, .softLock, .hardLock,
      .unblind, .exportBlinded, .analyse, .readAudit, .readEnrolment, .emergencyUnblinding,
      .discloseCase, .readUnblindingNotices, .holdEnvelopes, .verifySource, .freezeForms,
      .acknowledgeAlerts, .knowOfAlerts, .recordDeviations, .judgeDeviations, .followSafety,
      .judgeExpectedness, .reviewAmendment, .readForms, .readDeviations, .readSafety,
      .readEnrolmentBySite, .readOwnAudit, .correctReported:
      // A single disclosure is an event of its own, granted to a person who stays blinded for
      // everybody else; an envelope is closed to who holds it; final unblinding comes after the lock.
      false
    }
  }

  static let indispensable: [Capability] = [
    .loadStudy, .activateSite, .manageAccounts, .draftRandomization, .approveRandomization,
    .consentParticipant, .enterForms, .signForms, .openDataQuery, .answerDataQuery, .randomize,
    .acknowledgeAllocation, .softLock, .hardLock, .unblind,
  ]
}

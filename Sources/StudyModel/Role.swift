/// What a role knows about allocation.
public enum Blinding: String, CaseIterable, Sendable, Codable {
  /// Must not learn any arm before unblinding.
  case blinded
  /// Knows the arms of its own site.
  case unblinded
  /// Knows the arms of all sites.
  case unblindedAcrossSites
  /// Sees no participant data at all.
  case none
  /// The participant, who knows the own treatment and nothing else.
  case participant
}

extension Blinding {
  /// Whether it knows arms.
  public var knowsArms: Bool {
    switch self {
    case .unblinded, .unblindedAcrossSites: true
    case .blinded, .none, .participant: false
    }
  }
}

/// How far a role reaches.
public enum Scope: String, CaseIterable, Sendable, Codable {
  case site, study, pool, system, own
}

/// A role of the study: a name for a set of capabilities, classes and a reach.
public struct Role: Hashable, Sendable, Identifiable {
  /// The name used in grants.
  public let id: RoleID
  /// The title shown to people.
  public let title: String
  /// What it knows about allocation.
  public let blinding: Blinding
  /// How far it reaches.
  public let scope: Scope
  /// The classes its reads and writes are limited to.
  public let classes: Set<DataClass>
  /// The further classes in which it sees and writes its own entries and nothing else.
  public let ownEntriesOnly: Set<DataClass>
  /// What it can do.
  public let capabilities: Set<Capability>
  /// One line on what the role is for.
  public let purpose: String
  /// Whether a site is opened only when somebody holds the role there.
  public let isNeededAtSites: Bool
  /// Whether it is given for a limited time only, as an inspection is.
  public let isTimeLimited: Bool

  /// Makes the value from its parts.
  public init(
    id: RoleID,
    title: String,
    blinding: Blinding,
    scope: Scope,
    classes: Set<DataClass>,
    ownEntriesOnly: Set<DataClass> = [],
    capabilities: Set<Capability>,
    purpose: String,
    isNeededAtSites: Bool = false,
    isTimeLimited: Bool = false
  ) {
    self.id = id
    self.title = title
    self.blinding = blinding
    self.scope = scope
    self.classes = classes
    self.ownEntriesOnly = ownEntriesOnly
    self.capabilities = capabilities
    self.purpose = purpose
    self.isNeededAtSites = isNeededAtSites
    self.isTimeLimited = isTimeLimited
  }

  /// How much of a class the role may see.
  public func access(to dataClass: DataClass) -> ClassAccess {
    if classes.contains(dataClass) { return .all }
    return ownEntriesOnly.contains(dataClass) ? .ownEntries : .none
  }

  /// Whether a holder learns arms, of the own site or of all.
  public var knowsArms: Bool { blinding.knowsArms }

  /// Whether the role can do this.
  public func can(_ capability: Capability) -> Bool { capabilities.contains(capability) }

  /// Whether somebody with an account can hold it; participants answer by links, and have none.
  public var isHeldByAccount: Bool { blinding != .participant }
}

/// How much of a data class a role may see, within its scope.
public enum ClassAccess: String, CaseIterable, Sendable {
  case none, ownEntries, all
}

/// Two roles one person must not hold in the same study.
public struct RolePair: Hashable, Sendable {
  /// The name that sorts first.
  public let first: RoleID
  /// The name that sorts second.
  public let second: RoleID

  /// Makes the pair, whichever order the names come in.
  public init(_ one: RoleID, _ other: RoleID) {
    first = min(one, other)
    second = max(one, other)
  }
}

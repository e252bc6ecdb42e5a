import Store
public import StudyModel

/// One person with a role in a trial.
public struct RoleHolder: Sendable, Equatable {
  /// The user name.
  public let username: String
  /// The printed name.
  public let fullName: String
  /// The role.
  public let role: String
  /// The site, or `*`.
  public let site: String
}

extension Installation {
  /// Everybody who holds a role in the trial, for those who manage accounts.
  public func roleHolders(as actor: Actor) async throws -> [RoleHolder] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    return try await access { session in
      try session.people(in: trial).map {
        RoleHolder(username: $0.username, fullName: $0.fullName, role: $0.role, site: $0.site)
      }
    }
  }

  /// The roles a site lacks before it can be opened.
  public func missingStaff(of site: SiteKey, as actor: Actor) async throws -> [Role] {
    try actor.need(.activateSite)
    return try await staffMissing(at: site, actor)
  }
}

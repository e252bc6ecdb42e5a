public import Store
import StudyModel

/// A role with sight of arms that somebody holds or held, and what for.
public struct UnblindedRole: Sendable {
  /// Who, where, from when until when, given by whom on which evidence.
  public let period: GrantPeriod
  /// The role's title.
  public let title: String
  /// Why the role knows arms: its purpose in the protocol.
  public let reason: String
  /// Whether it knows those of every site.
  public let isAcrossSites: Bool
}

extension Installation {
  /// Everybody who may know arms or ever might, with reason and dates; no arm among them.
  public func unblindedRoles(as actor: Actor) async throws -> [UnblindedRole] {
    try actor.need(.manageAccounts)
    let trial = actor.trial.id
    let periods = try await access { try $0.grantPeriods(in: trial) }
    return periods.compactMap { period in
      guard let role = (try? RoleID(parsing: period.role)).flatMap(actor.definition.role),
        role.knowsArms
      else { return nil }
      return UnblindedRole(
        period: period, title: role.title, reason: role.purpose,
        isAcrossSites: role.blinding == .unblindedAcrossSites)
    }
  }
}

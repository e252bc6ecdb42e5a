import Store
import StudyModel

extension Installation {
  /// Tells the access administrators of every trial, by letter, of what endangers access (REQ-055):
  /// accounts that are guessed at, strangers in the database, a wrong clock, incompatible roles.
  ///
  /// - Returns: how many events were new.
  @discardableResult
  public func alertSecurity() async throws -> Int {
    var count = 0
    for trial in try await trials() {
      let roles = try await definition(of: trial).roles(with: .manageAccounts).map(\.id)
      let context = RequestContext(trial: trial.id, actor: nil, role: "", sites: .all)
      count += try await refusing {
        try await store.session(.access, context) {
          try $0.alertSecurity(in: trial.id, roles: roles)
        }
      }
    }
    return count
  }

  /// Looks in every trial for people who hold roles that nobody may hold together (REQ-062).
  ///
  /// Such roles are refused when they are given; what a later version of the study or a hand in the
  /// database made incompatible is found here.
  /// - Returns: how many pairs there are.
  public func checkRoles() async throws -> Int {
    var count = 0
    for trial in try await trials() {
      let definition = try await definition(of: trial)
      let held = try await access { try $0.heldRoles(in: trial.id) }
      for (user, roles) in Dictionary(grouping: held, by: \.user).sorted(by: { $0.key < $1.key }) {
        let ids = Set(roles.map(\.role)).sorted().compactMap { try? RoleID(parsing: $0) }
        for (place, one) in ids.enumerated() {
          for other in ids.dropFirst(place + 1) where !definition.areCompatible(one, other) {
            count += 1
            let words = "\(one) and \(other) in \(trial.key)"
            _ = try await access {
              try $0.noteIncompatible(user, in: trial.id, roles: words)
            }
          }
        }
      }
    }
    return count
  }
}

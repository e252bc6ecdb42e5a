import Conduct
import Pages
import StudyModel

/// The people of the trial with their roles.
enum StudyAccounts {
  static func model(_ call: Call) async throws -> AccountsModel {
    let actor = try call.actor
    let holders = try await call.installation.roleHolders(as: actor)
    let people = Dictionary(grouping: holders, by: \.username)
    return AccountsModel(
      frame: call.site.frame(for: call),
      rows: people.keys.sorted().map { name in
        let roles = people[name] ?? []
        return AccountRow(
          name: roles.first?.fullName ?? "", user: name, href: "/accounts/\(name)/identity",
          roles: roles.map { words($0, actor.definition) }.joined(separator: "; "),
          chip: .state(.good, "enabled"), lastSignIn: "", training: "")
      })
  }

  private static func words(_ holder: RoleHolder, _ definition: StudyDefinition) -> String {
    let role = (try? RoleID(parsing: holder.role)).flatMap { definition.role($0) }
    let title = role?.title ?? holder.role
    guard let site = (try? SiteKey(parsing: holder.site)).flatMap({ definition.site($0) }) else {
      return title
    }
    return "\(title), \(site.key) \(site.title)"
  }
}

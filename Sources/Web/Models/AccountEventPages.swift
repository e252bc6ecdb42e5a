import Conduct
import Pages
import Store
import StudyModel

/// What happened to accounts and at sign-ins, for access administrators.
enum AccountEventPages {
  static func before(_ call: Call) -> Int64 { Int64(call.query["before"] ?? "") ?? 0 }

  static func list(_ call: Call) async throws -> AccountModel {
    let actor = try call.actor
    let found = try await call.installation.accountEvents(before: before(call), as: actor)
    let zone = call.site.zone(of: actor)
    return AccountModel(
      frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
      name: "Events of accounts", chip: .state(.off, "newest first"),
      facts: found.count == 200
        ? [
          Fact(
            name: "Earlier", value: "the events before these",
            href: "/accounts/events?before=\(found.last?.number ?? 0)")
        ] : [],
      grants: DataTable(
        caption: "Events of accounts",
        columns: ["Time", "What", "Concerns", "By", "Details"].map { DataColumn(title: $0) },
        rows: found.map { event in
          DataRow(cells: [
            Times.full(event.at, zone), event.kind,
            event.subject.isEmpty ? "a name nobody has" : event.subject,
            who(event), event.detail,
          ])
        }, empty: "Nothing happened yet."), acts: [])
  }

  /// Who acted, in words: the console did what nobody signed in did, except for tries to sign in
  /// and strangers in the database.
  private static func who(_ event: AccountEvent) -> String {
    if !event.actor.isEmpty { return event.actor }
    if event.kind == "clock" { return "the server" }
    return event.kind.hasPrefix("sign-in") || event.kind == "database account"
      ? "not known" : "the console"
  }
}

/// An event as a program reads it.
struct AccountEventBody: Codable {
  let number: Int64
  let at: String
  let kind: String
  let subject: String
  let actor: String
  let detail: String

  init(_ event: AccountEvent) {
    number = event.number
    at = event.at.description
    kind = event.kind
    subject = event.subject
    actor = event.actor
    detail = event.detail
  }
}

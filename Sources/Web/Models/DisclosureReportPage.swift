import Conduct
import Pages
import Store
import StudyModel

/// The report of all disclosures, for who may know of them.
enum DisclosureReportPage {
  static func model(_ call: Call) async throws -> AccountModel {
    let actor = try call.actor
    let found = try await call.installation.disclosureReport(as: actor)
    let zone = call.site.zone(of: actor)
    let planned = found.filter { $0.kind == "SITE" }
    let others = found.filter { $0.kind != "SITE" }
    return AccountModel(
      frame: call.site.frame(for: call), back: Link(text: "Home", href: "/"),
      name: "Disclosures", chip: .state(.off, "oldest first"),
      facts: [
        Fact(name: "Read at the sites as planned", value: String(planned.count)),
        Fact(name: "Other planned", value: String(others.count { $0.isPlanned })),
        Fact(name: "Not planned", value: String(others.count { !$0.isPlanned })),
        Fact(name: "All of them", value: "disclosures.csv", href: "/disclosures/report.csv"),
      ],
      grants: DataTable(
        caption: "Disclosures beside those at the sites",
        columns: ["Time", "What", "Participant", "Who", "Why", "What followed"].map {
          DataColumn(title: $0)
        },
        rows: others.map { row in
          DataRow(cells: [
            Times.full(row.at, zone), what(row), row.participant.isEmpty ? "all" : row.participant,
            who(row, actor), why(row), row.followed,
          ])
        }, empty: "Nothing was disclosed beside what the sites read as planned."), acts: [])
  }

  private static func what(_ row: ReportedDisclosure) -> String {
    let name =
      switch row.kind {
      case "CASE": "Report of a case"
      case "EMERGENCY": "Emergency"
      case "ACCIDENTAL": "By accident"
      case "RATER": "To a rater"
      case "INTERIM": "Interim look"
      case "FINAL": "Final unblinding"
      default: row.kind
      }
    return row.isPlanned ? "\(name), planned" : name
  }

  private static func who(_ row: ReportedDisclosure, _ actor: Actor) -> String {
    let titles = row.role.split(separator: " ").map { id in
      (try? RoleID(parsing: String(id))).flatMap(actor.definition.role)?.title ?? String(id)
    }
    return [row.person, titles.joined(separator: ", ")].filter { !$0.isEmpty }
      .joined(separator: ", ")
  }

  private static func why(_ row: ReportedDisclosure) -> String {
    let ground = DisclosureGround(rawValue: row.ground)?.title ?? ""
    return [ground, row.reason, row.reference].filter { !$0.isEmpty }.joined(separator: "; ")
  }
}

/// A disclosure as a program reads it.
struct ReportedDisclosureBody: Codable {
  let kind: String
  let participant: String
  let at: String
  let recordedAt: String
  let person: String
  let role: String
  let isPlanned: Bool
  let channel: String
  let ground: String
  let reason: String
  let reference: String
  let followed: String

  init(_ row: ReportedDisclosure) {
    kind = row.kind
    participant = row.participant
    at = row.at.description
    recordedAt = row.recordedAt.description
    person = row.person
    role = row.role
    isPlanned = row.isPlanned
    channel = row.channel
    ground = row.ground
    reason = row.reason
    reference = row.reference
    followed = row.followed
  }
}

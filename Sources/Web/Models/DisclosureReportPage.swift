import Conduct
import Pages
import Store
import StudyModel

/// The report of all disclosures, for who may know of them.
enum DisclosureReportPage {
  static func model(_ call: Call) async throws -> DisclosuresModel {
    let actor = try call.actor
    let found = try await call.installation.disclosureReport(as: actor)
    let zone = call.site.zone(of: actor)
    let planned = found.filter { $0.kind == "SITE" }
    let others = found.filter { $0.kind != "SITE" }
    return DisclosuresModel(
      frame: call.site.frame(for: call),
      facts: [
        Fact(name: "Read at the sites as planned", value: String(planned.count)),
        Fact(name: "Other planned", value: String(others.count { $0.isPlanned })),
        Fact(name: "Not planned", value: String(others.count { !$0.isPlanned })),
        Fact(name: "All of them", value: "disclosures.csv", href: "/disclosures/report.csv"),
        Fact(
          name: "For a spreadsheet", value: "disclosures-spreadsheet.csv",
          href: SpreadsheetQuery.address("/disclosures/report.csv")),
      ],
      rows: others.map { row in
        DisclosureListRow(
          kind: what(row), time: Times.full(row.at, zone),
          chip: row.isPlanned ? .state(.good, "planned") : .state(.due, "not planned"),
          participant: participant(row), person: row.person, role: roles(row, actor),
          why: why(row), followed: row.followed, act: act(row))
      })
  }

  private static func participant(_ row: ReportedDisclosure) -> String {
    guard row.participant.isEmpty else { return row.participant }
    return row.kind == "ACCIDENTAL" ? "several" : "all"
  }

  /// The page of a report, on which somebody says what it means.
  private static func act(_ row: ReportedDisclosure) -> Link? {
    row.report.map {
      Link(text: "Report \($0)…", href: "/disclosures/reports/\($0)", context: row.participant)
    }
  }

  private static func what(_ row: ReportedDisclosure) -> String {
    switch row.kind {
    case "CASE": "Report of a case"
    case "EMERGENCY": "Emergency"
    case "ACCIDENTAL": "By accident"
    case "RATER": "To a rater"
    case "INTERIM": "Interim look"
    case "FINAL": "Final unblinding"
    default: row.kind
    }
  }

  private static func roles(_ row: ReportedDisclosure, _ actor: Actor) -> String {
    row.role.split(separator: " ").map { id in
      (try? RoleID(parsing: String(id))).flatMap(actor.definition.role)?.title ?? String(id)
    }.joined(separator: ", ")
  }

  private static func why(_ row: ReportedDisclosure) -> String {
    let ground =
      DisclosureGround(rawValue: row.ground)?.title
      ?? (row.report == nil ? nil : AccidentallyLearnt(rawValue: row.ground)?.title) ?? ""
    return [ground, row.reason, row.report == nil ? row.reference : ""].filter { !$0.isEmpty }
      .joined(separator: "; ")
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

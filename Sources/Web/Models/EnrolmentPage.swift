import Conduct
import Pages
import StudyModel

/// How many take part: the study as a whole, and site by site for who may tell sites apart.
enum EnrolmentPage {
  static let place = "/enrolment"

  static func show(_ call: Call) async throws -> ListPageModel {
    let count = try await call.installation.enrolment(as: try call.actor)
    return ListPageModel(
      frame: call.site.frame(for: call), back: Link(text: "All sections", href: "/sections"),
      title: "Enrolment", lead: "The study as a whole, over all arms",
      facts: [
        Fact(name: "Consented", value: String(count.consented)),
        Fact(name: "Randomized", value: "\(count.randomized) of \(count.planned)"),
      ], tables: count.sites.map { [table($0)] } ?? [])
  }

  private static func table(_ sites: [EnrolmentCount.AtSite]) -> DataTable {
    DataTable(
      caption: sites.count == 1 ? "Enrolment at your site" : "Enrolment by site",
      columns: [
        DataColumn(title: "Site"), DataColumn(title: "Consented", isNumeric: true),
        DataColumn(title: "Randomized", isNumeric: true),
        DataColumn(title: "At most", isNumeric: true),
      ],
      rows: sites.map {
        DataRow(cells: [
          "\($0.site) \($0.name)", String($0.consented), String($0.randomized),
          $0.cap.map { String($0) } ?? "",
        ])
      }, empty: "There is no site yet.")
  }
}

/// How many take part, over the API.
struct EnrolmentBody: Codable {
  struct AtSite: Codable {
    let site: String
    let name: String
    let consented: Int
    let randomized: Int
  }

  let consented: Int
  let randomized: Int
  let planned: Int
  /// Absent for who reads totals alone.
  let sites: [AtSite]?

  init(_ count: EnrolmentCount) {
    consented = count.consented
    randomized = count.randomized
    planned = count.planned
    sites = count.sites?.map {
      AtSite(
        site: $0.site.text, name: $0.name, consented: $0.consented, randomized: $0.randomized)
    }
  }
}

public import Markup

extension SitesModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Sites" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Sites")
    page.faultSummary(faults)
    if rows.isEmpty {
      page.nothing("No site yet. A site is planned first and activated when all is ready.")
    } else {
      page.workTable(
        "Sites",
        columns: ["Site", "Name", "Time zone", "Protocol", "Randomized", "State", "(Act)"],
        rows: rows.map { row in
          [
            .link(Link(text: row.key, href: row.href, context: row.name)), .text(row.name),
            .text(row.zone), .text(row.protocolVersion), .number(row.randomized),
            .chip(row.chip),
            row.act.map {
              .act(Link(text: $0.text, href: $0.href, context: row.key), isPrimary: false)
            } ?? .blank,
          ]
        })
    }
    if let newSite { page.links([newSite]) }
    if let enrolment { page.act(enrolment) }
  }
}

extension SiteModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { name }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(name, back: back, chip: chip)
    page.faultSummary(faults)
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in
        if !unmet.isEmpty {
          page.part(
            unmet.count == 1 ? "1 thing is missing" : "\(unmet.count) things are missing",
            class: "card"
          ) { page in
            page.unmet(unmet) { _ in .state(.bad, "not met") }
          }
          page.notice(.calm, "The activation appears here when nothing is missing.")
        }
        if let act { page.act(act, back: back) }
        page.met(met, isOpen: unmet.isEmpty)
        for record in records { page.act(record, back: back) }
        if let closing { page.links([closing]) }
      }
      page.element(.aside, .label("About this site")) { page in
        page.element(.div, .class("card")) { page in page.facts(facts) }
      }
    }
  }
}

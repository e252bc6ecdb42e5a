public import Markup

extension InterimsModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Interim reports" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Interim reports", lead: lead)
    page.faultSummary(faults)
    if rows.isEmpty {
      page.nothing("No look was taken yet that you may know of.")
    } else {
      page.workTable(
        "Looks", columns: ["Look", "Data cut-off", "Snapshot", "State", "(Act)"],
        rows: rows.map { row in
          [
            .link(Link(text: row.title, href: row.href)), .text(row.cutOff),
            .code(row.snapshot), .chip(row.chip),
            row.act.map {
              .act(Link(text: $0.text, href: $0.href, context: row.title), isPrimary: false)
            } ?? .blank,
          ]
        })
    }
    if let act { page.act(act) }
  }
}

extension InterimModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, back: back, chip: chip)
    page.faultSummary(faults)
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in
        page.card { page in
          page.element(.h2, text: "Steps")
          page.steps(steps)
        }
        if let act { page.act(act, back: back) }
      }
      page.element(.aside, .label("About this look")) { page in
        page.element(.div, .class("card")) { page in
          page.facts(facts)
          page.links(reports)
        }
        page.signatures(signatures)
      }
    }
  }
}

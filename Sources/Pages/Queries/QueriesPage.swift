public import Markup

extension QueriesModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Queries" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Queries", lead: shown)
    page.links(ages + (clear.map { [$0] } ?? []))
    if rows.isEmpty {
      page.nothing("No query is open. A query appears here when a value is doubted.")
    } else {
      page.workTable(
        "Queries, \(shown)", columns: ["Place", "Query", "Age", "Waits for", "State"],
        rows: rows.map { row in
          [
            .link(Link(text: row.place, href: row.href)), .text(row.text), .text(row.age),
            .text(row.waitsFor), .chip(row.chip),
          ]
        }, class: "dense queries")
    }
    page.links(pages + (export.map { [$0] } ?? []))
  }
}

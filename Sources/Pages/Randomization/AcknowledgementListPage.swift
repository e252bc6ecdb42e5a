public import Markup

extension AcknowledgementListModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Allocations" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Allocations", lead: limit)
    page.part("To read") { page in
      if rows.isEmpty {
        page.nothing("No allocation waits to be read.")
      } else {
        page.workTable(
          "Allocations to read", columns: ["Participant", "Number", "Requested", "Waits", "(Act)"],
          rows: rows.enumerated().map { index, row in
            [
              .text(row.key), .text(row.number), .text(row.requested), .chip(row.chip),
              .act(
                Link(text: row.act.text, href: row.act.href, context: row.key),
                isPrimary: index == 0),
            ]
          })
      }
    }
    if !read.isEmpty {
      page.part("Read") { page in
        page.workTable(
          "Allocations read", columns: ["Participant", "Number", "Read"],
          rows: read.map { $0.cells.map(Cell.text) }, class: "dense")
      }
    }
  }
}

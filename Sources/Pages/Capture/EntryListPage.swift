public import Markup
import Pictures

extension EntryListModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "\(title), \(key)" }

  private var title: String { visit.isEmpty ? formTitle : "\(formTitle), \(visit)" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: key, back: back)
    if let stock { page.card { page in page.picture(stock, id: "stock") } }
    if rows.isEmpty {
      page.nothing("Nothing was entered yet. Each entry stands on a line of its own.")
    } else {
      page.workTable(
        visit.isEmpty ? formTitle : "\(formTitle) at \(visit)",
        columns: ["Number"] + columns + ["State", "Saved"],
        rows: rows.map { row in
          [.link(row.link)] + row.answers.map { .text($0) } + [.chip(row.chip), .text(row.detail)]
        })
    }
    if let add { page.links([add]) }
  }
}

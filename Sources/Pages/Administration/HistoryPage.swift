public import Markup

extension HistoryModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "History, \(subject)" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("History", lead: "\(subject) · \(shown)", back: back)
    if !verified.isEmpty { page.notice(.calm, verified) }
    if rows.isEmpty {
      page.nothing("Nothing was changed yet.")
    } else {
      page.history(rows, caption: "Changes of \(subject), \(shown)")
    }
    page.links(pages + (export.map { [$0] } ?? []))
  }
}

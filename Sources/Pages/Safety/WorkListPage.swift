public import Markup

extension WorkListModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: lead)
    if !notice.isEmpty { page.notice(.due, notice) }
    defer { if !links.isEmpty { page.links(links) } }
    guard !rows.isEmpty else { return page.nothing(nothing) }
    page.workTable(
      title, columns: [firstColumn] + columns + ["State", "(Act)"],
      rows: rows.map { row in
        [.key(row.participant)] + row.texts.map { .text($0) }
          + [.chip(row.chip), row.act.map { .act($0, isPrimary: false) } ?? .blank]
      })
  }
}

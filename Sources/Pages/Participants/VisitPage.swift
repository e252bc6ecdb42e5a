public import Markup

extension VisitModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "\(code), \(key)" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("\(code) \(name), \(key)", lead: window, back: back, chip: chip)
    page.workTable(
      "Forms of \(code)", columns: ["Form", "By", "State", "Saved", "(Act)"],
      rows: forms.map { row in
        [
          .link(Link(text: row.title, href: row.href)), .text(row.by), .chip(row.chip),
          .text(row.detail),
          row.act.map {
            .act(Link(text: $0.text, href: $0.href, context: row.title), isPrimary: false)
          } ?? .blank,
        ]
      })
    page.links(links)
  }
}

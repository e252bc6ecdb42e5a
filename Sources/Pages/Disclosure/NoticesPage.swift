public import Markup

extension NoticesModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Notices" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(
      "Notices", lead: "That an emergency unblinding happened; the arm stands nowhere here.")
    guard !rows.isEmpty else {
      page.nothing("No emergency unblinding happened.")
      return
    }
    page.workTable(
      "Emergency unblindings", columns: ["Participant", "Opened", "State", "(Act)"],
      rows: rows.map { row in
        [
          .text(row.key), .text(row.time), .chip(row.chip),
          row.act.map { .act($0, isPrimary: false) } ?? .blank,
        ]
      })
  }
}

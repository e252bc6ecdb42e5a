public import Markup

extension AuditModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Audit trail" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Audit trail", lead: lead)
    if !classes.isEmpty { page.links(classes) }
    page.element(.form, .action("/audit"), .method("get"), .class("filters")) { page in
      page.hidden("class", dataClass)
      for filter in filters { page.field(filter) }
      page.element(.div, .class("acts")) { page in page.button("Show", kind: .plain) }
    }
    page.part("Questions of a review") { page in page.links(questions) }
    if rows.isEmpty {
      page.nothing("No row answers to this. Clear the filters to see all of them.")
    } else {
      page.history(rows, caption: "Changes, \(lead)")
    }
    page.links(
      pages + (clear.map { [$0] } ?? []) + [files, reviews]
        + (removals.map { [$0] } ?? []))
  }
}

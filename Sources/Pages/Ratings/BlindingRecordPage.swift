public import Markup

extension BlindingRecordModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Blinding record, \(token)" }

  /// The width of the content.
  public var shape: PageShape { .form }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("Blinding record, \(token)", lead: submitted, back: back)
    page.faultSummary(faults)
    page.notice(
      .calm,
      "Answer from what you noticed. The rating stands whatever you answer; nobody is blamed.")
    page.form(form) { page in
      page.card { page in for field in fields { page.field(field) } }
      page.element(.div, .class("acts")) { page in
        page.button("Submit the blinding record", kind: .primary)
      }
    }
  }
}

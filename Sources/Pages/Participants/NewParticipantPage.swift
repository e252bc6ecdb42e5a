public import Markup

extension NewParticipantModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "New participant" }

  /// The width of the content.
  public var shape: PageShape { .form }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("New participant", lead: site, back: back)
    page.faultSummary(faults)
    page.notice(
      .calm,
      "A participant begins with a signed consent. The key is given when you save; it holds"
        + " nothing personal. Consent version \(consentInForce) is in force at this site.")
    page.form(form) { page in
      page.card { page in for field in fields { page.field(field) } }
      page.element(.div, .class("acts")) { page in
        page.button("Save the consent", kind: .primary)
      }
    }
  }
}

public import Markup

extension LockModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Lock the study" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Lock the study", lead: lead)
    page.faultSummary(faults)
    if !certificate.isEmpty {
      page.part("Lock certificate", class: "card") { page in
        page.facts(certificate)
        page.links(certificateLinks)
      }
    }
    page.card { page in
      page.element(.h2, text: "Steps")
      page.steps(steps)
    }
    if let act { page.act(act) }
    page.signatures(signatures)
  }
}

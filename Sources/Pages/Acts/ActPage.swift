public import Markup

extension ActPageModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: lead, back: back)
    page.faultSummary(faults)
    if !notice.isEmpty { page.notice(.calm, notice) }
    page.factsCard(facts)
    if let handOut { page.handOut(handOut) }
    if let act { page.act(act, back: back) }
    if !links.isEmpty { page.links(links) }
  }
}

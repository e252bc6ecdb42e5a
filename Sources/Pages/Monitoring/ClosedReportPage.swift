public import Markup
import Pictures

extension ClosedReportModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Closed report, \(title)" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.element(.p, .class("notice due"), text: watermark)
    page.head("Closed report, \(title)", back: back)
    page.faultSummary(faults)
    page.element(.section, .class("answer-card"), .label("Finding")) { page in
      page.element(.p, .class("finding"), text: answer)
      page.paragraphs(sentences)
    }
    if let boundary {
      page.part("Bounds and looks") { page in
        page.element(.div, .class("card")) { page in
          page.picture(boundary, id: "boundary")
          page.asTable(boundaryTable)
        }
      }
    }
    for table in tables { page.dataTable(table) }
    page.part("How this was computed", class: "card") { page in
      page.paragraphs(method)
      page.facts(facts)
    }
    page.signatures(signatures)
    if let recommendation { page.act(recommendation) }
  }
}

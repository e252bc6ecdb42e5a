public import Markup
import Pictures

extension OpenReportModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Open report, \(title)" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Open report, \(title)", back: back)
    page.element(.section, .class("answer-card"), .label("Finding")) { page in
      page.paragraphs(sentences)
    }
    if let enrolment {
      page.part("Enrolment") { page in
        page.element(.div, .class("card")) { page in
          page.picture(enrolment, id: "enrolment")
          page.asTable(enrolmentTable)
        }
      }
    } else if let enrolmentTable {
      page.part("Enrolment") { page in page.dataTable(enrolmentTable) }
    }
    page.part("Ratings") { page in page.dataTable(retention) }
    page.part("Sites") { page in page.dataTable(quality) }
    if let forms { page.part("Forms") { page in page.dataTable(forms) } }
    if let safety {
      page.part("Adverse events, all participants together") { page in page.dataTable(safety) }
    }
    page.part("How this was computed", class: "card") { page in
      page.paragraphs(method)
      page.facts(facts)
    }
    page.signatures(signatures)
  }
}

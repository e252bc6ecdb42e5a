public import Markup
import Pictures

extension DesignReportModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: lead, back: back)
    page.part("How often each hypothesis is shown") { page in
      page.card { page in
        page.element(.h3, .class("picture-title"), text: power.finding)
        page.picture(power, id: "power")
        page.asTable(hypotheses)
      }
    }
    page.part("Looks") { page in
      page.dataTable(looks)
      if !futility.isEmpty {
        page.card { page in page.paragraphs(futility) }
      }
    }
    page.part("How this was computed", class: "card") { page in
      page.paragraphs([
        "Each hypothesis is tested once all before it are shown, by the score test of Miettinen and Nurminen, not stratified; losses are at random, and the number of a look is by planned participants."
      ])
      page.facts(facts)
    }
    page.links(files)
  }
}

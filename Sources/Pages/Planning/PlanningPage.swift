public import Markup
import Pictures

extension PlanningModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Planning" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Planning", lead: lead)
    page.faultSummary(faults)
    page.part("What the whole design achieves") { page in
      page.paragraphs([
        "Trials are simulated with the hypotheses in their order, interim looks, losses and providers; no participant's data are read."
      ])
      page.links([simulate])
      if !reports.isEmpty { page.links(reports) }
    }
    if let progress { page.progress(progress) }
    page.part("What the protocol assumes") { page in
      page.dataTable(arms)
      if !stated.isEmpty { page.card { page in page.facts(stated) } }
    }
    page.part("Bounds") { page in
      if let boundaries {
        page.card { page in
          page.element(.h3, .class("picture-title"), text: boundaries.finding)
          page.picture(boundaries, id: "bounds")
        }
      }
      page.dataTable(looks)
    }
    page.part("Participants for one comparison") { page in
      page.element(.form, .action(sizeAction), .method("get"), .class("card"), .noValidate) {
        page in
        for field in sizeFields { page.field(field) }
        page.element(.div, .class("acts")) { page in
          page.button("Work out the size", kind: .plain)
        }
      }
      if !size.isEmpty {
        page.element(.div, .class("card"), .role("status")) { page in page.paragraphs(size) }
      }
    }
  }
}

public import Markup

extension UnblindingModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Unblind the study" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Unblind the study", lead: lead, back: back, chip: chip)
    page.faultSummary(faults)
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in
        page.card { page in
          page.element(.h2, text: "Steps")
          page.steps(steps)
        }
        if let act { page.act(act, back: back) }
      }
      page.element(.aside, .label("What is unblinded")) { page in
        page.element(.div, .class("card")) { page in
          page.element(.h2, text: "What is unblinded")
          page.facts(facts)
        }
        page.signatures(signatures)
      }
    }
  }
}

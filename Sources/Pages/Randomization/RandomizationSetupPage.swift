public import Markup

extension RandomizationSetupModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Randomization" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Randomization", lead: lead, back: back, chip: chip)
    page.faultSummary(faults)
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in
        page.card { page in
          page.element(.h2, text: "Steps")
          page.steps(steps)
        }
        if let act { page.act(act, back: back) }
        if let candidateLinks { page.candidates(candidates, links: candidateLinks) }
        if let progress { page.progress(progress) }
        if let epochs {
          page.part("Epochs") { page in page.dataTable(epochs) }
        }
      }
      page.element(.aside, .label("Configuration")) { page in
        page.element(.div, .class("card")) { page in
          page.element(.h2, text: "Configuration")
          page.facts(facts)
        }
        if !commitments.isEmpty {
          page.element(.div, .class("card")) { page in
            page.element(.h2, text: "Published digests")
            page.facts(commitments)
          }
        }
        page.signatures(signatures)
      }
    }
  }
}

public import Markup
import Pictures

extension SimulationReportModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: lead, back: back)
    page.part("Side by side") { page in
      page.dataTable(comparison)
      page.links([file])
    }
    page.part("How far the arms end apart") { page in
      page.card { page in page.picture(imbalance, id: "imbalance") }
    }
    page.part("How well the next arm can be guessed") { page in
      page.card { page in page.picture(predictability, id: "predictability") }
    }
    page.part("How near the arms come to the plan") { page in
      page.card { page in
        page.picture(balance, id: "balance")
        page.asTable(arms)
      }
    }
    page.part("How this was computed", class: "card") { page in
      page.paragraphs([
        "The observer of the past knows the earlier arms of the stratum and names the arm furthest"
          + " behind; the informed observer knows the scheme too. Caps, voids and corrections do"
          + " not act in a simulation."
      ])
      page.facts(facts)
    }
  }
}

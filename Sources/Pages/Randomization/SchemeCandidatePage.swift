public import Markup

extension SchemeCandidateModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: lead, back: back, chip: chip)
    page.faultSummary(faults)
    page.part("To weigh before committing") { page in
      if advisories.isEmpty {
        page.element(.p, text: "Nothing of this scheme calls for a second thought by itself.")
      } else {
        for advisory in advisories { page.notice(.due, advisory) }
      }
    }
    if isAmendment {
      page.part("What it changes against the scheme in force", class: "card") { page in
        if differences.isEmpty {
          page.element(.p, text: "Nothing: blocks, urns and counts would start afresh.")
        } else {
          page.element(.ul) { page in
            for difference in differences { page.element(.li, text: difference) }
          }
        }
      }
    }
    page.part("The scheme", class: "card") { page in page.facts(facts) }
    page.links(links)
    if let withdraw {
      page.part("Withdraw", class: "card") { page in
        page.element(
          .p, text: "Nothing is committed to yet. A withdrawn candidate stays on record.")
        page.form(withdraw) { page in
          page.element(.div, .class("acts")) { page in
            page.button("Withdraw the candidate")
          }
        }
      }
    }
  }
}

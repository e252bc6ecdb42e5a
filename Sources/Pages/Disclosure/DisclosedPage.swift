public import Markup

extension DisclosedModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Opened, \(key)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.element(.div, .class("reveal")) { page in
      page.element(.p, .class("lead"), text: "Shown once, to you, \(shown)")
      page.head("Allocation of \(key)")
      page.card { page in
        page.element(.p, .class("hint"), text: "This participant is allocated to")
        page.element(.p, .class("arm"), text: armName)
        page.element(.p, .class("arm-detail"), text: armDetail)
      }
      page.notice(
        .calm,
        "Tell it to those who treat this participant now and to nobody else. Coordinators, raters "
          + "and cognitive assessors must not learn it.")
      page.paragraphs([told])
      page.element(.details, .class("as-table")) { page in
        page.element(.summary, text: "Proof")
        page.facts(proof)
        page.element(
          .p,
          text: "The seal in the ledger was made before anybody knew the arm. This command makes "
            + "it again from the key and the arm; the key opens no other participant.")
        page.element(.p) { page in page.element(.code, .class("hash"), text: check) }
      }
      page.links([back])
    }
    page.element(
      .p, .class("print-only"), text: "An allocation cannot be printed. Read it on the page.")
  }
}

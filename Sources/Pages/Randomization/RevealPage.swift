public import Markup

extension RevealModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Allocation, \(key)" }

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
        page.facts([
          Fact(name: "Randomization number", value: number),
          Fact(name: "Requested", value: requested),
          Fact(name: "First treatment", value: firstTreatment),
        ])
      }
      page.notice(
        .calm,
        "Coordinators, raters and cognitive assessors must not learn this. Do not write it into"
          + " mail, calendars, door lists or free text they can read.")
      page.form(form) { page in
        page.element(.div, .class("acts")) { page in
          page.button("I have read it", kind: .primary)
        }
      }
      page.element(
        .p, .class("hint"),
        text: "That you read it is recorded with name and time. Afterwards the arm stands in the"
          + " treatment file only.")
    }
    page.element(
      .p, .class("print-only"),
      text: "An allocation cannot be printed. Read it in the treatment file.")
  }
}

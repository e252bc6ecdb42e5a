public import Markup

extension SignFormModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Sign \(formTitle), \(key)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("Sign \(formTitle)", lead: key, back: back)
    page.faultSummary(faults)
    page.element(.section, .class("card"), .label("Signature")) { page in
      page.element(.p, .class("meaning"), text: "“\(meaning)”")
      page.facts(facts + [Fact(name: "Digest", value: digest, isCode: true)])
      page.form(form) { page in
        page.authentication(authentication)
        page.element(.div, .class("acts")) { page in
          page.button("Sign \(formTitle)", kind: .primary)
        }
      }
    }
    if !signatures.isEmpty {
      page.part("Earlier signatures") { page in page.signatures(signatures) }
    }
  }
}

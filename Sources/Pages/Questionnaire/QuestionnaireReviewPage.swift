public import Markup

extension QuestionnaireReviewModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Check your answers" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("Check your answers", lead: "After you send them, they cannot be changed.")
    page.element(.dl, .class("card answers")) { page in
      for answer in answers {
        page.element(.div) { page in
          page.element(.dt, text: answer.question)
          page.element(.dd) { page in
            page.text("\(answer.answer) ")
            if let change = answer.change { page.link(change) }
          }
        }
      }
    }
    page.form(form) { page in
      for answer in carried { page.hidden(answer.code, answer.label) }
      page.element(.div, .class("acts")) { page in
        page.button("Send", kind: .primary, name: "act", value: "send")
        if !carried.isEmpty {
          page.button("Change an answer", name: "act", value: "change")
        }
      }
    }
    page.help(help)
  }
}

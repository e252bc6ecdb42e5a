public import Markup

extension QuestionnaireThanksModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    if !support.isEmpty {
      page.element(.section, .class("card support"), .label("Help")) { page in
        page.paragraphs(support, class: "lead")
        page.element(.p) { page in
          page.element(.a, .class("button primary"), .href(help.href), text: help.number)
        }
      }
    }
    page.head(title, lead: next)
    page.help(help)
  }
}

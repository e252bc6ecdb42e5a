public import Markup

extension ProviderDepartureModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "To \(name)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(ownTitle, back: back)
    page.card { page in
      page.element(.p) { page in
        page.text(
          "You leave this server. Give your password there only where the address begins with ")
        page.element(.code, text: origin)
        page.text(" and a slash. Come back within five minutes.")
      }
      page.element(.div, .class("acts")) { page in
        page.actLink(Link(text: "Go on at \(name)", href: address), kind: .primary)
      }
    }
  }
}

extension ProviderReturnModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Back from \(name)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(ownTitle)
    page.card { page in
      page.element(.p, text: "This server now asks \(name) who you are.")
      page.form(form) { page in
        for part in answer { page.hidden(part.name, part.value) }
        page.element(.div, .class("acts")) { page in page.button("Go on", kind: .primary) }
      }
    }
  }
}

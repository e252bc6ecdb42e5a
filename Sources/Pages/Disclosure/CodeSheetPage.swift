public import Markup

extension CodeSheetModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Envelope codes" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Envelope codes, \(place)", lead: "Shown once; recorded as handed out.", back: back)
    page.notice(
      .due,
      "Print this page, cut it, and seal each card by itself before it leaves your hands. Keep no "
        + "copy. Who holds a card and the site's file can read that participant's arm.")
    page.card { page in
      page.element(.h2, text: "Cards")
      page.facts(cards)
    }
    page.card { page in
      page.element(.h2, text: "To print on every card")
      page.facts([
        Fact(
          name: "Command", value: "equipoise open-envelope FILE --participant KEY", isCode: true),
        Fact(name: "The file is signed by", value: signedBy, isCode: true),
      ])
    }
  }
}

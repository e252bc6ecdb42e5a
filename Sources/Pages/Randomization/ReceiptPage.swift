public import Markup

extension ReceiptModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Randomized, \(key)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("\(key) is randomized")
    page.card { page in
      page.facts([
        Fact(name: "Randomization number", value: number), Fact(name: "Time", value: time),
        Fact(name: "Next visit", value: nextVisit),
      ])
      page.element(.p, text: "The treatment team has been informed.")
      page.element(
        .p,
        text: "Keep the ledger receipt with the site's papers: it proves this randomization to "
          + "anybody, later and without this server, and shows no treatment.")
    }
    page.links([file, participant, home])
  }
}

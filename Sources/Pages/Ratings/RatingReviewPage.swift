public import Markup

extension RatingReviewModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Submit \(token)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    let open = instruments.reduce(0) { $0 + $1.unanswered.count }
    page.head(
      "Submit \(token)",
      lead: open == 0 ? "Every item is answered." : Words.unanswered(open), back: back)
    page.faultSummary(faults)
    for instrument in instruments {
      page.part(instrument.title, class: "card") { page in
        page.element(
          .p,
          text: instrument.total.isEmpty
            ? "\(instrument.answered) answered."
            : "\(instrument.answered) answered, total \(instrument.total).")
        if !instrument.unanswered.isEmpty {
          page.element(.ul) { page in
            for link in instrument.unanswered {
              page.element(.li) { page in page.link(link) }
            }
          }
        }
      }
    }
    page.notice(
      .calm,
      "Once submitted, the ratings stand. The blinding record follows.")
    page.form(form) { page in
      page.element(.div, .class("acts")) { page in
        page.button("Submit \(token)", kind: .primary)
      }
    }
  }
}

extension Words {
  /// How many items have no answer.
  fileprivate static func unanswered(_ count: Int) -> String {
    count == 1 ? "1 item has no answer yet." : "\(count) items have no answer yet."
  }
}

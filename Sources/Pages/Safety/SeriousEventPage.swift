public import Markup
import Pictures

extension SeriousEventModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { title }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(title, lead: "What is told here reads the same in every arm.", back: back)
    page.faultSummary(faults)
    page.element(.h2, text: "Reporting times")
    if let picture { page.picture(picture, id: "clocks") }
    page.workTable(
      "Reporting times", columns: ["Report", "Start", "Limit", "Met", "State", "(Act)"],
      rows: clocks.map { clock in
        [
          .text(clock.title), .text(clock.start), .text(clock.due), .text(clock.met),
          .chip(clock.chip), clock.change.map { .act($0, isPrimary: false) } ?? .blank,
        ]
      }, class: "wordy")
    for clock in clocks {
      if let act = clock.act { page.act(act, back: back) }
    }
    if !expectedness.isEmpty {
      page.element(.h2, text: "Expectedness")
      page.card { page in page.facts(expectedness) }
    }
    if let judge { page.act(judge, back: back) }
    for version in versions {
      page.element(.h2, text: version.title)
      page.card { page in
        page.element(.p, text: version.state)
        page.facts(version.facts)
      }
    }
  }
}

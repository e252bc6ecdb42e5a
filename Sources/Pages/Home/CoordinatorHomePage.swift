public import Markup
import Pictures

extension CoordinatorHomeModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { date }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head(date, lead: Words.waiting(you: work.count, others: waiting.count))
    if !notice.isEmpty { page.notice(.due, notice) }
    page.part("Do now") { page in
      if work.isEmpty {
        page.nothing("Nothing waits for you. New work appears here when a window opens.")
      } else {
        page.work(work)
      }
    }
    page.part("Waiting for others") { page in
      if waiting.isEmpty {
        page.nothing("Nothing waits for others.")
      } else {
        page.workTable(
          "Waiting for others", columns: ["Participant", "What", "Waits for", "State"],
          rows: waiting.map { row in
            [
              .key(Link(text: row.key, href: row.href)),
              .detailed(row.what, detail: row.detail), .text(row.waitsFor),
              .chip(row.chip),
            ]
          }, class: "dense")
      }
    }
    page.element(.div, .class("columns")) { page in
      if let week {
        page.part("This week") { page in
          page.element(.div, .class("card")) { page in
            page.picture(week, id: "week")
            page.element(
              .p, .class("hint"), text: "Bar: allowed window. Ring: booked. Dashed: now.")
            page.asTable(weekTable)
          }
        }
      }
      page.part(figuresTitle) { page in
        page.element(.dl, .class("card figures")) { page in
          for figure in figures { page.figure(figure) }
        }
        if let newParticipant { page.links([newParticipant]) }
      }
    }
  }
}

extension Markup {
  fileprivate mutating func figure(_ figure: Figure) {
    element(.div) { page in
      page.element(.dt, text: figure.name)
      page.element(.dd) { page in
        if figure.href.isEmpty {
          page.element(.strong, text: figure.value)
        } else {
          page.element(
            .a, .href(figure.href), .label("\(figure.value), \(figure.name)"), text: figure.value)
        }
        page.text(" \(figure.rest)")
      }
    }
  }
}

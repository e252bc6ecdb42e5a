public import Markup

extension RaterDeskModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { date }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head(date, lead: "\(Words.ratings(today.count)) All times are \(zone).")
    if let next { page.nextTask(next, script: script) }
    page.part("Today") { page in
      if today.isEmpty {
        page.nothing(empty.isEmpty ? "No rating waits." : empty)
      } else {
        page.ratings(today, caption: "Ratings today")
      }
    }
    if !unfinished.isEmpty {
      page.part("To finish") { page in page.ratings(unfinished, caption: "Ratings to finish") }
    }
    if !later.isEmpty {
      page.part("On later days") { page in page.ratings(later, caption: "Ratings on later days") }
    }
    page.part("Your queries") { page in
      if queries.isEmpty {
        page.nothing("No query waits for you.")
      } else {
        page.queries(queries, caption: "Queries to you")
      }
    }
    if let record {
      page.element(.p) { page in
        page.text("Heard something about the treatment? ")
        page.link(record)
        page.text(" after the ratings; the rating stands.")
      }
    }
  }
}

extension Words {
  /// How many ratings there are today.
  fileprivate static func ratings(_ count: Int) -> String {
    switch count {
    case 0: "No rating today."
    case 1: "1 rating today."
    default: "\(count) ratings today."
    }
  }
}

extension Markup {
  fileprivate mutating func nextTask(_ task: RaterTask, script: String) {
    element(.section, .class("card next"), .label("Next rating")) { page in
      page.element(.div) { page in
        page.element(.p, .class("hint"), text: "Next, \(task.startsIn)")
        page.element(.p, .class("big")) { page in
          page.element(.strong, text: task.time)
          page.text(" ")
          page.element(.strong, text: task.token)
          page.text(" ")
          page.element(
            .span, text: "\(task.language) · \(task.instruments) · \(task.minutes)")
        }
        page.notice(.calm, "Say at the start: “\(script)”")
      }
      page.element(.div, .class("stack")) { page in
        page.actLink(task.open, kind: .primary)
        if let call = task.call { page.actLink(call) }
      }
    }
  }

  fileprivate mutating func ratings(_ rows: [RaterRow], caption: String) {
    workTable(
      caption, columns: ["Token", "Start", "Call", "Language", "Instruments", "State", "(Act)"],
      rows: rows.map { row in
        [
          .link(Link(text: row.token, href: row.href)), .text(row.start),
          row.call.map { .link($0) } ?? .blank, .text(row.language),
          .text(row.instruments), .chip(row.chip),
          row.act.map {
            .act(Link(text: $0.text, href: $0.href, context: row.token), isPrimary: false)
          } ?? .blank,
        ]
      })
  }
}

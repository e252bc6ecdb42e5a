public import Markup
import Pictures

extension ParticipantModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { key }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.element(.header, .class("participant")) { page in
      page.head(key, lead: lead.joined(separator: " · "), back: back, chip: chip)
    }
    if !alerts.isEmpty { page.part("Do now") { page in page.work(alerts) } }
    if let next { page.next(next, key: key, isPrimary: alerts.isEmpty) }
    if let timeline {
      page.part("Outcome visits") { page in
        page.element(.div, .class("card")) { page in
          page.picture(timeline, id: "visits")
          page.element(
            .p, .class("hint"),
            text: "Bar: allowed window. Upright stroke: target day. Filled: done. Ring: booked.")
          page.asTable(timelineTable)
        }
      }
    }
    page.part("Visits and forms") { page in
      if visits.isEmpty { page.nothing("No visit has begun. The first one is screening.") }
      if !visits.isEmpty {
        page.visits(visits, columns: formColumns, caption: "Visits begun or done, newest first")
      }
      if !visitsToCome.isEmpty {
        page.element(.details) { page in
          page.element(.summary, text: "Show \(visitsToCome.count) to come")
          page.visits(visitsToCome, columns: formColumns, caption: "Visits to come, next first")
        }
      }
    }
    page.part(queries.count == 1 ? "Open query" : "Open queries") { page in
      if queries.isEmpty {
        page.nothing("No query is open.")
      } else {
        page.queries(queries, caption: "Open queries of \(key)")
      }
    }
    if !deviations.isEmpty {
      page.part("Deviations") { page in
        page.workTable(
          "Deviations of \(key)", columns: ["Day", "Category", "What happened"],
          rows: deviations.map { $0.cells.map(Cell.text) }, class: "dense")
      }
    }
    if !history.isEmpty {
      page.part("History") { page in
        page.history(history, caption: "Latest changes of \(key)")
      }
    }
    page.links(links)
  }
}

extension Markup {
  fileprivate mutating func next(_ next: NextStep, key: String, isPrimary: Bool) {
    element(.section, .class("card next"), .label("Next")) { page in
      page.element(.div) { page in
        page.element(.p, .class("hint"), text: "Next")
        page.element(.p) { page in
          page.element(.strong, text: next.what)
          page.text(" \(next.rest)")
        }
      }
      if let act = next.act {
        page.actLink(
          Link(text: act.text, href: act.href, context: key), kind: isPrimary ? .primary : .plain)
      }
    }
  }

  fileprivate mutating func visits(_ rows: [VisitRow], columns: [String], caption: String) {
    workTable(
      caption, columns: ["Visit", "Name", "Window"] + columns + ["Done"],
      rows: rows.map { row in
        [
          .link(Link(text: row.code, href: row.href, context: row.name)), .text(row.name),
          .text(row.window),
        ] + row.cells.map(Cell.init(form:)) + [.text(row.done)]
      }, class: "dense visits")
  }
}

extension Cell {
  fileprivate init(form cell: FormCell) {
    guard let chip = cell.chip else {
      self = .none
      return
    }
    let link = Link(text: "", href: cell.href, context: cell.name)
    self = cell.href.isEmpty ? .chip(chip) : .chipLink(chip, link)
  }
}

public import Markup

extension ParticipantListModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Participants" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("Participants", lead: shown)
    page.element(.form, .class("filter"), .method("get"), .action(filterAction)) { page in
      page.element(.div) { page in
        page.element(.label, .for("f-key"), text: "Key contains")
        page.empty(
          .input, .id("f-key"), .type(.search), .name("key"), .value(searched), .size(10))
      }
      page.element(.div) { page in
        page.element(.label, .for("f-state"), text: "State")
        page.element(.select, .id("f-state"), .name("state")) { page in
          page.element(.option, .value(""), text: "every state")
          for state in states {
            page.element(
              .option, .value(state.code), state.code == selectedState ? .selected : nil,
              text: state.label)
          }
        }
      }
      page.element(.button, .class("button plain"), .type(.submit), text: "Show")
      if !searched.isEmpty || !selectedState.isEmpty {
        page.link(Link(text: "Clear filters", href: filterAction))
      }
      if let newParticipant { page.link(newParticipant, class: "button primary") }
    }
    if rows.isEmpty {
      page.nothing(empty.isEmpty ? "No participant yet. The first one begins with consent." : empty)
    } else {
      page.workTable(
        "Participants, \(shown)",
        columns: ["Participant", "State", "Day", "Next visit", "Next", "Open queries"],
        rows: rows.map { row in
          [
            .key(Link(text: row.key, href: row.href)), .chip(row.chip), .text(row.day),
            .text(row.next), .chip(row.nextChip), .number(row.queries == 0 ? "" : "\(row.queries)"),
          ]
        }, class: "dense")
    }
    page.links(pages)
  }
}

public import Markup

extension RatingBookingModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "\(head), \(key)" }

  private var head: String { booked.isEmpty ? "Book a central rating" : "Change a central rating" }

  /// The width of the content.
  public var shape: PageShape { .form }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head(head, lead: "\(key), \(visit) · \(window)", back: back)
    page.faultSummary(faults)
    if !booked.isEmpty { page.notice(.calm, booked) }
    // Two weeks of times are long on a phone; what stands below them is found from here.
    if !days.isEmpty {
      page.links(
        acts.compactMap { act in
          act.fields.first.map { Link(text: act.title, href: "#" + Words.id($0.name)) }
        })
    }
    if !closed.isEmpty {
      page.nothing(closed)
    } else if days.isEmpty {
      page.nothing(
        "No \(booked.isEmpty ? "" : "other ")time is free now. "
          + "Times are offered two weeks ahead, in the days of the visit.")
    } else {
      page.form(form) { page in
        page.card { page in
          page.element(.p, .class("hint"), text: "All times are \(zone).")
          for (index, day) in days.enumerated() { page.slots(of: day, index: index, of: self) }
        }
        page.element(.fieldset, .class("card")) { page in
          page.element(.legend, text: "Language of the call")
          page.element(.div, .class("choices inline")) { page in
            for (index, choice) in languages.enumerated() {
              page.choice(
                choice, id: Words.id("language") + (index == 0 ? "" : "-\(index)"),
                name: "language", isSelected: choice.code == language, showsCode: false)
            }
          }
        }
        if let reason { page.card { page in page.field(reason) } }
        page.element(.div, .class("acts")) { page in
          page.button(reason == nil ? "Book this time" : "Move to this time", kind: .primary)
        }
      }
    }
    for act in acts { page.act(act, isBeside: true) }
  }
}

extension Markup {
  fileprivate mutating func slots(of day: SlotDay, index: Int, of model: RatingBookingModel) {
    element(.fieldset, .class("field")) { page in
      page.element(.legend, text: day.date)
      page.element(.div, .class("choices inline times")) { page in
        for (place, slot) in day.slots.enumerated() {
          page.choice(
            slot, id: index + place == 0 ? Words.id("slot") : "f-slot-\(index)-\(place)",
            name: "slot", isSelected: slot.code == model.selected, showsCode: false)
        }
      }
    }
  }
}

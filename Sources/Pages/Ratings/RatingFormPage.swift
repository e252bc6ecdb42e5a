public import Markup

extension RatingFormModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "\(token), \(instrument)" }

  /// The width of the content.
  public var shape: PageShape { .form }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head(
      "\(token) · \(instrument)", lead: lead, back: back,
      chip: .state(.calm, "\(items.count { !$0.answer.isEmpty }) of \(items.count) answered"))
    page.ratingSteps(steps)
    if !script.isEmpty { page.notice(.calm, "Say at the start: “\(script)”") }
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in
        page.faultSummary(faults)
        page.item(of: self)
      }
      page.element(.nav, .class("card items"), .label("Items")) { page in
        page.element(.h2, text: "Items")
        page.element(.ol) { page in for row in items { page.itemRow(row) } }
        page.element(
          .p, .class("hint"),
          text: total.isEmpty ? "The total appears when all items are answered." : "Total \(total)")
      }
    }
  }
}

extension Markup {
  fileprivate mutating func ratingSteps(_ steps: [RatingStep]) {
    guard !steps.isEmpty else { return }
    element(.nav, .class("tabs"), .label("Instruments")) { page in
      page.element(.ul) { page in
        for step in steps {
          page.element(.li) { page in
            page.element(.a, .href(step.href), step.isCurrent ? .current("step") : nil) { page in
              page.text(step.title)
              page.element(.small, text: " \(step.answered)")
            }
          }
        }
      }
    }
  }

  fileprivate mutating func item(of model: RatingFormModel) {
    let item = model.item
    form(model.form, class: "keys") { page in
      page.element(.div, .class("card")) { page in
        page.element(.fieldset, .class("item"), .data("number-keys")) { page in
          page.element(.legend) { page in
            page.element(.h2, text: "\(item.number). \(item.title)")
          }
          if !item.hint.isEmpty { page.element(.p, .class("hint"), text: item.hint) }
          page.element(.div, .class("choices")) { page in
            for (index, choice) in item.choices.enumerated() {
              page.anchor(
                choice, id: Words.id("answer") + (index == 0 ? "" : "-\(index)"),
                isSelected: choice.code == item.selected)
            }
          }
        }
        if let missing = item.missing { page.noAnswer(missing, title: item.title) }
      }
      page.element(.div, .class("acts")) { page in
        page.button(model.isLast ? "Save and review" : "Save and next item", kind: .primary)
        if let previous = model.previous { page.link(previous) }
      }
    }
  }

  private mutating func anchor(_ choice: RatingChoice, id: String, isSelected: Bool) {
    element(.label, .class("choice"), .for(id)) { page in
      page.empty(
        .input, .id(id), .type(.radio), .name("answer"), .value(choice.code),
        isSelected ? .checked : nil)
      page.element(.span, .class("key"), text: choice.code)
      page.element(
        .span, .class(choice.anchor.isEmpty ? "words between" : "words"),
        text: choice.anchor.isEmpty ? choice.between : choice.anchor)
      page.element(.span, .class("chosen"), .hiddenFromSpeech, text: "✓ chosen")
    }
  }

  private mutating func noAnswer(_ missing: MissingValue, title: String) {
    element(.details, .class("missing"), missing.selected.isEmpty ? nil : .open) { page in
      page.element(.summary) { page in
        page.text("No value…")
        page.element(.span, .class("out"), text: " for \(title)")
      }
      page.element(.fieldset) { page in
        page.element(.legend, text: "Why there is no value")
        page.element(.div, .class("choices")) { page in
          for (index, choice) in missing.codes.enumerated() {
            page.choice(
              choice, id: "f-answer-missing-\(index)", name: "answer.missing",
              isSelected: missing.selected == choice.code)
          }
        }
        page.element(.label, .for("f-answer-missing-reason"), text: "Reason")
        page.empty(
          .input, .id("f-answer-missing-reason"), .type(.text), .name("answer.missing_reason"),
          .value(missing.reason), .size(40), .maxLength(200))
      }
    }
  }

  fileprivate mutating func itemRow(_ row: RatingItemRow) {
    element(.li) { page in
      page.element(.a, .href(row.href), row.isCurrent ? .current("true") : nil) { page in
        page.element(.span, text: "\(row.number). \(row.title)")
        if row.isRefused {
          page.chip(.state(.bad, "no answer"))
        } else if row.isCurrent && row.answer.isEmpty {
          page.element(.span, .class("answer"), text: "now")
        } else {
          page.element(.span, .class("answer"), text: row.answer.isEmpty ? "–" : row.answer)
        }
      }
    }
  }
}

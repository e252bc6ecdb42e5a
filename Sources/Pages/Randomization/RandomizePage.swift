public import Markup

extension RandomizeModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Randomize \(key)" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Randomize \(key)", lead: lead, back: back)
    page.faultSummary(faults)
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in
        page.preconditions(of: self)
        page.met(met, isOpen: false)
        if !isReady { page.notYet(self) }
      }
      page.element(.aside, .label("What happens")) { page in
        page.element(.div, .class("card")) { page in
          page.element(.h2, text: "What happens")
          page.element(
            .p,
            text: "You receive a randomization number. The treatment team sees the arm; you do not."
          )
          page.element(
            .p, text: "An allocation cannot be undone. A mistake is recorded, never redrawn.")
        }
      }
    }
  }
}

extension RandomizeModel {
  /// Whether nothing stands in the way but who acts.
  var isReady: Bool { unmet.isEmpty }
}

extension Markup {
  fileprivate mutating func preconditions(of model: RandomizeModel) {
    element(.section, .class("card")) { page in
      page.element(
        .h2,
        text: Words.preconditions(unmet: model.unmet.count(where: \.isBlocking), of: model.total))
      if model.isReady {
        page.confirmation(of: model)
      } else {
        page.unmet(model.unmet + (model.comesLast.map { [$0] } ?? [])) { item in
          if item.isBlocking { return .state(.bad, "not met") }
          return .state(.calm, item == model.comesLast ? "comes last" : "not judged yet")
        }
      }
    }
  }

  private mutating func confirmation(of model: RandomizeModel) {
    element(.p, text: "Compare with the source, then prove who you are.")
    form(model.form) { page in
      page.facts(model.confirm)
      page.element(.fieldset, .class("field")) { page in
        page.element(.legend, text: "Setting today, from the source")
        page.element(.div, .class("choices inline")) { page in
          for (index, choice) in model.settings.enumerated() {
            page.choice(
              choice, id: Words.id("setting") + (index == 0 ? "" : "-\(index)"), name: "setting",
              isSelected: choice.code == model.setting)
          }
        }
      }
      page.comparedBox("I have compared key, site and setting with the source.")
      page.authentication(model.authentication)
      page.element(.div, .class("acts")) { page in
        page.link(Link(text: "Back", href: model.back.href, context: model.key))
        page.button("Randomize \(model.key)", kind: .primary)
      }
    }
  }

  fileprivate mutating func notYet(_ model: RandomizeModel) {
    element(.p, .class("notice calm")) { page in
      page.text("“Randomize \(model.key)” appears here when the preconditions are met. ")
      page.link(model.checkAgain)
    }
  }
}

extension Words {
  /// The headline of the preconditions.
  fileprivate static func preconditions(unmet: Int, of total: Int) -> String {
    switch unmet {
    case 0: "All \(total) preconditions are met"
    case 1: "Not yet: 1 of \(total) preconditions is not met"
    default: "Not yet: \(unmet) of \(total) preconditions are not met"
    }
  }
}

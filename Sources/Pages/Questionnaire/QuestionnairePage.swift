public import Markup

extension QuestionnaireModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { position }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.element(.div, .class("progress")) { page in
      page.element(.p) { page in
        page.element(.span, text: position)
        if !kept.isEmpty { page.element(.span, text: kept) }
      }
      page.element(
        .progress, .label("Questions answered"), .maximum(max(count, 1)), .amount(answered),
        text: "\(answered) of \(count)")
    }
    if questions.count != 1 { page.head(position) }
    page.faultSummary(faults)
    page.form(form) { page in
      for question in questions { page.question(question, isOnly: questions.count == 1) }
      if let times {
        page.hidden("_elapsed", String(times.elapsed))
        for question in questions {
          let name = QuestionTimes.name(of: question.name)
          page.hidden(name, times.known.first { $0.code == name }?.label ?? "")
        }
      }
      page.element(.div, .class("acts pair")) { page in
        if let back { page.actLink(back) }
        page.button(button, kind: .primary)
      }
    }
    page.help(help)
    if let pause { page.links([pause]) }
  }
}

extension Markup {
  fileprivate mutating func question(_ question: Question, isOnly: Bool) {
    element(.fieldset, .class("question")) { page in
      page.element(.legend) { page in
        page.element(isOnly ? .h1 : .h2, text: question.title)
      }
      if !question.hint.isEmpty { page.element(.p, .class("hint"), text: question.hint) }
      page.element(.div, .class("choices tall")) { page in
        for (index, choice) in question.choices.enumerated() {
          page.choice(
            choice, id: Words.id(question.name) + (index == 0 ? "" : "-\(index)"),
            name: question.name, isSelected: choice.code == question.selected, showsCode: false)
        }
      }
      if question.mayDecline {
        page.element(.div, .class("choices apart")) { page in
          page.choice(
            Choice(code: "RF", label: "I prefer not to answer"),
            id: Words.id("\(question.name)-declined"), name: question.name,
            isSelected: question.selected == "RF", showsCode: false)
        }
      }
    }
  }

  /// Writes whom a participant can call, always at the foot.
  mutating func help(_ help: HelpLine) {
    element(.p, .class("notice calm")) { page in
      page.text("\(help.text) ")
      page.element(.a, .href(help.href), text: help.number)
    }
  }
}

import Markup

extension Markup {
  /// Writes the head of a page: the way back, what the page is, its state and one line more.
  mutating func head(_ title: String, lead: String = "", back: Link? = nil, chip: Chip? = nil) {
    if let back {
      element(.p, .class("back")) { page in
        page.element(.a, .href(back.href)) { page in
          page.element(.span, .hiddenFromSpeech, text: "← ")
          page.text(back.text)
        }
      }
    }
    element(.div, .class("head")) { page in
      page.element(.h1, text: title)
      if let chip { page.chip(chip) }
    }
    if !lead.isEmpty { element(.p, .class("lead"), text: lead) }
  }

  /// Writes a part of a page under its heading.
  mutating func part(
    _ title: String, class name: String? = nil, content: (inout Markup) -> Void
  ) {
    element(.section, name.map(Attribute.class)) { page in
      page.element(.h2, text: title)
      content(&page)
    }
  }

  /// Writes a surface with something on it.
  mutating func card(_ name: String = "card", content: (inout Markup) -> Void) {
    element(.div, .class(name), content: content)
  }

  /// Writes a sentence that stands out, in one of the tones.
  mutating func notice(_ tone: ChipTone, _ sentence: String) {
    element(.p, .class("notice \(tone.rawValue)"), text: sentence)
  }

  /// Writes one paragraph a sentence.
  mutating func paragraphs(_ sentences: [String], class name: String? = nil) {
    for sentence in sentences { element(.p, name.map(Attribute.class), text: sentence) }
  }

  /// Writes facts to compare or to read.
  mutating func facts(_ facts: [Fact]) {
    guard !facts.isEmpty else { return }
    element(.dl, .class("facts")) { page in
      for fact in facts {
        page.element(.div) { page in
          page.element(.dt, text: fact.name)
          page.element(.dd) { page in page.value(of: fact) }
        }
      }
    }
  }

  /// Writes facts on a card of their own; without facts there is no card.
  mutating func factsCard(_ facts: [Fact]) {
    guard !facts.isEmpty else { return }
    card { page in page.facts(facts) }
  }

  private mutating func value(of fact: Fact) {
    if fact.isCode {
      element(.code, text: fact.value)
    } else if fact.href.isEmpty {
      text(fact.value)
    } else {
      element(.a, .href(fact.href), text: fact.value)
    }
  }

  /// Writes the summary of faults before a form, one link a fault.
  mutating func faultSummary(_ faults: [Fault]) {
    guard !faults.isEmpty else { return }
    element(
      .div, .class("faults"), .id("faults"), .role("alert"), .tabIndex(-1), .data("faults")
    ) { page in
      page.element(.h2, text: Words.faults(faults.count))
      page.element(.ul) { page in
        for fault in faults {
          page.element(.li) { page in
            if fault.field.isEmpty && fault.href.isEmpty {
              page.text(fault.sentence)
            } else {
              let target = fault.field.isEmpty ? "" : "#\(Words.id(fault.field))"
              page.element(.a, .href(fault.href + target), text: fault.sentence)
            }
          }
        }
      }
    }
  }

  /// Writes the line that says when something was saved and by whom.
  mutating func savedLine(_ saved: String) {
    guard !saved.isEmpty else { return }
    element(.p, .class("saved"), .role("status"), .data("saved"), text: saved)
  }
}

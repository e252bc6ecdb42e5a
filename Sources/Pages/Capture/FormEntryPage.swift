public import Markup

extension FormEntryModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "\(formTitle), \(visit), \(key)" }

  /// The width of the content.
  public var shape: PageShape { .form }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("\(formTitle), \(visit)", lead: key, back: back, chip: chip)
    page.savedLine(saved)
    page.faultSummary(faults)
    if !closed.isEmpty { page.notice(.calm, closed) }
    if !draft.isEmpty { page.notice(.due, draft) }
    page.element(.div, .class("columns")) { page in
      page.element(.div) { page in page.entry(self) }
      page.element(.aside, .label("About this form")) { page in
        page.element(.div, .class("card")) { page in
          page.facts(facts)
          page.links(links)
        }
        page.signatures(signatures)
        for act in acts { page.act(act, isBeside: true) }
      }
    }
  }
}

extension Markup {
  fileprivate mutating func entry(_ model: FormEntryModel) {
    guard model.closed.isEmpty else {
      for section in model.sections { fields(of: section, isClosed: true) }
      return
    }
    form(model.form) { page in
      for section in model.sections { page.fields(of: section, isClosed: false) }
      if let changes = model.changes { page.reason(for: changes) }
      page.element(.div, .class("acts")) { page in
        page.button(
          model.changes == nil ? "Submit" : "Save the changes", kind: .primary, name: "act",
          value: "submit")
        page.button("Keep as draft", name: "act", value: "draft")
      }
      if model.keepsDraft {
        page.element(.p, .class("hint"), .role("status"), .data("autosave"), text: "")
      }
    }
  }
}

extension Markup {
  /// Writes the fields that belong together, to be answered or only read.
  mutating func fields(of section: FieldSection, isClosed: Bool) {
    element(.section, .class("card")) { page in
      if !section.title.isEmpty { page.element(.h2, text: section.title) }
      if !section.hint.isEmpty { page.element(.p, .class("hint"), text: section.hint) }
      for field in section.fields {
        if isClosed { page.closedField(field) } else { page.field(field) }
      }
    }
  }

  private mutating func closedField(_ field: EntryField) {
    element(.div, .class("field")) { page in
      page.element(.p, .class("label"), text: field.labelText)
      page.element(.p, .class("value")) { page in
        let code = field.missing?.selected ?? ""
        page.text(code.isEmpty ? field.control.readable : "no value, \(code)")
        if !field.unit.isEmpty { page.element(.span, .class("unit"), text: field.unit) }
      }
      page.marks(of: field)
    }
  }

  private mutating func reason(for changes: ChangeReason) {
    element(
      .fieldset, .class("card reason\(changes.fault.isEmpty ? "" : " refused")")
    ) { page in
      page.element(.legend, text: "Reason for the change")
      page.element(.ul, .class("changes")) { page in
        for change in changes.changes {
          page.element(.li) { page in
            page.text("\(change.field): ")
            page.element(.s, text: change.old.isEmpty ? "–" : change.old)
            page.text(" → ")
            page.element(.strong, text: change.new.isEmpty ? "–" : change.new)
          }
        }
      }
      if !changes.fault.isEmpty {
        page.element(.p, .class("message bad"), text: "! \(changes.fault)")
      }
      page.element(.div, .class("choices")) { page in
        for (index, choice) in changes.choices.enumerated() {
          page.choice(
            choice, id: Words.id("_reason") + (index == 0 ? "" : "-\(index)"), name: "_reason",
            isSelected: choice.code == changes.selected, showsCode: false)
        }
      }
      page.element(.div, .class("field")) { page in
        page.element(.label, .for(Words.id("_reason_text")), text: "In your words (optional)")
        page.empty(
          .input, .id(Words.id("_reason_text")), .type(.text), .name("_reason_text"),
          .value(changes.text), .size(40), .maxLength(200))
      }
    }
  }
}

public import Markup

extension ConflictModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Changed meanwhile, \(formTitle), \(key)" }

  /// The width of the content.
  public var shape: PageShape { .form }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {

    page.head("Somebody saved this form meanwhile", lead: "\(formTitle), \(key)", back: back)
    page.notice(
      .due,
      rows.isEmpty
        ? "\(savedBy). Nothing you changed was changed there. Your values are still here; go on with both."
        : "\(savedBy). Your values were not saved and are still here. Choose one value for each field."
    )
    if !taken.isEmpty {
      page.part("Changed there and not by you, and kept", class: "card") { page in
        page.facts(taken)
      }
    }
    page.form(form) { page in
      for value in carried { page.hidden(value.name, value.value) }
      for row in rows {
        page.element(.fieldset, .class("card")) { page in
          page.element(.legend, text: row.label)
          if !row.before.isEmpty {
            page.element(.p, .class("hint"), text: "before both: \(row.before)")
          }
          page.element(.div, .class("choices")) { page in
            let id = Words.id(row.field)
            page.choice(
              Choice(code: "stored", label: "saved: \(row.stored.isEmpty ? "–" : row.stored)"),
              id: id, name: row.field, isSelected: false, showsCode: false)
            page.choice(
              Choice(code: "typed", label: "yours: \(row.typed.isEmpty ? "–" : row.typed)"),
              id: "\(id)-1", name: row.field, isSelected: false, showsCode: false)
          }
        }
      }
      page.element(.div, .class("acts")) { page in
        page.button(
          rows.isEmpty ? "Go on with both" : "Go on with the chosen values", kind: .primary)
      }
    }
  }
}

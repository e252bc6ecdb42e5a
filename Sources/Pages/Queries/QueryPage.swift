public import Markup

extension QueryModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Query, \(place)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Query", lead: place, back: back, chip: chip)
    page.faultSummary(faults)
    page.card { page in
      page.facts([Fact(name: "Value", value: value)])
      page.links([entry])
      page.element(.ol, .class("thread")) { page in
        for message in thread { page.message(message) }
      }
    }
    if let answer {
      page.form(answer) { page in
        page.field(
          EntryField(
            name: "answer", label: "Your answer", control: .lines(text: answerText, maximum: 500),
            hint: "No name, no treatment. Correct the value in the form itself."))
        page.element(.div, .class("acts")) { page in
          page.button("Answer the query", kind: .primary)
        }
      }
    }
    if let close {
      page.form(close) { page in
        page.element(.div, .class("acts")) { page in
          page.button("Close the query", kind: answer == nil ? .primary : .plain)
        }
      }
    }
  }
}

extension Markup {
  fileprivate mutating func message(_ message: QueryMessage) {
    element(.li) { page in
      page.element(.p, .class("hint"), text: "\(message.author), \(message.time)")
      page.element(.p, text: message.text)
    }
  }
}

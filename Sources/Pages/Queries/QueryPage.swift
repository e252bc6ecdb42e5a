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
    // One form with two ways to send it, so that the reason is typed once.
    if let judge {
      page.form(judge) { page in
        page.field(
          EntryField(
            name: "reason", label: canClose ? "Reason" : "Why you ask again",
            control: .lines(text: reasonText, maximum: 500),
            hint: canClose ? "Why you close it, or what you still ask." : "The site is asked again."
          ))
        page.element(.div, .class("acts")) { page in
          if canClose {
            page.button(
              "Close the query", kind: answer == nil ? .primary : .plain, name: "act",
              value: "close")
          }
          if canReopen { page.button("Ask again", name: "act", value: "reopen") }
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

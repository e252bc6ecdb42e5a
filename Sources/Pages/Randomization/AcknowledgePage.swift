public import Markup

extension AcknowledgeModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Read the allocation, \(key)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Read the allocation of \(key)", back: back)
    page.faultSummary(faults)
    page.element(.section, .class("card"), .label("What happens")) { page in
      page.element(
        .p,
        text: "You will see the arm once here; after that it stands in the treatment file.")
      page.element(
        .p,
        text: "That you read it is recorded with name and time, because only the treatment team"
          + " may know it.")
      page.facts([
        Fact(name: "Participant", value: key), Fact(name: "Randomization number", value: number),
        Fact(name: "Requested by", value: requestedBy),
        Fact(name: "Requested at", value: requestedAt),
      ])
      page.form(form) { page in
        page.comparedBox("I have compared key and number with the paper.")
        page.authentication(authentication)
        page.element(.div, .class("acts")) { page in
          page.button("Show the allocation of \(key)", kind: .primary)
        }
      }
    }
  }
}

extension AlreadyReadModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Already read, \(key)" }

  /// The width of the content.
  public var shape: PageShape { .answer }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Already read", lead: "Allocation of \(key), number \(number)", back: back)
    page.card { page in
      page.element(.p, text: "Already read on \(read).")
      page.element(.p) { page in
        page.text("The arm stands in the ")
        page.link(treatmentFile)
        page.text(".")
      }
    }
  }
}

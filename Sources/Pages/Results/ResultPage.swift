public import Markup
import Pictures

extension ResultModel: PageModel {
  /// The page's own title.
  public var ownTitle: String {
    if !falseBand.isEmpty { return "Dry run of the result" }
    return sections.isEmpty ? "Primary result" : "Result of the trial"
  }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    if !falseBand.isEmpty { page.element(.p, .class("false-band"), .role("note"), text: falseBand) }
    page.head(ownTitle, lead: lead.joined(separator: " · "), back: back)
    page.element(
      .section, .class(isShown ? "answer-card good" : "answer-card"), .label("Finding")
    ) { page in
      page.element(.p, .class("finding"), text: answer)
      page.paragraphs(support)
      page.origin(comparisonTrace, id: "finding")
    }
    page.element(.section, .class("card")) { page in
      page.element(.h2, .class("picture-title"), text: pictureTitle)
      page.picture(picture, id: "intervals")
      page.origin(comparisonTrace, id: "intervals")
      page.paragraphs(pictureNotes, class: "hint")
    }
    page.hypotheses(of: self)
    page.origin(comparisonTrace, id: "hypotheses")
    if flow != nil || !flowFault.isEmpty {
      page.part("Participants") { page in
        page.element(.div, .class("card")) { page in
          if let flow {
            page.picture(flow, id: "flow")
            page.origin(flowTrace, id: "participants")
          } else {
            page.notice(.bad, flowFault)
          }
        }
      }
    }
    for table in tables { page.dataTable(table) }
    page.contents(sections)
    for section in sections { page.resultSection(section) }
    page.element(.section, .class("card"), .id("computed")) { page in
      page.element(.h2, text: "How this was computed")
      page.paragraphs(computed)
      page.facts(computedFacts)
    }
    page.links(links)
  }
}

extension Markup {
  fileprivate mutating func hypotheses(of model: ResultModel) {
    element(.div, .class("table scroll"), .role("region"), .tabIndex(0), .label("Hypotheses")) {
      page in
      page.element(.table, .class("numbers")) { page in
        page.element(.caption, text: model.tableCaption)
        page.element(.thead) { page in
          page.element(.tr) { page in
            page.element(.th, .scope("col"), text: "Order")
            page.element(.th, .scope("col"), text: "Hypothesis")
            page.element(.th, .scope("col"), .class("number"), text: "Difference")
            page.element(.th, .scope("col"), .class("number"), text: model.picture.intervalTitle)
            page.element(.th, .scope("col"), .class("number"), text: "One-sided p")
            page.element(.th, .scope("col"), text: "Conclusion")
          }
        }
        page.element(.tbody) { page in
          for row in model.hypotheses { page.hypothesis(row) }
        }
      }
    }
  }

  private mutating func hypothesis(_ row: HypothesisRow) {
    element(.tr) { page in
      page.element(.td, text: "\(row.order)")
      page.element(.th, .scope("row"), text: row.text)
      page.element(.td, .class("number"), text: row.difference)
      page.element(.td, .class("number"), text: row.interval)
      page.element(.td, .class("number"), text: row.pValue)
      page.element(.td) { page in page.chip(row.conclusion.chip) }
    }
  }
}

extension Conclusion {
  /// The conclusion in words.
  var chip: Chip {
    switch self {
    case .shown: .state(.good, "shown")
    case .notShown: .state(.off, "not shown")
    case .notTested: .state(.off, "not tested")
    }
  }
}

public import Markup

extension CorrectionsModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Corrections" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head(
      "Corrections",
      lead: "An allocation is never changed. What was wrong is written beside it.")
    page.element(.div, .class("acts")) { page in
      for act in acts { page.actLink(act) }
    }
    page.part("Randomizations in error and corrected strata") { page in
      page.rows(
        corrections, "Errors on record", "Nothing was recorded as an error.",
        ["Participant", "What", "Why", "Stratum used", "True stratum", "Reason", "Recorded"])
    }
    page.part("Arms opened before the end") { page in
      page.rows(
        disclosures, "Disclosures on record", "No arm was opened.",
        ["Participant", "Kind", "Where", "Why", "Reason", "By", "Opened", "Recorded"])
    }
  }
}

extension Markup {
  fileprivate mutating func rows(
    _ rows: [DataRow], _ caption: String, _ empty: String, _ columns: [String]
  ) {
    guard !rows.isEmpty else {
      nothing(empty)
      return
    }
    workTable(
      caption, columns: columns, rows: rows.map { $0.cells.map(Cell.text) }, class: "dense")
  }
}

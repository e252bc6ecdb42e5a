public import Markup

extension DisclosuresModel: PageModel {
  /// The page's own title.
  public var ownTitle: String { "Disclosures" }

  /// The width of the content.
  public var shape: PageShape { .list }

  /// Writes the content of the page.
  public func main(into page: inout Markup) {
    page.head("Disclosures", lead: "Who learnt of an arm, oldest first; no arm stands here.")
    page.factsCard(facts)
    guard !rows.isEmpty else {
      page.nothing("Nothing was disclosed beside what the sites read as planned.")
      return
    }
    page.workTable(
      "Disclosures beside those at the sites",
      columns: ["What", "Planned", "Participant", "Who", "Why", "What followed", "(Act)"],
      rows: rows.map { row in
        [
          .detailed(row.kind, detail: row.time), .chip(row.chip), .text(row.participant),
          .detailed(row.person, detail: row.role), .text(row.why), .text(row.followed),
          row.act.map { .act($0, isPrimary: false) } ?? .blank,
        ]
      }, class: "wordy", isCaptionShown: true)
  }
}

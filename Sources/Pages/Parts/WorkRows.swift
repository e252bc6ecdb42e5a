import Markup

extension Markup {
  /// Writes what is to be done now; the first row's act is the primary button of the page.
  mutating func work(_ rows: [WorkRow]) {
    workTable(
      "Do now", columns: ["Participant", "What", "Until", "State", "(Act)"],
      rows: rows.enumerated().map { index, row in
        [
          .key(Link(text: row.key, href: row.href)), .detailed(row.what, detail: row.detail),
          row.until.isEmpty ? .blank : .text(row.until), .chip(row.chip),
          .act(
            Link(text: row.act.text, href: row.act.href, context: row.key), isPrimary: index == 0),
        ]
      }, class: "work-rows")
  }
}

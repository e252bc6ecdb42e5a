import Markup

/// What stands in one cell of a table that people work with.
enum Cell {
  case text(String)
  case detailed(String, detail: String)
  case link(Link)
  /// The key of a participant, which is one word whatever stands in it.
  case key(Link)
  case chip(Chip)
  case chipLink(Chip, Link)
  case code(String)
  case number(String)
  case act(Link, isPrimary: Bool)
  /// A cell whose value is absent.
  case none
  /// A cell without an act.
  case blank
}

extension Markup {
  /// Writes a table of people's work, which becomes cards on a phone.
  ///
  /// The first cell of a row is its head. The caption names the list; where a heading above
  /// shows the same words it is read out only.
  mutating func workTable(
    _ caption: String, columns: [String], rows: [[Cell]], class name: String = "",
    isCaptionShown: Bool = false
  ) {
    element(.div, .class("table")) { page in
      page.element(.table, .class("cards \(name)")) { page in
        page.element(.caption, isCaptionShown ? nil : .class("out"), text: caption)
        page.element(.thead) { page in
          page.element(.tr) { page in
            for column in columns {
              page.element(.th, .scope("col")) { page in
                page.element(
                  .span, column.hasPrefix("(") ? .class("out") : nil,
                  text: column.hasPrefix("(") ? column.filter { $0 != "(" && $0 != ")" } : column)
              }
            }
          }
        }
        page.element(.tbody) { page in
          for row in rows { page.workRow(row, columns: columns) }
        }
      }
    }
  }

  private mutating func workRow(_ cells: [Cell], columns: [String]) {
    element(.tr) { page in
      for (index, cell) in cells.enumerated() {
        let head = index < columns.count && !columns[index].hasPrefix("(") ? columns[index] : ""
        if index == 0 {
          page.element(.th, .scope("row")) { page in page.cell(cell) }
        } else {
          page.element(
            .td, cell.className.map(Attribute.class), head.isEmpty ? nil : .cellHead(head)
          ) { page in page.cell(cell) }
        }
      }
    }
  }

  private mutating func cell(_ cell: Cell) {
    switch cell {
    case .text(let text), .number(let text): self.text(text.isEmpty ? "–" : text)
    case .detailed(let text, let detail):
      self.text(text)
      if !detail.isEmpty {
        self.text(" ")
        element(.small, text: detail)
      }
    case .link(let link):
      if link.href.isEmpty { text(link.text) } else { self.link(link) }
    case .key(let link):
      if link.href.isEmpty { text(link.text) } else { self.link(link, class: "key") }
    case .chip(let chip): self.chip(chip)
    case .chipLink(let chip, let link):
      element(.a, .class("bare"), .href(link.href), .label("\(chip.words), \(link.context)")) {
        page in page.chip(chip)
      }
    case .code(let code): element(.code, text: code.isEmpty ? "–" : code)
    case .act(let link, let isPrimary): actLink(link, kind: isPrimary ? .primary : .plain)
    case .none: text("–")
    case .blank: return
    }
  }

  /// Writes a table of numbers, which scrolls in its own region with the first column fixed.
  ///
  /// One without numbers is read row by row, and becomes cards on a phone.
  mutating func dataTable(_ table: DataTable) {
    guard !table.rows.isEmpty else {
      element(
        .p, .class("empty card"), text: table.empty.isEmpty ? "There is nothing yet." : table.empty)
      return
    }
    if table.columns.contains(where: \.isNumeric) {
      numbers(table)
    } else {
      workTable(
        table.caption, columns: table.columns.map(\.title),
        rows: table.rows.map { $0.cells.map(Cell.text) }, isCaptionShown: true)
    }
    if !table.note.isEmpty { element(.p, .class("hint"), text: table.note) }
  }

  private mutating func numbers(_ table: DataTable) {
    element(.div, .class("table scroll"), .role("region"), .tabIndex(0), .label(table.caption)) {
      page in
      page.element(.table, .class("numbers")) { page in
        page.element(.caption, text: table.caption)
        page.element(.thead) { page in
          page.element(.tr) { page in
            for column in table.columns {
              page.element(
                .th, .scope("col"), column.isNumeric ? .class("number") : nil, text: column.title)
            }
          }
        }
        page.element(.tbody) { page in
          for row in table.rows { page.dataRow(row, columns: table.columns) }
        }
      }
    }
  }

  private mutating func dataRow(_ row: DataRow, columns: [DataColumn]) {
    element(.tr) { page in
      for (index, cell) in row.cells.enumerated() {
        let isNumeric = index < columns.count && columns[index].isNumeric
        page.element(
          index == 0 ? .th : .td, index == 0 ? .scope("row") : nil,
          isNumeric ? .class("number") : nil, text: cell.isEmpty ? "–" : cell)
      }
    }
  }

  /// Writes the table of a picture, folded below it.
  mutating func asTable(_ table: DataTable?) {
    guard let table else { return }
    element(.details, .class("as-table")) { page in
      page.element(.summary, text: "As a table")
      page.dataTable(table)
    }
  }

  /// Writes what stands in the place of a table without rows.
  mutating func nothing(_ sentence: String) {
    element(.p, .class("empty card"), text: sentence)
  }

  /// Writes changes as a table, with the reader's own numbering.
  mutating func history(_ rows: [HistoryRow], caption: String) {
    let isRemovable = rows.contains { $0.removal != nil }
    workTable(
      caption,
      columns: ["No.", "When", "Who", "What", "Before", "After", "Why"]
        + (isRemovable ? ["Personal data"] : []),
      rows: rows.map { row in
        let cells: [Cell] = [
          .number(String(row.number)), .text(row.time), .text(row.person), .text(row.object),
          .text(row.old), .text(row.new), .text(row.reason),
        ]
        guard isRemovable else { return cells }
        return cells + [row.removal.map(Cell.link) ?? .blank]
      }, class: "history")
  }

  /// Writes queries as a table, oldest first as they came.
  mutating func queries(_ rows: [QueryRow], caption: String) {
    workTable(
      caption, columns: ["Place", "Query", "Asked by", "Age"],
      rows: rows.map { row in
        [
          .link(Link(text: row.place, href: row.href, context: "answer the query")),
          .text(row.text), .text(row.author), .chip(row.chip),
        ]
      })
  }
}

extension Cell {
  /// The class of the cell, which places it in a card.
  var className: String? {
    switch self {
    case .chip, .chipLink: "state"
    case .number: "number"
    case .act: "act"
    case .code, .text, .detailed, .link, .key, .none: nil
    case .blank: "blank"
    }
  }
}

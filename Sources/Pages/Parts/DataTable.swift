/// A table of texts with its population in the caption.
public struct DataTable: Sendable, Equatable {
  /// What the table counts, with population and count.
  public var caption: String
  /// The columns, the head of the rows first.
  public var columns: [DataColumn]
  /// The rows in their order.
  public var rows: [DataRow]
  /// What stands under the table.
  public var note: String
  /// Why there is no row, and what fills it.
  public var empty: String

  /// All of it at once.
  public init(
    caption: String, columns: [DataColumn], rows: [DataRow], note: String = "", empty: String = ""
  ) {
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.note = note
    self.empty = empty
  }
}

/// One column.
public struct DataColumn: Sendable, Equatable {
  /// Its head.
  public var title: String
  /// Whether its cells are numbers.
  public var isNumeric: Bool

  /// All of it at once.
  public init(title: String, isNumeric: Bool = false) {
    self.title = title
    self.isNumeric = isNumeric
  }
}

/// One row.
public struct DataRow: Sendable, Equatable {
  /// One text a column, the head of the row first.
  public var cells: [String]

  /// All of it at once.
  public init(cells: [String]) {
    self.cells = cells
  }
}

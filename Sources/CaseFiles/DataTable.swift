/// A data file beside a case file: named columns of texts.
public struct DataTable: Sendable {
  /// The column names in file order.
  public let columns: [String]
  /// The rows, one text per column.
  public private(set) var rows: [[String]]

  /// Parses comma-separated values with a header; fields may be quoted.
  public init(csv text: String) {
    var lines = text.split(whereSeparator: \.isNewline).map(Self.fields)
    columns = lines.isEmpty ? [] : lines.removeFirst()
    rows = lines
  }

  /// The texts of one column.
  public func texts(_ name: String) throws(CaseFileRefusal) -> [String] {
    let column = try index(name)
    return rows.map { $0[column] }
  }

  /// The numbers of one column; nil where the field is empty or says NA.
  public func numbers(_ name: String) throws(CaseFileRefusal) -> [Double?] {
    let column = try index(name)
    return rows.map { Double($0[column]) }
  }

  /// The rows in which a column has one of the given texts.
  public func keeping(_ name: String, in allowed: [String]) throws(CaseFileRefusal) -> DataTable {
    let column = try index(name)
    var kept = self
    kept.rows = rows.filter { allowed.contains($0[column]) }
    return kept
  }

  /// The rows in which a column holds a number.
  public func observed(_ name: String) throws(CaseFileRefusal) -> DataTable {
    let column = try index(name)
    var kept = self
    kept.rows = rows.filter { Double($0[column]) != nil }
    return kept
  }

  /// The rows a case selects: parts such as `ARM=ECT` or `CHG observed`, joined by commas.
  public func selecting(_ selection: String?) throws(CaseFileRefusal) -> DataTable {
    var kept = self
    for part in (selection ?? "").split(separator: ",") {
      let words = part.split(separator: " ").map(String.init)
      if let equals = part.firstIndex(of: "=") {
        let name = String(part[..<equals].filter { $0 != " " })
        let value = String(part[part.index(after: equals)...].filter { $0 != " " })
        kept = try kept.keeping(name, in: [value])
      } else if words.count == 2, words[1] == "observed" {
        kept = try kept.observed(words[0])
      }
    }
    return kept
  }

  private func index(_ name: String) throws(CaseFileRefusal) -> Int {
    guard let index = columns.firstIndex(of: name) else { throw .columnMissing(name) }
    return index
  }

  private static func fields(_ line: Substring) -> [String] {
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      default: field.append(character)
      }
    }
    fields.append(field)
    return fields
  }
}

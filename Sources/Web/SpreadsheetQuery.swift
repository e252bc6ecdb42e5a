import Conduct
import Datasets

/// How an address of a page asks for a table that a spreadsheet opens; a program is given exact values.
enum SpreadsheetQuery {
  private static let name = "for"
  private static let value = "spreadsheet"

  /// What such an address has besides.
  static let asked = [name: value]

  /// An address without a query that asks for it.
  static func address(_ path: String) -> String { "\(path)?\(name)=\(value)" }

  /// The variant a call asks for.
  static func variant(of call: Call) throws -> CSVText.Variant {
    switch call.query[name] ?? "" {
    case "": return .exact
    case value: return .spreadsheet
    default:
      throw ActRefusal.invalid([
        Conduct.Fault(
          field: name, code: "unknown_variant",
          sentence: "A table is made for a spreadsheet (for=spreadsheet) or with exact values.")
      ])
    }
  }

  /// The form of an audit trail's table a call asks for.
  static func auditTable(of call: Call) throws -> AuditFileForm {
    switch try variant(of: call) {
    case .exact: .table
    case .spreadsheet: .spreadsheet
    }
  }
}

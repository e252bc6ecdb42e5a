public import Foundation

/// A value of a case file, free of any numeric type but `Double`.
///
/// `"Inf"`, `"-Inf"` and `"NaN"` stay texts here; `number` reads them where a number is asked for.
public enum JSONValue: Equatable, Sendable {
  /// Not defined, or not reached.
  case null
  /// True or false.
  case bool(Bool)
  /// A finite or infinite number.
  case number(Double)
  /// A text.
  case text(String)
  /// Values in order.
  case list([JSONValue])
  /// Named values.
  case object(JSONObject)

  /// Reads a JSON text.
  public init(parsing bytes: Data) throws(CaseFileRefusal) {
    var parser = JSONParser([UInt8](bytes))
    self = try parser.parse()
  }

  /// The value as a number; the texts for infinities and NaN count as numbers.
  public var number: Double? {
    switch self {
    case .number(let value): value
    case .text("Inf"): .infinity
    case .text("-Inf"): -.infinity
    case .text("NaN"): .nan
    case .text, .null, .bool, .list, .object: nil
    }
  }

  /// The text, when it is one.
  public var text: String? { if case .text(let value) = self { value } else { nil } }
  /// The truth value, when it is one.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The list, when it is one.
  public var list: [JSONValue]? { if case .list(let values) = self { values } else { nil } }
  /// The named values, when it is an object.
  public var object: JSONObject? {
    if case .object(let values) = self { values } else { nil }
  }

  /// A list of numbers.
  public static func numbers(_ values: [Double]) -> JSONValue { .list(values.map { .number($0) }) }
  /// A table of numbers, row by row.
  public static func rows(_ values: [[Double]]) -> JSONValue { .list(values.map(numbers)) }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON on one line, keys sorted, numbers with all their digits.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): Self.spelled(value)
    case .text(let value): Self.quoted(value)
    case .list(let values): "[" + values.map(\.description).joined(separator: ",") + "]"
    case .object(let values):
      "{"
        + values.names.sorted()
        .map { Self.quoted($0) + ":" + (values[$0] ?? .null).description }
        .joined(separator: ",") + "}"
    }
  }

  private static func spelled(_ value: Double) -> String {
    if value.isNaN { return "\"NaN\"" }
    if value.isInfinite { return value > 0 ? "\"Inf\"" : "\"-Inf\"" }
    return value.description
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      default:
        if scalar.value < 32 {
          quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}

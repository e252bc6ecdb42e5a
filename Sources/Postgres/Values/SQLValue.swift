/// A value on its way to the server; each case is sent with its own type.
///
/// Only `null` leaves the type to the server. Where a statement needs another type than the one
/// sent (an enumeration, `int4`), it says so with a cast: `$1::sex`.
public enum SQLValue: Sendable, Hashable {
  /// No value, of whatever type the statement expects.
  case null
  /// `boolean`.
  case bool(Bool)
  /// `bigint`.
  case int(Int64)
  /// `text`; the server refuses a NUL character.
  case text(String)
  /// `bytea`.
  case bytes([UInt8])
  /// `numeric`, exact.
  case decimal(DecimalText)
  /// `timestamptz`.
  case instant(Instant)
  /// `date`.
  case day(CalendarDay)
  /// `jsonb`, given as its text.
  case json(String)
  /// `uuid`.
  case uuid(UniqueIdentifier)
  /// `text[]`.
  case textArray([String])
  /// `bigint[]`.
  case intArray([Int64])
  /// `double precision`.
  case double(Double)

  /// A value, or null when there is none.
  public static func optional<Wrapped>(
    _ value: Wrapped?, _ make: (Wrapped) -> SQLValue
  ) -> SQLValue {
    value.map(make) ?? .null
  }
}

extension SQLValue {
  /// The server's number for the type that this value is sent as.
  var type: UInt32 {
    switch self {
    case .null: TypeNumber.unspecified
    case .bool: TypeNumber.bool
    case .int: TypeNumber.int8
    case .text: TypeNumber.text
    case .bytes: TypeNumber.bytea
    case .decimal: TypeNumber.numeric
    case .instant: TypeNumber.timestamptz
    case .day: TypeNumber.date
    case .json: TypeNumber.jsonb
    case .uuid: TypeNumber.uuid
    case .textArray: TypeNumber.textArray
    case .intArray: TypeNumber.int8Array
    case .double: TypeNumber.float8
    }
  }
}

/// The numbers under which PostgreSQL's own types are known on the wire; they never change.
enum TypeNumber {
  static let unspecified: UInt32 = 0
  static let bool: UInt32 = 16
  static let bytea: UInt32 = 17
  static let char: UInt32 = 18
  static let name: UInt32 = 19
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let oid: UInt32 = 26
  static let json: UInt32 = 114
  static let xml: UInt32 = 142
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  static let unknown: UInt32 = 705
  static let int2Array: UInt32 = 1005
  static let int4Array: UInt32 = 1007
  static let textArray: UInt32 = 1009
  static let varcharArray: UInt32 = 1015
  static let int8Array: UInt32 = 1016
  static let bpchar: UInt32 = 1042
  static let varchar: UInt32 = 1043
  static let date: UInt32 = 1082
  static let timestamptz: UInt32 = 1184
  static let numeric: UInt32 = 1700
  static let uuid: UInt32 = 2950
  static let nameArray: UInt32 = 1003
  static let jsonb: UInt32 = 3802
  /// Types made by a schema (enumerations among them) are numbered from here.
  static let firstOfSchema: UInt32 = 16384
}

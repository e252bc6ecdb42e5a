extension Bool: ColumnDecodable {
  /// Reads a `boolean`.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> Bool {
    guard value.type == TypeNumber.bool else { throw value.mismatch("boolean") }
    return try unsafe value.withBytes { bytes in unsafe bytes.first != 0 }
  }
}

extension Int64: ColumnDecodable {
  /// Reads a whole number of any width.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> Int64 {
    let type = value.type
    guard
      type == TypeNumber.int8 || type == TypeNumber.int4 || type == TypeNumber.int2
        || type == TypeNumber.oid
    else { throw value.mismatch("whole number") }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      if type == TypeNumber.oid, let number = unsafe bytes.bigEndian(0, as: UInt32.self) {
        return Int64(number)
      }
      guard let number = unsafe Int64(networkOrder: bytes) else {
        throw value.mismatch("whole number")
      }
      return number
    }
  }

  /// A whole number of two, four or eight bytes.
  init?(networkOrder bytes: UnsafeRawBufferPointer) {
    let number: Int64?
    switch bytes.count {
    case 8: number = unsafe bytes.bigEndian(0, as: Int64.self)
    case 4: number = unsafe bytes.bigEndian(0, as: Int32.self).map(Int64.init)
    case 2: number = unsafe bytes.bigEndian(0, as: Int16.self).map(Int64.init)
    default: number = nil
    }
    guard let number else { return nil }
    self = number
  }
}

extension Int: ColumnDecodable {
  /// Reads a whole number of any width.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> Int {
    Int(try Int64.decode(value))
  }
}

extension Double: ColumnDecodable {
  /// Reads a binary floating-point number; a `numeric` is refused, since it would be rounded.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> Double {
    let type = value.type
    guard type == TypeNumber.float8 || type == TypeNumber.float4 else {
      throw value.mismatch("double precision")
    }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      if let bits = unsafe bytes.bigEndian(0, as: UInt64.self) { return Double(bitPattern: bits) }
      guard let bits = unsafe bytes.bigEndian(0, as: UInt32.self) else {
        throw value.mismatch("double precision")
      }
      return Double(Float(bitPattern: bits))
    }
  }
}

extension String: ColumnDecodable {
  /// Reads text of any kind, JSON, or an enumeration of the schema.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> String {
    let type = value.type
    let skipped: Int
    switch type {
    case TypeNumber.text, TypeNumber.varchar, TypeNumber.bpchar, TypeNumber.name, TypeNumber.char,
      TypeNumber.json, TypeNumber.xml, TypeNumber.unknown, TypeNumber.firstOfSchema...:
      skipped = 0
    // The binary form of jsonb starts with the number of its version.
    case TypeNumber.jsonb: skipped = 1
    default: throw value.mismatch("text")
    }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      let content = unsafe UnsafeRawBufferPointer(rebasing: bytes.dropFirst(skipped))
      guard let text = unsafe content.utf8Text else { throw value.mismatch("text") }
      return text
    }
  }
}

extension DecimalText: ColumnDecodable {
  /// Reads a `numeric` or a whole number, exactly; NaN and infinity are refused.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> DecimalText {
    let type = value.type
    guard type == TypeNumber.numeric else {
      guard type == TypeNumber.int8 || type == TypeNumber.int4 || type == TypeNumber.int2 else {
        throw value.mismatch("numeric")
      }
      return DecimalText(try Int64.decode(value))
    }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      guard let number = unsafe NumericBinary.decode(bytes) else {
        throw .unrepresentable(column: value.name)
      }
      return number
    }
  }
}

extension Instant: ColumnDecodable {
  /// Reads a `timestamptz`; infinity is refused.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> Instant {
    guard value.type == TypeNumber.timestamptz else { throw value.mismatch("timestamptz") }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      guard let count = unsafe bytes.bigEndian(0, as: Int64.self), count != .max, count != .min,
        case let (sum, overflow) = count.addingReportingOverflow(DatabaseEpoch.microseconds),
        !overflow
      else { throw .unrepresentable(column: value.name) }
      return Instant(microsecondsSince1970: sum)
    }
  }
}

extension CalendarDay: ColumnDecodable {
  /// Reads a `date`; infinity is refused.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> CalendarDay {
    guard value.type == TypeNumber.date else { throw value.mismatch("date") }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      guard let days = unsafe bytes.bigEndian(0, as: Int32.self), days != .max, days != .min
      else { throw .unrepresentable(column: value.name) }
      return CalendarDay(daysSince1970: Int(days) + DatabaseEpoch.days)
    }
  }
}

extension UniqueIdentifier: ColumnDecodable {
  /// Reads a `uuid`.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> UniqueIdentifier {
    guard value.type == TypeNumber.uuid else { throw value.mismatch("uuid") }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      guard let high = unsafe bytes.bigEndian(0, as: UInt64.self),
        let low = unsafe bytes.bigEndian(8, as: UInt64.self)
      else { throw value.mismatch("uuid") }
      return UniqueIdentifier(high: high, low: low)
    }
  }
}

/// An element that a column of type array can be read into.
public protocol ArrayElementDecodable {
  /// Reads the whole array.
  static func decodeArray(_ value: ColumnValue) throws(DatabaseError) -> [Self]
}

extension Array: ColumnDecodable where Element: ArrayElementDecodable {
  /// Reads an array, or for bytes a `bytea`.
  public static func decode(_ value: ColumnValue) throws(DatabaseError) -> [Element] {
    try Element.decodeArray(value)
  }
}

extension UInt8: ArrayElementDecodable {
  /// Reads a `bytea`.
  public static func decodeArray(_ value: ColumnValue) throws(DatabaseError) -> [UInt8] {
    guard value.type == TypeNumber.bytea else { throw value.mismatch("bytea") }
    return try unsafe value.withBytes { bytes in unsafe Array(bytes) }
  }
}

extension String: ArrayElementDecodable {
  /// Reads an array of text without nulls.
  public static func decodeArray(_ value: ColumnValue) throws(DatabaseError) -> [String] {
    switch value.type {
    case TypeNumber.textArray, TypeNumber.varcharArray, TypeNumber.nameArray,
      TypeNumber.firstOfSchema...:
      break
    default: throw value.mismatch("text[]")
    }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      guard let texts = unsafe ArrayBinary.decode(bytes, { unsafe $0.utf8Text }) else {
        throw .unrepresentable(column: value.name)
      }
      return texts
    }
  }
}

extension Int64: ArrayElementDecodable {
  /// Reads an array of whole numbers without nulls.
  public static func decodeArray(_ value: ColumnValue) throws(DatabaseError) -> [Int64] {
    let type = value.type
    guard
      type == TypeNumber.int8Array || type == TypeNumber.int4Array || type == TypeNumber.int2Array
    else { throw value.mismatch("bigint[]") }
    return try unsafe value.withBytes { bytes throws(DatabaseError) in
      guard let numbers = unsafe ArrayBinary.decode(bytes, { unsafe Int64(networkOrder: $0) })
      else { throw .unrepresentable(column: value.name) }
      return numbers
    }
  }
}

/// The parameters of one statement in the form libpq wants, in memory that is used again.
///
/// All bytes are written first and the pointers taken afterwards: the bytes move when they grow.
@safe final class ParameterBuffer {
  private var bytes: [UInt8] = []
  private var offsets: [Int] = []
  private(set) var types: [UInt32] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []
  private var isNull: [Bool] = []
  private var pointers: [UnsafePointer<CChar>?] = unsafe []

  var count: Int { types.count }

  /// The server counts the parameters of a statement with sixteen bits.
  static let maximumCount = 65_535
  /// More than any statement of the product; a large buffer is given back after use.
  private static let retainedBytes = 1 << 20

  func load(_ values: [SQLValue]) throws(DatabaseError) {
    bytes.removeAll(keepingCapacity: bytes.capacity <= Self.retainedBytes)
    offsets.removeAll(keepingCapacity: true)
    types.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
    isNull.removeAll(keepingCapacity: true)
    guard values.count <= Self.maximumCount else { throw .parameterOutOfRange(values.count) }
    for (index, value) in values.enumerated() {
      offsets.append(bytes.count)
      types.append(value.type)
      isNull.append(value == .null)
      formats.append(value.isSentAsText ? 0 : 1)
      guard value.isStorable else { throw .parameterOutOfRange(index + 1) }
      let start = bytes.count
      value.append(to: &bytes)
      lengths.append(Int32(bytes.count - start))
      // A value sent as text is read up to its NUL; the others by their length.
      bytes.append(0)
    }
  }

  /// The pointers are valid while the body runs; libpq copies what they point at.
  func withPointers<Value>(
    _ body: (
      UnsafePointer<UInt32>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
      UnsafePointer<Int32>?
    ) -> Value
  ) -> Value {
    unsafe bytes.withUnsafeBytes { raw in
      unsafe pointers.removeAll(keepingCapacity: true)
      for index in 0..<count {
        let start = unsafe raw.baseAddress?.advanced(by: offsets[index])
        let pointer = unsafe start?.assumingMemoryBound(to: CChar.self)
        unsafe pointers.append(isNull[index] ? nil : pointer)
      }
      return unsafe types.withUnsafeBufferPointer { types in
        unsafe pointers.withUnsafeBufferPointer { pointers in
          unsafe lengths.withUnsafeBufferPointer { lengths in
            unsafe formats.withUnsafeBufferPointer { formats in
              unsafe body(
                types.baseAddress, pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
            }
          }
        }
      }
    }
  }
}

extension SQLValue {
  /// `numeric` has no simpler exact form than its digits; the others are sent in binary.
  fileprivate var isSentAsText: Bool {
    if case .decimal = self { true } else { false }
  }

  /// No value on the wire may reach a gibibyte; the elements of an array carry their lengths.
  private static var maximumBytes: Int { 1 << 30 - 1 }

  /// Whether the server can hold the value; checked for a whole batch before any of it is sent.
  var isStorable: Bool {
    switch self {
    case .null, .bool, .int, .double, .uuid: return true
    case .text(let value), .json(let value): return value.utf8.count < Self.maximumBytes
    case .bytes(let value): return value.count < Self.maximumBytes
    case .decimal(let value): return value.text.utf8.count < Self.maximumBytes
    case .instant(let value):
      let (count, overflow) = value.microsecondsSince1970.subtractingReportingOverflow(
        DatabaseEpoch.microseconds)
      // The extremes would be stored as the infinities.
      return !overflow && count != .min && count != .max
    case .day(let value):
      let (days, overflow) = value.daysSince1970.subtractingReportingOverflow(DatabaseEpoch.days)
      return !overflow && days > Int(Int32.min) && days < Int(Int32.max)
    case .textArray(let values):
      return values.reduce(20) { $0 + $1.utf8.count + 4 } < Self.maximumBytes
    case .intArray(let values): return values.count < Self.maximumBytes / 12 - 20
    }
  }

  /// Writes a storable value in the form of the wire.
  fileprivate func append(to bytes: inout [UInt8]) {
    switch self {
    case .null: break
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .int(let value): bytes.append(bigEndian: value)
    case .text(let value): bytes.append(contentsOf: value.utf8)
    case .bytes(let value): bytes.append(contentsOf: value)
    case .decimal(let value): bytes.append(contentsOf: value.text.utf8)
    case .instant(let value):
      bytes.append(bigEndian: value.microsecondsSince1970 - DatabaseEpoch.microseconds)
    case .day(let value):
      bytes.append(bigEndian: Int32(value.daysSince1970 - DatabaseEpoch.days))
    case .json(let value):
      bytes.append(1)
      bytes.append(contentsOf: value.utf8)
    case .uuid(let value):
      bytes.append(bigEndian: value.high)
      bytes.append(bigEndian: value.low)
    case .textArray(let values):
      bytes.append(array: values, of: TypeNumber.text) { $0.append(contentsOf: $1.utf8) }
    case .intArray(let values):
      bytes.append(array: values, of: TypeNumber.int8) { $0.append(bigEndian: $1) }
    case .double(let value): bytes.append(bigEndian: value.bitPattern)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append<Number: FixedWidthInteger>(bigEndian value: Number) {
    var shift = Number.bitWidth - 8
    while shift >= 0 {
      append(UInt8(truncatingIfNeeded: value >> Number(shift)))
      shift -= 8
    }
  }

  fileprivate mutating func append<Value>(
    array values: [Value], of type: UInt32, _ write: (inout [UInt8], Value) -> Void
  ) {
    append(bigEndian: values.isEmpty ? Int32(0) : 1)
    append(bigEndian: Int32(0))
    append(bigEndian: type)
    guard !values.isEmpty else { return }
    append(bigEndian: Int32(values.count))
    append(bigEndian: Int32(1))
    for value in values {
      let lengthAt = count
      append(bigEndian: Int32(0))
      write(&self, value)
      let length = UInt32(count - lengthAt - 4)
      for byte in 0..<4 {
        self[lengthAt + byte] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * byte))
      }
    }
  }
}

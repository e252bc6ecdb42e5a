/// A value of CBOR in the form authenticators write (RFC 8949; CTAP 2.1, section 8): whole numbers,
/// byte and text strings, arrays, maps and truth values, each with its length and shortest head.
///
/// Tags, floats, `null`, indefinite lengths, keys given twice and bytes left over are refused.
public indirect enum CBORValue: Sendable, Equatable {
  /// A whole number.
  case integer(Int64)
  /// Bytes.
  case bytes([UInt8])
  /// Text in UTF-8.
  case text(String)
  /// Values in order.
  case array([CBORValue])
  /// Values by key, in the order written.
  case map([CBORPair])
  /// True or false.
  case truth(Bool)

  /// The most bytes that are read.
  public static let mostBytes = 65_536
  /// How deep values may lie in one another.
  static let mostLevels = 6
  /// The most values in one text.
  static let mostValues = 512

  /// Reads one value that fills the bytes.
  public init(reading bytes: [UInt8]) throws(PasskeyRefusal) {
    guard bytes.count <= Self.mostBytes else { throw .malformed }
    var reader = CBORReader(bytes[...])
    self = try reader.value()
    guard reader.rest.isEmpty else { throw .malformed }
  }

  /// The value of a text key, nil when this is no map or has no such key.
  public subscript(key: String) -> CBORValue? { self[.text(key)] }

  /// The value of a numbered key, nil when this is no map or has no such key.
  public subscript(key: Int64) -> CBORValue? { self[.integer(key)] }

  private subscript(key: CBORValue) -> CBORValue? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { $0.key == key }?.value
  }

  var asBytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  var asInteger: Int64? { if case .integer(let number) = self { number } else { nil } }
  var asText: String? { if case .text(let text) = self { text } else { nil } }
}

/// A key of a map with its value.
public struct CBORPair: Sendable, Equatable {
  /// The key.
  public let key: CBORValue
  /// The value.
  public let value: CBORValue
}

/// Reads values one after the other.
struct CBORReader {
  private(set) var rest: ArraySlice<UInt8>
  private var values = 0

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func value(level: Int = 0) throws(PasskeyRefusal) -> CBORValue {
    values += 1
    guard level < CBORValue.mostLevels, values <= CBORValue.mostValues else { throw .malformed }
    let first = try byte()
    let kind = first >> 5
    if kind == 7 {
      switch first & 31 {
      case 20: return .truth(false)
      case 21: return .truth(true)
      default: throw .malformed
      }
    }
    let count = try argument(first & 31)
    switch kind {
    case 0: return .integer(count)
    case 1: return .integer(-1 - count)
    case 2: return .bytes(Array(try take(count)))
    case 3:
      guard let text = String(validating: try take(count), as: UTF8.self) else { throw .malformed }
      return .text(text)
    case 4:
      var items: [CBORValue] = []
      for _ in 0..<(try fitting(count)) { items.append(try value(level: level + 1)) }
      return .array(items)
    case 5: return .map(try pairs(try fitting(count), level: level))
    default: throw .malformed
    }
  }

  private mutating func pairs(_ count: Int, level: Int) throws(PasskeyRefusal) -> [CBORPair] {
    var pairs: [CBORPair] = []
    for _ in 0..<count {
      let key = try value(level: level + 1)
      switch key {
      case .integer, .text: break
      case .bytes, .array, .map, .truth: throw .malformed
      }
      guard !pairs.contains(where: { $0.key == key }) else { throw .malformed }
      pairs.append(CBORPair(key: key, value: try value(level: level + 1)))
    }
    return pairs
  }

  /// The number in a head, which must be written in as few bytes as it needs.
  private mutating func argument(_ low: UInt8) throws(PasskeyRefusal) -> Int64 {
    guard low >= 24 else { return Int64(low) }
    guard low <= 27 else { throw .malformed }
    let width = 1 << Int(low - 24)
    let number = try take(Int64(width)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let least: UInt64 = width == 1 ? 24 : 1 << UInt64(4 * width)
    guard number >= least, let whole = Int64(exactly: number) else { throw .malformed }
    return whole
  }

  /// How many values follow; more than there are bytes for is refused before any is read.
  private func fitting(_ count: Int64) throws(PasskeyRefusal) -> Int {
    guard count <= rest.count else { throw .malformed }
    return Int(count)
  }

  private mutating func byte() throws(PasskeyRefusal) -> UInt8 {
    guard let byte = rest.popFirst() else { throw .malformed }
    return byte
  }

  private mutating func take(_ count: Int64) throws(PasskeyRefusal) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw .malformed }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}

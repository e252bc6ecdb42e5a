/// Reads JSON (RFC 8259) and keeps the order of names.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func parse() throws(CaseFileRefusal) -> JSONValue {
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw .notJSON }
    return result
  }

  private mutating func value() throws(CaseFileRefusal) -> JSONValue {
    skipSpace()
    depth += 1
    defer { depth -= 1 }
    guard depth <= depthAtMost, position < bytes.count else { throw .notJSON }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .list(try list())
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object() throws(CaseFileRefusal) -> JSONObject {
    var object = JSONObject()
    position += 1
    if take("}") { return object }
    repeat {
      skipSpace()
      let name = try text()
      guard take(":") else { throw .notJSON }
      object[name] = try value()
    } while take(",")
    guard take("}") else { throw .notJSON }
    return object
  }

  private mutating func list() throws(CaseFileRefusal) -> [JSONValue] {
    var values: [JSONValue] = []
    position += 1
    if take("]") { return values }
    repeat { values.append(try value()) } while take(",")
    guard take("]") else { throw .notJSON }
    return values
  }

  private mutating func text() throws(CaseFileRefusal) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw .notJSON }
    position += 1
    var units: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): units.append(contentsOf: try escaped().utf8)
      default: units.append(byte)
      }
    }
    throw .notJSON
  }

  private mutating func escaped() throws(CaseFileRefusal) -> String {
    guard position < bytes.count else { throw .notJSON }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "u"): return String(try escapedScalar())
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return String(Unicode.Scalar(byte))
    default: throw .notJSON
    }
  }

  private mutating func escapedScalar() throws(CaseFileRefusal) -> Unicode.Scalar {
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard take("\\", spaced: false), take("u", spaced: false) else { throw .notJSON }
    let second = try unit()
    guard (0xD800..<0xDC00).contains(first), (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw .notJSON }
    return scalar
  }

  private mutating func unit() throws(CaseFileRefusal) -> UInt32 {
    guard position + 4 <= bytes.count else { throw .notJSON }
    let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    position += 4
    guard let value = UInt32(digits, radix: 16) else { throw .notJSON }
    return value
  }

  private mutating func number() throws(CaseFileRefusal) -> Double {
    let start = position
    while position < bytes.count, isNumeric(bytes[position]) { position += 1 }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw .notJSON
    }
    return value
  }

  private func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private mutating func word(
    _ word: String, _ value: JSONValue
  ) throws(CaseFileRefusal) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw .notJSON }
    position += word.utf8.count
    return value
  }

  private mutating func take(_ character: Unicode.Scalar, spaced: Bool = true) -> Bool {
    if spaced { skipSpace() }
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) {
      position += 1
    }
  }
}

/// Case files nest six deep; a deeper text is hostile or broken.
private let depthAtMost = 64

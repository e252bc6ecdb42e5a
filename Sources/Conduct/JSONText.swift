/// A JSON value as the database writes it.
///
/// Read under the ledger's lock for every randomization, which is why it is no general decoder:
/// members are kept in order and found by comparing names, since there are few.
enum JSONText {
  case null
  case flag(Bool)
  /// A number in the digits it was written with.
  case number(Substring)
  case text(String)
  case list([JSONText])
  case members([(name: String, value: JSONText)])

  /// What is wrong with a text that is no JSON.
  struct Malformed: Error {}

  init(_ text: String) throws(Malformed) {
    var reader = JSONTextReader(text)
    self = try reader.whole()
  }

  /// The member of a name, nil when there is none.
  subscript(_ name: String) -> JSONText? {
    guard case .members(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text, nil for anything else.
  var text: String? { if case .text(let text) = self { text } else { nil } }
  /// The whole number, nil for anything else.
  var integer: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
  /// The elements, nil for anything else.
  var list: [JSONText]? { if case .list(let list) = self { list } else { nil } }
}

/// Goes through the bytes of a JSON text once.
struct JSONTextReader {
  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  /// More than any value of ours nests.
  private static let deepest = 32

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func whole() throws(JSONText.Malformed) -> JSONText {
    let found = try value()
    skipSpace()
    guard at == bytes.count else { throw JSONText.Malformed() }
    return found
  }

  private mutating func skipSpace() {
    while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
  }

  /// The next byte that is no space; the database writes no other control character there.
  private mutating func next() throws(JSONText.Malformed) -> UInt8 {
    skipSpace()
    guard at < bytes.count else { throw JSONText.Malformed() }
    return bytes[at]
  }

  private mutating func value() throws(JSONText.Malformed) -> JSONText {
    switch try next() {
    case UInt8(ascii: "{"):
      return try nested { reader throws(JSONText.Malformed) in
        try reader.members()
      }
    case UInt8(ascii: "["):
      return try nested { reader throws(JSONText.Malformed) in
        try reader.elements()
      }
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    default: throw JSONText.Malformed()
    }
  }

  private mutating func nested(
    _ body: (inout JSONTextReader) throws(JSONText.Malformed) -> JSONText
  ) throws(JSONText.Malformed) -> JSONText {
    guard depth < Self.deepest else { throw JSONText.Malformed() }
    depth += 1
    at += 1
    let found = try body(&self)
    depth -= 1
    return found
  }

  private mutating func members() throws(JSONText.Malformed) -> JSONText {
    var found: [(name: String, value: JSONText)] = []
    guard try next() != UInt8(ascii: "}") else {
      at += 1
      return .members(found)
    }
    while true {
      guard try next() == UInt8(ascii: "\"") else { throw JSONText.Malformed() }
      let name = try string()
      guard try next() == UInt8(ascii: ":") else { throw JSONText.Malformed() }
      at += 1
      found.append((name, try value()))
      guard try goesOn(until: UInt8(ascii: "}")) else { return .members(found) }
    }
  }

  private mutating func elements() throws(JSONText.Malformed) -> JSONText {
    var found: [JSONText] = []
    guard try next() != UInt8(ascii: "]") else {
      at += 1
      return .list(found)
    }
    while true {
      found.append(try value())
      guard try goesOn(until: UInt8(ascii: "]")) else { return .list(found) }
    }
  }

  /// Whether a comma follows rather than the end.
  private mutating func goesOn(until end: UInt8) throws(JSONText.Malformed) -> Bool {
    let byte = try next()
    at += 1
    guard byte != end else { return false }
    guard byte == UInt8(ascii: ",") else { throw JSONText.Malformed() }
    return true
  }

  private mutating func word(
    _ word: StaticString, _ meaning: JSONText
  ) throws(JSONText.Malformed) -> JSONText {
    let end = at + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[at..<end].elementsEqual("\(word)".utf8) else {
      throw JSONText.Malformed()
    }
    at = end
    return meaning
  }

  private mutating func number() -> JSONText {
    let start = at
    while at < bytes.count,
      (0x30...0x39).contains(bytes[at]) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(bytes[at])
    {
      at += 1
    }
    return .number(Substring(decoding: bytes[start..<at], as: UTF8.self))
  }

  private mutating func string() throws(JSONText.Malformed) -> String {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
      at += 1
    }
    guard at < bytes.count else { throw JSONText.Malformed() }
    guard bytes[at] == UInt8(ascii: "\\") else {
      defer { at += 1 }
      return String(decoding: bytes[start..<at], as: UTF8.self)
    }
    return try escaped(after: Array(bytes[start..<at]))
  }

  /// The rest of a string that has escapes.
  private mutating func escaped(after before: [UInt8]) throws(JSONText.Malformed) -> String {
    var text = before
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape()
      default: text.append(byte)
      }
    }
    throw JSONText.Malformed()
  }

  private mutating func escape() throws(JSONText.Malformed) -> [UInt8] {
    guard at < bytes.count else { throw JSONText.Malformed() }
    defer { at += 1 }
    switch bytes[at] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [bytes[at]]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      let first = try unit(at: at + 1)
      at += 4
      var units = [first]
      if UTF16.isLeadSurrogate(first), at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "\\"),
        bytes[at + 2] == UInt8(ascii: "u")
      {
        units.append(try unit(at: at + 3))
        at += 6
      }
      return Array(String(decoding: units, as: UTF16.self).utf8)
    default: throw JSONText.Malformed()
    }
  }

  private func unit(at place: Int) throws(JSONText.Malformed) -> UInt16 {
    guard place + 4 <= bytes.count,
      let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
    else { throw JSONText.Malformed() }
    return unit
  }
}

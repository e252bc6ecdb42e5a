extension CanonicalValue {
  /// The value spelled by any JSON text whose value canonical JSON can hold.
  ///
  /// White space and escapes are read; the value is then held to the canonical rules.
  public init(parsing bytes: [UInt8]) throws(CanonicalRefusal) {
    var parser = CanonicalParser(bytes: bytes)
    self = try parser.document()
  }

  /// The value spelled by canonical bytes, refusing every other spelling of it.
  public init(canonical bytes: [UInt8]) throws(CanonicalRefusal) {
    try self.init(parsing: bytes)
    guard try canonicalBytes() == bytes else { throw .badJSON }
  }
}

/// Reads JSON, refusing at once what canonical JSON cannot hold.
struct CanonicalParser {
  /// Deeper nesting than any scheme or bundle needs; it bounds the stack of a hostile input.
  static let deepestNesting = 64

  private let bytes: [UInt8]
  private var position = 0
  private var steps: [CanonicalStep] = []

  /// Where reading stands; after a refusal, what was refused.
  var place: CanonicalPlace {
    let read = bytes[..<position]
    let lineStart = (read.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    return CanonicalPlace(
      path: steps,
      position: .init(
        line: read.count { $0 == UInt8(ascii: "\n") } + 1, column: position - lineStart + 1))
  }

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws(CanonicalRefusal) -> CanonicalValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw .badJSON }
    return value
  }

  private mutating func value(depth: Int) throws(CanonicalRefusal) -> CanonicalValue {
    guard depth <= Self.deepestNesting else { throw .badJSON }
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""):
      let text = try quoted()
      try CanonicalText.check(text)
      return .string(Label(utf8: text))
    case UInt8(ascii: "t"): return try word("true", is: .bool(true))
    case UInt8(ascii: "f"): return try word("false", is: .bool(false))
    case UInt8(ascii: "n"): return try word("null", is: .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(CanonicalRefusal) -> CanonicalValue {
    position += 1
    var members: [CanonicalObject.Member] = []
    skipSpace()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object(CanonicalObject([:]))
    }
    while true {
      skipSpace()
      guard try peek() == UInt8(ascii: "\"") else { throw .badJSON }
      let key = try quoted()
      try CanonicalText.checkKey(key)
      skipSpace()
      guard try next() == UInt8(ascii: ":") else { throw .badJSON }
      let label = Label(utf8: key)
      steps.append(.key(label))
      members.append(.init(key: label, value: try value(depth: depth + 1)))
      skipSpace()
      let mark = try peek()
      guard mark == UInt8(ascii: ",") || mark == UInt8(ascii: "}") else { throw .badJSON }
      position += 1
      steps.removeLast()
      if mark == UInt8(ascii: "}") { return .object(try CanonicalObject(unsorted: members)) }
    }
  }

  private mutating func array(depth: Int) throws(CanonicalRefusal) -> CanonicalValue {
    position += 1
    var items: [CanonicalValue] = []
    skipSpace()
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .array(items)
    }
    while true {
      steps.append(.index(items.count))
      items.append(try value(depth: depth + 1))
      skipSpace()
      let mark = try peek()
      guard mark == UInt8(ascii: ",") || mark == UInt8(ascii: "]") else { throw .badJSON }
      position += 1
      steps.removeLast()
      if mark == UInt8(ascii: "]") { return .array(items) }
    }
  }

  private mutating func number() throws(CanonicalRefusal) -> CanonicalValue {
    let isNegative = try peek() == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let start = position
    var size = 0
    while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
      size = size * 10 + Int(bytes[position] - UInt8(ascii: "0"))
      guard size <= CanonicalValue.largestInteger else { throw .badJSON }
      position += 1
    }
    let digits = position - start
    guard digits > 0 else { throw .badJSON }
    if bytes[start] == UInt8(ascii: "0") {
      // A leading zero or a negative zero would be a second spelling of a number.
      guard digits == 1, !isNegative else { throw .badJSON }
    }
    return .integer(isNegative ? -size : size)
  }

  private mutating func quoted() throws(CanonicalRefusal) -> [UInt8] {
    position += 1
    let start = position
    // The common case: no escape, so the text is a slice of the input.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
      bytes[position] != UInt8(ascii: "\\")
    {
      guard bytes[position] >= 0x20 else { throw .badJSON }
      position += 1
    }
    var text = Array(bytes[start..<position])
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""):
        guard String(validating: text, as: UTF8.self) != nil else { throw .badJSON }
        return text
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw .badJSON
      default: text.append(byte)
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(CanonicalRefusal) {
    switch try next() {
    case UInt8(ascii: "\""): text.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "/"): text.append(UInt8(ascii: "/"))
    case UInt8(ascii: "u"):
      let first = try fourHexDigits()
      var code = first
      if (0xD800..<0xDC00).contains(first) {
        guard try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else {
          throw .badJSON
        }
        let second = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(second) else { throw .badJSON }
        code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw .badJSON }
      text += Array(String(Character(scalar)).utf8)
    default:
      // \b, \f, \n, \r and \t spell control characters, which no canonical text contains.
      throw .badJSON
    }
  }

  private mutating func fourHexDigits() throws(CanonicalRefusal) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Hex.anyCaseDigit(try next()) else { throw .badJSON }
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  private mutating func word(
    _ word: StaticString, is value: CanonicalValue
  ) throws(CanonicalRefusal) -> CanonicalValue {
    for byte in word.description.utf8 {
      guard try next() == byte else { throw .badJSON }
    }
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private func peek() throws(CanonicalRefusal) -> UInt8 {
    guard position < bytes.count else { throw .badJSON }
    return bytes[position]
  }

  private mutating func next() throws(CanonicalRefusal) -> UInt8 {
    let byte = try peek()
    position += 1
    return byte
  }
}

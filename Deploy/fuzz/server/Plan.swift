/// Takes an input apart: what is left of it decides what comes next.
struct Plan {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// A number from one digit of the input, or from any other byte; 1 where nothing is left.
  mutating func choice(_ count: UInt8) -> UInt8 { (rest.popFirst() ?? 1) % count }

  /// The bytes up to the end of the line.
  mutating func line() -> [UInt8] {
    let line = rest.prefix { $0 != 0x0A }
    rest = rest.dropFirst(line.count + 1)
    return Array(line)
  }

  /// All that is left.
  mutating func remainder() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }

  /// A number that few texts share.
  static func number(of text: [UInt8]) -> UInt32 {
    text.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}

/// A request to one operation, filled from an input.
///
/// An input is lines: the operation, a way of writing the path, a line for each parameter of the path and
/// of the query, and then for each member of the body a digit, with a line where it needs one.
struct PlannedRequest {
  let operation: DescribedOperation
  private(set) var path = ""
  private(set) var query: [(name: String, value: String)] = []
  private(set) var body: [UInt8] = []
  /// Whether the body is one the description allows, nil where nobody knows.
  private(set) var isAllowed: Bool? = true

  init(_ bytes: [UInt8]) {
    var plan = Plan(bytes)
    operation = Description.operation(plan.line())
    let isWrittenByHand = plan.choice(2) == 0
    _ = plan.line()
    for segment in operation.segments {
      guard segment.hasPrefix("{") else {
        path += "/" + segment
        continue
      }
      let line = plan.line()
      path += "/" + (isWrittenByHand ? Self.typed(line) : Self.encoded(line))
    }
    for name in operation.query {
      query.append((name, String(decoding: plan.line(), as: UTF8.self)))
    }
    fillBody(&plan)
  }

  // MARK: Address

  /// As a program writes a value: whatever is no plain letter by its number.
  static func encoded(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789ABCDEF")
    return bytes.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        String(UnicodeScalar(byte))
      default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }.joined()
  }

  /// As somebody types it who encodes nothing; what ends a segment or a line is left out.
  private static func typed(_ bytes: [UInt8]) -> String {
    String(
      decoding: bytes.filter { (0x21...0x7E).contains($0) && !"/?#".utf8.contains($0) },
      as: UTF8.self)
  }

  var queryText: String {
    query.map { Self.encoded(Array($0.name.utf8)) + "=" + Self.encoded(Array($0.value.utf8)) }
      .joined(separator: "&")
  }

  // MARK: Body

  private mutating func fillBody(_ plan: inout Plan) {
    var parts: [String] = []
    for member in operation.members {
      let name = "\"\(member.name)\":"
      switch plan.choice(8) {
      case 0: if member.isRequired { isAllowed = false }
      case 3:
        let other = Self.values[Int(plan.choice(UInt8(Self.values.count)))]
        if other.type != member.type { isAllowed = false }
        parts.append(name + other.text)
      case 4:
        isAllowed = false
        parts.append(name + "2147483648")
      case 5:
        let line = String(decoding: plan.line(), as: UTF8.self)
        if member.type != "string" || line.utf8.contains(0) { isAllowed = false }
        parts.append(name + Self.spelled(line) { _ in true })
      case 6:
        isAllowed = false
        let value = Self.value(member.type, [])
        // One name in two spellings is one name.
        parts += [name + value, Self.spelled(member.name) { $0 != 0x5F } + ":" + value]
      default:
        let line = plan.line()
        if line.contains(0), member.type != "integer", member.type != "boolean" {
          isAllowed = false
        }
        parts.append(name + Self.value(member.type, line))
      }
    }
    let rest = plan.choice(8)
    if rest & 2 != 0 {
      let name = String(decoding: plan.line(), as: UTF8.self)
      isAllowed = false
      let isKnown = operation.members.contains { $0.name.utf8.elementsEqual(name.utf8) }
      parts.append(Self.spelled(isKnown ? name + "_" : name) { $0 == 0 } + ":1")
    }
    body = Array("{\(parts.joined(separator: ","))}".utf8)
    if rest & 4 != 0 { strike(&plan) }
  }

  /// Puts what is left of the input anywhere into the body, or in its place.
  private mutating func strike(_ plan: inout Plan) {
    isAllowed = nil
    let at = plan.choice(255)
    let bytes = plan.remainder()
    guard at < 250 else {
      body = bytes
      return
    }
    body.insert(contentsOf: bytes, at: Int(at) * body.count / 250)
  }

  private static let values: [(type: String, text: String)] = [
    ("null", "null"), ("boolean", "true"), ("string", "\"x\""), ("integer", "1"), ("none", "1.5"),
    ("array", "[]"), ("object", "{}"),
  ]

  private static func value(_ type: String, _ line: [UInt8]) -> String {
    let text = String(decoding: line, as: UTF8.self)
    switch type {
    case "integer":
      return String(Int32(text) ?? Int32(truncatingIfNeeded: Plan.number(of: line)))
    case "boolean": return line.count.isMultiple(of: 2) ? "true" : "false"
    case "object": return line.isEmpty ? "{}" : "{" + spelled(text) { _ in false } + ":[\"Y\"]}"
    default: return spelled(text) { _ in false }
    }
  }

  /// A text of JSON; what cannot stand in one, and whatever else is asked for, by its number.
  private static func spelled(_ text: String, _ byNumber: (UInt16) -> Bool) -> String {
    var spelled = "\""
    for scalar in text.unicodeScalars {
      let units = Array(String(scalar).utf16)
      if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" || units.allSatisfy(byNumber) {
        for unit in units {
          let digits = String(unit, radix: 16)
          spelled += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        spelled.unicodeScalars.append(scalar)
      }
    }
    return spelled + "\""
  }
}

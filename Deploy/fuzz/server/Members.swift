import Foundation

/// The members of a JSON object as they are written, read by other means than the server's.
struct Members {
  struct Member {
    /// The name without escapes.
    let name: [UInt8]
    /// The value as written.
    let value: [UInt8]

    /// Whether the value is of a JSON type; a whole number is one that is counted here.
    func isOf(_ type: String) -> Bool {
      switch value.first {
      case UInt8(ascii: "\""): return type == "string"
      case UInt8(ascii: "{"): return type == "object"
      case UInt8(ascii: "t"), UInt8(ascii: "f"): return type == "boolean"
      case UInt8(ascii: "["), UInt8(ascii: "n"), nil: return false
      default:
        let number = Double(String(decoding: value, as: UTF8.self))
        return type == "integer" && number.flatMap { Int32(exactly: $0) } != nil
      }
    }
  }

  private(set) var members: [Member] = []
  private var rest: ArraySlice<UInt8>

  /// - Parameter bytes: what somebody else has found to be JSON; nil where it is no object.
  init?(_ bytes: [UInt8]) {
    rest = bytes[...]
    skipSpace()
    guard rest.popFirst() == UInt8(ascii: "{") else { return nil }
    skipSpace()
    while let byte = rest.first, byte != UInt8(ascii: "}") {
      guard let name = Self.text(value()), take(":") else { return nil }
      members.append(Member(name: name, value: value()))
      guard take(",") || rest.first == UInt8(ascii: "}") else { return nil }
    }
  }

  private static func text(_ bytes: [UInt8]) -> [UInt8]? {
    let read = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    return (read as? String).map { Array($0.utf8) }
  }

  private mutating func skipSpace() {
    rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == UInt8(ascii: sign) else { return false }
    rest = rest.dropFirst()
    skipSpace()
    return true
  }

  /// One value with all it holds.
  private mutating func value() -> [UInt8] {
    var (value, depth) = ([UInt8](), 0)
    while let byte = rest.first {
      if byte == UInt8(ascii: "\"") {
        value += quoted()
      } else {
        let isEnd = [UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]")]
          .contains(byte)
        if depth == 0, isEnd || [0x20, 0x09, 0x0A, 0x0D].contains(byte) { return value }
        value.append(byte)
        rest = rest.dropFirst()
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
      }
      if depth == 0,
        value.last == UInt8(ascii: "\"") || value.last == UInt8(ascii: "}")
          || value.last == UInt8(ascii: "]")
      {
        return value
      }
    }
    return value
  }

  private mutating func quoted() -> [UInt8] {
    var text = [UInt8(ascii: "\"")]
    rest = rest.dropFirst()
    while let byte = rest.popFirst() {
      text.append(byte)
      if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
        text.append(next)
      } else if byte == UInt8(ascii: "\"") {
        break
      }
    }
    return text
  }
}
